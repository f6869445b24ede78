#pragma once

#include <concepts>
#include <cstddef>
#include <memory>
#include <optional>
#include <utility>
#include <vector>

#include "tornado/concurrent/future.hpp"
#include "tornado/concurrent/promise.hpp"

namespace tornado::gen {

/// Says that WaitIterator::next() was called when all futures had been delivered.
[[noreturn]] void fail_nothing_left();

/// Gives the outcomes of several futures in the order in which they come.
///
/// Those that are done when it is made come first, in their order. A result is moved to whoever
/// awaits it when nobody else holds that future. What is never asked for is dropped: its failure is
/// logged, and an item of a queue goes back there.
///
///     gen::WaitIterator pages{std::move(futures)};  // a vector, or a map, of futures
///     while (!pages.done()) {
///         try {
///             show(co_await pages.next());
///         } catch (const std::exception& error) {
///             log::app_log().warning("page ", *pages.current_index(), ": ", error.what());
///         }
///     }
///
/// Cancellation: of a next() loses no outcome; the following one gets it. So it does when the
/// future of a next() is dropped before an outcome has come. Mirrors `gen.WaitIterator`.
template <typename T, typename Index = std::size_t>
class WaitIterator {
public:
    /// Each has its place for an index.
    explicit WaitIterator(std::vector<Future<T>> futures) {
        std::size_t index = 0;
        for (auto& future : futures) {
            add(index++, std::move(future));
        }
    }
    template <std::same_as<Future<T>>... Rest>
    explicit WaitIterator(Future<T> first, Rest... rest)
        : WaitIterator{std::vector<Future<T>>{std::move(first), std::move(rest)...}} {}
    /// Each has its key for an index: for a map of futures, ordered or not.
    template <typename Map>
    requires std::same_as<typename Map::mapped_type, Future<T>>
    explicit WaitIterator(Map futures) {
        for (auto& [key, future] : futures) {
            add(key, std::move(future));
        }
    }

    /// Whether there is nothing left to wait for.
    [[nodiscard]] bool done() noexcept {
        const bool nothing_left = state_->pending == 0 && state_->next == state_->arrived.size();
        if (nothing_left) {
            state_->current.reset();
            state_->current_future.reset();
        }
        return nothing_left;
    }

    /// The next outcome. While that is pending, another call gives the same future. Throws
    /// std::logic_error when there is nothing left.
    [[nodiscard]] Future<T> next() {
        auto& state = *state_;
        if (state.next < state.arrived.size()) {
            auto& arrival = state.arrived[state.next++];
            auto future = std::move(*std::exchange(arrival.future, std::nullopt));
            state.note(std::move(arrival.index), future);
            return future;
        }
        if (state.pending == 0) {
            fail_nothing_left();
        }
        if (!state.asked || state.asked->done()) {
            state.asked.emplace();
        }
        return state.asked->future();
    }

    /// The index or key of the future whose outcome came last; nullopt before the first one, and
    /// when done() has said so.
    [[nodiscard]] const std::optional<Index>& current_index() const noexcept {
        return state_->current;
    }

    /// The future whose outcome came last, one of those that this was given; nullopt when there is
    /// no current_index(), and when nobody else holds that future: its result is then moved to
    /// whoever awaits next().
    [[nodiscard]] const std::optional<Future<T>>& current_future() const noexcept {
        return state_->current_future;
    }

private:
    struct Arrival {
        Index index;
        std::optional<Future<T>> future;  ///< until it is delivered
    };
    /// Shared with the futures' callbacks: a next() may outlive its iterator.
    struct State {
        std::vector<Arrival> arrived;
        std::size_t next = 0;     ///< the first one in there that is not delivered
        std::size_t pending = 0;  ///< how many have yet to arrive
        std::optional<Promise<T>> asked;
        std::optional<Index> current;
        std::optional<Future<T>> current_future;

        /// What is delivered now.
        void note(Index index, const Future<T>& future) {
            current = std::move(index);
            current_future.reset();
            if (!future.state()->has_one_consumer()) {
                current_future.emplace(future);
            }
        }
        /// Whether anybody still waits for what next() has returned.
        [[nodiscard]] bool is_asked() const {
            return asked && !asked->done() && !asked->future().state()->has_one_consumer();
        }
        void arrive(Index index, Future<T> future) {
            --pending;
            if (is_asked()) {
                note(std::move(index), future);
                auto promise = std::move(*asked);
                asked.reset();  // so that whoever awaits it can be the last to hold it
                promise.settle_like(std::move(future));
            } else {
                arrived.push_back(Arrival{std::move(index), std::move(future)});
            }
        }
    };

    void add(Index index, Future<T> future) {
        ++state_->pending;
        if (future.done()) {
            state_->arrive(std::move(index), std::move(future));
            return;
        }
        future.add_done_callback([state = state_, index = std::move(index)](Future<T> done
                                 ) mutable { state->arrive(std::move(index), std::move(done)); });
    }

    std::shared_ptr<State> state_ = std::make_shared<State>();
};

template <typename T>
WaitIterator(std::vector<Future<T>>) -> WaitIterator<T>;
template <typename T, typename... Rest>
WaitIterator(Future<T>, Future<Rest>...) -> WaitIterator<T>;
template <typename Map>
WaitIterator(Map) -> WaitIterator<typename Map::mapped_type::value_type, typename Map::key_type>;

}  // namespace tornado::gen
