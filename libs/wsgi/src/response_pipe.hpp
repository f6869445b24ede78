#pragma once

#include <condition_variable>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <mutex>
#include <optional>
#include <string>

#include "budget.hpp"
#include "patience.hpp"
#include "tornado/httputil/http_headers.hpp"
#include "tornado/ioloop/pending.hpp"
#include "tornado/iostream/socket.hpp"

namespace tornado::wsgi {

struct ResponseHead {
    int status = 500;
    std::string reason = {};
    httputil::HTTPHeaders headers = {};
};

/// A part of an open file.
struct FilePart {
    netutil::Socket file;
    std::uint64_t offset = 0;
    std::size_t count = 0;
};

/// What a thread has for the loop to send, in this order.
struct Output {
    enum class End : unsigned char {
        not_yet,
        whole,   ///< head and data are the whole response
        done,    ///< it ends here
        broken,  ///< it ends here, and is not complete
    };

    std::optional<ResponseHead> head = {};
    std::string data = {};
    std::optional<FilePart> file = {};
    End end = End::not_yet;
    std::unique_ptr<Budget::Share> share = {};  ///< of what the data takes, if it is much
};

/// A response on its way from the thread that makes it to the loop.
///
/// Thread safety: one thread puts in, one loop takes out.
class ResponsePipe {
public:
    /// How long the thread may wait for the client; before it begins to.
    void set_patience(const Patience& patience) { patience_ = patience; }

    // For the thread

    /// Hands something on; never waits. False when the client has gone. `parcel` is what the loop
    /// gets with it.
    bool put(Output output, std::shared_ptr<ioloop::Parcel> parcel);
    /// Whether the loop has enough to do.
    [[nodiscard]] bool is_full() const;
    /// Waits until it has not. False when the client has gone, or takes too long: then it counts as
    /// gone, and the loop is told, with `parcel`.
    bool wait_for_room(std::shared_ptr<ioloop::Parcel> parcel);
    [[nodiscard]] bool is_gone() const;

    // For the loop

    /// What there is to send; false when there is nothing.
    bool take(Output& output);
    /// What was taken is on its way: there is room for more.
    void acknowledge();
    /// Keeps the ticket for when there is something to send. False, and the ticket is not kept,
    /// when there is already.
    bool arm(const ioloop::Ticket& ticket);
    /// Keeps the ticket for when the client takes too long, or for ring(). False, and the ticket is
    /// not kept, when that is so already.
    bool arm_for_slowness(const ioloop::Ticket& ticket);
    /// Delivers the ticket, unless that is on its way.
    void ring(std::shared_ptr<ioloop::Parcel> parcel);
    /// The client has gone.
    void set_gone();

private:
    static constexpr std::size_t most_waiting = 65'536;

    [[nodiscard]] bool has_output() const noexcept {
        return output_.head || !output_.data.empty() || output_.file ||
               output_.end != Output::End::not_yet;
    }

    mutable std::mutex mutex_;
    std::condition_variable changed_;
    Output output_;
    std::size_t waiting_ = 0;  ///< bytes that were put in and are not acknowledged
    std::size_t taken_ = 0;    ///< bytes of these that the loop has
    bool gone_ = false;
    bool slow_ = false;     ///< because it has taken too long
    bool sending_ = false;  ///< the ticket is for slowness alone
    Patience patience_;
    std::optional<ioloop::Ticket> ticket_;
};

}  // namespace tornado::wsgi
