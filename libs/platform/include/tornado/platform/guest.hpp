#pragma once

#include <memory>

#include "tornado/ioloop/alarm.hpp"
#include "tornado/ioloop/loop_guest.hpp"

/// Other libraries' event loops, run on ours. Mirrors `tornado.platform`, whose bridge is the one
/// to Twisted.
namespace tornado::platform {

using ioloop::IOLoop;
using ioloop::TimePoint;

/// An event loop of another library that runs on ours: the base of UVLoop and GLibLoop, and of
/// bridges that a program makes itself.
///
/// Ours is the one that waits. It asks the guest how long it may (next_round()), watches a
/// descriptor for it, and lets it run one round at a time: one in each turn at most, so that
/// neither starves the other. A guest with nothing to do costs no round.
///
/// Ownership: made by std::make_shared, as it outlives a round in which its owner lets it go; the
/// owner calls close(). Thread safety: belongs to the loop's thread.
class Guest : public std::enable_shared_from_this<Guest>,
              private ioloop::LoopGuest,
              private ioloop::Alarm {
public:
    virtual ~Guest() = default;

    /// It is served no more. At once, but for the round that it may be in.
    void close() noexcept;
    /// Lets it run a round soon. For what is done to it outside of the loop's turns: what is done
    /// in callbacks of either loop is seen.
    void wake();

    /// Whether it is served at present.
    [[nodiscard]] bool serving() const noexcept { return serving_; }

protected:
    /// A guest of this thread's current loop. Throws std::logic_error when that is closed.
    Guest();

    /// Begins to serve it, again after pause(): it runs a round soon, one whenever `fd` is readable
    /// (-1: there is no such descriptor), and when next_round() says.
    void serve(int fd);
    /// Serves it no more, until serve().
    void pause() noexcept;
    [[nodiscard]] bool closed() const noexcept { return host() == nullptr; }

    /// Callbacks of our loop run next, which may ask the guest for its time.
    virtual void refresh() noexcept {}
    /// When it is to run a round, on the scale of IOLoop::time(): TimePoint::min() is at once, and
    /// TimePoint::max() not before its descriptor is readable. Asked after each turn of the loop,
    /// in which anything may have changed: it ought to be quick.
    virtual TimePoint next_round() noexcept = 0;
    /// Runs what is due, and waits for nothing.
    virtual void run_round() = 0;
    /// close() was called, or the loop has closed.
    virtual void ended() noexcept {}

    [[nodiscard]] TimePoint now() const noexcept { return host()->time(); }

private:
    void turn_begins() noexcept final;
    void turn_ends() noexcept final;
    void host_closes() noexcept final;
    void take_round();

    int fd_ = -1;
    TimePoint alarm_for_ = TimePoint::max();
    bool serving_ = false;
    bool scheduled_ = false;
    bool in_round_ = false;
};

}  // namespace tornado::platform
