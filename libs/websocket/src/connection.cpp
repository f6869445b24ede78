// A connection's life: how it begins, what it receives, and how it ends.
#include "tornado/websocket/connection.hpp"

#include <stdexcept>
#include <utility>

#include "tornado/escape/utf8.hpp"
#include "tornado/ioloop/ioloop.hpp"
#include "tornado/log.hpp"
#include "tornado/websocket/errors.hpp"

namespace tornado::websocket {

namespace {

/// How long a peer may take to end its side once ours has ended.
constexpr std::chrono::milliseconds linger_time{2'000};

/// Runs what comes in the context in which start() was called.
class InContext {
public:
    explicit InContext(const concurrent::Context& context) noexcept
        : former_{concurrent::Context::capture()} {
        concurrent::Context::enter(context);
    }
    InContext(const InContext&) = delete;
    InContext& operator=(const InContext&) = delete;
    ~InContext() { concurrent::Context::enter(former_); }

private:
    concurrent::Context former_;
};

}  // namespace

ConnectionRef Connection::make(ConnectionUser& user, const ConnectionOptions& options) {
    return ConnectionRef{new Connection{user, options}};
}

Connection::Connection(ConnectionUser& user, const ConnectionOptions& options)
    : user_{&user},
      reader_{!options.is_client, options.max_message_size},
      ping_timer_{
          *this,
          [](ioloop::Deadline& due) { static_cast<Timer&>(due).connection.time_to_ping(); }},
      close_timer_{
          *this,
          [](ioloop::Deadline& due) { static_cast<Timer&>(due).connection.time_to_close(); }},
      memory_timer_{
          *this,
          [](ioloop::Deadline& due) { static_cast<Timer&>(due).connection.time_to_save_memory(); }},
      queue_options_{options.send_queue},
      min_compressed_{options.compression.min_size},
      close_timeout_{options.close_timeout},
      ping_interval_{options.ping_interval},
      ping_timeout_{options.ping_timeout},
      is_client_{options.is_client} {
    if (options.deflate) {
        const auto& agreed = *options.deflate;
        const bool client = is_client_;
        deflater_ = std::make_unique<Deflater>(Deflater::Settings{
            .context_takeover =
                !(client ? agreed.client_no_context_takeover : agreed.server_no_context_takeover),
            .level = options.compression.compression_level,
            .mem_level = options.compression.mem_level,
            .window_bits = client ? agreed.client_max_window_bits : agreed.server_max_window_bits});
        reader_.set_inflater(std::make_unique<Inflater>(
            !(client ? agreed.server_no_context_takeover : agreed.client_no_context_takeover),
            client ? agreed.server_max_window_bits : agreed.client_max_window_bits
        ));
    }
    flow_.kind = concurrent::Waiter::Kind::direct;
    flow_.connection = this;
    flow_.run = [](concurrent::Task& task) {
        auto& flow = static_cast<Flow&>(task);
        flow.place = concurrent::Waiter::Place::nowhere;
        flow.connection->go_on();
    };
    flow_.discard = [](concurrent::Task& task) noexcept {
        auto& flow = static_cast<Flow&>(task);
        flow.place = concurrent::Waiter::Place::nowhere;
        flow.connection->stop_waiting();
    };
    turn_.connection = this;
    turn_.run = [](concurrent::Task& task) {
        const auto self = ConnectionRef::adopt(static_cast<Turn&>(task).connection);
        self->take_turn();
    };
    turn_.discard = [](concurrent::Task& task) noexcept {
        const auto self = ConnectionRef::adopt(static_cast<Turn&>(task).connection);
        self->turn_.queued = false;
    };
}

Connection::~Connection() {
    shut();
}

void Connection::attach(iostream::StreamRef stream) {
    stream_ = std::move(stream);
    stream_->set_engine(this);
}

void Connection::start() {
    if (started_ || ended_) {
        return;
    }
    started_ = true;
    context_ = concurrent::Context::capture();
    if (ping_interval_.count() > 0) {
        set_timer(ping_timer_, ping_interval_);
    }
    process();
}

void Connection::abandon() noexcept {
    const ConnectionRef alive{this};
    user_ = nullptr;
    stop_waiting();
    if (!lingering_) {
        shut();
    }
}

// Input

void Connection::on_input() {
    if (lingering_) {
        auto& input = stream_->input();
        input.consume(input.size());
        stream_->start_reading();
        return;
    }
    awaits_pong_ = false;  // it lives
    process();
}

bool Connection::may_read() const noexcept {
    return started_ && !pending_ && !lingering_ && !ended_ && !output_is_full();
}

void Connection::process() {
    if (processing_ || !may_read()) {
        return;
    }
    const ConnectionRef alive{this};
    const InContext in{context_};
    processing_ = true;
    for (bool more = true; more && may_read();) {
        while (more && may_read()) {
            more = step();
        }
        stream_->flush();  // which may make room for more
    }
    processing_ = false;
    note_memory();
    if (lingering_) {
        linger();
    }
}

/// Whether there may be more to do at once.
bool Connection::step() {
    auto& input = stream_->input();
    const auto size = input.size();
    auto event = reader_.next(size == 0 ? std::span<char>{} : std::span{input.data(), size});
    if (event.kind == FrameReader::Kind::need_more) {
        input.consume(event.consumed);
        if (!stream_->closed()) {
            stream_->start_reading(std::max<std::size_t>(event.wanted, 1024), event.wanted);
        }
        return false;
    }
    held_ = input.block();  // so that what the event views stays while the user is at it
    input.consume(event.consumed);
    const bool goes_on = handle(event);
    if (!pending_) {
        held_ = {};
    }
    return goes_on;
}

bool Connection::handle(Event& event) {
    switch (event.kind) {
        case FrameReader::Kind::failure:
            fail(event.code, event.data);
            return false;
        case FrameReader::Kind::close:
            close_received(event);
            return false;
        case FrameReader::Kind::ping:
            answer_ping(event.data);
            break;
        default:
            break;
    }
    return deliver(event);
}

/// Tells the user, and waits if that takes time.
bool Connection::deliver(Event& event) {
    if (user_ == nullptr || failed_) {
        return true;
    }
    try {
        if (event.kind == FrameReader::Kind::ping) {
            return wait_for(user_->ping_received(event.data));
        }
        if (event.kind == FrameReader::Kind::pong) {
            return wait_for(user_->pong_received(event.data));
        }
        Incoming message{
            event.data,
            event.kind == FrameReader::Kind::binary,
            event.gathered ? &reader_.message() : nullptr};
        return wait_for(user_->message_received(message));
    } catch (...) {
        const auto error = std::current_exception();
        if (user_ != nullptr) {
            user_->callback_failed(error);
        }
    }
    callback_failed();
    return true;
}

bool Connection::wait_for(Started started) {
    if (!started) {
        return true;
    }
    if (started->settled()) {
        started->throw_if_failed();
        return true;
    }
    pending_ = std::move(started);
    retain();
    flow_.context = context_;
    pending_->attach(flow_);
    return false;
}

/// What the user has started is over.
void Connection::go_on() {
    const auto self = ConnectionRef::adopt(this);
    const auto done = std::move(pending_);
    held_ = {};
    try {
        done->throw_if_failed();
    } catch (const CancelledError&) {
        cut_off();  // the loop closes, or somebody wants it so
    } catch (...) {
        const auto error = std::current_exception();
        if (user_ != nullptr) {
            user_->callback_failed(error);
        }
        callback_failed();
    }
    idle_waiters_done();
    if (!stream_->closed()) {
        process();
        flush_soon();
    }
}

void Connection::stop_waiting() noexcept {
    if (!pending_ || flow_.place == concurrent::Waiter::Place::in_queue) {
        return;  // go_on() is about to come
    }
    const auto self = ConnectionRef::adopt(this);
    const auto done = std::move(pending_);
    if (flow_.place == concurrent::Waiter::Place::attached) {
        done->detach(flow_);
    }
    done->mark_looked_at();
    held_ = {};
    idle_waiters_done();
}

Future<void> Connection::when_idle() {
    if (!pending_) {
        return Future<void>::ready();
    }
    return idle_waiters_.emplace_back().future().ignore();
}

void Connection::idle_waiters_done() noexcept {
    for (auto& waiter : std::exchange(idle_waiters_, {})) {
        waiter.set_result();
    }
}

void Connection::answer_ping(std::string_view data) {
    if (!close_sent_) {
        send_control(Opcode::pong, data);
    }
}

void Connection::close_received(const Event& event) {
    if (event.code != 0) {
        close_code_ = event.code;
        close_reason_ = event.data;
    }
    if (!close_sent_) {
        send_close(close_code_, {});  // RFC 6455, 5.5.1: the same code
    }
    lingering_ = true;
    end();
}

/// The peer has broken the rules: RFC 6455, 7.1.7.
void Connection::fail(CloseCode code, std::string_view reason) {
    log::gen_log().debug("Closing a WebSocket with ", code, ": ", reason);
    if (!close_sent_) {
        send_close(code, reason);
    }
    lingering_ = true;
    end();
}

/// The user has failed. The peer has not, so it may answer the Close.
void Connection::callback_failed() {
    failed_ = true;
    if (!is_closing()) {
        send_close(close_code::internal_error, {});
        set_timer(close_timer_, close_timeout_);
    }
}

// The end

void Connection::on_end(std::error_code error) {
    const ConnectionRef alive{this};
    if (lingering_ && !error && stream_->unsent() != 0) {
        peer_ended_ = true;  // it may still read what is on its way
        return;
    }
    const InContext in{context_};
    end();
    shut();
}

void Connection::close(std::optional<CloseCode> code, std::string_view reason) {
    if (code && !is_sendable(*code)) {
        throw std::invalid_argument{
            "a Close cannot have the code " + std::to_string(*code) +
            ": use one of close_code, or 3000 to 4999"};
    }
    if (reason.size() > max_control_payload - sizeof(CloseCode)) {
        throw std::invalid_argument{"the reason of a Close is at most 123 bytes long"};
    }
    if (!escape::is_valid_utf8(reason)) {
        throw std::invalid_argument{"the reason of a Close is UTF-8"};
    }
    if (is_closing() || !stream_) {
        return;
    }
    if (!code && !reason.empty()) {
        code = close_code::normal;
    }
    while (queue_ != nullptr && !queue_->empty()) {
        auto entry = queue_->pop();
        send_entry(entry);
    }
    send_close(code, reason);
    set_timer(close_timer_, close_timeout_);
}

/// What still waits in the queue would come behind it, and so never.
void Connection::send_close(std::optional<CloseCode> code, std::string_view reason) {
    close_sent_ = true;
    if (queue_ != nullptr) {
        queue_->clear();
    }
    send_control(Opcode::close, close_payload(code, reason));
    ping_timer_.unset();
    resume_writers(true);
}

void Connection::cut_off() {
    const ConnectionRef alive{this};
    end();
    shut();
}

/// Tells the user, once.
void Connection::end() noexcept {
    if (std::exchange(ended_, true)) {
        return;
    }
    ping_timer_.unset();
    resume_writers(true);
    if (user_ != nullptr) {
        user_->connection_ended();
    }
}

/// All is said. Our side ends as soon as all has gone, the connection when the peer has seen that:
/// a close before would tell it of an error if any of its bytes were still unread.
void Connection::linger() {
    if (stream_->closed()) {
        return;
    }
    if (!std::exchange(linger_limited_, true)) {
        close_timer_.unset();
        linger_limit_ = ioloop::IOLoop::current().call_later(
            linger_time, [self = ConnectionRef{this}] { self->shut(); }
        );
    }
    if (stream_->unsent() == 0 && !is_client_ && !std::exchange(shut_down_, true)) {
        stream_->shutdown_output();  // RFC 6455, 7.1.1: the server ends first
    }
    if (peer_ended_) {
        if (stream_->unsent() == 0) {
            shut();
        }
        return;
    }
    auto& input = stream_->input();
    input.consume(input.size());
    stream_->start_reading();
}

/// The stream goes.
void Connection::shut() noexcept {
    lingering_ = ended_ = true;
    ping_timer_.unset();
    close_timer_.unset();
    memory_timer_.unset();
    queue_.reset();
    resume_writers(true);
    if (stream_) {
        stream_->set_engine(nullptr);
        stream_->close();
    }
    if (std::exchange(linger_limited_, false)) {
        if (auto* const loop = ioloop::IOLoop::current_or_null()) {
            loop->remove_timeout(linger_limit_);  // which may have held the last reference
        }
    }
}

void Connection::set_nodelay(bool on) noexcept {
    if (stream_) {
        stream_->set_nodelay(on);
    }
}

}  // namespace tornado::websocket
