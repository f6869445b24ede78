#include "child.hpp"

#include <sys/wait.h>

#include <cerrno>
#include <csignal>
#include <stdexcept>
#include <system_error>

#include "orphans.hpp"
#include "tornado/log.hpp"

namespace tornado::process {

namespace {

/// waitpid() that a signal does not interrupt.
pid_t wait_for(pid_t pid, int& status, int options) noexcept {
    pid_t result = -1;
    do {
        result = ::waitpid(pid, &status, options);
    } while (result < 0 && errno == EINTR);
    return result;
}

int returncode_of(int status) noexcept {
    return WIFSIGNALED(status) ? -WTERMSIG(status) : WEXITSTATUS(status);
}

}  // namespace

class Subprocess::Child::Watch {
public:
    explicit Watch(std::shared_ptr<Child> child) noexcept : child_{std::move(child)} {}
    Watch(Watch&&) noexcept = default;
    Watch& operator=(Watch&&) = delete;
    ~Watch() {
        if (child_ != nullptr) {
            child_->unwatched();
        }
    }

    void look() { child_->look(); }

private:
    std::shared_ptr<Child> child_;
};

std::shared_ptr<Subprocess::Child>
Subprocess::Child::watch(ioloop::IOLoop& loop, pid_t pid, const std::vector<std::string>& args) {
    try {
        auto child = std::make_shared<Child>(pid, args);
        child->start(loop);
        return child;
    } catch (...) {
        ::kill(pid, SIGKILL);
        int status = 0;
        wait_for(pid, status, 0);
        throw;
    }
}

Subprocess::Child::Child(pid_t pid, const std::vector<std::string>& args)
    : pid_{pid},
      args_{args},
      notice_{std::in_place, pid} {}

Subprocess::Child::~Child() {
    if (orphaned_) {
        adopt_orphan(pid_);
    }
}

void Subprocess::Child::start(ioloop::IOLoop& loop) {
    loop.add_handler(
        notice_->fileno(),
        [watch = Watch{shared_from_this()}](int, ioloop::Events) mutable { watch.look(); },
        ioloop::Events::read
    );
    loop_ = &loop;
}

void Subprocess::Child::look() {
    notice_->acknowledge();
    int status = 0;
    const auto result = wait_for(pid_, status, WNOHANG);
    if (result == pid_) {
        ended(returncode_of(status));
    } else if (result < 0) {
        constexpr int unknown = 255;
        log::gen_log().warning(
            "Nobody can tell how the process ",
            pid_,
            " ended: somebody else has waited for it. Taking it for ",
            unknown
        );
        ended(unknown);
    }
}

void Subprocess::Child::ended(int returncode) {
    const auto alive = shared_from_this();
    returncode_ = returncode;
    auto& loop = *std::exchange(loop_, nullptr);
    loop.remove_handler(notice_->fileno());
    notice_.reset();
    for (auto& [id, waiting] : std::exchange(waiting_, {})) {
        settle(waiting);
    }
    if (auto callback = std::exchange(exit_callback_, nullptr)) {
        loop.add_callback(callback(returncode));
    }
}

void Subprocess::Child::unwatched() noexcept {
    if (std::exchange(loop_, nullptr) != nullptr) {
        orphaned_ = true;
        for (auto& [id, waiting] : std::exchange(waiting_, {})) {
            waiting.promise.set_cancelled();
        }
        exit_callback_.reset();
    }
}

std::optional<int> Subprocess::Child::returncode() noexcept {
    int status = 0;
    if (orphaned_ && wait_for(pid_, status, WNOHANG) == pid_) {
        orphaned_ = false;
        returncode_ = returncode_of(status);
        notice_.reset();
    }
    return returncode_;
}

void Subprocess::Child::settle(Waiting& waiting) {
    if (*returncode_ != 0 && waiting.raise_error) {
        waiting.promise.set_exception(CalledProcessError{*returncode_, args_});
    } else {
        waiting.promise.set_result(*returncode_);
    }
}

Future<int> Subprocess::Child::wait_for_exit(bool raise_error) {
    Waiting waiting{{}, raise_error};
    auto future = waiting.promise.future();
    if (returncode_) {
        settle(waiting);
    } else if (orphaned_) {
        throw std::logic_error{
            "the loop that watched the process is closed: await its end while the loop lives"};
    } else {
        const auto id = ++last_waiting_;
        waiting.promise.on_cancel([this, id] { waiting_.erase(id); });
        waiting_.emplace(id, std::move(waiting));
    }
    return future;
}

void Subprocess::Child::set_exit_callback(ExitCallback callback) {
    if (returncode_ && callback) {
        ioloop::IOLoop::current().add_callback(callback(*returncode_));
    } else {
        exit_callback_ = std::move(callback);
    }
}

void Subprocess::Child::send_signal(int signal) {
    if (returncode_) {
        return;
    }
    const int error = notice_->send(pid_, signal);
    if (error != 0 && error != ESRCH) {
        throw std::system_error{
            error,
            std::system_category(),
            "cannot send a signal to process " + std::to_string(pid_)};
    }
}

}  // namespace tornado::process
