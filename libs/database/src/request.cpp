#include "request.hpp"

#include <algorithm>

#include "pool.hpp"
#include "slot.hpp"
#include "tornado/ioloop/time_limit.hpp"

namespace tornado::database {

using ioloop::TimePoint;

Request::Request(Pool& pool) noexcept
    : Alarm{[](Alarm& alarm) { static_cast<Request&>(alarm).ring(); }},
      pool_{pool} {}

void Request::limit_time() {
    if (const auto* const limit = stack_context::get(ioloop::must_end_by)) {
        all_must_end_ = *limit;
    }
    limit_time_anew();
}

void Request::limit_time_anew() {
    const auto& limit = pool_.options().query_timeout;
    must_end_ = limit ? std::min(all_must_end_, pool_.loop().time_after(*limit)) : all_must_end_;
    set(pool_.loop(), must_end_);
}

void Request::stop_time() {
    must_end_ = all_must_end_;
    set(pool_.loop(), must_end_);
}

void Request::begin_to_wait() {
    set(pool_.loop(),
        std::min(must_end_, pool_.loop().time_after(pool_.options().acquire_timeout)));
}

void Request::stop_waiting() {
    set(pool_.loop(), must_end_);
}

void Request::ring() {
    if (withdrawn_ || (!waits && slot == nullptr)) {
        return;
    }
    if (pool_.loop().time() >= must_end_) {
        expire(std::make_exception_ptr(ioloop::TimeoutError{
            "the query took too long, and was cancelled: see query_timeout"}));
    } else {
        pool_.too_long_in_line(*this);
    }
}

void Request::expire(std::exception_ptr error) noexcept {
    reject(std::move(error));
    withdraw();
}

void Request::withdraw() noexcept {
    if (waits) {
        pool_.leave_line(*this);  // destroys this
    } else if (slot != nullptr && !steadfast && !std::exchange(withdrawn_, true)) {
        slot->cancel(*this);
    }
}

void Request::refuse(const Fault& fault) noexcept {
    unset();
    reject(make_exception(fault));
}

bool Request::take(std::shared_ptr<const Block>) {
    return true;  // only streams have blocks
}

void Request::finish(Outcome outcome) noexcept {
    unset();
    deliver(std::move(outcome));
    std::exchange(slot, nullptr)->command_done(*this, true);
}

void Request::fail(Fault fault) noexcept {
    unset();
    auto* const former = std::exchange(slot, nullptr);
    const bool may_repeat =
        fault.lost && fault.never_began && !withdrawn_ && !was_sent_twice_ && !former->leased();
    auto next = may_repeat ? again() : nullptr;
    if (next == nullptr) {
        reject(make_exception(fault));
    }
    former->command_done(*this, false);
    if (next != nullptr) {
        pool_.run(std::move(next));
    }
}

bool Request::serve() {
    auto* const free = pool_.slot_with_room();
    if (free == nullptr) {
        return false;
    }
    auto self = pool_.take_from_line(*this);
    stop_waiting();
    free->submit(std::unique_ptr<Request>{static_cast<Request*>(self.release())});
    return true;
}

void Request::give_up(const Fault& fault) noexcept {
    refuse(fault);
}

void Request::move_into(Request& other) noexcept {
    other.statement = std::move(statement);
    other.params = std::move(params);
    other.many_params = std::move(many_params);
    other.many = many;
    other.wanted = wanted;
    other.row_limit = row_limit;
    other.size_limit = size_limit;
    other.must_end_ = must_end_;
    other.all_must_end_ = all_must_end_;
    other.was_sent_twice_ = true;
    other.set(pool_.loop(), must_end_);
}

}  // namespace tornado::database
