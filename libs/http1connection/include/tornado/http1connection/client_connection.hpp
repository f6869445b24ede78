#pragma once

#include <cstddef>
#include <cstdint>
#include <exception>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <system_error>
#include <vector>

#include "tornado/concurrent/promise.hpp"
#include "tornado/http1connection/content_decoder.hpp"
#include "tornado/httputil/chunked.hpp"
#include "tornado/httputil/http_connection.hpp"
#include "tornado/httputil/message_framing.hpp"
#include "tornado/ioloop/timeout.hpp"
#include "tornado/iostream/buffer.hpp"
#include "tornado/iostream/stream_core.hpp"
#include "tornado/util/unique_function.hpp"

namespace tornado::http1connection {

/// What a client takes of a response. Sizes are bytes.
struct ResponseLimits {
    std::size_t chunk_size = 65'536;  ///< the largest piece of body handed on at once
    bool decompress = false;  ///< take codings that are known off bodies, but for parts (206)
    std::uint64_t max_body_size = 104'857'600;  ///< as sent, and once more as decompressed
    std::size_t max_fields = 1'000;             ///< header fields of one head
    std::size_t max_header_size = 65'536;       ///< of each head
    int max_interim_responses = 64;             ///< 1xx responses before the real one
};

class HTTP1ClientConnection;
/// Holds a client's connection.
using ClientConnectionRef = concurrent::StateRef<HTTP1ClientConnection>;

/// A client's end of an HTTP/1.1 connection: one request and its response at a time (RFC 9112).
///
/// An exchange is write_headers(), write() as often as needed, finish(), or send_request() for all
/// of these; and read_response() at any time after the head, as a server may answer before it has
/// got all. When the exchange is over and is_reusable() holds, another may follow. A piece of body
/// lives until the delegate's future for it is done, even when the connection ends before.
///
/// Responses are parsed in place, and strictly: what two readers could read differently is refused.
/// A response that the server ends by closing, one that came before the request was complete, and
/// bytes behind it end the connection, but not the response.
///
/// Ownership: counted by ClientConnectionRef; the last one closes it. Thread safety: one loop, one
/// thread. Errors: HTTPInputError for a malformed response, with its Errc; StreamClosedError, with
/// its cause as real_error(), for a connection that ends too early, Errc::no_response or
/// Errc::incomplete_message when the server simply closed it. Misuse throws std::logic_error, or
/// HTTPOutputError for a body that contradicts its Content-Length, at once. Mirrors
/// `tornado.http1connection.HTTP1Connection` with `is_client`.
class HTTP1ClientConnection final : private iostream::StreamEngine {
public:
    /// Takes over a connected stream, on which nothing is unread.
    [[nodiscard]] static ClientConnectionRef open(iostream::StreamRef stream);
    HTTP1ClientConnection(const HTTP1ClientConnection&) = delete;
    HTTP1ClientConnection& operator=(const HTTP1ClientConnection&) = delete;

    // The request

    /// Begins an exchange. The body has the Content-Length of `headers`; without one it is chunked
    /// if they say so or the method is POST, PUT or PATCH, and otherwise there is none. `chunk` is
    /// its first piece. The future is done when the output buffer has room. Throws std::logic_error
    /// unless is_reusable(), and HTTPOutputError when method, target or the body's framing are
    /// malformed.
    Future<void> write_headers(
        std::string_view method,
        std::string_view target,
        const httputil::HTTPHeaders& headers,
        std::string_view chunk = {}
    );
    /// Sends a piece of the body. The future is done when the output buffer has room for more; it
    /// fails when the connection has gone.
    Future<void> write(std::string chunk);
    /// Ends the request.
    void finish();
    /// The whole request in one call, sent at the end of this turn of the loop. `headers` announce
    /// the body. Throws as write_headers() does.
    void send_request(
        std::string_view method,
        std::string_view target,
        const httputil::HTTPHeaders& headers,
        std::string_view body = {}
    );

    // The response

    /// Reads the response to the request that has begun. The delegate hears of it, of interim (1xx)
    /// responses too, and must live until finish() or on_connection_close(), of which exactly one
    /// comes, or until close(). The future then tells whether the connection can be used again; it
    /// fails with what error() is. Cancellation: close().
    Future<bool>
    read_response(httputil::HTTPMessageDelegate& delegate, const ResponseLimits& limits = {});
    /// The same for who needs no future.
    void start_reading(httputil::HTTPMessageDelegate& delegate, const ResponseLimits& limits = {});
    /// Another limit for this response's body, from headers_received().
    void set_max_body_size(std::uint64_t bytes) noexcept;
    /// Bytes of the body that are still to come by its Content-Length; 0 when it has none.
    [[nodiscard]] std::uint64_t body_remaining() const noexcept { return body_remaining_; }
    /// Why the exchange has failed; null while it has not.
    [[nodiscard]] const std::exception_ptr& error() const noexcept { return error_; }
    /// Whether the server has sent any byte of the present response.
    [[nodiscard]] bool response_begun() const noexcept { return response_begun_; }
    /// Whether no byte of the present request has left: what the server says or does then is no
    /// answer to it.
    [[nodiscard]] bool nothing_sent() const noexcept {
        return stream_->sent_total() == sent_before_;
    }
    /// When the server's last bytes, or their end, were read, by the loop's clock.
    [[nodiscard]] ioloop::TimePoint heard_at() const noexcept { return heard_at_; }

    // The connection

