#include "child_signal.hpp"

#include <sys/eventfd.h>
#include <unistd.h>

#include <array>
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
/// What was in our place before, the latest last: more than one when others have replaced us since,
/// and we them.
constexpr int most_formers = 8;
std::array<struct sigaction, most_formers> formers{};
std::atomic<int> former_count = 0;
/// How many of our handlers' calls this thread is in: a former handler may call us as its own
/// former.
constinit thread_local int depth = 0;

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
    if (depth == 0) {
        const int error = errno;
        tell_listeners();
        errno = error;
    }
    const int place = former_count - 1 - depth;
    if (place < 0 || !has_handler(formers[static_cast<std::size_t>(place)])) {
        return;
    }
    const auto& former = formers[static_cast<std::size_t>(place)];
    ++depth;
    if ((former.sa_flags & SA_SIGINFO) != 0) {
        former.sa_sigaction(signal, info, context);
    } else {
        former.sa_handler(signal);
    }
    --depth;
}

/// Unless it is there, and has not been replaced.
void install_handler() noexcept {
    struct sigaction action {};
    ::sigaction(SIGCHLD, nullptr, &action);
    const bool is_ours = (action.sa_flags & SA_SIGINFO) != 0 && action.sa_sigaction == &on_child;
    if (is_ours || former_count == most_formers) {
        return;
    }
    formers[static_cast<std::size_t>(former_count)] = action;
    if (!has_handler(action)) {
        action.sa_flags = SA_NOCLDSTOP | SA_RESTART;
    }
    action.sa_flags |= SA_SIGINFO;  // mask and other flags are what the former handler expects
    action.sa_sigaction = &on_child;
    ++former_count;
    ::sigaction(SIGCHLD, &action, nullptr);
}

}  // namespace

ChildSignal::ChildSignal() : listener_{std::make_unique<Listener>()} {
    listener_->event = netutil::Socket{::eventfd(1, EFD_CLOEXEC | EFD_NONBLOCK)};
    if (!listener_->event) {
        throw std::system_error{errno, std::system_category(), "eventfd"};
    }
    const std::lock_guard lock{changing};
    install_handler();
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
    former_count = 0;
}

int ChildSignal::fileno() const noexcept {
    return listener_->event.fileno();
}

void ChildSignal::acknowledge() noexcept {
    std::uint64_t count = 0;
    static_cast<void>(::read(fileno(), &count, sizeof count));
}

}  // namespace tornado::process
