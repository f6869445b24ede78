#include "tornado/iostream/stream_core.hpp"

#include <netinet/in.h>
#include <netinet/tcp.h>
#include <sys/socket.h>

#include <algorithm>
#include <array>
#include <cassert>

#include "transport.hpp"

namespace tornado::iostream {

using ioloop::Events;

namespace {

/// Blocks smaller than this are copied behind the others: a piece of its own would cost more.
constexpr std::size_t block_threshold = 16 * 1024;
/// As many pieces as one sendmsg gets.
constexpr std::size_t most_pieces = 16;
/// Output buffers that have grown beyond this are not kept for the next stream.
constexpr std::size_t most_kept_capacity = 64 * 1024;
constexpr std::size_t initial_output_capacity = 4096 - 64;
/// As much input as is asked for at once.
constexpr std::size_t most_room = std::size_t{1} << 30U;

/// Whether this thread's pool has gone: said beside the pool, as nothing of a destroyed object can
/// be asked. Streams that a thread's last loop closes come after it.
constinit thread_local bool pool_has_gone = false;

/// Empty strings with capacity, a thread's own: an output buffer is borrowed only while it holds
/// something.
class TailPool {
public:
    ~TailPool() { pool_has_gone = true; }

    void take(std::string& into) {
        if (count_ > 0) {
            into.swap(tails_[--count_]);
        } else {
            into.reserve(initial_output_capacity);
        }
    }
    void give(std::string& tail) noexcept {
        if (count_ < tails_.size() && tail.capacity() <= most_kept_capacity) {
            tail.clear();
            tails_[count_++].swap(tail);
        } else {
            std::string{}.swap(tail);
        }
    }

private:
    std::array<std::string, 64> tails_;
    std::size_t count_ = 0;
};

TailPool& tail_pool() noexcept {
    static thread_local TailPool pool;
    return pool;
}

void take_tail(std::string& into) {
    if (pool_has_gone) {
        into.reserve(initial_output_capacity);
    } else {
        tail_pool().take(into);
    }
}

void give_tail(std::string& tail) noexcept {
    if (pool_has_gone) {
        std::string{}.swap(tail);
    } else {
        tail_pool().give(tail);
    }
}

}  // namespace

StreamRef StreamCore::open(ioloop::IOLoop& loop, netutil::Socket socket) {
    return StreamRef{new StreamCore{make_socket_transport(loop, std::move(socket))}};
}

StreamCore::StreamCore(std::unique_ptr<Transport> transport) : transport_{std::move(transport)} {
    transport_->attach(*this);
}

StreamCore::~StreamCore() {
    close();
}

// Input

void StreamCore::start_reading(std::size_t room) {
    if (closed() || reading_) {
        return;
    }
    input_.release();  // what waits for input needs no memory for it
    reading_ = true;
    room_ = static_cast<std::uint32_t>(std::min<std::size_t>(room, most_room));
    update_waiting();
}

void StreamCore::readable() {
    std::error_code error;
    const auto count = transport_->receive(input_.prepare(room_), error);
    if (error == std::errc::operation_would_block) {
        input_.release();
        return;
    }
    if (count == 0 && failing_) {
        return;  // the system tells an error once: whoever sent has it, and will be told
    }
    reading_ = false;
    if (error || count == 0) {
        if (engine_ != nullptr) {
            engine_->on_end(error);
        }
    } else {
        input_.commit(count);
        if (engine_ != nullptr) {
            engine_->on_input();
        }
    }
    input_.release();
}

// Readiness

void StreamCore::update_waiting() {
    if (closed()) {
        return;
    }
    const bool connecting = connecting_ != nullptr;
    const bool for_output = waiting_to_write_ || (connecting && connecting_->in_progress);
    transport_->wait(
        (reading_ ? Events::read : Events::none) | (for_output ? Events::write : Events::none)
    );
    const bool waits = reading_ || waiting_to_write_ || connecting;
    if (waits != kept_) {
        kept_ = waits;
        references_ += waits ? 1U : -1U;  // not the last one: whoever calls has another
    }
}

void StreamCore::ready(Events events) {
    const StreamRef alive{this};
    if (events == Events::none) {
        close();
        return;
    }
    if ((events & Events::write) != Events::none) {
        writable();
    }
    if (reading_ && (events & Events::read) != Events::none) {
        readable();
    }
    update_waiting();
}

// Output

std::string& StreamCore::output() {
    if (tail_.empty() && tail_.capacity() < initial_output_capacity) {
        take_tail(tail_);
    }
    return tail_;
}

void StreamCore::append_block(std::string block) {
    if (block.size() < block_threshold) {
        output().append(block);
        return;
    }
    if (blocks_ == nullptr) {
        blocks_ = std::make_unique<std::vector<Block>>();
    }
    blocks_unsent_ = unsent() + block.size();
    if (!tail_.empty()) {
        blocks_->push_back({std::move(tail_), tail_sent_});
        tail_.clear();
        tail_sent_ = 0;
    }
    blocks_->push_back({std::move(block), 0});
}

void StreamCore::flush() {
    if (closed() || waiting_to_write_) {
        return;
    }
    send_some();
}

void StreamCore::send_some() {
    while (true) {
        std::array<iovec, most_pieces> pieces;
        std::size_t count = 0;
        std::size_t wanted = 0;
        const auto add = [&](const std::string& bytes, std::size_t sent) {
            if (bytes.size() > sent && count < most_pieces) {
                pieces[count++] = {const_cast<char*>(bytes.data()) + sent, bytes.size() - sent};
                wanted += bytes.size() - sent;
            }
        };
        if (blocks_ != nullptr) {
            const auto end = std::min(blocks_->size(), first_block_ + most_pieces);
            for (auto i = first_block_; i < end; ++i) {
                add((*blocks_)[i].bytes, (*blocks_)[i].sent);
            }
        }
        add(tail_, tail_sent_);
        if (count == 0) {
            return;
        }
        std::error_code error;
        const auto sent = transport_->send({pieces.data(), count}, error);
        if (error) {
            fail(error);
            return;
        }
        mark_sent(sent);
        if (sent < wanted) {
            waiting_to_write_ = true;
            update_waiting();
            return;
        }
    }
}

void StreamCore::mark_sent(std::size_t count) noexcept {
    sent_total_ += count;
    if (blocks_ != nullptr) {
        count -= mark_blocks_sent(count);
    }
    tail_sent_ += count;
    if (tail_sent_ == tail_.size()) {
        give_tail_back();
    } else if (tail_sent_ > most_kept_capacity && tail_sent_ > tail_.size() / 2) {
        // The rest moves to the front at most once for each byte sent.
        tail_.erase(0, tail_sent_);
        tail_sent_ = 0;
    }
}

std::size_t StreamCore::mark_blocks_sent(std::size_t count) noexcept {
    auto& blocks = *blocks_;
    count = std::min(count, blocks_unsent_);
    blocks_unsent_ -= count;
    for (auto left = count; left != 0;) {
        auto& block = blocks[first_block_];
        const auto part = std::min(left, block.bytes.size() - block.sent);
        block.sent += part;
        left -= part;
        if (block.sent == block.bytes.size()) {
            std::string{}.swap(block.bytes);
            ++first_block_;
        }
    }
    if (first_block_ == blocks.size()) {
        blocks_.reset();
        first_block_ = 0;
    } else if (first_block_ > most_pieces && first_block_ > blocks.size() / 2) {
        blocks.erase(blocks.begin(), blocks.begin() + static_cast<std::ptrdiff_t>(first_block_));
        first_block_ = 0;
    }
    return count;
}

void StreamCore::give_tail_back() noexcept {
    tail_sent_ = 0;
    if (tail_.capacity() >= initial_output_capacity) {
        give_tail(tail_);
    }
}

void StreamCore::writable() {
    if (connecting_ != nullptr) {
        connected(transport_->outcome_of_connect());
    } else if (std::exchange(waiting_to_write_, false)) {
        send_some();  // an error, too, is told by the sending
        if (engine_ != nullptr) {
            engine_->on_sent();
        }
    }
}

void StreamCore::fail(std::error_code error) {
    failing_ = true;
    transport_->post(
        [](StreamCore& core, std::error_code why) {
            core.failing_ = false;
            if (!core.closed() && core.engine_ != nullptr) {
                core.engine_->on_end(why);
            }
        },
        error
    );
}

// The connection

void StreamCore::shutdown_output() noexcept {
    if (!closed()) {
        transport_->shutdown_output();
    }
}

void StreamCore::close() noexcept {
    if (closed()) {
        return;
    }
    const auto last = std::move(transport_);
    reading_ = false;
    waiting_to_write_ = false;
    connecting_.reset();
    blocks_.reset();
    first_block_ = blocks_unsent_ = 0;
    give_tail_back();
    if (std::exchange(kept_, false) && --references_ == 0) {
        delete this;
    }
}

int StreamCore::fileno() const noexcept {
    return closed() ? -1 : transport_->fileno();
}

netutil::Address StreamCore::peer_address() const noexcept {
    sockaddr_storage storage{};
    socklen_t size = sizeof storage;
    if (::getpeername(fileno(), reinterpret_cast<sockaddr*>(&storage), &size) != 0) {
        return {};
    }
    return netutil::Address{reinterpret_cast<const sockaddr*>(&storage)};
}

void StreamCore::set_nodelay(bool on) noexcept {
    const int value = on ? 1 : 0;
    ::setsockopt(
        fileno(), IPPROTO_TCP, TCP_NODELAY, &value, sizeof value
    );  // no such thing on UNIX sockets: ignored
}

void StreamCore::set_reset_on_close() noexcept {
    const linger at_once{1, 0};
    ::setsockopt(fileno(), SOL_SOCKET, SO_LINGER, &at_once, sizeof at_once);
}

void StreamCore::connect(
    const netutil::Address& address,
    void (*on_connected)(void*, std::error_code),
    void* owner
) {
    connecting_ = std::make_unique<Connecting>(Connecting{on_connected, owner, false});
    const auto outcome = transport_->connect(address);
    if (outcome == std::errc::operation_in_progress) {
        connecting_->in_progress = true;
    } else {
        transport_->post(
            [](StreamCore& core, std::error_code error) {
                if (!core.closed()) {
                    core.connected(error);
                }
            },
            outcome
        );
    }
    update_waiting();
}

void StreamCore::connected(std::error_code error) {
    const auto told = std::move(connecting_);
    update_waiting();
    told->tell(told->owner, error);
}

}  // namespace tornado::iostream
