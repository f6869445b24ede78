#pragma once

#include <chrono>
#include <cstdint>
#include <memory>

#include "exchange.hpp"
#include "sent_queue.hpp"
#include "tornado/concurrent/frame_pool.hpp"
#include "tornado/http1connection/server_connection.hpp"
#include "tornado/ioloop/ioloop.hpp"
#include "tornado/iostream/socket.hpp"
#include "tornado/iostream/stream_core.hpp"

namespace tornado::http1connection {

/// The state machine of a server's connection. A state machine and no coroutine, because this is
/// the path of every request; a small object, because there may be a hundred thousand idle ones.
class HTTP1ServerConnection final : public iostream::StreamEngine, private ioloop::Deadline {
public:
    HTTP1ServerConnection(
        iostream::StreamRef stream,
        const netutil::Address& peer,
        const HTTP1ConnectionParameters& parameters,
        httputil::HTTPServerConnectionDelegate& delegate,
        ConnectionSet& connections
    );
    HTTP1ServerConnection(const HTTP1ServerConnection&) = delete;
    HTTP1ServerConnection& operator=(const HTTP1ServerConnection&) = delete;

    void start();
    /// Answers with 503 whatever comes, and closes.
    void start_refusing();
    /// Closes at once.
    void close() noexcept;
    /// Closes if it has been idle. One that was busy a moment ago, or is yet to make its first
    /// request, gets a moment for it.
    void drain() noexcept;
    /// For how many ticks it has waited for a request; none while there is any.
    [[nodiscard]] std::uint32_t idle_ticks() const noexcept {
        const bool is_idle = state_ == State::head && !current_ && !turn_.queued && !processing_;
        return is_idle ? now() - phase_began_ : 0;
    }

    void retain() noexcept { ++references_; }
    void release() noexcept {
        if (--references_ == 0) {
            delete this;
        }
    }

    // For exchanges

    [[nodiscard]] iostream::StreamCore& stream() noexcept { return *stream_; }
    [[nodiscard]] const HTTP1ConnectionParameters& parameters() const noexcept {
        return parameters_;
    }
    /// When the input came that is being processed: one look at the clock for a batch of requests.
    [[nodiscard]] std::chrono::steady_clock::time_point input_came() noexcept {
        if (input_came_ == std::chrono::steady_clock::time_point{}) {
            input_came_ = ioloop::IOLoop::current().time();
        }
        return input_came_;
    }
    [[nodiscard]] const netutil::Address& peer() const noexcept { return peer_; }
    /// Whether another request may follow the present one, as far as the server is concerned.
    [[nodiscard]] bool may_keep_alive() const noexcept {
        return !parameters_.no_keep_alive && !connections_.is_ending();
    }
    /// Whether the present request has been read to its end, so that another may follow.
    [[nodiscard]] bool request_read() const noexcept { return state_ == State::response; }
    /// Whether the peer takes no more than it has got.
    [[nodiscard]] bool output_is_full() const noexcept { return stream_->unsent() > high_water; }
    /// Output has been appended: it is sent with the batch, or in this turn.
    void output_added();
    /// Once what has been appended until now has left.
    void tell_when_sent(std::unique_ptr<SentWaiter> waiter) noexcept;
    /// The response is complete.
    void exchange_done(Exchange& exchange);
    /// The response will never be complete.
    void give_up() noexcept;
    /// Ends this and leaves the stream, open, to the caller.
    [[nodiscard]] iostream::StreamRef detach(util::UniqueFunction<void()> on_drain);

private:
    friend class ConnectionSet;
    using Tick = ioloop::DeadlineWheel::Tick;

    enum class State : std::uint8_t {
        head,       ///< waits for a request, or for the rest of its head
        headers,    ///< the delegate considers the head
        body,       ///< reads a body
        response,   ///< the request is read, its response is not complete
        closing,    ///< sends the last response
        lingering,  ///< waits for the peer to close, so that it gets all we sent
        closed
    };

    /// Waits for a delegate's future. Belongs to the connection, or, once that has forgotten it, to
    /// the ready queue.
    struct FlowWaiter : concurrent::Waiter, concurrent::Pooled {
        FlowWaiter(HTTP1ServerConnection& owner, Future<void> awaited);
        HTTP1ServerConnection* connection;  ///< null when it need not go on any more
        Future<void> future;
    };
    struct TurnTask : concurrent::Task {
        HTTP1ServerConnection* connection = nullptr;
        bool queued = false;
    };