    /// Whether another exchange can begin.
    [[nodiscard]] bool is_reusable() const noexcept { return phase_ == Phase::idle; }
    [[nodiscard]] bool closed() const noexcept { return phase_ == Phase::closed; }
    /// Closes at once. The delegate hears nothing more, and the futures of write() fail.
    void close() noexcept;
    /// Called once when the connection closes for any other reason than close(), after the delegate
    /// has heard of it: an idle one because the server closes it or speaks out of turn. Null: none.
    void set_close_callback(util::UniqueFunction<void()> callback) {
        on_close_ = std::move(callback);
    }
    /// After a 101 response, or a 2xx response to CONNECT: gives the stream to another protocol,
    /// with what has come of that. Throws std::logic_error at any other time.
    [[nodiscard]] iostream::StreamRef detach();
    [[nodiscard]] iostream::StreamCore& stream() noexcept { return *stream_; }

    void retain() noexcept { ++references_; }
    void release() noexcept {
        if (--references_ == 0) {
            delete this;
        }
    }

private:
    enum class Phase : std::uint8_t {
        idle,
        head,     ///< waits for a head, or for the rest of one
        headers,  ///< the delegate considers the head
        body,
        tunnel,  ///< the stream belongs to another protocol now
        closed
    };
    /// Waits for a delegate's future; holds a reference to the connection while it does.
    struct Flow : concurrent::Waiter {
        HTTP1ClientConnection* connection = nullptr;
    };
    struct OwnTask : concurrent::Task {
        HTTP1ClientConnection* connection = nullptr;
        bool queued = false;
    };

    static constexpr std::size_t high_water = 256 * 1024;
    static constexpr std::size_t least_room = 1024;
    static constexpr int most_dying_turns = 3;

    explicit HTTP1ClientConnection(iostream::StreamRef stream);
    ~HTTP1ClientConnection();

    void on_input() override;
    void on_end(std::error_code error) override;
    void on_sent() override;

    // The request
    void begin_request(std::string_view method, std::string_view target);
    void decide_framing(const httputil::HTTPHeaders& headers);
    void append_head(
        std::string_view method,
        std::string_view target,
        const httputil::HTTPHeaders& headers
    );
    void append_body(std::string_view chunk);
    void count_output(std::size_t size);
    void end_request();
    [[noreturn]] void fail_output(const char* what);
    Future<void> when_writable();
    void resume_writers(bool is_closed) noexcept;
    template <void (HTTP1ClientConnection::*function)()>
    void prepare(OwnTask& task) noexcept;
    void send_soon() noexcept;
    void send_gathered();
    void next_turn() noexcept;
    void take_turn();

    // The response
    /// What comes now belongs to the former exchange, or to none.
    [[nodiscard]] bool is_unasked() const noexcept { return sent_before_ != 0 && nothing_sent(); }
    void process();
    bool step();
    bool read_head();
    bool interim_response();
    bool begin_response();
    [[nodiscard]] bool accepts_connect() const;
    [[nodiscard]] std::error_code check_empty_body() const;
    void prepare_decoding();
    bool response_begins();
    bool read_counted_body();
    bool read_chunked_body();
    bool read_body_until_close();
    bool deliver_encoded(std::string_view piece);
    bool decode();
    bool deliver(std::string_view piece);
    bool wait_for(const Future<void>& future);
    void go_on(const Future<void>& future);
    void stop_waiting() noexcept;
    void leave_piece_to(const Future<void>& future) noexcept;
    void after_step();
    bool end_response();
    [[nodiscard]] std::size_t room() const noexcept;

    // The end
    void fail(httputil::Errc error) noexcept;
    void fail_closed(std::error_code error) noexcept;
    void fail(std::exception_ptr error) noexcept;
    void shut() noexcept;
    void tell_owner() noexcept;

    iostream::StreamRef stream_;
    httputil::HTTPMessageDelegate* delegate_ = nullptr;
    ResponseLimits limits_;
    httputil::ResponseHead head_;
    httputil::MessageFraming framing_;
    iostream::BufferBlock block_;  ///< holds the bytes that head_ views
    iostream::BufferBlock piece_;  ///< holds the piece of body that is still in use
    std::string method_;
    std::optional<httputil::ChunkedDecoder> chunks_;
    std::unique_ptr<ContentDecoder> decoder_;
    std::string_view encoded_;          ///< what decoder_ is yet to be given
    std::uint64_t body_remaining_ = 0;  ///< bytes of a Content-Length body still to come
    std::uint64_t body_size_ = 0;       ///< as handed on
    std::optional<Promise<bool>> promise_;
    std::exception_ptr error_;
    std::error_code end_error_;
    util::UniqueFunction<void()> on_close_;
    Flow flow_;
    Future<void> awaited_ = Future<void>::ready();
    OwnTask turn_;
    OwnTask sending_;
    std::vector<Promise<void>> writers_;
    std::uint64_t sent_before_ = 0;  ///< bytes sent before this request
    ioloop::TimePoint heard_at_ = {};
    std::uint64_t output_remaining_ = 0;  ///< bytes of the request's body still to be written
    std::uint32_t searched_ = 0;          ///< bytes of an incomplete head that hold no end
    unsigned references_ = 0;
    int interim_responses_ = 0;
    int dying_turns_ = 0;  ///< turns of the loop that dying may still take
    Phase phase_ = Phase::idle;
    bool request_chunked_ = false;
    bool request_done_ = true;
    bool keeps_alive_ = true;  ///< as far as the request says
    bool asks_for_upgrade_ = false;
    bool response_begun_ = false;
    bool decoding_ = false;  ///< decoder_ may have more to give
    bool any_encoded_ = false;
    bool processing_ = false;
    bool paused_ = false;      ///< a delegate's future holds reading back
    bool peer_ended_ = false;  ///< it sends no more
    bool dying_ = false;       ///< sending has failed: only what has come already will be read
};

}  // namespace tornado::http1connection
