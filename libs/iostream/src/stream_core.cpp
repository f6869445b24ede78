#include "tornado/iostream/stream_core.hpp"

#include <linux/sockios.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <poll.h>
#include <sys/ioctl.h>
#include <sys/socket.h>

#include <algorithm>
#include <array>
#include <cassert>
#include <new>

#include "transport.hpp"

namespace tornado::iostream {

using ioloop::Events;

namespace {

/// As many pieces as one sendmsg gets.
constexpr std::size_t most_pieces = 16;
/// What is sent in one turn of the loop, when the peer takes it as fast as it comes.
constexpr std::size_t most_sent = std::size_t{8} << 20U;
/// So often one turn reads, when the peer sends as fast as we read.
constexpr int most_reads = 16;
/// As much input as is asked for at once.
constexpr std::size_t most_room = std::size_t{1} << 30U;

netutil::Address address_by(int (*get)(int, sockaddr*, socklen_t*), int descriptor) noexcept {
    sockaddr_storage storage{};
    socklen_t size = sizeof storage;
    if (get(descriptor, reinterpret_cast<sockaddr*>(&storage), &size) != 0) {
        return {};
    }
    return netutil::Address{reinterpret_cast<const sockaddr*>(&storage), size};
}

}  // namespace

StreamRef StreamCore::open(ioloop::IOLoop& loop, netutil::Socket socket, bool is_tcp) {
    return StreamRef{new StreamCore{make_socket_transport(loop, std::move(socket), is_tcp)}};
}

StreamCore::StreamCore(std::unique_ptr<Transport> transport) : transport_{std::move(transport)} {
    transport_->attach(*this);
}

StreamCore::~StreamCore() {
    close();
}

// Input

void StreamCore::start_reading(std::size_t room, std::size_t enough) {
    if (closed()) {
        return;
    }
    room_ = static_cast<std::uint32_t>(std::min(room, most_room));
    enough_ = static_cast<std::uint32_t>(std::min(enough, most_room));
    if (!reading_) {
        input_.release();  // what waits for input needs no memory for it
        reading_ = true;
        try {
            update_waiting();
        } catch (...) {
            reading_ = false;
            throw;
        }
    }
}

void StreamCore::start_reading_into(std::span<char> target, std::size_t enough) {
    target_ = target.data();
    has_come_ = false;
    start_reading(target.size(), enough);
}

char* StreamCore::end_reading_into() noexcept {
    room_ = enough_ = 1;
    return std::exchange(target_, nullptr);
}

void StreamCore::readable() {
    for (int reads = 0; reads < most_reads; ++reads) {
        const auto room = target_ != nullptr ? std::span{target_, room_} : input_.prepare(room_);
        std::error_code error;
        const auto count = transport_->receive(room, error);
        if (count == 0) {
            if (error != std::errc::operation_would_block) {
                end_of_input(error);
                return;
            }
            if (!has_come_) {
                break;
            }
        } else if (target_ != nullptr) {
            target_ += count;
            room_ -= static_cast<std::uint32_t>(count);
            if (count < enough_) {
                enough_ -= static_cast<std::uint32_t>(count);
                break;
            }
        } else {
            input_.commit(count);
            if (count < enough_ && count == room.size()) {
                enough_ -= static_cast<std::uint32_t>(count);
                has_come_ = true;
                continue;  // there may be more
            }
        }
        reading_ = has_come_ = false;
        if (engine_ != nullptr) {
            engine_->on_input();
        }
        break;
    }
    input_.release();
}

bool StreamCore::receive_now() {
    if (closed() || !reading_ || target_ != nullptr) {
        return false;
    }
    std::error_code error;  // which the next call of the transport will tell again
    const auto count = transport_->receive(input_.prepare(room_), error);
    if (count == 0) {
        input_.release();
        update_waiting();
        return false;
    }
    input_.commit(count);
    reading_ = false;
    update_waiting();
    return true;
}

void StreamCore::end_of_input(std::error_code error) {
    if (!failing_) {  // else: the system tells an error once: whoever sent has it, and will be told
        reading_ = false;
        if (engine_ != nullptr) {
            engine_->on_end(error);
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
    try {
        if ((events & Events::write) != Events::none) {
            writable();
        }
        if (reading_ && (events & Events::read) != Events::none) {
            readable();
        }
    } catch (...) {
        update_waiting();  // readiness is told once: what was not used must be told again
        throw;
    }
    update_waiting();
}

// Output

void StreamCore::flush() {
    if (closed() || waiting_to_write_ || failing_) {
        return;
    }
    send_some();
}

void StreamCore::drop_output() noexcept {
    if (!closed() && unsent() != 0) {
        transport_->drop_output();
        output_.clear();
        waiting_to_write_ = false;
        update_waiting();
    }
}

void StreamCore::send_some() {
    const auto limit = output_.sent_total() + most_sent;
    while (output_.unsent() != 0) {
        std::error_code error;
        const bool goes_on = output_.next_file() != nullptr ? send_file(error) : send_bytes(error);
        if (error) {
            fail(error);
            return;
        }
        if (!goes_on || output_.sent_total() >= limit) {
            wait_to_send();
            return;
        }
    }
    if (ending_output_) {
        shutdown_output();
    }
}

/// False when the peer has not taken all that it was offered.
bool StreamCore::send_bytes(std::error_code& error) {
    std::array<iovec, most_pieces> all;
    const std::span<const iovec> pieces{all.data(), output_.next(all)};
    const auto sent = transport_->send(pieces, error);
    output_.mark_sent(sent);
    return sent == size_of(pieces);
}

/// False when the peer takes nothing now.
bool StreamCore::send_file(std::error_code& error) {
    const auto& part = *output_.next_file();
    const auto sent =
        transport_->send_file(part.file, part.offset, std::min(part.count, most_sent), error);
    if (error == std::errc::operation_not_supported) {
        error = output_.read_file();
        return true;
    }
    output_.mark_sent(sent);
    return sent != 0;
}

void StreamCore::wait_to_send() {
    if (output_.unsent() != 0) {
        waiting_to_write_ = true;
        update_waiting();
    }
}

std::size_t StreamCore::unacknowledged() const noexcept {
    int count = 0;
    if (closed() || ::ioctl(fileno(), SIOCOUTQ, &count) != 0) {
        return 0;
    }
    return static_cast<std::size_t>(std::max(count, 0));
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
                core.engine_->on_send_failed(why);
            }
        },
        error
    );
}

