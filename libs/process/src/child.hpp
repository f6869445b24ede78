#pragma once

#include <cstdint>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "exit_notice.hpp"
#include "tornado/concurrent/promise.hpp"
#include "tornado/process/subprocess.hpp"

namespace tornado::process {

/// A running process as its Subprocess and the loop that watches it see it; they share it.
class Subprocess::Child final : public std::enable_shared_from_this<Child> {
public:
    /// Watches `pid`, whose end nobody has waited for. Kills it when that cannot be done, and
    /// throws std::system_error.
    static std::shared_ptr<Child>
    watch(ioloop::IOLoop& loop, pid_t pid, const std::vector<std::string>& args);

    Child(pid_t pid, const std::vector<std::string>& args);
    Child(const Child&) = delete;
    Child& operator=(const Child&) = delete;
    ~Child();

    [[nodiscard]] pid_t pid() const noexcept { return pid_; }
    [[nodiscard]] std::optional<int> returncode() noexcept;
    Future<int> wait_for_exit(bool raise_error);
    void set_exit_callback(ExitCallback callback);
    void send_signal(int signal);

private:
    struct Waiting {
        Promise<int> promise;
        bool raise_error;
    };
    /// What the loop's handler holds: says when the loop drops it.
    class Watch;

    void start(ioloop::IOLoop& loop);
    void look();
    void ended(int returncode);
    void settle(Waiting& waiting);
    void unwatched() noexcept;

    pid_t pid_;
    std::vector<std::string> args_;
    std::optional<ExitNotice> notice_;  ///< until it has been waited for
    std::optional<int> returncode_;
    ioloop::IOLoop* loop_ = nullptr;  ///< while it watches
    bool orphaned_ = false;           ///< the loop has gone before it ended
    std::map<std::uint64_t, Waiting> waiting_;
    std::uint64_t last_waiting_ = 0;
    ExitCallback exit_callback_;
};

}  // namespace tornado::process
