#pragma once

#include <condition_variable>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <string_view>

#include "patience.hpp"
#include "tornado/ioloop/pending.hpp"
#include "tornado/web/temporary_file.hpp"

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
        slow,    ///< the client has held a thread for too long
    };

    // For the loop

    void put(std::string_view piece);
    /// Appends to a file, which all that put() has brought comes before; waits for the disk, so it
    /// is for an executor. Throws std::system_error.
    void spool(std::string_view piece);
    void end() { finish(State::ended); }
    void fail() { finish(State::broken); }
    /// Nobody is to read on.
    void stop() { finish(State::closed); }
    /// The file, if there is one: where no thread comes to close() the pipe. The end of a large one
    /// waits for the disk, so it is for an executor.
    [[nodiscard]] std::shared_ptr<web::TemporaryFile> release_file();
    /// How many bytes wait in memory to be taken.
    [[nodiscard]] std::size_t size() const;
    /// How many there are with those in the file; nothing has been taken yet.
    [[nodiscard]] std::uint64_t total() const;
    /// Delivers `ticket`, with `parcel`, when what waits has been taken, or never will be: now, if
    /// that is so already.
    void when_taken(ioloop::Ticket ticket, std::shared_ptr<ioloop::Parcel> parcel);

    /// How long a thread may wait for the client; before it begins to.
    void set_patience(const Patience& patience) { patience_ = patience; }

    // For the thread that reads

    /// Waits for more of the body and appends what there is. False when no more comes.
    bool take(std::string& out);
    [[nodiscard]] State state() const;
    void close() {
        stop();
        static_cast<void>(release_file());
    }

private:
    void finish(State state);
    bool take_from_file(std::unique_lock<std::mutex> lock, std::string& out);
    void deliver(std::unique_lock<std::mutex> lock);

    mutable std::mutex mutex_;
    std::condition_variable changed_;
    std::string pieces_;
    std::shared_ptr<web::TemporaryFile> file_;  ///< what does not fit into memory
    std::uint64_t file_position_ = 0;
    Patience patience_;
    State state_ = State::open;
    std::optional<ioloop::Ticket> ticket_;
    std::shared_ptr<ioloop::Parcel> parcel_;
};

}  // namespace tornado::wsgi
