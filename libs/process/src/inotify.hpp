#pragma once

#include <cstdint>
#include <string>
#include <system_error>
#include <unordered_map>
#include <vector>

namespace tornado::process {

/// The kernel's news of what happens in directories; see inotify(7).
class Inotify {
public:
    struct Event {
        int directory = -1;      ///< as watch() named it; -1 when events were lost
        std::string name;        ///< empty for the directory itself
        bool content = false;    ///< something was written to it, or it is another file now
        bool structure = false;  ///< a name came or went
    };

    struct Watched {
        int directory = -1;  ///< -1 when it cannot be watched
        std::string reason;  ///< why its news cannot be relied on; empty when it can
    };

    Inotify() noexcept;
    ~Inotify();
    Inotify(const Inotify&) = delete;
    Inotify& operator=(const Inotify&) = delete;

    /// The descriptor to wait for, or -1 when the kernel has none to give.
    [[nodiscard]] int fd() const noexcept { return fd_; }
    /// Why there is none.
    [[nodiscard]] std::error_code error() const noexcept { return error_; }

    /// Begins a round: directories that are not watched again until its end are then forgotten.
    void begin_round() noexcept { ++round_; }
    void end_round() noexcept;

    /// A directory that is not there is no reason to complain.
    Watched watch(const std::string& directory);

    /// All events that there are.
    [[nodiscard]] std::vector<Event> read();

private:
    struct Directory {
        std::uint64_t round = 0;
        std::string reason;
    };

    int fd_;
    std::error_code error_;
    std::uint64_t round_ = 0;
    std::unordered_map<int, Directory> directories_;
};

}  // namespace tornado::process
