#include "child_signal.hpp"

#include <sys/eventfd.h>
#include <unistd.h>

#include <atomic>
#include <cerrno>
#include <csignal>
#include <cstdint>
#include <mutex>
#include <system_error>
#include <thread>

#include "tornado/iostream/socket.hpp"

namespace tornado::process {

struct ChildSignal::Listener {
    netutil::Socket event;
    std::atomic<Listener*> next = nullptr;
};

namespace {

// The handler walks the list without a lock; those who change it hold the mutex.
std::mutex changing;
std::atomic<ChildSignal::Listener*> first_listener = nullptr;
/// How many handlers are walking the list.
std::atomic<int> walking = 0;
/// What was installed before us.
struct sigaction former_action {};
bool installed = false;

bool has_handler(const struct sigaction& action) noexcept {
    return (action.sa_flags & SA_SIGINFO) != 0 ||
           (action.sa_handler != SIG_DFL && action.sa_handler != SIG_IGN);
}

static_assert(std::atomic<void*>::is_always_lock_free && std::atomic<int>::is_always_lock_free);

void tell_listeners() noexcept {
    ++walking;
    for (auto* listener = first_listener.load(); listener != nullptr; listener = listener->next) {
        const std::uint64_t one = 1;
        static_cast<void>(::write(listener->event.fileno(), &one, sizeof one));
    }
    --walking;
}

void on_child(int signal, siginfo_t* info, void* context) {
    const int error = errno;
    tell_listeners();
    errno = error;
    if (!has_handler(former_action)) {
        return;
    }
    if ((former_action.sa_flags & SA_SIGINFO) != 0) {
        former_action.sa_sigaction(signal, info, context);
    } else {
        former_action.sa_handler(signal);
    }
}

void install_handler() noexcept {
    ::sigaction(SIGCHLD, nullptr, &former_action);
    struct sigaction action = former_action;  // whose mask and flags the former handler expects
    if (!has_handler(former_action)) {
        action.sa_flags = SA_NOCLDSTOP | SA_RESTART;
    }
    action.sa_flags |= SA_SIGINFO;
    action.sa_sigaction = &on_child;
    ::sigaction(SIGCHLD, &action, nullptr);
    installed = true;
}

}  // namespace

ChildSignal::ChildSignal() : listener_{std::make_unique<Listener>()} {
    listener_->event = netutil::Socket{::eventfd(1, EFD_CLOEXEC | EFD_NONBLOCK)};
    if (!listener_->event) {
        throw std::system_error{errno, std::system_category(), "eventfd"};
    }
    const std::lock_guard lock{changing};
    if (!installed) {
        install_handler();
    }
    listener_->next = first_listener.load();
    first_listener = listener_.get();
}

ChildSignal::~ChildSignal() {
    const std::lock_guard lock{changing};
    auto* place = &first_listener;
    while (*place != listener_.get()) {
        place = &place->load()->next;
    }
    *place = listener_->next.load();
    while (walking != 0) {
        std::this_thread::yield();  // a handler may still have it at hand
    }
}

void ChildSignal::uninstall() noexcept {
    const std::lock_guard lock{changing};
    ::signal(SIGCHLD, SIG_DFL);
    installed = false;
}

int ChildSignal::fileno() const noexcept {
    return listener_->event.fileno();
}

void ChildSignal::acknowledge() noexcept {
    std::uint64_t count = 0;
    static_cast<void>(::read(fileno(), &count, sizeof count));
}

}  // namespace tornado::process
