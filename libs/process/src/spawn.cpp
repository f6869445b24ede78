#include "spawn.hpp"

#include <fcntl.h>
#include <spawn.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <csignal>
#include <cstdlib>
#include <stdexcept>
#include <system_error>

#include "program_path.hpp"
#include "tornado/iostream/socket.hpp"

namespace tornado::process {

namespace {

using netutil::Socket;

void check(int error) {
    if (error != 0) {
        throw std::system_error{error, std::system_category(), "cannot prepare a process"};
    }
}

/// What posix_spawn() does in the new process before the program starts.
class Actions {
public:
    Actions() { check(::posix_spawn_file_actions_init(&actions_)); }
    Actions(const Actions&) = delete;
    Actions& operator=(const Actions&) = delete;
    ~Actions() { ::posix_spawn_file_actions_destroy(&actions_); }

    [[nodiscard]] const posix_spawn_file_actions_t* get() const noexcept { return &actions_; }

    void connect(const StandardDescriptors& descriptors) {
        for (int target = 0; target < 3; ++target) {
            const int source = descriptors[static_cast<std::size_t>(target)];
            if (source == same_as_stdout) {
                duplicate(STDOUT_FILENO, target);
            } else if (source > STDERR_FILENO) {
                duplicate(source, target);
            } else if (source >= 0) {
                // Another one may be put in its place before its turn comes: lift it.
                Socket copy{::fcntl(source, F_DUPFD_CLOEXEC, 3)};
                check(copy ? 0 : errno);
                duplicate(copy.fileno(), target);
                copies_[static_cast<std::size_t>(target)] = std::move(copy);
            }
        }
    }

    /// Closes all above 2 but these.
    void close_others(std::vector<int> kept) {
        std::sort(kept.begin(), kept.end());
        kept.erase(std::unique(kept.begin(), kept.end()), kept.end());
        int next = STDERR_FILENO + 1;
        for (const int descriptor : kept) {
            for (; next < descriptor; ++next) {
                check(::posix_spawn_file_actions_addclose(&actions_, next));
            }
            duplicate(descriptor, descriptor);  // it is no longer closed by exec then
            ++next;
        }
        check(::posix_spawn_file_actions_addclosefrom_np(&actions_, next));
    }

    void enter(const std::string& folder) {
        check(::posix_spawn_file_actions_addchdir_np(&actions_, folder.c_str()));
    }

private:
    void duplicate(int source, int target) {
        check(::posix_spawn_file_actions_adddup2(&actions_, source, target));
    }

    posix_spawn_file_actions_t actions_{};
    std::array<Socket, 3> copies_;
};

class Attributes {
public:
    explicit Attributes(const SubprocessOptions& options) {
        check(::posix_spawnattr_init(&attributes_));
        unsigned flags = POSIX_SPAWN_SETSIGMASK | POSIX_SPAWN_SETSIGDEF;
        sigset_t signals;
        ::sigemptyset(&signals);
        ::posix_spawnattr_setsigmask(&attributes_, &signals);
        // What servers ignore for themselves, and other programs expect to be ended by.
        ::sigaddset(&signals, SIGPIPE);
        ::sigaddset(&signals, SIGXFSZ);
        ::posix_spawnattr_setsigdefault(&attributes_, &signals);
        if (options.start_new_session) {
            flags |= POSIX_SPAWN_SETSID;
        } else if (options.new_process_group) {
            flags |= POSIX_SPAWN_SETPGROUP;
            ::posix_spawnattr_setpgroup(&attributes_, 0);
        }
        ::posix_spawnattr_setflags(&attributes_, static_cast<short>(flags));
    }
    Attributes(const Attributes&) = delete;
    Attributes& operator=(const Attributes&) = delete;
    ~Attributes() { ::posix_spawnattr_destroy(&attributes_); }

