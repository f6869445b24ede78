#include <sys/uio.h>

#include "memory_wire.hpp"
#include "tornado/ioloop/pending.hpp"
#include "transport.hpp"

namespace tornado::iostream {

using ioloop::Events;

namespace {

class MemoryTransport final : public Transport, private WireEnd {
public:
    using Wire = std::shared_ptr<MemoryWire::Impl>;

    MemoryTransport(ioloop::IOLoop& loop, Wire in, Wire out)
        : loop_{loop},
          in_{std::move(in)},
          out_{std::move(out)},
          end_of_loop_{new EndOfLoop{this}},
          ticket_{loop.expect(*end_of_loop_)} {
        in_->reader = this;
        out_->writer = this;
    }
    ~MemoryTransport() override {
        in_->reader = nullptr;
        out_->writer = nullptr;
        out_->end();
        in_->reader_has_gone();
        if (end_of_loop_ != nullptr) {
            end_of_loop_->transport = nullptr;
            ticket_.deliver(nullptr);
        }
    }

    void attach(StreamCore& core, Transport* filter) noexcept override {
        Transport::attach(core, filter);
        tells_later_ = false;  // that would be for the former stream
    }
    void wait(Events events) override {
        waits_for_ = events;
        tell_later();
    }
    [[nodiscard]] bool may_have_input() const noexcept override { return in_->can_read(); }
    std::size_t receive(std::span<char> into, std::error_code& error) noexcept override {
        return in_->receive(into, error);
    }
    std::size_t send(std::span<const iovec> pieces, std::error_code& error) noexcept override {
        std::size_t sent = 0;
        for (const auto& piece : pieces) {
            const auto count =
                out_->send({static_cast<const char*>(piece.iov_base), piece.iov_len}, error);
            sent += count;
            if (count < piece.iov_len) {
                break;
            }
        }
        return sent;
    }
    void shutdown_output() noexcept override { out_->end(); }
    [[nodiscard]] int fileno() const noexcept override { return -1; }

    std::error_code connect(const netutil::Address&) noexcept override {
        return make_error_code(std::errc::already_connected);
    }
    std::error_code outcome_of_connect() noexcept override { return {}; }
    void post(void (*call)(StreamCore&, std::error_code), std::error_code error) override {
        loop_.add_callback([stream = StreamRef{&core()}, call, error] { call(*stream, error); });
    }

private:
    /// The loop's end is the stream's.
    struct EndOfLoop final : ioloop::Pending {
        explicit EndOfLoop(MemoryTransport* owner) : transport{owner} {}
        void arrive(ioloop::Parcel*) noexcept override {
            if (transport != nullptr) {
                transport->end_of_loop_ = nullptr;
                transport->tell_ready(Events::none);
            }
            delete this;
        }
        MemoryTransport* transport;
    };

    [[nodiscard]] Events possible() const noexcept {
        return (in_->can_read() ? Events::read : Events::none) |
               (out_->can_write() ? Events::write : Events::none);
    }
    void wire_changed() override { tell_later(); }
    void tell_later() {
        if (tells_later_ || (possible() & waits_for_) == Events::none) {
            return;
        }
        tells_later_ = true;
        loop_.add_callback([stream = StreamRef{&core()}, this] {
            if (stream->closed()) {
                return;
            }
            tells_later_ = false;
            if (const auto told = possible() & waits_for_; told != Events::none) {
                tell_ready(told);
            }
        });
    }

    ioloop::IOLoop& loop_;
    Wire in_;
    Wire out_;
    EndOfLoop* end_of_loop_;
    ioloop::Ticket ticket_;
    Events waits_for_ = Events::none;
    bool tells_later_ = false;
};

}  // namespace

MemoryPair memory_pair(WireFaults to_first, WireFaults to_second, StreamOptions options) {
    auto& loop = ioloop::IOLoop::current();
    const auto first_in = std::make_shared<MemoryWire::Impl>(loop, to_first);
    const auto second_in = std::make_shared<MemoryWire::Impl>(loop, to_second);
    first_in->back = second_in;
    second_in->back = first_in;
    const auto open = [&](const auto& in, const auto& out) {
        return IOStream{
            StreamRef{new StreamCore{std::make_unique<MemoryTransport>(loop, in, out)}}, options};
    };
    auto first = open(first_in, second_in);
    auto second = open(second_in, first_in);
    return {std::move(first), std::move(second), MemoryWire{first_in}, MemoryWire{second_in}};
}

}  // namespace tornado::iostream
