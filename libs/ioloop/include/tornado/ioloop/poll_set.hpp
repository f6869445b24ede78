#pragma once

#include <cstdint>
#include <span>
#include <vector>

namespace tornado::ioloop {

/// A descriptor, and what is waited for, in the flags of poll(2).
struct PollWish {
    int fd = -1;
    std::uint16_t flags = 0;

    friend bool operator==(const PollWish&, const PollWish&) = default;
};

/// The descriptors of another event loop, which says before each wait which ones they are: for
/// bridges to loops that are made for poll(2).
///
/// Ownership: of no descriptor but its own. Thread safety: one object, one thread.
class PollSet {
public:
    /// Throws std::system_error when the process has no descriptor left: it takes one.
    PollSet();
    PollSet(const PollSet&) = delete;
    PollSet& operator=(const PollSet&) = delete;
    ~PollSet();

    /// Readable while poll(2) would find any of them ready: for IOLoop::add_handler().
    [[nodiscard]] int fd() const noexcept { return epoll_; }

    /// Waits for `wishes` from now on, which name each descriptor once, in ascending order. `anew`:
    /// a number may stand for another file by now, although what is wished for is the same.
    ///
    /// A descriptor that is closed while a copy of it is open elsewhere leaves something behind
    /// that cannot be taken away, and of which fd() goes on telling: another PollSet helps.
    ///
    /// Returns false when poll(2) would find one of them ready at any time, as it does files and
    /// closed descriptors: fd() does not tell of those.
    [[nodiscard]] bool assign(std::span<const PollWish> wishes, bool anew);

private:
    bool set(const PollWish& wish, bool is_known) const noexcept;
    void forget(int fd) const noexcept;

    int epoll_;
    std::vector<PollWish> watched_;
    std::vector<PollWish> next_;  // empty; what it has allocated is used again
};

}  // namespace tornado::ioloop
