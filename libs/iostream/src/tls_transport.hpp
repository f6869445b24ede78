#pragma once

#include <cstdint>
#include <memory>
#include <string>

#include "ssl_context_impl.hpp"
#include "ssl_handles.hpp"
#include "tls_bio.hpp"
#include "tornado/ioloop/deadline.hpp"
#include "tornado/iostream/ssl_errors.hpp"
#include "tornado/iostream/tls_session.hpp"
#include "transport.hpp"

namespace tornado::iostream {

/// TLS between a stream and another transport.
///
/// The handshake goes on by itself; until it is over the stream finds nothing to read and nothing
/// taken. An orderly end of the peer's output reads as the end, anything else as an error. Where
/// a plain HTTP request has come instead of a handshake, reading fails with
/// SSLErrc::http_request; what is sent then goes as it is, so that HTTP can say so.
class TlsTransport final : public Transport, public TlsSession, private ioloop::Deadline {
public:
    /// Throws std::invalid_argument when `context` verifies a name and there is none.
    TlsTransport(
        ioloop::IOLoop& loop,
        StreamCore& core,
        netutil::SSLContext context,
        const std::string& server_hostname
    );
    ~TlsTransport() override;

    /// Puts it on top of `inner` and begins the handshake, or leaves that to connect().
    void start(std::unique_ptr<Transport> inner, StreamCore::TlsStart start);

    void attach(StreamCore& core, Transport* filter) noexcept override;
    void wait(ioloop::Events events) override;
    [[nodiscard]] bool may_have_input() const noexcept override;
    std::size_t receive(std::span<char> into, std::error_code& error) noexcept override;
    std::size_t send(std::span<const iovec> pieces, std::error_code& error) noexcept override;
    void shutdown_output() noexcept override;
    void drop_output() noexcept override { output_is_dropped_ = true; }
    [[nodiscard]] bool tell_end() noexcept override;
    [[nodiscard]] int fileno() const noexcept override { return inner_->fileno(); }
    std::error_code connect(const netutil::Address& address) noexcept override;
    [[nodiscard]] std::error_code outcome_of_connect() noexcept override { return error_; }
    void ready(ioloop::Events events) override;
    [[nodiscard]] const TlsSession* tls() const noexcept override { return this; }
    void post(void (*call)(StreamCore&, std::error_code), std::error_code error) override {
        inner_->post(call, error);
    }

    [[nodiscard]] bool handshake_done() const noexcept override { return state_ == State::open; }
    [[nodiscard]] std::string_view version() const noexcept override;
    [[nodiscard]] std::string_view cipher() const noexcept override;
    [[nodiscard]] std::string_view alpn_protocol() const noexcept override;
    [[nodiscard]] std::string_view server_hostname() const noexcept override;
    [[nodiscard]] bool session_reused() const noexcept override;
    [[nodiscard]] std::optional<netutil::SSLCertificate> peer_certificate() const override;

private:
    enum class State : std::uint8_t {
        unconnected,  ///< connect() is yet to be called
        connecting,
        handshake,
        open,
        failed
    };
    [[nodiscard]] bool is_client() const noexcept {
        return context_.side() == netutil::SSLSide::client;
    }
    /// Whether it has said that the peer speaks HTTP without TLS, and lets the refusal through.
    [[nodiscard]] bool speaks_plainly() const noexcept {
        return failure_is_told_ && error_ == SSLErrc::http_request;
    }
    void begin_handshake();
    void go_on();
    void go_on_with_handshake();
    ioloop::Events what_can_go_on(ioloop::Events events) noexcept;
    void handshake_is_done();
    void tell_all();
    void wait_for_inner();
    void tell_later();
    /// What must be ready before OpenSSL, having returned `result`, can go on; none when it failed,
    /// which fail() then has noted.
    ioloop::Events needs_after(int result) noexcept;
    void note_write_failure() noexcept;
    void note_failure() noexcept;
    void fail(std::error_code error) noexcept;
    std::size_t receive_failure(std::span<char> into, std::error_code& error) noexcept;
    std::size_t decrypt(std::span<char> into) noexcept;
    void end_output() noexcept;
    bool send_close_notify() noexcept;

    ioloop::IOLoop& loop_;
    netutil::SSLContext context_;
    std::shared_ptr<const netutil::SSLContextState> context_state_;
    std::string session_key_;  ///< clients: what the server's sessions are kept under
    std::unique_ptr<Transport> inner_;
    std::unique_ptr<TlsBio> bio_;
    SSLHandle ssl_;
    std::error_code error_;  ///< why it has failed
    State state_ = State::unconnected;
    ioloop::Events wanted_ = ioloop::Events::none;  ///< by the stream
    ioloop::Events handshake_needs_ = ioloop::Events::none;
    ioloop::Events reading_needs_ = ioloop::Events::read;
    ioloop::Events writing_needs_ = ioloop::Events::write;
    bool more_to_read_ = false;       ///< OpenSSL may hold more, or an end to tell
    bool peer_has_ended_ = false;     ///< by close_notify
    bool output_is_whole_ = true;     ///< all that was written has been taken
    bool output_is_dropped_ = false;  ///< its end must not look like a whole one
    bool ending_output_ = false;      ///< close_notify is yet to be sent
    bool output_has_ended_ = false;   ///< it is sent
    bool tells_later_ = false;
    bool failure_is_told_ = false;
};

}  // namespace tornado::iostream
