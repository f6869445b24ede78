#pragma once

#include <chrono>
#include <concepts>
#include <cstddef>
#include <cstdint>
#include <exception>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "tornado/concurrent/promise.hpp"
#include "tornado/web/kept_handler.hpp"
#include "tornado/web/request_handler.hpp"
#include "tornado/websocket/compression.hpp"
#include "tornado/websocket/connection.hpp"
#include "tornado/websocket/errors.hpp"
#include "tornado/websocket/group.hpp"
#include "tornado/websocket/hooks.hpp"
#include "tornado/websocket/message.hpp"
#include "tornado/websocket/shared_message.hpp"

namespace tornado::websocket {

/// Serves one WebSocket (RFC 6455). Derive from it, publicly, and define what you need of
///
/// - `open(...)`, with the groups of the route's pattern as a verb has them: the connection is
///   there. Messages wait until it is done.
/// - `on_message(message)`, a std::string_view, a std::string, a Message or a MessageView, which
///   also tell whether it is binary. The next message waits until it is done; until then views stay
///   valid.
/// - `on_ping(data)`, which has been answered already, and `on_pong(data)`.
/// - `on_close()`: the connection is over, however that came; once. An `on_message()` that waits
///   for something may still be waiting, and goes on afterwards.
///
/// Each returns void or Future<void>. What one throws is logged by log_exception(), and closes the
/// connection with 1011.
///
/// The request is a GET: set_default_headers(), prepare(), cookies and headers come before the
/// handshake, as for any handler, and on_finish() and the access log with it. A handshake that is
/// malformed is refused with 400, another version with 426, a foreign origin with 403.
///
/// The request ends with the handshake, so that an idle connection takes little memory; but
/// request(), arguments, cookies and what else a handler may ask stay there until its end. What a
/// reference into request() names, taken before open(), goes with the handshake: ask again. Views
/// of the head's text stay valid. Where middleware is around the handler, or its class has a get()
/// of its own, which calls this one's, the request goes on until the connection is over.
///
/// Ownership: as any handler's; it lives until on_close() and all that it has started are over.
/// Thread safety: belongs to its loop's thread. Cancellation: a loop that closes cancels what the
/// handler waits for; on_close() does not come then.
/// Mirrors `tornado.websocket.WebSocketHandler`.
///
///     struct EchoWebSocket : websocket::WebSocketHandler {
///         void on_message(websocket::MessageView message) {
///             write_message(message.data, message.binary);
///         }
///     };
///     web::Application application{{web::url<EchoWebSocket>("/echo")}};
class WebSocketHandler : public web::RequestHandler, private ConnectionUser {
public:
    WebSocketHandler() = default;
    ~WebSocketHandler() override;

    /// The opening handshake, and all that follows.
    Future<void> get(const web::PathArguments& arguments);

    // Hooks

    /// Whether a page of `origin` may connect. The default allows only pages of the host that the
    /// request is for: others could act in the name of whoever is logged in here. Clients other
    /// than browsers send no origin, and are not asked.
    [[nodiscard]] virtual bool check_origin(std::string_view origin);
    /// Chooses one of the client's subprotocols (none may be offered), or none: called once in each
    /// handshake.
    [[nodiscard]] virtual std::optional<std::string> select_subprotocol(
        const std::vector<std::string>& subprotocols
    );
    /// How to compress messages, if the client wants that; nullopt, the default, for not at all.
    [[nodiscard]] virtual std::optional<CompressionOptions> get_compression_options();
    /// How often to ask the client whether it is still there; zero: never. The default is the
    /// application's setting websocket_ping_interval.
    [[nodiscard]] virtual std::chrono::milliseconds ping_interval();
    /// How long it may take to answer, at most ping_interval(); otherwise the connection is closed
    /// with 1011. Zero: any time. The default is websocket_ping_timeout.
    [[nodiscard]] virtual std::chrono::milliseconds ping_timeout();
    /// The largest message taken, in bytes, once it is decompressed; a larger one closes the
    /// connection with 1009. The default is websocket_max_message_size.
    [[nodiscard]] virtual std::size_t max_message_size();
    /// How much may wait to be sent to a client that does not read, and what happens then.
    [[nodiscard]] virtual SendQueueOptions send_queue_options();

    // To be called from open() on