    [[nodiscard]] const posix_spawnattr_t* get() const noexcept { return &attributes_; }

private:
    posix_spawnattr_t attributes_{};
};

/// The form in which exec takes texts.
std::vector<char*> pointers_to(const std::vector<std::string>& texts) {
    std::vector<char*> pointers;
    pointers.reserve(texts.size() + 1);
    for (const auto& text : texts) {
        pointers.push_back(const_cast<char*>(text.c_str()));
    }
    pointers.push_back(nullptr);
    return pointers;
}

std::vector<std::string> lines_of(const Environment& environment) {
    std::vector<std::string> lines;
    lines.reserve(environment.size());
    for (const auto& [name, value] : environment) {
        lines.push_back(name + '=' + value);
    }
    return lines;
}

bool holds(const std::string& text, char c) noexcept {
    return text.find(c) != text.npos;
}

void check_arguments(const std::vector<std::string>& args, const SubprocessOptions& options) {
    if (args.empty()) {
        throw std::invalid_argument{"a Subprocess needs at least the name of a program"};
    }
    const auto holds_nul = [](const std::string& text) { return holds(text, '\0'); };
    if (std::any_of(args.begin(), args.end(), holds_nul) || holds_nul(options.cwd)) {
        throw std::invalid_argument{"a program's arguments and folder cannot hold a NUL byte"};
    }
    if (options.env) {
        for (const auto& [name, value] : *options.env) {
            if (name.empty() || holds(name, '=') || holds_nul(name) || holds_nul(value)) {
                throw std::invalid_argument{
                    "'" + name +
                    "' cannot be in an environment: names are not empty and hold no '=', and "
                    "nothing holds a NUL byte"};
            }
        }
    }
    for (const int descriptor : options.pass_fds) {
        if (descriptor <= STDERR_FILENO) {
            throw std::invalid_argument{
                "pass_fds are descriptors above 2: use stdin_, stdout_ and stderr_ for the others"};
        }
    }
}

std::string path_of(const SubprocessOptions& options) {
    const std::string usual = "/bin:/usr/bin";
    if (options.env) {
        const auto found = options.env->find("PATH");
        return found != options.env->end() ? found->second : usual;
    }
    const char* const path = std::getenv("PATH");
    return path != nullptr ? path : usual;
}

[[noreturn]] void fail(int error, const std::string& program) {
    throw std::system_error{error, std::system_category(), "cannot start '" + program + "'"};
}

/// posix_spawn() does not tell whether it was the folder that made it fail.
void blame_folder(const std::string& folder, const std::string& program) {
    struct stat status {};
    int error = 0;
    if (::stat(folder.c_str(), &status) != 0) {
        error = errno;
    } else if (!S_ISDIR(status.st_mode)) {
        error = ENOTDIR;
    } else if (::faccessat(AT_FDCWD, folder.c_str(), X_OK, AT_EACCESS) != 0) {
        error = errno;
    }
    if (error != 0) {
        throw std::system_error{
            error,
            std::system_category(),
            "cannot start '" + program + "' in the folder '" + folder + "'"};
    }
}

/// While SIGCHLD is ignored, as a program may inherit it, the kernel does not tell how a child
/// ended.
void heed_children() noexcept {
    struct sigaction action {};
    if (::sigaction(SIGCHLD, nullptr, &action) != 0) {
        return;
    }
    const bool ignored = (action.sa_flags & SA_SIGINFO) == 0 && action.sa_handler == SIG_IGN;
    if (ignored || (action.sa_flags & SA_NOCLDWAIT) != 0) {
        action.sa_flags &= ~SA_NOCLDWAIT;
        if (ignored) {
            action.sa_handler = SIG_DFL;
        }
        ::sigaction(SIGCHLD, &action, nullptr);
    }
}

}  // namespace

pid_t spawn(
    const std::vector<std::string>& args,
    const SubprocessOptions& options,
    const StandardDescriptors& descriptors
) {
    check_arguments(args, options);
    const auto& program = args.front();
    Actions actions;
    actions.connect(descriptors);
    if (!options.cwd.empty()) {
        actions.enter(options.cwd);
    }
    actions.close_others(options.pass_fds);
    const Attributes attributes{options};
    const auto variables = options.env ? lines_of(*options.env) : std::vector<std::string>{};
    const auto arguments = pointers_to(args);
    const auto environment = pointers_to(variables);
    heed_children();

    std::error_code not_found;
    const auto file = find_program(program, path_of(options), options.cwd, not_found);
    pid_t pid = -1;
    const int error = not_found ? not_found.value()
                                : ::posix_spawn(
                                      &pid,
                                      file.c_str(),
                                      actions.get(),
                                      attributes.get(),
                                      arguments.data(),
                                      options.env ? environment.data() : ::environ
                                  );
    if (error != 0) {
        if (!options.cwd.empty()) {
            blame_folder(options.cwd, program);
        }
        fail(error, program);
    }
    return pid;
}

Environment current_environment() {
    Environment environment;
    for (char** line = ::environ; line != nullptr && *line != nullptr; ++line) {
        const std::string text{*line};
        const auto equals = text.find('=');
        if (equals != 0 && equals != text.npos) {
            environment.emplace(text.substr(0, equals), text.substr(equals + 1));
        }
    }
    return environment;
}

}  // namespace tornado::process
