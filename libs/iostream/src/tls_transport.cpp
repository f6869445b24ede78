#include "tls_transport.hpp"

#include <openssl/err.h>

#include <array>
#include <stdexcept>
#include <utility>

#include "openssl_errors.hpp"
#include "ssl_certificate_of.hpp"
#include "tornado/ioloop/ioloop.hpp"

namespace tornado::iostream {

using ioloop::Events;

namespace {

bool has(Events set, Events event) noexcept {
    return (set & event) != Events::none;
}

}  // namespace

TlsTransport::TlsTransport(
    ioloop::IOLoop& loop,
    StreamCore& core,
    netutil::SSLContext context,
    const std::string& server_hostname
)
    : Deadline{[](Deadline& deadline) {
          auto& self = static_cast<TlsTransport&>(deadline);
          self.fail(SSLErrc::handshake_timeout);
          self.tell_all();
      }},
      loop_{loop},
      context_{std::move(context)},
      context_state_{context_.impl().state()},
      ssl_{context_state_->new_connection(server_hostname)} {
    Transport::attach(core);
    if (is_client()) {
        session_key_ = server_hostname;
    }
}

TlsTransport::~TlsTransport() {
    if (state_ != State::open) {
        return;
    }
    // Or OpenSSL takes the session for a broken one, which is not to be resumed.
    ::SSL_set_shutdown(ssl_.get(), SSL_SENT_SHUTDOWN | SSL_RECEIVED_SHUTDOWN);
}

void TlsTransport::attach(StreamCore& core, Transport* filter) noexcept {
    Transport::attach(core, filter);
    tells_later_ = false;  // that would be for the former stream
    if (inner_ != nullptr) {
        inner_->attach(core, this);
    }
}

// The handshake

void TlsTransport::start(std::unique_ptr<Transport> inner, StreamCore::TlsStart start) {
    inner_ = std::move(inner);
    inner_->attach(core(), this);
    bio_ = std::make_unique<TlsBio>(*inner_);
    auto* const bio = bio_->make();
    ::SSL_set_bio(ssl_.get(), bio, bio);
    if (start == StreamCore::TlsStart::now) {
        begin_handshake();
    }
    wait_for_inner();
}

void TlsTransport::begin_handshake() {
    state_ = State::handshake;
    if (is_client()) {
        session_key_ += ':' + std::to_string(core().peer_address().port());
        context_state_->sessions().resume(*ssl_, session_key_);
        SSL_set_app_data(ssl_.get(), &session_key_);
        go_on_with_handshake();
        return;
    }
    bio_->watch_for_http();
    handshake_needs_ = Events::read;
    const auto limit = context_state_->handshake_timeout();
    if (limit.count() != 0) {
        loop_.deadlines().set(
            *this, ioloop::DeadlineWheel::ticks(static_cast<std::uint64_t>(limit.count()))
        );
    }
}

void TlsTransport::go_on_with_handshake() {
    forget_openssl_errors();
    const int result = ::SSL_do_handshake(ssl_.get());
    if (result == 1) {
        handshake_is_done();
    } else {
        handshake_needs_ = needs_after(result);
    }
}

void TlsTransport::handshake_is_done() {
    unset();
    state_ = State::open;
    bio_->hold_write_errors();
    more_to_read_ = ::SSL_has_pending(ssl_.get()) == 1;
    if (ending_output_ && output_is_whole_) {
        end_output();
    }
}

/// The stream learns of the handshake's end by whatever it waits for.
void TlsTransport::tell_all() {
    const auto told = wanted_ & (Events::read | Events::write);
    if (told != Events::none) {
        tell_ready(told);
    } else {
        wait_for_inner();
    }
}

std::error_code TlsTransport::connect(const netutil::Address& address) noexcept {
    const auto outcome = inner_->connect(address);
    if (outcome == std::errc::operation_in_progress) {
        state_ = State::connecting;
        return outcome;
    }
    if (outcome) {
        return outcome;
    }
    begin_handshake();
    return make_error_code(std::errc::operation_in_progress);
}

// Readiness

void TlsTransport::wait(Events events) {
    wanted_ = events;
    wait_for_inner();
}

void TlsTransport::wait_for_inner() {
    auto needs = Events::none;
    bool at_once = false;
    switch (state_) {
        case State::unconnected:
            break;
        case State::connecting:
            needs = Events::write;
            break;
        case State::handshake:
            needs = handshake_needs_;
            break;
        case State::open:
            at_once = more_to_read_ && has(wanted_, Events::read);
            if (has(wanted_, Events::read) && !at_once) {
                needs = needs | reading_needs_;
            }
            if (has(wanted_, Events::write) || ending_output_) {
                needs = needs | writing_needs_;
            }
            break;
        case State::failed:
            at_once = !speaks_plainly() && wanted_ != Events::none;
            needs = speaks_plainly() ? wanted_ : Events::none;
            break;
    }
    inner_->wait(needs);
    if (at_once) {
        tell_later();
    }
}

void TlsTransport::tell_later() {
    if (std::exchange(tells_later_, true)) {
        return;
    }
    loop_.add_callback([stream = StreamRef{&core()}, this] {
        if (!stream->closed()) {
            tells_later_ = false;
            if (wanted_ != Events::none) {
                tell_ready(wanted_);
            }
        }
    });
}

void TlsTransport::ready(Events events) {
    if (events == Events::none) {
        tell_ready(events);
    } else if (state_ == State::open || state_ == State::failed) {
        const auto told = what_can_go_on(events) & wanted_;
        if (told != Events::none) {
            tell_ready(told);
        } else {
            wait_for_inner();
        }
    } else {
        go_on();
        if (state_ == State::open || state_ == State::failed) {
            tell_all();
        } else {
            wait_for_inner();
        }
    }
}

void TlsTransport::go_on() {
    if (state_ == State::handshake) {
        go_on_with_handshake();
    } else if (const auto error = inner_->outcome_of_connect()) {
        fail(error);
    } else {
        begin_handshake();
    }
}

/// What the stream can do now that `events` have come to the transport below.
Events TlsTransport::what_can_go_on(Events events) noexcept {
    if (state_ == State::failed) {
        return events;
    }
    if (ending_output_ && output_is_whole_ && has(events, writing_needs_)) {
        end_output();
    }
    return (has(events, reading_needs_) ? Events::read : Events::none) |
           (has(events, writing_needs_) ? Events::write : Events::none);
}

// What was agreed on

std::string_view TlsTransport::version() const noexcept {
    return handshake_done() ? ::SSL_get_version(ssl_.get()) : std::string_view{};
}

std::string_view TlsTransport::cipher() const noexcept {
    const auto* const cipher = ::SSL_get_current_cipher(ssl_.get());
    return handshake_done() && cipher != nullptr ? ::SSL_CIPHER_get_name(cipher)
                                                 : std::string_view{};
}

std::string_view TlsTransport::alpn_protocol() const noexcept {
    const unsigned char* name = nullptr;
    unsigned size = 0;
    ::SSL_get0_alpn_selected(ssl_.get(), &name, &size);
    return {reinterpret_cast<const char*>(name), size};
}

std::string_view TlsTransport::server_hostname() const noexcept {
    const char* const name = ::SSL_get_servername(ssl_.get(), TLSEXT_NAMETYPE_host_name);
    return name != nullptr ? std::string_view{name} : std::string_view{};
}

bool TlsTransport::session_reused() const noexcept {
    return handshake_done() && ::SSL_session_reused(ssl_.get()) == 1;
}

std::optional<netutil::SSLCertificate> TlsTransport::peer_certificate() const {
    const X509* const certificate =
        handshake_done() ? ::SSL_get0_peer_certificate(ssl_.get()) : nullptr;
    if (certificate == nullptr) {
        return std::nullopt;
    }
    return netutil::describe(*certificate);
}

// The stream's part

void StreamCore::start_tls(
    const netutil::SSLContext& context,
    const std::string& server_hostname,
    TlsStart start
) {
    if (closed()) {
        throw std::logic_error{"the stream is closed: start_tls() needs an open one"};
    }
    if (connecting_ != nullptr) {
        throw std::logic_error{"the stream is connecting: await that before start_tls()"};
    }
    if (!input_.empty() || unsent() != 0) {
        throw std::logic_error{
            "the stream holds bytes that came, or are to go, without TLS: read and send them "
            "before start_tls()"};
    }
    auto tls =
        std::make_unique<TlsTransport>(ioloop::IOLoop::current(), *this, context, server_hostname);
    auto& started = *tls;
    auto inner = std::exchange(transport_, std::move(tls));
    started.start(std::move(inner), start);
    update_waiting();
}

void StreamCore::await_handshake(void (*on_done)(void*, std::error_code), void* owner) {
    connecting_ = std::make_unique<Connecting>(Connecting{on_done, owner, true});
    wait_for_connection();
}

const TlsSession* StreamCore::tls() const noexcept {
    return closed() ? nullptr : transport_->tls();
}

}  // namespace tornado::iostream
