#include "tornado/testing/shuffled_schedule.hpp"

#include <charconv>
#include <cstdlib>
#include <exception>
#include <ostream>
#include <random>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "tornado/concurrent/future_state.hpp"
#include "tornado/ioloop/poller.hpp"
#include "tornado/log.hpp"

namespace tornado::testing {

namespace {

/// Those of one line keep their order: all callbacks are one, all waiters of a future another.
const void* line_of(const concurrent::Task& task) noexcept {
    if (!task.is_waiter) {
        return nullptr;
    }
    const void* future = static_cast<const concurrent::Waiter&>(task).source;
    return future != nullptr ? future : &task;
}

std::string how_to_repeat(std::uint64_t seed) {
    return "the schedule was shuffled; ASYNC_TEST_SEED=" + std::to_string(seed) + " repeats it";
}

}  // namespace

std::optional<std::uint64_t> get_async_test_seed() {
    const char* setting = std::getenv("ASYNC_TEST_SEED");
    const std::string_view text{setting != nullptr ? setting : ""};
    std::uint64_t seed = 0;
    const auto parsed = std::from_chars(text.data(), text.data() + text.size(), seed);
    if (text.empty() || parsed.ec != std::errc{} || parsed.ptr != text.data() + text.size()) {
        return std::nullopt;
    }
    return seed;
}

ShuffledSchedule::ShuffledSchedule(ioloop::IOLoop& loop)
    : ShuffledSchedule{loop, get_async_test_seed().value_or(std::random_device{}())} {}

ShuffledSchedule::ShuffledSchedule(ioloop::IOLoop& loop, std::uint64_t seed)
    : loop_{loop},
      seed_{seed},
      state_{seed},
      exceptions_{std::uncaught_exceptions()},
      former_{loop.set_order(this)} {}

ShuffledSchedule::~ShuffledSchedule() {
    loop_.set_order(former_);
    if (std::uncaught_exceptions() > exceptions_) {
        log::app_log().error(how_to_repeat(seed_));
    }
}

std::ostream& operator<<(std::ostream& out, const ShuffledSchedule& schedule) {
    return out << how_to_repeat(schedule.seed_);
}

void ShuffledSchedule::arrange(concurrent::TaskQueue& tasks) {
    std::unordered_map<const void*, concurrent::TaskQueue> lines;
    std::vector<concurrent::TaskQueue*> places;
    while (auto* task = tasks.pop()) {
        auto& line = lines[line_of(*task)];
        line.push(*task);
        places.push_back(&line);
    }
    shuffle(places.size(), [&](auto place, auto other) {
        std::swap(places[place], places[other]);
    });
    for (auto* line : places) {
        tasks.push(*line->pop());
    }
}

void ShuffledSchedule::arrange(ioloop::Poller& poller, std::size_t count) {
    shuffle(count, [&](auto place, auto other) { poller.swap(place, other); });
}

template <typename Swap>
void ShuffledSchedule::shuffle(std::size_t count, Swap swap) {
    for (auto place = count; place > 1; --place) {
        swap(place - 1, below(place));
    }
}

/// By SplitMix64, which is the same everywhere.
std::size_t ShuffledSchedule::below(std::size_t bound) noexcept {
    auto mixed = state_ += 0x9e3779b97f4a7c15;
    mixed = (mixed ^ (mixed >> 30U)) * 0xbf58476d1ce4e5b9;
    mixed = (mixed ^ (mixed >> 27U)) * 0x94d049bb133111eb;
    return static_cast<std::size_t>((mixed ^ (mixed >> 31U)) % bound);
}

}  // namespace tornado::testing
