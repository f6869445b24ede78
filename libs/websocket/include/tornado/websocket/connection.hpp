#pragma once

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <exception>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <system_error>

#include "tornado/concurrent/promise.hpp"
#include "tornado/concurrent/scheduler.hpp"
#include "tornado/ioloop/deadline.hpp"
#include "tornado/iostream/buffer.hpp"
#include "tornado/iostream/stream_core.hpp"
#include "tornado/websocket/compression.hpp"
#include "tornado/websocket/frame_reader.hpp"
#include "tornado/websocket/send_queue.hpp"

namespace tornado::websocket {

/// What a call that may take time has started: null when it is done already.
using Started = concurrent::StateRef<concurrent::ValueState<void>>;

/// A message as it comes: if it was gathered, its text may be moved from there.
struct Incoming {
    std::string_view data;
    bool binary = false;
    std::string* gathered = nullptr;
};

/// Whom a connection tells what comes, in order. Reading waits for what the calls have started.
/// What they throw is told to callback_failed(), and closes the connection with 1011.
class ConnectionUser {
public:
    virtual Started message_received(Incoming& message) = 0;
    virtual Started ping_received(std::string_view data) = 0;
    virtual Started pong_received(std::string_view data) = 0;
    /// Nothing more will come, once.
    virtual void connection_ended() noexcept = 0;
    virtual void callback_failed(std::exception_ptr error) noexcept = 0;

protected:
    ~ConnectionUser() = default;
};

/// How a connection behaves.
struct ConnectionOptions {
    std::chrono::milliseconds close_timeout{5'000};  ///< for the peer to answer a Close
    CompressionOptions compression = {};
    std::optional<DeflateAgreement> deflate = {};  ///< what the handshake has agreed on
    bool is_client = false;
    std::size_t max_message_size = 10 * 1024 * 1024;
    std::chrono::milliseconds ping_interval{0};  ///< zero: no pings
    std::chrono::milliseconds ping_timeout{0};   ///< for an answer; zero: no limit
    SendQueueOptions send_queue = {};
};

class Connection;
using ConnectionRef = concurrent::StateRef<Connection>;

/// One end of a WebSocket (RFC 6455), from the handshake to the end: the protocol behind handlers
/// and clients.
///
/// It works on the stream's own buffers: a message of one frame is unmasked and handed out where it
/// stands, and what one turn of the loop sends goes out together. When the peer does not read,
/// reading stops, and messages wait in a queue with a limit.
///
/// Ownership: counted by ConnectionRef, and by itself for the short time that it outlives its user
/// to end well; the user calls abandon() when it goes. Thread safety: one loop, one thread.
class Connection final : private iostream::StreamEngine {
public:
    [[nodiscard]] static ConnectionRef make(ConnectionUser& user, const ConnectionOptions& options);
    Connection(const Connection&) = delete;
    Connection& operator=(const Connection&) = delete;

    /// Takes a stream over, on which the handshake is done. Writing may begin.
    void attach(iostream::StreamRef stream);
    /// Begins to read. What comes runs in the present context.
    void start();
    /// The user goes: it hears nothing more, and an open connection is closed with 1001, once what
    /// has been written has gone.
    void abandon() noexcept;
    /// Looks at nothing more that has come until whoever has just been handed a message had time
    /// for a word: the next frame may be what ends the connection.
    void pause();

    /// Sends a message, or queues it. The future is done when there is room for more; it fails with
    /// WebSocketClosedError when the connection is closed. With a `key` it takes the place of a
    /// message of that key which still waits. Throws std::invalid_argument for text that is not
    /// UTF-8.
    Future<void> write(bool binary, std::string_view data, std::string_view key = {});
    Future<void> write(bool binary, std::string&& data, std::string_view key = {});
    Future<void> write(const SharedMessage& message, std::string_view key = {});
    /// Throws std::invalid_argument for more than 125 bytes, and WebSocketClosedError. Nothing is
    /// sent while more than 256 KiB wait to be: the peer's silence would say nothing.
    void ping(std::string_view data);
    /// The user has failed: closes with 1011, and tells it of no more messages.
    void callback_failed();
    /// Begins the closing handshake; harmless when that has begun. Throws std::invalid_argument for
    /// a code or reason that cannot be sent.
    void close(std::optional<int> code, std::string_view reason);
    /// Ends the connection at once.
    void cut_off();
    /// Closes with 1001, within ten seconds, or half the time until ioloop::must_end_by: not all
    /// connections of a thread in the same moment. What the user is at work on is answered first.
    void drain();

    /// Whether no message can be sent any more.
    [[nodiscard]] bool is_closing() const noexcept { return close_sent_ || ended_; }
    [[nodiscard]] bool ended() const noexcept { return ended_; }
    /// What the peer's Close said; nullopt while none has come, or when it said nothing.
    [[nodiscard]] std::optional<CloseCode> close_code() const noexcept { return close_code_; }
    [[nodiscard]] const std::string& close_reason() const noexcept;
    [[nodiscard]] bool is_compressed() const noexcept { return compression_ != nullptr; }
    [[nodiscard]] SendQueueCounters send_queue() const noexcept;
    void set_nodelay(bool on) noexcept;
    /// Null before attach().
    [[nodiscard]] iostream::StreamCore* stream() const noexcept { return stream_.get(); }
    /// Done when the user is not at work on what has come.
    Future<void> when_idle();