    static constexpr std::size_t high_water = 256 * 1024;
    /// A client that takes as fast as it asks keeps the loop no longer.
    static constexpr std::uint64_t most_sent_at_once = 1024 * 1024;
    static constexpr std::size_t most_pipelined_input = 64 * 1024;
    static constexpr Tick check_every = 10;
    static constexpr Tick linger_for = 50;       ///< of silence
    static constexpr Tick linger_at_most = 300;  ///< in all
    static constexpr Tick linger_when_idle = 10;
    static constexpr Tick longest_doze = 36'000;
    static constexpr Tick first_request_at_drain = 20;
    static constexpr Tick next_request_at_drain = 10;
    static constexpr std::size_t small_head = 4096;
    static constexpr std::size_t most_held_by_tls = 32'768;  ///< of what it has read

    ~HTTP1ServerConnection() = default;

    void on_input() override;
    void on_end(std::error_code error) override;
    void on_sent() override;
    void on_deadline();

    void enter();
    void stop_dozing();
    void process();
    void process_input();
    bool make_room();
    bool step();
    bool read_head();
    [[nodiscard]] bool is_head_worth_parsing() noexcept;
    bool begin_request(std::string_view head);
    [[nodiscard]] bool serves_https() const noexcept {
        return parameters_.serves_https_targets || parameters_.protocol == "https";
    }
    bool request_begun();
    bool read_body();
    bool read_counted_body();
    bool read_chunked_body();
    bool deliver(std::string_view piece);
    void request_ended();
    bool wait_for(const Future<void>& future);
    void go_on(const FlowWaiter& waiter);
    void stop_waiting() noexcept;
    void delegate_failed(std::exception_ptr error) noexcept;
    void after_batch();
    void tell_of_sent();
    void read_more();
    [[nodiscard]] std::size_t body_room() const noexcept;
    /// The largest piece of body that is handed on at once.
    [[nodiscard]] std::size_t piece_size() const noexcept {
        return parameters_.chunk_size != 0 ? parameters_.chunk_size : 65'536;
    }
    void next_turn();

    void refuse(std::error_code error);
    void refuse(int status, std::string_view why);
    [[nodiscard]] bool refuses_head() noexcept;
    void break_off_visibly() noexcept;
    void linger_or_close();
    void linger_on();
    enum class Telling : std::uint8_t { delegate, nobody };
    void lose_exchange(Telling telling = Telling::delegate) noexcept;
    void respond_and_close(int status, std::string_view why, Telling telling = Telling::delegate);
    static void tell_of_close(Exchange& exchange) noexcept;
    void tell_of_drain() noexcept;
    [[nodiscard]] Tick now() const noexcept;
    [[nodiscard]] Tick check_idle();
    [[nodiscard]] Tick check_body();
    [[nodiscard]] bool is_body_too_slow() noexcept;
    [[nodiscard]] Tick patience_while_idle() const noexcept;
    [[nodiscard]] bool is_deaf() const noexcept;
    void stop_clock() noexcept;
    void resume_clock() noexcept;
    [[nodiscard]] bool is_output_stuck() noexcept;
    [[nodiscard]] Tick check_since(Tick began, std::uint64_t limit_milliseconds);
    [[nodiscard]] Tick check_handler(Tick began);
    [[nodiscard]] Tick check_held_back();
    [[nodiscard]] bool misses_more_than(std::size_t unread) const noexcept;
    void set_handler_clock();
    void handler_timed_out();

    iostream::StreamRef stream_;
    const HTTP1ConnectionParameters& parameters_;
    httputil::HTTPServerConnectionDelegate& delegate_;
    ConnectionSet& connections_;
    HTTP1ServerConnection* next_ = nullptr;
    HTTP1ServerConnection* previous_ = nullptr;
    ioloop::DeadlineWheel& wheel_;
    concurrent::StateRef<Exchange> current_;
    FlowWaiter* flow_ = nullptr;
    SentQueue sent_queue_;
    TurnTask turn_;
    std::chrono::steady_clock::time_point input_came_;
    Tick phase_began_ = 0;
    Tick output_since_ = 0;          ///< since when the rate of output is looked at
    std::uint64_t sent_before_ = 0;  ///< the stream's sent_total() at that time
    std::uint32_t searched_ = 0;     ///< bytes of an incomplete head that hold no end
    unsigned references_ = 0;
    netutil::Address peer_;
    State state_ = State::head;
    bool processing_ = false;
    bool request_begun_ = false;    ///< since the last batch was sent
    bool dozing_ = false;           ///< idle: the deadline is far away
    bool paused_ = false;           ///< a delegate's future holds reading back
    bool clock_stopped_ = false;    ///< a body is not read: time does not count against the client
    bool had_request_ = false;      ///< ever
    bool ends_idle_ = false;        ///< nobody waits for anything on it
    bool ends_with_reset_ = false;  ///< as soon as the peer has all of the output
    bool peer_ended_ = false;       ///< it sends no more, but may still listen
    bool output_waits_ = false;     ///< some did when it was last looked at
};

}  // namespace tornado::http1connection
