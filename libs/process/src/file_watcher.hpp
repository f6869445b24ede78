#pragma once

#include <memory>
#include <set>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "inotify.hpp"
#include "sight.hpp"
#include "tornado/ioloop/ioloop.hpp"
#include "tornado/util/unique_function.hpp"

namespace tornado::process {

/// A path to watch, and how it looked when it was last accepted.
struct WatchedPath {
    std::string path;
    Sight accepted;
};

/// The path made absolute, and how it looks now. Throws std::invalid_argument when it is empty.
[[nodiscard]] WatchedPath watched_path(std::string_view path);

/// Tells of files that have changed, once all of them have been quiet for a moment.
///
/// Events of the kernel only make it look again: what counts is what it then sees, and whether a
/// file was written to. Where the kernel does not tell, it looks every `check_time`.
///
/// Ownership: the loop holds it, until stop() or the loop's close.
class FileWatcher : public std::enable_shared_from_this<FileWatcher> {
public:
    /// Gets the changed paths, sorted; at least one. True accepts them; after false it is called
    /// again, at the next change or after `check_time`.
    using OnChange = util::UniqueFunction<bool(const std::vector<std::string>&)>;

    static constexpr ioloop::Duration quiet_time = std::chrono::milliseconds{100};

    FileWatcher(ioloop::IOLoop& loop, ioloop::Duration check_time, OnChange on_change);

    /// Begins. Once.
    void start();
    void stop() noexcept;
    /// Adds a path; one that is watched already is ignored.
    void watch(WatchedPath path);
    /// Looks at once: what has changed, quiet or not, sorted. It is then accepted.
    [[nodiscard]] std::vector<std::string> take_changes();

private:
    struct Root {
        std::string path;
        Sight accepted;
        Sight seen;
    };
    struct Place {
        int directory;
        std::string name;
        bool operator==(const Place&) const = default;
    };
    struct PlaceHash {
        std::size_t operator()(const Place& place) const noexcept;
    };

    bool take_events();
    void on_timer();
    void arm(ioloop::Duration delay);
    void look_at(Root& root);
    void look_again();
    void poll_because(std::string_view reason);
    [[nodiscard]] std::vector<std::string> changes() const;
    void accept();

    ioloop::IOLoop& loop_;
    ioloop::Duration check_time_;
    OnChange on_change_;
    Inotify inotify_;
    std::vector<Root> roots_;
    std::unordered_map<Place, std::string, PlaceHash> known_;
    std::set<int> searched_;         // directories in which any name matters
    std::set<std::string> written_;  // since they were last accepted
    ioloop::Timeout timer_;
    ioloop::TimePoint due_ = ioloop::TimePoint::max();
    bool restless_ = false;  // something has changed since it last looked
    int restless_rounds_ = 0;
    bool polling_ = false;
    bool stopped_ = false;
};

}  // namespace tornado::process