    /// Has the processor fetch what write() looks at; before that, the connection's own part of it.
    void fetch_ahead() const noexcept;
    void fetch_stream_ahead() const noexcept;

    void retain() noexcept { ++references_; }
    void release() noexcept {
        if (--references_ == 0) {
            delete this;
        }
    }

private:
    using Event = FrameReader::Event;
    /// Waits for what the user has started; holds a reference while it does.
    struct Flow;
    /// What few connections have, or only for a while.
    struct Rare;
    struct Turn : concurrent::Task {
        Connection* connection = nullptr;
        bool queued = false;
    };
    struct Timer : ioloop::Deadline {
        Timer(Connection& owner, void (*fire)(Deadline&)) noexcept
            : Deadline{fire},
              connection{owner} {}
        Connection& connection;
    };

    struct Compression;
    using Milliseconds = std::chrono::duration<std::uint32_t, std::milli>;

    static constexpr std::size_t high_water = 256 * 1024;  ///< of the stream's output
    static constexpr std::size_t low_water = 64 * 1024;

    Connection(ConnectionUser& user, const ConnectionOptions& options);
    ~Connection();

    [[nodiscard]] Rare& rare();

    void on_input() override;
    void on_end(std::error_code error) override;
    void on_send_failed(std::error_code error) override;
    void on_sent() override;

    // Input
    void process();
    void take_input();
    bool step();
    void broke_down() noexcept;
    bool handle(Event& event);
    bool deliver(Event& event);
    bool wait_for(Started started);
    void go_on();
    void stop_waiting() noexcept;
    void answer_ping(std::string_view data);
    void close_received(const Event& event);
    void fail(CloseCode code, std::string_view reason);
    [[nodiscard]] bool may_read() const noexcept;

    // Output
    void send(bool binary, std::string_view data);
    void send_large(FrameHead head, std::string_view data);
    void send_entry(SendQueue::Entry& entry);
    void send_shared(const SharedMessage& message);
    void send_control(Opcode opcode, std::string_view payload);
    [[nodiscard]] bool compresses(std::size_t size) const noexcept;
    [[nodiscard]] bool must_queue();
    [[nodiscard]] bool output_is_full() const noexcept;
    Future<void> queue(SendQueue::Entry entry);
    void send_queued();
    void drop_queue() noexcept;
    Future<void> when_writable();
    void resume_writers(bool closed) noexcept;
    void flush_soon() noexcept;
    [[nodiscard]] bool may_send_at_once() noexcept;
    void schedule_turn() noexcept;
    void take_turn();
    void go_on_sending();

    // The end
    void send_close(std::optional<CloseCode> code, std::string_view reason);
    void await_close();
    void end() noexcept;
    void linger();
    void limit_lingering(std::chrono::milliseconds limit);
    [[nodiscard]] std::uint64_t taken() const noexcept;
    [[nodiscard]] bool sends_well(std::chrono::milliseconds time) noexcept;
    void shut() noexcept;

    // Time
    void set_timer(Timer& timer, std::chrono::milliseconds after);
    void timer_fired();
    void time_to_ping();
    void send_ping();
    [[nodiscard]] bool is_deaf() const noexcept { return flow_ != nullptr || !started_; }
    void time_to_close();
    void time_to_save_memory();
    void note_memory();

    // Of a broadcast each connection's part is short, and most of it is waiting for memory: what
    // that looks at stands together.
    std::uint32_t references_ = 0;
    std::uint32_t sent_in_ = 0;  ///< the turn of the loop in which it last sent at once
    bool is_client_;
    bool close_sent_ = false;
    bool ended_ = false;  ///< the user has been told
    bool processing_ = false;
    bool started_ = false;
    bool lingering_ = false;   ///< all is said: what comes is ignored until the peer ends
    bool peer_ended_ = false;  ///< its side, before all of ours has gone
    bool shut_down_ = false;   ///< and so has our side been ended
    iostream::StreamRef stream_;
    std::unique_ptr<Compression> compression_;  ///< null when none is agreed on
    std::unique_ptr<SendQueue> queue_;          ///< made when it is first needed
    std::unique_ptr<Rare> rare_;                ///< the same
    Turn turn_;
    ConnectionUser* user_;
    FrameReader reader_;
    concurrent::Context context_;
    std::unique_ptr<Flow> flow_;  ///< null: the user has started nothing that is not over
    iostream::BufferBlock held_;  ///< holds the bytes that the user looks at meanwhile
    Timer timer_;  ///< for the next ping or pong; for the peer's Close once ours is sent
    std::size_t most_queued_;
    SendQueuePolicy queue_policy_;
    std::optional<CloseCode> close_code_;
    Milliseconds close_timeout_;
    Milliseconds ping_interval_;
    Milliseconds ping_timeout_;
    std::uint32_t expected_ = 0;  ///< bytes of the next frame, if it is as large as the last
    std::uint8_t pause_ = 0;      ///< so many turns of the loop
    bool awaits_pong_ = false;
    bool in_pong_wait_ = false;  ///< the ping timer ends the wait for a pong, not the interval
    bool failed_ = false;        ///< the user has
    bool output_failed_ = false;
    bool draining_ = false;        ///< closes when the user is not at work
    bool linger_limited_ = false;  ///< its limit is to come
};

}  // namespace tornado::websocket
