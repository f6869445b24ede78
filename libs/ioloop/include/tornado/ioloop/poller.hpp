#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <vector>

#include "tornado/ioloop/events.hpp"

namespace tornado::ioloop {

class Poller;

/// One descriptor watched by a Poller: the base of what is told when it is ready.
///
/// Ownership: the descriptor is the owner's, who must stop watching before closing it. A watcher
/// that is destroyed watches no more; it may be destroyed while it is being told.
class Watcher {
public:
    Watcher(const Watcher&) = delete;
    Watcher& operator=(const Watcher&) = delete;

    [[nodiscard]] bool is_watching() const noexcept { return poller_ != nullptr; }
    [[nodiscard]] int watched_fd() const noexcept { return fd_; }
    /// What it waits for.
    [[nodiscard]] Events wanted() const noexcept { return wanted_; }

protected:
    /// Gets those of the wanted events that have come; or Events::none, once, when the loop closes
    /// and has forgotten the descriptor.
    using Notify = void (*)(Watcher& self, Events ready);

    explicit Watcher(Notify notify) noexcept : notify_{notify} {}
    ~Watcher() { unwatch(); }

    /// Stops watching; harmless when it does not watch.
    void unwatch() noexcept;

private:
    friend class Poller;
    Notify notify_;
    Poller* poller_ = nullptr;
    int fd_ = -1;
    std::uint32_t slot_ = 0;
    Events wanted_ = Events::none;
    bool on_edge_ = false;
};

/// The descriptors that a loop watches: an epoll of our own, nested in Asio's reactor.
///
/// Asio's operations would cost each request a system call that fails: an async_read_some tries at
/// once to read what has not come yet, an async_wait arms the reactor anew. Here a descriptor is
/// registered once, stays registered, and one call tells of all that are ready.
///
/// Thread safety: belongs to its loop's thread. It makes its epoll when the first descriptor is
/// added, so that processes which fork before that share none.
class Poller {
public:
    /// When a watcher is told that its descriptor is ready: for as long as it is, or only when it
    /// becomes so again. The latter costs the kernel less, but whoever is told must then read or
    /// write on until there is no more to do; errors count as ready to read.
    enum class Trigger : std::uint8_t { level, edge };

    /// `start` is called once, before the first descriptor is added, with one that is readable
    /// while any watched one is ready: its owner then calls fetch() and tell(). `busy` tells when
    /// there is something to watch again, and when there is nothing any more.
    Poller(
        void (*start)(void* owner, int fd),
        void (*busy)(void* owner, bool is_busy),
        void* owner
    ) noexcept;
    Poller(const Poller&) = delete;
    Poller& operator=(const Poller&) = delete;
    ~Poller();

    /// Starts to watch; more than once for a descriptor, or with a watcher that is watching
    /// already, throws std::invalid_argument. Throws std::system_error for what cannot be watched,
    /// such as a regular file, and std::logic_error when the loop is closed.
    void add(Watcher& watcher, int fd, Events events, Trigger trigger = Trigger::level);
    /// Changes what is waited for, and tells anew of what is ready by then. With Events::none it is
    /// told of nothing, not even of errors.
    void change(Watcher& watcher, Events events);
    void remove(Watcher& watcher) noexcept;

    [[nodiscard]] bool watches_any() const noexcept { return watched_ != 0; }

    /// Asks the kernel once which descriptors are ready now. Returns how many to tell().
    [[nodiscard]] std::size_t fetch();
    /// Tells the watcher at `place` of what fetch() has found, if it still watches.
    void tell(std::size_t place);

    /// Swaps two of those that fetch() has found.
    void swap(std::size_t place, std::size_t other) noexcept;
    /// Calls `function(fd, uses)` for each watched descriptor; `uses` tells those apart that have
    /// had the same number.
    template <typename F>
    void each(F function) const {
        for (const auto& slot : slots_) {
            if (slot.watcher != nullptr) {
                function(slot.watcher->fd_, slot.generation);
            }
        }
    }

    /// Forgets all descriptors, and tells their watchers so.
    void close() noexcept;

private:
    struct Slot {
        Watcher* watcher = nullptr;
        std::uint32_t generation = 0;
    };
    struct Batch;

    void open();
    void control(int operation, const Watcher& watcher, Events events) const;

    void (*start_)(void* owner, int fd);
    void (*busy_)(void* owner, bool is_busy);
    void* owner_;
    std::size_t watched_ = 0;
    int epoll_ = -1;
    bool closed_ = false;
    std::vector<Slot> slots_;
    std::vector<std::uint32_t> free_;
    std::unique_ptr<Batch> batch_;
};

}  // namespace tornado::ioloop
