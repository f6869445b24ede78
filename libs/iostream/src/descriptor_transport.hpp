#pragma once

#include "tornado/ioloop/poller.hpp"
#include "tornado/iostream/socket.hpp"
#include "transport.hpp"

namespace tornado::iostream {

/// What all transports over a descriptor of their own share: the loop's poller tells them once when
/// the descriptor becomes ready, and they keep in mind what is ready until it is used up.
class DescriptorTransport : public Transport, private ioloop::Watcher {
public:
    /// Makes the descriptor non-blocking.
    DescriptorTransport(ioloop::IOLoop& loop, netutil::Socket descriptor);
    ~DescriptorTransport() override;

    void attach(StreamCore& core, Transport* filter) noexcept override {
        Transport::attach(core, filter);
        tells_later_ = false;  // that would be for the former stream
    }
    void wait(ioloop::Events events) override;
    [[nodiscard]] bool may_have_input() const noexcept override {
        return (ready_ & ioloop::Events::read) != ioloop::Events::none;
    }
    [[nodiscard]] int fileno() const noexcept override { return descriptor_.fileno(); }
    void post(void (*call)(StreamCore&, std::error_code), std::error_code error) override;

protected:
    /// All has been read, or written, that can be for now. What ends the peer's output stays ready
    /// to be read for ever.
    void used_up(ioloop::Events events) noexcept { ready_ = ready_ & ~events; }
    [[nodiscard]] bool peer_has_ended() const noexcept {
        return (ready_ & ioloop::Events::error) != ioloop::Events::none;
    }
    /// Whether TCP's urgent data have ever come: reads stop at their place, though there be more.
    [[nodiscard]] bool has_had_urgent_data() const noexcept {
        return (ready_ & ioloop::Events::urgent) != ioloop::Events::none;
    }
    /// What was ready before, or is being told in this turn of the loop, is so no longer.
    void forget_readiness() noexcept {
        unwatch();
        ready_ = ioloop::Events::none;
    }

private:
    void watch(ioloop::Events events);
    void became_ready(ioloop::Events events);
    void tell();
    void tell_later();

    ioloop::IOLoop& loop_;
    netutil::Socket descriptor_;
    ioloop::Events waits_for_ = ioloop::Events::none;
    ioloop::Events ready_ = ioloop::Events::none;
    bool tells_later_ = false;
};

/// The error of the system call that has just failed.
[[nodiscard]] std::error_code last_error() noexcept;

}  // namespace tornado::iostream
