#pragma once

#include <array>
#include <cstdint>
#include <map>
#include <memory>
#include <optional>
#include <stdexcept>
#include <string>
#include <type_traits>
#include <utility>
#include <vector>

#include "tornado/concurrent/future.hpp"
#include "tornado/ioloop/ioloop.hpp"
#include "tornado/iostream/pipe_iostream.hpp"
#include "tornado/stack_context.hpp"

namespace tornado::process {

/// A process ended with another status than 0, or was killed by a signal.
/// Mirrors `tornado.process.CalledProcessError`.
class CalledProcessError : public std::runtime_error {
public:
    CalledProcessError(int returncode, const std::vector<std::string>& cmd);

    /// The exit status, or minus the signal that killed it.
    [[nodiscard]] int returncode() const noexcept { return returncode_; }
    /// The program and its arguments.
    [[nodiscard]] const std::vector<std::string>& cmd() const noexcept { return *cmd_; }

private:
    int returncode_;
    std::shared_ptr<const std::vector<std::string>> cmd_;  // copies of an exception must not throw
};

/// What a standard stream of a new process is connected to: by default, what the program's own is.
class Stdio {
public:
    enum class Kind : std::uint8_t { inherited, descriptor, null_device, stream, standard_output };

    constexpr Stdio() noexcept = default;
    /// An open descriptor, which stays the caller's.
    constexpr Stdio(int descriptor) noexcept : kind_{Kind::descriptor}, descriptor_{descriptor} {}
    constexpr explicit Stdio(Kind kind) noexcept : kind_{kind} {}

    [[nodiscard]] constexpr Kind kind() const noexcept { return kind_; }
    [[nodiscard]] constexpr int descriptor() const noexcept { return descriptor_; }

private:
    Kind kind_ = Kind::inherited;
    int descriptor_ = -1;
};

/// Names and values of environment variables.
using Environment = std::map<std::string, std::string>;

/// This program's environment, to be changed a little for another. Mirrors `os.environ`.
[[nodiscard]] Environment current_environment();

struct SubprocessOptions {
    std::string cwd = {};                 ///< the folder it runs in; empty: the program's own
    std::optional<Environment> env = {};  ///< its whole environment; absent: the program's own
    bool new_process_group = false;       ///< it leads a group of its own, which Ctrl-C spares
    std::vector<int> pass_fds = {};  ///< descriptors that it gets under their numbers, all above 2
    bool start_new_session = false;  ///< it leads a session, and so a group, of its own
    Stdio stderr_ = {};
    Stdio stdin_ = {};
    Stdio stdout_ = {};
};

/// A process that runs another program.
///
/// `args` are the program and its arguments; no shell sees them. A name without a slash is looked
/// for in the PATH of `env`, or of this program. The process gets its standard streams, `pass_fds`
/// and no other descriptor; it starts with no signal blocked, and with SIGPIPE not ignored. Its end
/// is noticed by the loop, which also reaps it.
///
/// Ownership: destroying this closes its streams and leaves the process alone: the loop goes on
/// watching it and reaps it when it ends. If the loop is destroyed first, that is done when the
/// next Subprocess is made. Moves, never copies.
/// Thread safety: belongs to its loop's thread.
/// Errors: std::system_error, which names the program, when it cannot be started: nothing is left
/// of it then. std::invalid_argument for what can be no arguments or environment.
///
/// Others must not wait for its process. An ignored SIGCHLD is set to its default, as the kernel
/// would not tell how a process ended. Where the kernel has no pidfds, a handler for SIGCHLD is
/// installed with the first one, which calls the former handler, too; SIGCHLD must not be blocked.
/// (So there is no `initialize()` that would choose a loop for that.) Mirrors
/// `tornado.process.Subprocess`.
///
///     constexpr auto stream = Subprocess::STREAM;
///     Subprocess sort{{"sort", "-u"}, {.stdin_ = stream, .stdout_ = stream}};
///     co_await sort.stdin().write(words);
///     sort.stdin().close();
///     auto sorted = co_await sort.stdout().read_until_close();
///     co_await sort.wait_for_exit();
class Subprocess {
public:
    /// The other end of a pipe, as stdin(), stdout() or stderr().
    static constexpr Stdio STREAM{Stdio::Kind::stream};  // NOLINT(readability-identifier-naming)
    /// Nothing: /dev/null.
    static constexpr Stdio DEVNULL{// NOLINT(readability-identifier-naming)
                                   Stdio::Kind::null_device};
    /// For `stderr_`: where `stdout_` goes.
    static constexpr Stdio STDOUT{// NOLINT(readability-identifier-naming)
                                  Stdio::Kind::standard_output};

    /// Starts the program, on this thread's loop.
    explicit Subprocess(const std::vector<std::string>& args);
    Subprocess(const std::vector<std::string>& args, const SubprocessOptions& options);
    Subprocess(Subprocess&&) noexcept;
    Subprocess& operator=(Subprocess&&) noexcept;
    ~Subprocess();

    /// Our end of the pipe to or from it, which may be closed to tell it that no more comes, or
    /// that nobody reads on. Throws std::logic_error when the option of that name was not STREAM.
    [[nodiscard]] iostream::PipeIOStream& stdin() { return stream(0); }
    [[nodiscard]] iostream::PipeIOStream& stdout() { return stream(1); }
    [[nodiscard]] iostream::PipeIOStream& stderr() { return stream(2); }

    [[nodiscard]] int pid() const noexcept;
    /// How it ended: its exit status, or minus the signal that killed it; nullopt as long as the
    /// loop has not seen its end. (255, with a warning, when somebody else has waited for it.) Once
    /// the loop has gone, this looks itself.
    [[nodiscard]] std::optional<int> returncode() const noexcept;

    /// The process's end: its returncode(). Fails with CalledProcessError when that is not 0 and
    /// `raise_error` is true. It may be called repeatedly, and the future may outlive this.
    /// Cancellation: withdraws the waiting only; the process runs on.
    [[nodiscard]] Future<int> wait_for_exit(bool raise_error = true);

    /// Calls `callback(returncode)` from the loop once the process has ended, also when this is
    /// gone by then. Replaces the former callback; null for none.
    template <typename F>
    void set_exit_callback(F callback) {
        if constexpr (std::is_same_v<F, std::nullptr_t>) {
            replace_exit_callback(nullptr);
        } else {
            auto wrapped = stack_context::wrap(std::move(callback));
            if constexpr (std::is_constructible_v<bool, decltype(wrapped)&>) {
                if (!wrapped) {
                    replace_exit_callback(nullptr);
                    return;
                }
            }
            replace_exit_callback([callback = std::move(wrapped)](int returncode) mutable {
                return ioloop::keep_until_done([callback = std::move(callback), returncode](
                                               ) mutable { return callback(returncode); });
            });
        }
    }

    /// Sends a signal; nothing happens when the end of the process has been seen. Throws
    /// std::system_error for a signal that there is not, or that may not be sent to it.
    void send_signal(int signal);

private:
    class Child;
    /// Makes what the loop is to run, of the returncode.
    using ExitCallback = util::UniqueFunction<ioloop::Callback(int returncode)>;
    void replace_exit_callback(ExitCallback callback);
    iostream::PipeIOStream& stream(std::size_t target);

    std::shared_ptr<Child> child_;
    std::array<std::optional<iostream::PipeIOStream>, 3> streams_;
};

}  // namespace tornado::process
