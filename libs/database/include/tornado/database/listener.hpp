#pragma once

#include <chrono>
#include <cstddef>
#include <memory>
#include <string>
#include <string_view>

#include "tornado/concurrent/future.hpp"
#include "tornado/database/options.hpp"
#include "tornado/database/queries.hpp"
#include "tornado/util/unique_function.hpp"

namespace tornado::database {

/// The most bytes that NOTIFY carries; a PostgreSQL that is built otherwise may take more.
inline constexpr std::size_t max_notification = 7'999;
/// The most bytes of a channel's name.
inline constexpr std::size_t max_channel_name = 63;

/// Hears what is sent by NOTIFY: a connection to a PostgreSQL that does nothing else, and comes
/// back by itself.
///
/// A channel is a name of 1 to 63 bytes, without NUL; capitals count. What is sent while the
/// connection is away does not come later: on_gap() tells of that.
///
/// Ownership: belongs to the loop that was current when it was made, and goes before it does. Its
/// callbacks may do anything but destroy it; what they throw is treated as a callback's exception
/// is. Thread safety: one loop, one thread.
///
///     database::Listener listener{"postgresql://localhost/blog"};
///     co_await listener.listen("entries", [](std::string_view payload) { show(payload); });
class Listener {
public:
    using Callback = util::UniqueFunction<void(std::string_view payload)>;

    /// Connects at once. Of the options it takes connect_timeout, first_delay and max_delay. A
    /// server that does not answer for two `ping_interval`s is given up. Throws InterfaceError as
    /// Connection does, and for the URL of another kind of database; std::invalid_argument for a
    /// ping_interval of nothing.
    explicit Listener(
        std::string_view url,
        const ConnectionOptions& options = {},
        std::chrono::milliseconds ping_interval = std::chrono::seconds{30}
    );
    Listener(const Listener&) = delete;
    Listener& operator=(const Listener&) = delete;
    ~Listener();

    /// Calls `callback` for each notification from now on, instead of the one that the channel
    /// had. Done when the server listens: what is sent then comes. While the server is away it
    /// waits. Throws std::invalid_argument for a name that no channel has.
    ///
    /// The future fails with a DatabaseError when the server refuses: for a wrong password, or as a
    /// standby does, which cannot listen (SQLSTATE 25006). That may change, so it is tried again
    /// all the same, until unlisten(); on_gap() tells of success. Only a name that the database
    /// cannot have, which is a DataError, is not: bytes that are no UTF-8, for example. The future
    /// is cancelled when the listener goes first.
    Future<void> listen(std::string_view channel, Callback callback);
    /// Its callback is not called any more; who still waits for listen() is cancelled. Harmless for
    /// a channel that nobody listens to.
    void unlisten(std::string_view channel);

    /// Called when the connection is back after it was lost, and listens: what was sent meanwhile
    /// has not come, so read anew what it would have told.
    void on_gap(util::UniqueFunction<void()> callback);
    /// Whether the server listens to all channels now.
    [[nodiscard]] bool listening() const noexcept;

private:
    class Impl;
    std::shared_ptr<Impl> impl_;
};

/// Sends a notification; within a transaction, when that is committed. Throws
/// std::invalid_argument for a name that no channel has, and for a payload of more than
/// max_notification bytes or with a NUL in it.
Future<void> notify(Queries& database, std::string_view channel, std::string_view payload);

}  // namespace tornado::database
