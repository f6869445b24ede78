// What a connection sends, and what it does as time passes.
#include <algorithm>
#include <functional>
#include <memory>
#include <stdexcept>
#include <utility>

#include "connection_compression.hpp"
#include "connection_parts.hpp"
#include "tornado/ioloop/ioloop.hpp"
#include "tornado/ioloop/time_limit.hpp"
#include "tornado/util/per_thread.hpp"
#include "tornado/websocket/errors.hpp"
#include "wait.hpp"

namespace tornado::websocket {

namespace {

/// Messages of at least this size are not copied on their way out.
constexpr std::size_t least_block = 16 * 1024;
/// A compressor that is not used for so long goes.
constexpr std::chrono::milliseconds memory_time{1'000};
/// Draining, all connections of a thread are told within this time, or within half of what there
/// is until they are cut off...
constexpr std::chrono::milliseconds drain_time{10'000};
/// ...and half of it is for so many, so that a thousand take a second at most.
constexpr std::int64_t told_in_half_of_it = 10'000;
/// A system may take half of this time to say that something has come to it (RFC 9293, 3.8.6.3).
constexpr std::chrono::milliseconds longest_acknowledgement{1'000};
/// So many bytes of the queue, and a little more, go in one turn of the loop.
constexpr std::size_t most_in_a_turn = 1024 * 1024;

Future<void> closed_future() {
    return Future<void>::failed(std::make_exception_ptr(WebSocketClosedError{})).ignore();
}

/// Asks for memory that will soon be looked at: so many lines of the processor's cache.
void fetch_lines(const void* from, int lines) noexcept {
    constexpr std::ptrdiff_t line = 64;
    for (int i = 0; i < lines; ++i) {
        __builtin_prefetch(static_cast<const char*>(from) + i * line);
    }
}

/// Where messages are compressed: one for each thread, as that takes no time.
struct Scratch {
    std::string text;
};

/// Spreads what all connections of a thread do at once.
class Spreader {
public:
    /// How long the next one shall wait, of which nothing is left at `end`.
    ioloop::Duration next(ioloop::TimePoint now, ioloop::TimePoint end) {
        if (now - began_ >= drain_time) {
            began_ = now;
            count_ = 0;
        }
        const auto left = std::max((end - began_) / 2, ioloop::Duration{0});
        const auto window = std::min<ioloop::Duration>(drain_time, left);
        const auto due = began_ + window / (told_in_half_of_it + count_) * count_;
        ++count_;
        return std::max(due - now, ioloop::Duration{0});
    }

private:
    ioloop::TimePoint began_{};
    std::int64_t count_ = 0;
};

/// Numbers the turns of a thread's loop in which somebody asks.
class TurnCount {
public:
    TurnCount() {
        next_.owner = this;
        next_.run = [](concurrent::Task& task) { static_cast<Next&>(task).owner->end(); };
        next_.discard = [](concurrent::Task& task) noexcept {
            static_cast<Next&>(task).owner->end();
        };
    }
    TurnCount(const TurnCount&) = delete;
    TurnCount& operator=(const TurnCount&) = delete;

    /// Never 0.
    std::uint32_t present() noexcept {
        if (!std::exchange(queued_, true)) {
            concurrent::Scheduler::current().schedule(next_);
        }
        return number_;
    }

private:
    struct Next : concurrent::Task {
        TurnCount* owner = nullptr;
    };

    void end() noexcept {
        queued_ = false;
        number_ = number_ + 1 == 0 ? 1 : number_ + 1;
    }

    Next next_;
    std::uint32_t number_ = 1;
    bool queued_ = false;
};

}  // namespace

// Messages

Future<void> Connection::write(bool binary, std::string_view data, std::string_view key) {
    check_message(binary, data);
    if (is_closing()) {
        return closed_future();
    }
    if (must_queue()) {
        return queue({.data = std::string{data}, .key = std::string{key}, .binary = binary});
    }
    send(binary, data);
    flush_soon();
    return when_writable();
}

Future<void> Connection::write(bool binary, std::string&& data, std::string_view key) {
    check_message(binary, data);
    if (is_closing()) {
        return closed_future();
    }
    SendQueue::Entry entry{.data = std::move(data), .key = std::string{key}, .binary = binary};
    if (must_queue()) {
        return queue(std::move(entry));
    }
    send_entry(entry);
    flush_soon();
    return when_writable();
}

Future<void> Connection::write(const SharedMessage& message, std::string_view key) {
    if (is_closing()) {
        return closed_future();
    }
    if (must_queue()) {
        return queue({.shared = message, .key = std::string{key}, .binary = message.binary()});
    }
    send_shared(message);
    if (may_send_at_once()) {
        stream_->flush();  // of a broadcast nothing is to be kept for each connection
    } else {
        flush_soon();  // what follows in this turn goes together
    }
    return when_writable();
}

void Connection::fetch_ahead() const noexcept {
    fetch_lines(this, 2);
}
void Connection::fetch_stream_ahead() const noexcept {
    fetch_lines(stream_.get(), 4);
}

bool Connection::compresses(std::size_t size) const noexcept {
    return compression_ != nullptr && size >= compression_->min_size;
}

/// Puts a message into the stream's output.
void Connection::send(bool binary, std::string_view data) {
    FrameHead head{.opcode = binary ? Opcode::binary : Opcode::text};
    if (is_client_) {
        head.mask = random_mask_key();
    }
    if (!compresses(data.size())) {
        if (data.size() >= least_block && !is_client_) {
            send_large(head, data);
        } else {
            append_frame(stream_->output(), head, data);
        }
        return;
    }
    auto* const scratch = util::PerThread<Scratch>::get();
    std::string own;
    auto& compressed = scratch != nullptr ? scratch->text : own;
    compressed.clear();
    compression_->deflater.compress(data, compressed);
    head.compressed = true;
    append_frame(stream_->output(), head, compressed);
    if (compressed.capacity() > high_water) {
        std::string{}.swap(compressed);
    }
    note_memory();
}

/// What has just come in is sent from where it stands, without a copy: an echo, say.
void Connection::send_large(FrameHead head, std::string_view data) {
    head.length = data.size();
    append_frame_head(stream_->output(), head);
    const auto* const begin = held_ ? held_.data() : nullptr;
    const std::less_equal<const char*> not_behind;
    if (held_ && not_behind(begin, data.data()) &&
        not_behind(data.data() + data.size(), begin + held_.capacity())) {
        stream_->append_shared(data, std::make_shared<iostream::BufferBlock>(held_));
    } else {
        stream_->append_block(std::string{data});
    }
}

void Connection::send_entry(SendQueue::Entry& entry) {
    if (entry.shared) {
        send_shared(*entry.shared);
    } else if (is_client_ || entry.data.size() < least_block || compresses(entry.data.size())) {
        send(entry.binary, entry.data);
    } else {
        append_frame_head(
            stream_->output(),
            {.opcode = entry.binary ? Opcode::binary : Opcode::text, .length = entry.data.size()}
        );
        stream_->append_block(std::move(entry.data));
    }
}

void Connection::send_shared(const SharedMessage& message) {
    const bool compressed = compresses(message.payload().size());
    if (is_client_ || (compressed && compression_->deflater.settings().context_takeover)) {
        send(message.binary(), message.payload());
        return;
    }
    const auto frame =
        compressed ? message.compressed_frame(compression_->deflater.settings()) : message.frame();
    if (frame.size() < least_block) {
        stream_->output().append(frame);
    } else {
        stream_->append_shared(frame, message.owner());
    }
}

void Connection::send_control(Opcode opcode, std::string_view payload) {
    FrameHead head{.opcode = opcode};
    if (is_client_) {
        head.mask = random_mask_key();
    }
    append_frame(stream_->output(), head, payload);
    flush_soon();
}

void Connection::ping(std::string_view data) {
    if (data.size() > max_control_payload) {
        throw std::invalid_argument{"a ping carries at most 125 bytes"};
    }
    if (is_closing()) {
        throw WebSocketClosedError{};
    }
    if (stream_->unsent() <= high_water) {
        send_control(Opcode::ping, data);
    }
}

// The queue

bool Connection::must_queue() {
    if (queue_ != nullptr && !queue_->empty()) {
        return true;
    }
    if (stream_->unsent() > low_water) {
        stream_->flush();
    }
    return stream_->unsent() > low_water;
}

/// Whether the peer is to read before it may say more. A queue that drops what is too much may stay
/// full, and does not keep a slow peer from being heard.
bool Connection::output_is_full() const noexcept {
    if (stream_->unsent() > high_water) {
        return true;
    }
    if (queue_policy_ != SendQueuePolicy::close) {
        return false;
    }
    const auto most = std::min(most_queued_ / 2, high_water);
    return queue_ != nullptr && queue_->counters().waiting_bytes > most;
}

Future<void> Connection::queue(SendQueue::Entry entry) {
    if (queue_ == nullptr) {
        static_cast<void>(rare());  // for what it will have counted
        queue_ = std::make_unique<SendQueue>(SendQueueOptions{
            .max_size = most_queued_, .policy = queue_policy_});
    }
    if (!queue_->push(std::move(entry))) {
        send_close(close_code::try_again_later, "too slow");
        await_close();
        return closed_future();
    }
    flush_soon();
    return when_writable();
}

/// Moves as much as there is room for from the queue to the stream, some messages at a time. What
/// is left after a fair share goes in the next turn.
void Connection::send_queued() {
    for (std::size_t moved = 0; queue_ != nullptr && stream_->unsent() <= low_water;) {
        if (moved >= most_in_a_turn) {
            schedule_turn();
            return;
        }
        while (!queue_->empty() && stream_->unsent() <= low_water && moved < most_in_a_turn) {
            auto entry = queue_->pop();
            moved += entry.cost();
            send_entry(entry);
        }
        stream_->flush();
        if (queue_ != nullptr && queue_->empty()) {
            drop_queue();
        }
    }
}

/// Keeps nothing of it but what it has counted.
void Connection::drop_queue() noexcept {
    if (queue_ == nullptr) {
        return;
    }
    queue_->clear();
    const auto counters = queue_->counters();
    rare_->dropped += counters.dropped;
    rare_->coalesced += counters.coalesced;
    queue_.reset();
}

SendQueueCounters Connection::send_queue() const noexcept {
    auto counters = queue_ != nullptr ? queue_->counters() : SendQueueCounters{};
    if (rare_ != nullptr) {
        counters.dropped += rare_->dropped;
        counters.coalesced += rare_->coalesced;
    }
    return counters;
}

Future<void> Connection::when_writable() {
    if (is_closing()) {
        return closed_future();
    }
    return must_queue() ? wait_in(rare().writers) : Future<void>::ready();
}

void Connection::resume_writers(bool closed) noexcept {
    if (rare_ != nullptr && !rare_->writers.empty()) {
        end_waits(
            rare_->writers, closed ? std::make_exception_ptr(WebSocketClosedError{}) : nullptr
        );
    }
}

// Sending

/// What is sent in one turn of the loop goes together: at the end of process(), or in the next
/// turn.
void Connection::flush_soon() noexcept {
    if (!processing_) {
        schedule_turn();
    }
}

/// Whether nothing has been sent yet in this turn of the loop that more could go together with.
bool Connection::may_send_at_once() noexcept {
    if (processing_ || turn_.queued) {
        return false;
    }
    auto* const turns = util::PerThread<TurnCount>::get();
    if (turns == nullptr) {
        return false;
    }
    const auto present = turns->present();
    return std::exchange(sent_in_, present) != present;
}

void Connection::schedule_turn() noexcept {
    if (!std::exchange(turn_.queued, true)) {
        retain();
        concurrent::Scheduler::current().schedule(turn_);
    }
}

void Connection::take_turn() {
    turn_.queued = false;
    if (pause_ != 0 && --pause_ != 0) {
        schedule_turn();
    }
    if (!stream_->closed()) {
        stream_->flush();
        on_sent();
    }
}

void Connection::on_sent() {
    if (stream_->closed()) {
        return;
    }
    const ConnectionRef alive{this};
    try {
        go_on_sending();
    } catch (...) {
        broke_down();
    }
}

void Connection::go_on_sending() {
    send_queued();
    if (rare_ != nullptr && !rare_->writers.empty() && !must_queue()) {
        resume_writers(false);
    }
    if (lingering_) {
        linger();
    } else if (!stream_->is_reading()) {
        process();
    }
}

// Time

void Connection::set_timer(Timer& timer, std::chrono::milliseconds after) {
    const auto ticks = ioloop::DeadlineWheel::ticks(static_cast<std::uint64_t>(after.count()));
    ioloop::IOLoop::current().deadlines().set(timer, std::max<std::uint32_t>(ticks, 1));
}

void Connection::timer_fired() {
    const ConnectionRef alive{this};
    if (close_sent_) {
        time_to_close();
    } else {
        time_to_ping();
    }
}

void Connection::time_to_ping() {
    if (is_deaf()) {
        // Nothing is read: that no pong comes is no fault of the peer's. Its system still takes
        // what is sent, if it is there.
        const bool was_sent = std::exchange(awaits_pong_, false);
        const bool is_lost = was_sent && ping_timeout_ >= longest_acknowledgement &&
                             taken() < rare().ping_end && !sends_well(ping_timeout_);
        if (is_lost || stream_->peer_has_reset()) {
            cut_off();
            return;
        }
    }
    if (awaits_pong_) {
        const bool busy = output_is_full() || stream_->sent_total() < rare().ping_end;
        if (busy && sends_well(ping_timeout_)) {
            set_timer(timer_, ping_timeout_);  // it still reads what was before the ping
            return;
        }
        close(close_code::internal_error, "ping timed out");
        return;
    }
    const bool waits = ping_timeout_.count() > 0 && ping_timeout_ < ping_interval_;
    if (waits && std::exchange(in_pong_wait_, false)) {
        set_timer(timer_, ping_interval_ - ping_timeout_);
        return;
    }
    send_ping();
    in_pong_wait_ = waits;
    set_timer(timer_, waits ? ping_timeout_ : ping_interval_);
}

/// Unless the former one is still on its way: who does not read gets no heap of them.
void Connection::send_ping() {
    if (stream_->sent_total() >= rare().ping_end) {
        send_control(Opcode::ping, {});
        rare_->ping_end = stream_->sent_total() + stream_->unsent();
    }
    rare().taken_at_look = taken();
    awaits_pong_ = ping_timeout_.count() > 0;
}

/// The time for an answer to our Close begins.
void Connection::await_close() {
    rare().taken_at_look = taken();
    set_timer(timer_, close_timeout_);
}

/// The answer cannot come while the peer still reads what came before our Close, and is not looked
/// at while the user is at work.
void Connection::time_to_close() {
    if (sends_well(close_timeout_) || (flow_ != nullptr && !output_failed_)) {
        set_timer(timer_, close_timeout_);
    } else {
        cut_off();
    }
}

void Connection::drain() {
    auto* const spreader = util::PerThread<Spreader>::get();
    auto& loop = ioloop::IOLoop::current();
    const auto* const limit = stack_context::get(ioloop::must_end_by);
    const auto end = limit != nullptr ? *limit : ioloop::TimePoint::max();
    const auto wait = spreader != nullptr ? spreader->next(loop.time(), end) : ioloop::Duration{0};
    loop.call_later(wait, [self = ConnectionRef{this}] {
        if (self->flow_ != nullptr) {
            self->draining_ = true;
        } else {
            self->close(close_code::going_away, {});
        }
    });
}

// Memory

void Connection::note_memory() {
    auto* const inflater = reader_.inflater();
    if (inflater == nullptr ||
        (!inflater->holds_memory() && !compression_->deflater.holds_memory())) {
        return;
    }
    compression_->memory_used = true;
    if (!compression_->memory_timer.is_set() && !stream_->closed()) {
        compression_->memory_used = false;
        set_timer(compression_->memory_timer, memory_time);
    }
}

/// Compressors go when they have not been used for a while.
void Connection::time_to_save_memory() {
    if (std::exchange(compression_->memory_used, false)) {
        set_timer(compression_->memory_timer, memory_time);
        return;
    }
    compression_->deflater.release();
    if (!reader_.in_message()) {
        reader_.inflater()->release();
    }
}

}  // namespace tornado::websocket
