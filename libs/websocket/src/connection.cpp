// A connection's life: how it begins, what it receives, and how it ends.
#include "tornado/websocket/connection.hpp"

#include <algorithm>
#include <cstdint>
#include <limits>
#include <utility>

#include "connection_compression.hpp"
#include "connection_parts.hpp"
#include "tornado/ioloop/ioloop.hpp"
#include "tornado/log.hpp"
#include "tornado/util/scope_exit.hpp"
#include "tornado/websocket/errors.hpp"
#include "wait.hpp"

namespace tornado::websocket {

namespace {

/// How long a peer may take to end its side once ours has ended.
constexpr std::chrono::milliseconds linger_time{2'000};
/// Who takes what is sent at least so fast, in bytes a second, has more time for the rest.
constexpr std::uint64_t least_rate = 100;
/// Room for so much is asked for at least when a frame may begin, and so much at most because the
/// last one was large.
constexpr std::uint32_t least_room = 1024;
constexpr std::size_t most_expected = 128 * 1024;
/// How many turns of the loop it takes at most until one who waits for a message has it: through a
/// time limit, say.
constexpr std::uint8_t turns_to_be_heard = 3;

/// A time of some weeks or less.
std::chrono::duration<std::uint32_t, std::milli> in_few_bytes(std::chrono::milliseconds time) {
    constexpr std::int64_t most = std::numeric_limits<std::uint32_t>::max();
    return std::chrono::duration<std::uint32_t, std::milli>{
        static_cast<std::uint32_t>(std::clamp<std::int64_t>(time.count(), 0, most))};
}

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
    : is_client_{options.is_client},
      user_{&user},
      reader_{!options.is_client, options.max_message_size},
      timer_{
          *this,
          [](ioloop::Deadline& due) { static_cast<Timer&>(due).connection.timer_fired(); }},
      most_queued_{options.send_queue.max_size},
      queue_policy_{options.send_queue.policy},
      close_timeout_{in_few_bytes(options.close_timeout)},
      ping_interval_{in_few_bytes(options.ping_interval)},
      ping_timeout_{in_few_bytes(options.ping_timeout)} {
    if (options.deflate) {
        const auto& agreed = *options.deflate;
        const bool client = is_client_;
        const Deflater::Settings settings{
            .context_takeover =
                !(client ? agreed.client_no_context_takeover : agreed.server_no_context_takeover),
            .level = options.compression.compression_level,
            .mem_level = options.compression.mem_level,
            .window_bits = client ? agreed.client_max_window_bits : agreed.server_max_window_bits};
        compression_.reset(new Compression{
            .deflater = Deflater{settings},
            .min_size = options.compression.min_size,
            .memory_timer = Timer{*this, [](ioloop::Deadline& due) {
                                      static_cast<Timer&>(due).connection.time_to_save_memory();
                                  }}});
        reader_.set_inflater(std::make_unique<Inflater>(
            !(client ? agreed.server_no_context_takeover : agreed.client_no_context_takeover),
            client ? agreed.server_max_window_bits : agreed.client_max_window_bits
        ));
    }
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

Connection::Flow::Flow(Connection& owner, Started what)
    : connection{owner},
      started{std::move(what)} {
    kind = Kind::direct;
    context = owner.context_;
    run = [](concurrent::Task& task) {
        auto& flow = static_cast<Flow&>(task);
        flow.place = Place::nowhere;
        flow.connection.go_on();
    };
    discard = [](concurrent::Task& task) noexcept {
        auto& flow = static_cast<Flow&>(task);
        flow.place = Place::nowhere;
        flow.connection.stop_waiting();
    };
}

Connection::Rare& Connection::rare() {
    if (rare_ == nullptr) {
        rare_ = std::make_unique<Rare>();
    }
    return *rare_;
}

void Connection::attach(iostream::StreamRef stream) {
    stream_ = std::move(stream);
    stream_->set_engine(this);
    if (ping_interval_.count() > 0) {
        set_timer(timer_, ping_interval_);
    }
}

const std::string& Connection::close_reason() const noexcept {
    static const std::string none;
    return rare_ != nullptr && rare_->close_reason != nullptr ? *rare_->close_reason : none;
}

void Connection::start() {
    if (started_ || ended_) {
        return;
    }
    started_ = true;
    context_ = concurrent::Context::capture();
    process();
}

void Connection::abandon() noexcept {
    const ConnectionRef alive{this};
    user_ = nullptr;
    stop_waiting();
    if (lingering_) {
        return;
    }
    if (ended_ || !stream_ || stream_->closed()) {
        shut();
        return;
    }
    try {
        close(close_code::going_away, {});
        stream_->flush();
        lingering_ = true;
        end();
        limit_lingering(close_timeout_);
        linger();
    } catch (...) {
        shut();
    }
}

void Connection::pause() {
    if (!stream_->input().empty()) {
        pause_ = turns_to_be_heard;
        schedule_turn();
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
    return started_ && flow_ == nullptr && pause_ == 0 && !lingering_ && !ended_ &&
           !output_is_full();
}

void Connection::process() {
    if (processing_ || !may_read()) {
        return;
    }
    const ConnectionRef alive{this};
    const InContext in{context_};
    try {
        take_input();
        note_memory();
        if (lingering_) {
            linger();
        }
    } catch (...) {
        broke_down();
    }
}

void Connection::take_input() {
    processing_ = true;
    const util::ScopeExit over{[this] { processing_ = false; }};
    for (bool more = true; more && may_read();) {
        while (more && may_read()) {
            more = step();
        }
        stream_->flush();  // which may make room for more
    }
}

/// There is no memory, say.
void Connection::broke_down() noexcept {
    try {
        log::app_log().error(
            "A WebSocket breaks down: ", log::format_exception(std::current_exception())
        );
        fail(close_code::internal_error, {});
        stream_->flush();
        linger();
    } catch (...) {
        cut_off();
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
            const std::size_t room = reader_.in_frame() ? 1 : std::max(expected_, least_room);
            stream_->start_reading(std::max(event.wanted, room), event.wanted);
        }
        return false;
    }
    expected_ = event.consumed > iostream::BufferBlock::usual_capacity
                    ? static_cast<std::uint32_t>(std::min(event.consumed, most_expected))
                    : 0;
    held_ = input.block();  // so that what the event views stays while the user is at it
    input.consume(event.consumed);
    const bool goes_on = handle(event);
    if (flow_ == nullptr) {
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
    flow_.reset(new Flow{*this, std::move(started)});
    retain();
    flow_->started->attach(*flow_);
    return false;
}

/// What the user has started is over.
void Connection::go_on() {
    const auto self = ConnectionRef::adopt(this);
    const auto flow = std::move(flow_);
    held_ = {};
    try {
        flow->started->throw_if_failed();
    } catch (const CancelledError&) {
        cut_off();  // the loop closes, or somebody wants it so
    } catch (...) {
        const auto error = std::current_exception();
        if (user_ != nullptr) {
            user_->callback_failed(error);
        }
        callback_failed();
    }
    end_waits(flow->idle_waiters);
    if (draining_) {
        close(close_code::going_away, {});
    }
    if (!stream_->closed()) {
        process();
        flush_soon();
    }
}

void Connection::stop_waiting() noexcept {
    if (flow_ == nullptr || flow_->place == concurrent::Waiter::Place::in_queue) {
        return;  // go_on() is about to come
    }
    const auto self = ConnectionRef::adopt(this);
    const auto flow = std::move(flow_);
    if (flow->place == concurrent::Waiter::Place::attached) {
        flow->started->detach(*flow);
    }
    flow->started->mark_looked_at();
    held_ = {};
    end_waits(flow->idle_waiters);
}

Future<void> Connection::when_idle() {
    if (flow_ == nullptr) {
        return Future<void>::ready();
    }
    return wait_in(flow_->idle_waiters);
}

void Connection::answer_ping(std::string_view data) {
    if (!close_sent_) {
        send_control(Opcode::pong, data);
    }
}

void Connection::close_received(const Event& event) {
    if (event.code != 0) {
        close_code_ = event.code;
        if (!event.data.empty()) {
            rare().close_reason = std::make_unique<const std::string>(event.data);
        }
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
        await_close();
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

/// What came before is heard, up to the end of input: a Close in it says how the peer ended
/// (RFC 6455, 7.1.5). But who is at work, and may be so for long, is told at once if that is all.
void Connection::on_send_failed(std::error_code error) {
    if (ended_ || lingering_ || (flow_ != nullptr && stream_->input().empty())) {
        on_end(error);
        return;
    }
    const ConnectionRef alive{this};
    output_failed_ = close_sent_ = true;
    drop_queue();
    stream_->drop_output();
    resume_writers(true);
    await_close();
    process();
}

void Connection::close(std::optional<int> number, std::string_view reason) {
    check_close(number, reason);
    auto code = number ? std::optional{static_cast<CloseCode>(*number)} : std::nullopt;
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
    await_close();
}

/// What still waits in the queue would come behind it, and so never.
void Connection::send_close(std::optional<CloseCode> code, std::string_view reason) {
    close_sent_ = true;
    drop_queue();
    send_control(Opcode::close, close_payload(code, reason));
    timer_.unset();
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
    if (!close_sent_) {
        timer_.unset();
    }
    resume_writers(true);
    if (user_ != nullptr) {
        const InContext in{started_ ? context_ : concurrent::Context::capture()};
        user_->connection_ended();
    }
}

/// All is said. Our side ends as soon as all has gone, the connection when the peer has seen that:
/// a close before would tell it of an error if any of its bytes were still unread.
void Connection::linger() {
    if (stream_->closed()) {
        return;
    }
    if (!linger_limited_) {
        limit_lingering(linger_time);
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

void Connection::limit_lingering(std::chrono::milliseconds limit) {
    timer_.unset();
    linger_limited_ = true;
    rare().taken_at_look = taken();
    rare_->linger_limit =
        ioloop::IOLoop::current().call_later(limit, [self = ConnectionRef{this}, limit] {
            self->linger_limited_ = false;
            if (self->sends_well(limit)) {
                self->limit_lingering(limit);
            } else {
                self->shut();
            }
        });
}

/// Bytes that have come to the peer's system. What the own one still holds may be much, and be
/// taken slowly.
std::uint64_t Connection::taken() const noexcept {
    const auto sent = stream_->sent_total();
    return sent - std::min<std::uint64_t>(sent, stream_->unacknowledged());
}

/// Whether the peer has taken enough since the last look, `time` ago. What it takes of a message
/// that was written before the Close is no delay of its answer.
bool Connection::sends_well(std::chrono::milliseconds time) noexcept {
    const auto now = taken();
    const auto fresh = now - std::min(now, std::exchange(rare_->taken_at_look, now));
    return fresh * 1000 > least_rate * static_cast<std::uint64_t>(time.count());
}

/// The stream goes.
void Connection::shut() noexcept {
    lingering_ = ended_ = true;
    timer_.unset();
    if (compression_ != nullptr) {
        compression_->memory_timer.unset();
    }
    drop_queue();
    resume_writers(true);
    if (stream_) {
        stream_->set_engine(nullptr);
        stream_->close();
    }
    if (std::exchange(linger_limited_, false)) {
        if (auto* const loop = ioloop::IOLoop::current_or_null()) {
            loop->remove_timeout(rare_->linger_limit);  // which may have held the last reference
        }
    }
}

void Connection::set_nodelay(bool on) noexcept {
    if (stream_) {
        stream_->set_nodelay(on);
    }
}

}  // namespace tornado::websocket