    /// Sends a message. The future is done when there is room for more: awaiting it gives
    /// back-pressure, dropping it is fine. It fails with WebSocketClosedError when the connection
    /// is closed or closing. Throws std::invalid_argument for text that is not UTF-8, which would
    /// make the other end close, and std::logic_error before the handshake.
    Future<void> write_message(std::string_view message, bool binary = false);
    Future<void> write_message(std::string&& message, bool binary = false);
    Future<void> write_message(const char* message, bool binary = false) {
        return write_message(std::string_view{message}, binary);
    }
    Future<void> write_message(const SharedMessage& message);
    /// Sends JSON, as text.
    template <std::same_as<boost::json::value> J>
    Future<void> write_message(const J& message) {
        return write_json(message);
    }
    template <std::same_as<boost::json::object> J>
    Future<void> write_message(const J& message) {
        return write_json_object(message);
    }
    /// Sends what makes older news of the same kind worthless: if a message with the same key still
    /// waits, this one takes its place.
    Future<void> write_latest(std::string_view key, std::string_view message, bool binary = false);

    /// Sends a ping, unless more than 256 KiB wait to be sent. Throws std::invalid_argument for
    /// more than 125 bytes, and WebSocketClosedError.
    void ping(std::string_view data = {});
    /// Begins the closing handshake. The client has five seconds to answer. A reason, at most 123
    /// bytes, needs a code: without one it is 1000. Throws std::invalid_argument for what cannot be
    /// sent. Harmless when the connection is closed already.
    void close(std::optional<int> code = std::nullopt, std::string_view reason = {});

    /// What the client's Close said. No code: none has come, or it had none.
    [[nodiscard]] std::optional<CloseCode> close_code() const noexcept;
    [[nodiscard]] const std::string& close_reason() const noexcept;
    /// What select_subprotocol() chose.
    [[nodiscard]] const std::optional<std::string>& selected_subprotocol() const noexcept;
    /// Whether messages can be sent.
    [[nodiscard]] bool is_open() const noexcept;
    [[nodiscard]] SendQueueCounters send_queue() const noexcept;
    /// Small messages are sent at once, and do not wait for those before to be acknowledged
    /// (TCP_NODELAY).
    void set_nodelay(bool on);

    // For routes

    /// Called on each new handler, with its class.
    template <typename H>
    void made_as() noexcept {
        hooks_ = &detail::hooks_of<H>;
    }
    /// What takes the path's arguments beside the verb.
    template <typename H>
    [[nodiscard]] static constexpr web::detail::Verb further_verb() {
        return detail::hooks_of<H>.open;
    }

private:
    friend class Group;
    friend class OpenSockets;
    enum class Stage : std::uint8_t { opening, open, ending, closing, settling, over };

    Started message_received(Incoming& message) override;
    Started ping_received(std::string_view data) override;
    Started pong_received(std::string_view data) override;
    void connection_ended() noexcept override;
    void callback_failed(std::exception_ptr error) noexcept override;

    [[nodiscard]] bool accept();
    [[nodiscard]] bool refuse(int status, std::string_view reason);
    void choose_subprotocol();
    [[nodiscard]] ConnectionOptions connection_options();
    void warn_of_ping_timeout(const ConnectionOptions& options) const;
    Future<void> serve(web::detail::KeptHandler self, Stage stage);
    [[nodiscard]] Future<void> begin_stage(Stage stage);
    void stay(web::detail::KeptHandler self);
    void loop_closes() noexcept;
    void leave_list() noexcept;
    Future<void> run_open();
    Future<void> run_on_close();
    [[nodiscard]] Connection& connection() const;
    /// Has the processor fetch what a message for this handler looks at first.
    void fetch_ahead() const noexcept { __builtin_prefetch(&connection_); }
    Future<void> write_json(const boost::json::value& message);
    Future<void> write_json_object(const boost::json::object& message);

    const detail::Hooks* hooks_ = nullptr;
    ConnectionRef connection_;
    std::unique_ptr<Promise<void>> ended_;  ///< null where the request does not wait for the end
    web::detail::KeptHandler self_;         ///< while it stays by itself
    WebSocketHandler* next_ = nullptr;      ///< in the list of those that do
    WebSocketHandler** previous_ = nullptr;
    std::unique_ptr<const std::optional<std::string>> subprotocol_;  ///< null: none
    std::unique_ptr<Memberships> memberships_;                       ///< null: in no group
    bool loop_closes_ = false;
};

}  // namespace tornado::websocket
