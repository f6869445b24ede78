#include <algorithm>
#include <array>
#include <cstring>

#include "openssl_errors.hpp"
#include "tls_transport.hpp"
#include "tornado/ioloop/ioloop.hpp"
#include "tornado/log.hpp"

namespace tornado::iostream {

using ioloop::Events;

namespace {

/// As much as a record holds.
constexpr std::size_t record_size = SSL3_RT_MAX_PLAIN_LENGTH;

/// Output in several pieces, which leaves in as few records as possible.
class Pieces {
public:
    explicit Pieces(std::span<const iovec> pieces) noexcept : rest_{pieces} {}

    [[nodiscard]] bool empty() const noexcept { return rest_.empty(); }

    /// The next bytes, at most a record full, in one place: where they are, or, when there are
    /// small pieces, in `scratch`.
    [[nodiscard]] std::span<const char> next(std::span<char, record_size> scratch) const noexcept {
        const auto first = bytes_of(0);
        if (first.size() >= record_size || rest_.size() == 1) {
            return first.first(std::min(first.size(), record_size));
        }
        std::size_t size = 0;
        for (std::size_t i = 0; i < rest_.size() && size < record_size; ++i) {
            const auto bytes = bytes_of(i);
            const auto part = std::min(bytes.size(), record_size - size);
            std::memcpy(scratch.data() + size, bytes.data(), part);
            size += part;
        }
        return scratch.first(size);
    }

    void consume(std::size_t count) noexcept {
        consumed_ += count;
        while (!rest_.empty() && consumed_ >= rest_.front().iov_len) {
            consumed_ -= rest_.front().iov_len;
            rest_ = rest_.subspan(1);
        }
    }

private:
    [[nodiscard]] std::span<const char> bytes_of(std::size_t index) const noexcept {
        const auto& piece = rest_[index];
        const auto skip = index == 0 ? consumed_ : 0;
        return {static_cast<const char*>(piece.iov_base) + skip, piece.iov_len - skip};
    }

