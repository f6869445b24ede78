#pragma once

#include <chrono>
#include <string>
#include <string_view>

namespace tornado::pubsub {

/// What a Reach tells the broker whose it is.
class ReachObserver {
public:
    /// A message has come, as it was given to Reach::publish() elsewhere; it may be one's own, and
    /// may have come before: the broker knows. What is none is counted as malformed.
    virtual void received(std::string_view message) = 0;

protected:
    ~ReachObserver() = default;
};

/// A way to brokers of other machines that a library of its own provides, as
/// postgresql_pubsub::PostgreSQLReach does. Redis needs none.
///
/// A message is bytes that only brokers read. Those of one broker must come in the order in which
/// it gave them; a loss is noticed, and told by Subscription::missed().
///
/// Ownership: shared; one broker uses it. Thread safety: the broker's thread.
class Reach {
public:
    Reach() = default;
    Reach(const Reach&) = delete;
    Reach& operator=(const Reach&) = delete;
    virtual ~Reach() = default;

    /// For people: the log.
    [[nodiscard]] virtual std::string name() const = 0;
    /// Begins. `observer` may be called until close(), but not within calls of this.
    virtual void open(ReachObserver& observer) = 0;
    virtual void close() noexcept = 0;
    /// Sends to all others, some time.
    virtual void publish(std::string message) = 0;
    /// Since when, counted from 1970, it has heard all that was published; milliseconds::max()
    /// while it does not.
    [[nodiscard]] virtual std::chrono::milliseconds whole_since() const = 0;
    /// Whether all that was given to publish() has gone.
    [[nodiscard]] virtual bool is_flushed() const = 0;
};

}  // namespace tornado::pubsub
