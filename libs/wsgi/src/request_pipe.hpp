#pragma once

#include <condition_variable>
#include <cstddef>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <string_view>

#include "tornado/ioloop/pending.hpp"

namespace tornado::wsgi {

/// A request's body on its way from the loop to the thread that reads it.
///
/// Thread safety: one thread puts in, any may take out.
class RequestPipe {
public:
    enum class State : unsigned char {
        open,
        ended,   ///< all of the body has come
        broken,  ///< the client has gone before
        closed,  ///< the request is over: nobody is to read on
    };

    // For the loop

    void put(std::string_view piece);
    void end() { finish(State::ended); }
    void fail() { finish(State::broken); }
    /// How many bytes wait to be taken.
    [[nodiscard]] std::size_t size() const;
    /// Delivers `ticket`, with `parcel`, when what waits has been taken, or never will be: now, if
    /// that is so already.
    void when_taken(ioloop::Ticket ticket, std::shared_ptr<ioloop::Parcel> parcel);

    // For the thread that reads

    /// Waits for more of the body and appends all that there is. False when no more comes.
    bool take(std::string& out);
    [[nodiscard]] State state() const;
    void close() { finish(State::closed); }

private:
    void finish(State state);
    void deliver(std::unique_lock<std::mutex> lock);

    mutable std::mutex mutex_;
    std::condition_variable changed_;
    std::string pieces_;
    State state_ = State::open;
    std::optional<ioloop::Ticket> ticket_;
    std::shared_ptr<ioloop::Parcel> parcel_;
};

}  // namespace tornado::wsgi