// The connection

void StreamCore::shutdown_output() noexcept {
    ending_output_ = unsent() != 0;
    if (!closed() && !ending_output_) {
        transport_->shutdown_output();
    }
}

void StreamCore::close() noexcept {
    if (closed()) {
        return;
    }
    if (unsent() != 0) {
        transport_->drop_output();
    }
    auto last = std::move(transport_);
    reading_ = false;
    waiting_to_write_ = false;
    connecting_.reset();
    output_.clear();
    if (auto* const watcher = std::exchange(watcher_, nullptr)) {
        watcher->stream_closed();
    }
    if (!last->tell_end()) {
        end_later(std::move(last));
    }
    if (std::exchange(kept_, false) && --references_ == 0) {
        delete this;
    }
}

/// The transport goes on as a stream of its own, which keeps itself until it is ready to write.
void StreamCore::end_later(std::unique_ptr<Transport> transport) noexcept {
    try {
        const StreamRef rest{new StreamCore{std::move(transport)}};
        try {
            rest->waiting_to_write_ = true;
            rest->update_waiting();
        } catch (...) {
            rest->transport_->drop_output();
        }
    } catch (const std::bad_alloc&) {  // no memory: the peer will see a truncated end
    }
}

void StreamCore::abort(std::error_code reason) {
    if (!closed() && engine_ != nullptr) {
        engine_->on_end(reason);
    }
}

bool StreamCore::peer_has_reset() const noexcept {
    pollfd socket{.fd = fileno(), .events = 0, .revents = 0};
    return socket.fd >= 0 && ::poll(&socket, 1, 0) > 0 && (socket.revents & POLLERR) != 0;
}

int StreamCore::fileno() const noexcept {
    return closed() ? -1 : transport_->fileno();
}

netutil::Address StreamCore::peer_address() const noexcept {
    return address_by(::getpeername, fileno());
}

netutil::Address StreamCore::local_address() const noexcept {
    return address_by(::getsockname, fileno());
}

void StreamCore::set_nodelay(bool on) noexcept {
    const int value = on ? 1 : 0;
    ::setsockopt(
        fileno(), IPPROTO_TCP, TCP_NODELAY, &value, sizeof value
    );  // no such thing on UNIX sockets: ignored
}

void StreamCore::set_reset_on_close() noexcept {
    if (closed()) {
        return;
    }
    transport_->drop_output();
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
                if (!core.closed() && core.connecting_ != nullptr) {
                    core.connected(error);
                }
            },
            outcome
        );
    }
    wait_for_connection();
}

void StreamCore::wait_for_connection() {
    try {
        update_waiting();
    } catch (...) {
        connecting_.reset();
        throw;
    }
}

void StreamCore::connected(std::error_code error) {
    const auto told = std::move(connecting_);
    update_waiting();
    told->tell(told->owner, error);
}

}  // namespace tornado::iostream
