#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "sent_queue.hpp"
#include "tornado/concurrent/promise.hpp"
#include "tornado/httputil/chunked.hpp"
#include "tornado/httputil/http_connection.hpp"
#include "tornado/httputil/message_framing.hpp"
#include "tornado/iostream/buffer.hpp"
#include "tornado/iostream/socket.hpp"
#include "tornado/iostream/stream_core.hpp"
#include "tornado/util/unique_function.hpp"

namespace tornado::iostream {
struct StreamOptions;
}  // namespace tornado::iostream

namespace tornado::http1connection {

class HTTP1ServerConnection;

/// One request and its response on an HTTP/1 connection.
///
/// Objects are recycled with the memory they have gathered, so that a request in steady state
/// allocates nothing here.
class Exchange final : public httputil::HTTPConnection {
public:
    static concurrent::StateRef<Exchange> take(HTTP1ServerConnection& connection);

    Future<void> write_headers(
        int status,
        std::string_view reason,
        const httputil::HTTPHeaders& headers,
        std::string_view chunk
    ) override;
    void send_response(
        int status,
        std::string_view reason,
        const httputil::HTTPHeaders& headers,
        std::string&& body
    ) override;
    Future<void> write(std::string chunk) override;
    Future<void> write_file(
        int file,
        std::uint64_t offset,
        std::size_t count,
        std::shared_ptr<const void> owner
    ) override;
    void finish() override;
    [[nodiscard]] Future<void> when_sent() override;
    void abort() noexcept override;
    [[nodiscard]] bool closed() const noexcept override { return connection_ == nullptr; }
    void set_max_body_size(std::uint64_t bytes) noexcept override { max_body_size_ = bytes; }
    [[nodiscard]] std::uint64_t max_body_size() const noexcept override { return max_body_size_; }
    void set_body_timeout(std::uint64_t milliseconds) noexcept override {
        body_timeout = milliseconds;
    }
    void set_origin(std::string remote_ip, std::string_view protocol) override;
    [[nodiscard]] std::string remote_ip() const override {
        return remote_ip_.empty() ? peer_.host() : remote_ip_;
    }
    [[nodiscard]] std::chrono::steady_clock::time_point now() const noexcept override;
    [[nodiscard]] std::string_view protocol() const noexcept override { return protocol_; }

    [[nodiscard]] std::optional<netutil::SSLCertificate> get_ssl_certificate() const override;

    /// What a stream that is detached gets, as the server's options say.
    [[nodiscard]] iostream::StreamOptions stream_options() const noexcept;
    /// See http1connection::detach() and upgrade().
    [[nodiscard]] iostream::StreamRef detach(util::UniqueFunction<void()> on_drain);
    [[nodiscard]] iostream::StreamRef upgrade(
        std::string_view protocol,
        const httputil::HTTPHeaders& headers,
        util::UniqueFunction<void()> on_drain
    );

    /// Whether the connection has gone on with another protocol.
    [[nodiscard]] bool is_upgraded() const noexcept { return upgraded_; }
    [[nodiscard]] const netutil::Address& peer() const noexcept { return peer_; }
    /// What set_origin() has said; empty: nothing.
    [[nodiscard]] const std::string& own_remote_ip() const noexcept { return remote_ip_; }

    // For the connection

    [[nodiscard]] bool response_begun() const noexcept { return begun_; }
    /// Whether the present response ends where the connection does.
    [[nodiscard]] bool ends_with_connection() const noexcept {
        return begun_ && is_delimited_by_close();
    }
    [[nodiscard]] bool keep_alive() const noexcept { return keep_alive_; }
    using HTTPConnection::set_timed_out;
    /// The connection has gone, or has no more to do with this exchange.
    void let_go() noexcept {
        connection_ = nullptr;
        if (sent_ != nullptr) {
            std::exchange(sent_, nullptr)->fail();
        }
    }
    /// The output buffer has room again, or never will have: then `closed`.
    void resume_writers(bool is_closed);

    httputil::RequestHead head;
    httputil::Target target;
    httputil::MessageFraming framing;
    iostream::BufferBlock block;  ///< holds the bytes that head and target view
    iostream::BufferBlock piece;  ///< holds the piece of body that the delegate has not yet taken
    std::unique_ptr<httputil::HTTPMessageDelegate> delegate;
    std::unique_ptr<httputil::ChunkedDecoder> decoder;  ///< made for the first chunked body
    bool decoder_used = false;
    bool told_of_close = false;
    std::uint64_t body_remaining = 0;  ///< bytes of a Content-Length body still to come
    std::uint64_t received_since = 0;  ///< bytes of body that have come since that tick
    std::uint32_t rate_since = 0;  ///< the tick from which on the body's rate counts, after pauses
    std::uint32_t paused_since = 0;  ///< the tick in which reading was held back
    std::uint64_t body_timeout = 0;  ///< milliseconds

private:
    friend class concurrent::StateRef<Exchange>;
    friend class ExchangePool;
    Exchange() = default;
    ~Exchange() = default;

    void dispose() noexcept override;
    void clear() noexcept;
    void begin(
        int status,
        std::string_view reason,
        const httputil::HTTPHeaders& headers,
        std::optional<std::size_t> whole_body
    );
    void decide_framing(int status, const httputil::HTTPHeaders& headers);
    void append_status_line(std::string& out, int status, std::string_view reason);
    void append_connection_field(std::string& out, const httputil::HTTPHeaders& headers);
    void check_unbegun() const;
    [[nodiscard]] bool can_write() const;
    void check_detachable() const;
    [[nodiscard]] bool is_head() const noexcept { return head.method == "HEAD"; }
    [[nodiscard]] bool is_delimited_by_close() const noexcept {
        return !length_known_ && !chunked_;
    }
    void count_output(std::size_t size);
    void write_chunk_size(std::string& out, std::size_t size);
    Future<void> when_writable();
    void end();
    [[noreturn]] void fail(const char* what);

    HTTP1ServerConnection* connection_ = nullptr;
    netutil::Address peer_;
    std::string remote_ip_;  ///< empty: the peer's
    std::string_view protocol_;
    std::uint64_t max_body_size_ = 0;
    std::vector<Promise<void>> writers_;
    std::unique_ptr<SentWaiter> sent_;  ///< until the response has ended
    std::uint64_t expected_ = 0;        ///< bytes of body still to be written, when length_known_
    bool length_known_ = false;
    bool chunked_ = false;
    bool begun_ = false;
    bool done_ = false;
    bool keep_alive_ = true;
    bool upgraded_ = false;
};

}  // namespace tornado::http1connection
