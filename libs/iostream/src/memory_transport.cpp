#include <sys/uio.h>

#include <algorithm>
#include <utility>
#include <vector>

#include "memory_wire.hpp"
#include "tornado/ioloop/loop_guest.hpp"
#include "tornado/util/per_thread.hpp"
#include "transport.hpp"

namespace tornado::iostream {

using ioloop::Events;

namespace {

/// Tells the streams in a loop's memory when that closes. Nothing is expected of elsewhere, for
/// which a virtual clock would have to wait.
class LoopEnd final : public std::enable_shared_from_this<LoopEnd>, private ioloop::LoopGuest {
public:
    class Member {
    public:
        virtual void loop_closes() noexcept = 0;

    protected:
        ~Member() = default;

    private:
        friend class LoopEnd;
        Member* next_ = nullptr;
        Member* previous_ = nullptr;
    };

    /// The one of a loop, for as long as somebody needs it.
    static std::shared_ptr<LoopEnd> of(ioloop::IOLoop& loop) {
        auto* const all = util::PerThread<std::vector<std::weak_ptr<LoopEnd>>>::get();
        if (all == nullptr) {
            return std::make_shared<LoopEnd>(loop);
        }
        std::erase_if(*all, [](const auto& each) { return each.expired(); });
        for (const auto& each : *all) {
            if (auto found = each.lock(); found->host() == &loop) {
                return found;
            }
        }
        auto made = std::make_shared<LoopEnd>(loop);
        all->push_back(made);
        return made;
    }
    explicit LoopEnd(ioloop::IOLoop& loop) : LoopGuest{loop} {}

    void add(Member& member) noexcept {
        member.next_ = std::exchange(first_, &member);
        if (member.next_ != nullptr) {
            member.next_->previous_ = &member;
        }
    }
    void remove(Member& member) noexcept {
        if (first_ != &member && member.previous_ == nullptr) {
            return;  // it has been told
        }
        (member.previous_ != nullptr ? member.previous_->next_ : first_) = member.next_;
        if (member.next_ != nullptr) {
            member.next_->previous_ = member.previous_;
        }
        member.next_ = member.previous_ = nullptr;
    }

private:
    void turn_begins() noexcept override {}
    void turn_ends() noexcept override {}
    void host_closes() noexcept override {
        const auto alive = shared_from_this();
        while (first_ != nullptr) {
            auto& member = *first_;
            remove(member);
            member.loop_closes();  // which may be the end of others
        }
    }

    Member* first_ = nullptr;
};

class MemoryTransport final : public Transport, private WireEnd, private LoopEnd::Member {
public:
    using Wire = std::shared_ptr<MemoryWire::Impl>;

    MemoryTransport(ioloop::IOLoop& loop, Wire in, Wire out)
        : loop_{loop},
          in_{std::move(in)},
          out_{std::move(out)},
          end_of_loop_{LoopEnd::of(loop)} {
        end_of_loop_->add(*this);
        in_->reader = this;
        out_->writer = this;
    }
    ~MemoryTransport() override {
        in_->reader = nullptr;
        out_->writer = nullptr;
        out_->end();
        in_->reader_has_gone();
        end_of_loop_->remove(*this);
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
    void loop_closes() noexcept override { tell_ready(Events::none); }

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
    std::shared_ptr<LoopEnd> end_of_loop_;
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
