#include "open_sockets.hpp"

#include <utility>

#include "tornado/concurrent/promise.hpp"
#include "tornado/stack_context.hpp"

namespace tornado::websocket {

constinit thread_local OpenSockets* OpenSockets::first_ = nullptr;

OpenSockets::OpenSockets(const concurrent::Scheduler& loop) noexcept : loop_{loop}, next_{first_} {
    first_ = this;
}

OpenSockets::~OpenSockets() {
    auto** place = &first_;
    while (*place != this) {
        place = &(*place)->next_;
    }
    *place = next_;
    while (handlers_ != nullptr) {
        handlers_->loop_closes();
    }
}

OpenSockets& OpenSockets::of(const concurrent::Scheduler& loop) {
    for (auto* sockets = first_; sockets != nullptr; sockets = sockets->next_) {
        if (&sockets->loop_ == &loop) {
            return *sockets;
        }
    }
    std::unique_ptr<OpenSockets> made{new OpenSockets{loop}};
    auto& sockets = *made;
    const stack_context::NullContext outside;  // of whatever asks first
    watch(std::move(made)).ignore();
    return sockets;
}

/// Waits for what does not come. It ends when the loop cancels it, or throws it away.
Future<void> OpenSockets::watch(std::unique_ptr<OpenSockets> /*sockets*/) {
    const Promise<void> never;
    co_await never.future();
}

void OpenSockets::add(WebSocketHandler& handler) {
    auto*& first = of(concurrent::Scheduler::current()).handlers_;
    handler.next_ = first;
    if (first != nullptr) {
        first->previous_ = &handler.next_;
    }
    handler.previous_ = &first;
    first = &handler;
}

}  // namespace tornado::websocket
