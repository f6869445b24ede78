#include "pool.hpp"

#include <algorithm>
#include <limits>
#include <utility>

#include "saturated.hpp"
#include "stream_state.hpp"
#include "tornado/concurrent/promise.hpp"
#include "tornado/database/errors.hpp"
#include "tornado/gen.hpp"
#include "tornado/log.hpp"
#include "tornado/stack_context.hpp"
#include "tornado/util/scope_exit.hpp"

namespace tornado::database {

namespace {

constexpr std::size_t most_statements = 1'024;  ///< known to the pool, by their text
constexpr std::size_t longest_kept = 16'384;    ///< of these, in bytes

Fault of_the_pool(std::string text) {
    Fault fault;
    fault.text = std::move(text);
    return fault;
}

}  // namespace

Fault pool_is_closed() {
    auto fault = of_the_pool("the database's Connection is closed");
    fault.kind = FaultKind::interface;
    return fault;
}

Pool::Pool(DatabaseURL url, const ConnectionOptions& options, std::unique_ptr<Driver> driver)
    : Alarm{[](Alarm& alarm) { static_cast<Pool&>(alarm).pump(); }},
      loop_{ioloop::IOLoop::current()},
      name_{url.to_string()},
      options_{saturated(options)},
      driver_{std::move(driver)},
      depth_{std::max<std::size_t>(driver_->depth(), 1)},
      most_{std::clamp<std::size_t>(options.size, 1, driver_->max_connections())},
      back_off_{options_.first_delay, options_.max_delay} {}

Pool::~Pool() {
    close();
    if (loop_end_) {
        loop_end_->cancel();
    }
}

/// The loop cancels what waits when it closes, which may be before a Connection goes that is
/// static.
Future<void> Pool::close_with_loop(std::weak_ptr<Pool> pool) {
    const util::ScopeExit at_end{[&] {
        if (const auto self = pool.lock()) {
            self->close();
        }
    }};
    const Promise<void> never;
    const auto end = never.future();
    co_await end;
}

std::shared_ptr<const Statement> Pool::intern(std::string_view sql) {
    if (const auto known = statements_.find(sql); known != statements_.end()) {
        return known->second;
    }
    if (sql.find('\0') != sql.npos) {  // where some databases would take the query to end
        throw ProgrammingError{"a query has no NUL in it: values are given as parameters"};
    }
    auto statement = std::make_shared<const Statement>(Statement{std::string{sql}});
    if (sql.size() <= longest_kept) {
        if (statements_.size() >= most_statements) {
            statements_.clear();
        }
        statements_.emplace(statement->sql, statement);
    }
    return statement;
}

void Pool::run(std::unique_ptr<Request> request) {
    if (closed_) {
        request->refuse(pool_is_closed());
        return;
    }
    auto* const slot = line_.empty() ? slot_with_room() : nullptr;
    if (slot == nullptr) {
        wait(std::move(request));
        return;
    }
    slot->submit(std::move(request));
}

void Pool::stream(const std::shared_ptr<StreamState>& state, std::unique_ptr<Request> request) {
    state->wait_for_lease(*this, std::move(request));
}

void Pool::lease(std::unique_ptr<LeaseRequest> request) {
    if (closed_) {
        request->give_up(pool_is_closed());
    } else {
        wait(std::move(request));
    }
}

// The line

void Pool::wait(std::unique_ptr<InLine> waiter) {
    if (line_.size() >= options_.max_waiting) {
        waiter->give_up(of_the_pool(
            std::to_string(line_.size()) + " queries wait for a connection to " + name_ +
            " already: see max_waiting"
        ));
        return;
    }
    auto& added = *line_.emplace_back(std::move(waiter));
    added.place = std::prev(line_.end());
    added.waits = true;
    const stack_context::NullContext none;
    added.begin_to_wait();
    pump();
}

std::unique_ptr<InLine> Pool::take_from_line(InLine& waiter) noexcept {
    auto taken = std::move(*waiter.place);
    line_.erase(waiter.place);
    taken->waits = false;
    return taken;
}

void Pool::leave_line(InLine& waiter) noexcept {
    take_from_line(waiter).reset();
    pump();
}

void Pool::too_long_in_line(InLine& waiter) noexcept {
    const auto taken = take_from_line(waiter);
    const auto limit = std::to_string(options_.acquire_timeout.count()) + " ms";
    if (away_) {
        auto fault = *away_;
        fault.lost = false;
        fault.text = "no connection to " + name_ + " within " + limit + ": " + fault.text;
        taken->give_up(fault);
    } else {
        taken->give_up(of_the_pool("all connections to " + name_ + " were busy for " + limit));
    }
    pump();
}

void Pool::give_up_all(const Fault& fault) noexcept {
    InLine::Line all;
    all.swap(line_);
    for (auto& waiter : all) {
        waiter->waits = false;
    }
    for (auto& waiter : all) {
        waiter->give_up(fault);
    }
}

/// Serves those who can be served, in their order.
void Pool::pump() noexcept {
    pump_again_ = true;
    if (closed_ || std::exchange(pumping_, true)) {
        return;
    }
    while (std::exchange(pump_again_, false)) {
        while (!line_.empty() && line_.front()->serve()) {
        }
    }
    pumping_ = false;
    open_more();
}

// Connections

/// One that nobody uses. Only if there can be no more of them, one with others' commands will do:
/// that with the least.
Slot* Pool::slot_with_room() {
    const auto now = loop_.time();
    close_idle(now);
    Slot* best = nullptr;
    for (const auto& slot : slots_) {
        if (slot->is_free()) {
            return slot.get();
        }
        if ((best == nullptr || slot->in_flight() < best->in_flight()) && slot->has_room(now)) {
            best = slot.get();
        }
    }
    return can_open() ? nullptr : best;
}

std::shared_ptr<Slot> Pool::free_slot() {
    close_idle(loop_.time());
    const auto found =
        std::ranges::find_if(slots_, [](const auto& slot) { return slot->is_free(); });
    return found != slots_.end() ? *found : nullptr;
}

/// Servers close connections that nobody uses: better not to find out in the middle of a query.
void Pool::close_idle(ioloop::TimePoint now) {
    if (now <= none_idle_before_ || !driver_->can_reconnect()) {
        return;
    }
    const auto limit = options_.max_idle_time;
    auto next = now + limit;
    for (std::size_t i = slots_.size(); i-- > 0;) {
        auto& slot = *slots_[i];
        const auto last = slot.last_used();
        if (last >= now) {
            continue;
        }
        if (now - last <= limit) {
            next = std::min(next, last + limit);
        } else if (slot.is_free()) {
            remove(slot);
        } else {
            next = now;
        }
    }
    none_idle_before_ = next;
}

void Pool::remove(Slot& slot) noexcept {
    const auto found =
        std::ranges::find(slots_, &slot, [](const auto& each) { return each.get(); });
    if (found == slots_.end()) {
        return;
    }
    removed_.push_back(std::move(*found));
    slots_.erase(found);
    slot.close();
    // It may be in the middle of something.
    const stack_context::NullContext none;
    loop_.add_callback([weak = weak_from_this()] {
        if (const auto self = weak.lock()) {
            self->removed_.clear();
        }
    });
}

void Pool::connection_lost(Slot& slot, const Fault& fault) noexcept {
    log::gen_log().warning("The connection to ", name_, " is lost: ", fault.text);
    remove(slot);
    pump();
}

bool Pool::can_open() const noexcept {
    return !closed_ && !is_set() && slots_.size() + opening_count_ < most_;
}

void Pool::open_more() {
    while (opening_count_ < line_.size() && can_open()) {
        const stack_context::NullContext none;
        if (!loop_end_) {
            loop_end_ = close_with_loop(weak_from_this());
            loop_end_->ignore();
        }
        ++opening_count_;
        std::erase_if(opening_, [](const auto& future) { return future.done(); });
        opening_.push_back(open(shared_from_this()));
        opening_.back().ignore();
    }
}

Future<void> Pool::open(std::shared_ptr<Pool> self) {
    const auto fault = std::make_shared<Fault>();
    std::unique_ptr<BackendConnection> connection;
    {
        const util::ScopeExit at_end{[&] { --self->opening_count_; }};
        co_await gen::moment();  // whoever asked is in the middle of something
        connection = co_await connect(self, fault);
    }
    if (self->closed_) {
        co_return;
    }
    if (connection != nullptr) {
        self->opened(std::move(connection));
    } else {
        self->failed_to_open(*fault);
    }
}

/// A connection; or null, and why.
Future<std::unique_ptr<BackendConnection>>
Pool::connect(std::shared_ptr<Pool> self, std::shared_ptr<Fault> fault) {
    const auto limit = self->options_.connect_timeout;
    try {
        auto connecting = self->driver_->connect();
        connecting.ignore();
        auto connection = co_await gen::cancel_after(limit, std::move(connecting));
        co_return connection;
    } catch (const ConnectFault& error) {
        *fault = error.fault;
    } catch (const ioloop::TimeoutError&) {
        *fault = of_the_pool("no answer within " + std::to_string(limit.count()) + " ms");
        fault->lost = true;
    } catch (const std::exception& error) {
        *fault = of_the_pool(error.what());
        fault->lost = true;
    }
    co_return nullptr;
}

void Pool::opened(std::unique_ptr<BackendConnection> connection) {
    if (std::exchange(away_, std::nullopt)) {
        log::gen_log().info(name_, " is back");
    }
    back_off_.reset();
    slots_.push_back(std::make_shared<Slot>(*this, std::move(connection)));
    pump();
}

void Pool::failed_to_open(const Fault& fault) noexcept {
    if (!away_) {
        log::gen_log().warning("No connection to ", name_, ": ", fault.text);
    }
    away_ = fault;
    const stack_context::NullContext none;
    set(loop_, loop_.time_after(back_off_.next()));
    if (!fault.lost && slots_.empty()) {
        auto told = fault;
        told.text = "no connection to " + name_ + ": " + fault.text;
        give_up_all(told);
    }
}

void Pool::reconnect() noexcept {
    const auto all = slots_;
    for (const auto& slot : all) {
        slot->retire();
    }
    pump();
}

void Pool::close() noexcept {
    if (std::exchange(closed_, true)) {
        return;
    }
    unset();
    for (const auto& opening : std::exchange(opening_, {})) {
        opening.cancel();
    }
    InLine::Line waiting;
    waiting.swap(line_);
    for (auto& waiter : waiting) {
        waiter->waits = false;
    }
    waiting.clear();
    for (const auto& slot : std::exchange(slots_, {})) {
        slot->destroy();
    }
}

}  // namespace tornado::database