    std::span<const iovec> rest_;
    std::size_t consumed_ = 0;  ///< of the first
};

std::span<char, record_size> scratch() noexcept {
    static thread_local std::array<char, record_size> bytes;
    return bytes;
}

}  // namespace

// Input

bool TlsTransport::may_have_input() const noexcept {
    return state_ == State::failed || more_to_read_ || inner_->may_have_input();
}

std::size_t TlsTransport::receive(std::span<char> into, std::error_code& error) noexcept {
    if (state_ == State::open) {
        if (const auto count = decrypt(into)) {
            return count;
        }
    }
    if (state_ == State::failed) {
        return receive_failure(into, error);
    }
    if (!peer_has_ended_) {
        error = std::make_error_code(std::errc::operation_would_block);
    }
    return 0;
}

std::size_t TlsTransport::decrypt(std::span<char> into) noexcept {
    std::size_t total = 0;
    do {
        std::size_t count = 0;
        forget_openssl_errors();
        const int result =
            ::SSL_read_ex(ssl_.get(), into.data() + total, into.size() - total, &count);
        if (result != 1) {
            if (::SSL_get_error(ssl_.get(), result) == SSL_ERROR_ZERO_RETURN) {
                peer_has_ended_ = true;
            } else {
                reading_needs_ = needs_after(result);
            }
            // An end is told whenever it is asked for.
            more_to_read_ = peer_has_ended_;
            return total;
        }
        total += count;
        reading_needs_ = Events::read;
        more_to_read_ = ::SSL_has_pending(ssl_.get()) == 1;
    } while (total < into.size() && (more_to_read_ || inner_->may_have_input()));
    return total;
}

std::size_t TlsTransport::receive_failure(std::span<char> into, std::error_code& error) noexcept {
    if (speaks_plainly()) {
        return inner_->receive(into, error);
    }
    failure_is_told_ = true;
    error = error_;
    return 0;
}

// Output

std::size_t TlsTransport::send(std::span<const iovec> pieces, std::error_code& error) noexcept {
    if (state_ == State::failed) {
        if (speaks_plainly()) {
            return inner_->send(pieces, error);
        }
        error = error_;
        return 0;
    }
    if (output_has_ended_) {
        error = std::make_error_code(std::errc::broken_pipe);
        return 0;
    }
    output_is_whole_ = false;
    std::size_t total = 0;
    if (state_ != State::open) {
        return total;
    }
    for (Pieces rest{pieces}; !rest.empty();) {
        const auto bytes = rest.next(scratch());
        std::size_t count = 0;
        forget_openssl_errors();
        const int result = ::SSL_write_ex(ssl_.get(), bytes.data(), bytes.size(), &count);
        if (result != 1) {
            writing_needs_ = needs_after(result);
            error = error_;
            return total;
        }
        rest.consume(count);
        total += count;
    }
    writing_needs_ = Events::write;
    output_is_whole_ = true;
    if (ending_output_) {
        end_output();
    }
    return total;
}

void TlsTransport::shutdown_output() noexcept {
    if (state_ == State::failed) {
        inner_->shutdown_output();
    } else if (state_ == State::open && output_is_whole_) {
        end_output();
    } else {
        ending_output_ = true;  // after the handshake, and after what is written already
    }
}

void TlsTransport::end_output() noexcept {
    if (output_is_dropped_ || std::exchange(output_has_ended_, true)) {
        return;
    }
    ending_output_ = !send_close_notify();
    if (ending_output_) {
        output_has_ended_ = false;
        writing_needs_ = Events::write;
        wait_for_inner();
    } else {
        inner_->shutdown_output();
    }
}

/// False when it must wait until the transport below takes more.
bool TlsTransport::send_close_notify() noexcept {
    forget_openssl_errors();
    // What this returns does not tell: 0 means as well that it is sent, and not answered, as that a
    // further attempt could not send it either.
    ::SSL_shutdown(ssl_.get());
    const bool must_wait =
        SSL_want_write(ssl_.get()) && BIO_should_write(::SSL_get_wbio(ssl_.get())) != 0;
    return !must_wait || bio_->write_error();
}

bool TlsTransport::tell_end() noexcept {
    const bool is_whole = state_ == State::open && output_is_whole_ && !output_is_dropped_;
    if (!is_whole || output_has_ended_) {
        return true;
    }
    if (!send_close_notify() && !loop_.closed()) {
        writing_needs_ = Events::write;
        if (!is_set()) {
            constexpr std::uint64_t longest = 10'000;  // milliseconds
            loop_.deadlines().set(*this, ioloop::DeadlineWheel::ticks(longest));
        }
        return false;
    }
    // With input unread, a server's session tickets say, the close would be a reset, and lose what
    // the kernel has yet to send.
    std::array<char, 4096> unread;
    std::error_code ignored;
    inner_->receive(unread, ignored);
    return true;
}

// Failures

Events TlsTransport::needs_after(int result) noexcept {
    switch (::SSL_get_error(ssl_.get(), result)) {
        case SSL_ERROR_WANT_READ:
            return Events::read;
        case SSL_ERROR_WANT_WRITE:
            if (bio_->write_error()) {
                note_write_failure();
                return Events::none;
            }
            return Events::write;
        default:
            note_failure();
            return Events::none;
    }
}

/// The peer may have said why it takes no more.
void TlsTransport::note_write_failure() noexcept {
    const auto error = bio_->write_error();
    if (state_ == State::open) {
        char byte = 0;
        std::size_t count = 0;
        forget_openssl_errors();
        const int result = ::SSL_peek_ex(ssl_.get(), &byte, 1, &count);
        if (result != 1 && !bio_->at_end() &&
            ::SSL_get_error(ssl_.get(), result) == SSL_ERROR_SSL) {
            note_failure();
            return;
        }
    }
    fail(error);
}

void TlsTransport::note_failure() noexcept {
    if (bio_->error()) {
        fail(bio_->error());
    } else if (bio_->met_http()) {
        fail(SSLErrc::http_request);
    } else if (bio_->at_end()) {
        fail(SSLErrc::truncated);
    } else {
        const auto failure = take_ssl_failure(ssl_.get());
        log::gen_log().info(
            "TLS with ", core().peer_address().host(), " has failed: ", failure.words
        );
        fail(failure.error);
    }
}

void TlsTransport::fail(std::error_code error) noexcept {
    unset();
    ::ERR_clear_error();
    error_ = error;
    state_ = State::failed;
}

}  // namespace tornado::iostream
