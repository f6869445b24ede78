#include "end_signals.hpp"

#include <sys/signalfd.h>
#include <unistd.h>

#include <cerrno>
#include <system_error>
#include <utility>

namespace tornado::process::tool {

namespace {

bool is_ignored(int signal) noexcept {
    struct sigaction action {};
    return ::sigaction(signal, nullptr, &action) == 0 && action.sa_handler == SIG_IGN;
}

}  // namespace

EndSignals::EndSignals(ioloop::IOLoop& loop, Handler handler)
    : loop_{loop},
      handler_{std::move(handler)} {
    sigset_t signals;
    ::sigemptyset(&signals);
    for (const int signal : {SIGHUP, SIGINT, SIGTERM}) {
        if (!is_ignored(signal)) {
            ::sigaddset(&signals, signal);
        }
    }
    fd_ = ::signalfd(-1, &signals, SFD_CLOEXEC | SFD_NONBLOCK);
    if (fd_ < 0) {
        throw std::system_error{errno, std::system_category(), "cannot wait for signals"};
    }
    ::pthread_sigmask(SIG_BLOCK, &signals, &former_);
    loop_.add_handler(
        fd_, [this](int, ioloop::Events) { read(); }, ioloop::Events::read
    );
}

EndSignals::~EndSignals() {
    loop_.remove_handler(fd_);
    ::close(fd_);
    ::pthread_sigmask(SIG_SETMASK, &former_, nullptr);
}

void EndSignals::read() {
    signalfd_siginfo info{};
    while (::read(fd_, &info, sizeof info) == sizeof info) {
        handler_(static_cast<int>(info.ssi_signo), info.ssi_code == SI_KERNEL);
    }
}

}  // namespace tornado::process::tool
