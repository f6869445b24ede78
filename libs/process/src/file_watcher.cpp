#include "file_watcher.hpp"

#include <algorithm>
#include <filesystem>
#include <functional>
#include <stdexcept>
#include <utility>

#include "tornado/log.hpp"
#include "tornado/util/scope_exit.hpp"

namespace tornado::process {

namespace fs = std::filesystem;

namespace {

/// Adds what differs between two sights of one path.
void compare(const Sight& before, const Sight& now, std::set<std::string>& changed) {
    if (!now.exists) {
        return;  // it may be on its way
    }
    for (const auto& [path, state] : now.files) {
        const auto former = before.files.find(path);
        if (former == before.files.end() || former->second != state) {
            changed.insert(path);
        }
    }
    for (const auto& [path, state] : before.files) {
        if (!now.files.contains(path)) {
            changed.insert(path);
        }
    }
}

}  // namespace

WatchedPath watched_path(std::string_view path) {
    if (path.empty()) {
        throw std::invalid_argument{"the path to watch is empty: name a file or a directory"};
    }
    auto absolute = fs::absolute(path);
    if (std::find(absolute.begin(), absolute.end(), "..") == absolute.end()) {
        absolute = absolute.lexically_normal();  // else a link might come before the dots
    }
    if (!absolute.has_filename() && absolute.has_relative_path()) {
        absolute = absolute.parent_path();
    }
    auto sight = look(absolute, [](const std::string&, Interest) {});
    sight.places.clear();
    return {absolute, std::move(sight)};
}

std::size_t FileWatcher::PlaceHash::operator()(const Place& place) const noexcept {
    return std::hash<std::string>{}(place.name) ^ (static_cast<std::size_t>(place.directory) << 1U);
}

FileWatcher::FileWatcher(ioloop::IOLoop& loop, ioloop::Duration check_time, OnChange on_change)
    : loop_{loop},
      check_time_{check_time},
      on_change_{std::move(on_change)} {}

void FileWatcher::start() {
    if (inotify_.fd() < 0) {
        poll_because(inotify_.error().message());
        return;
    }
    loop_.add_handler(
        inotify_.fd(),
        [self = shared_from_this()](int, ioloop::Events) {
            if (self->take_events()) {
                self->arm(quiet_time);
            }
        },
        ioloop::Events::read
    );
}

void FileWatcher::stop() noexcept {
    stopped_ = true;
    const auto self = shared_from_this();  // these may hold the last others
    loop_.remove_handler(inotify_.fd());
    loop_.remove_timeout(timer_);
}

void FileWatcher::watch(WatchedPath path) {
    const auto same = [&](const Root& root) { return root.path == path.path; };
    if (stopped_ || std::any_of(roots_.begin(), roots_.end(), same)) {
        return;
    }
    roots_.push_back({std::move(path.path), std::move(path.accepted), {}});
    look_at(roots_.back());
    if (!changes().empty()) {
        arm(quiet_time);
    }
}

std::vector<std::string> FileWatcher::take_changes() {
    take_events();
    look_again();
    auto changed = changes();
    accept();
    return changed;
}

// What the kernel tells

bool FileWatcher::take_events() {
    bool look_again = false;
    for (auto& event : inotify_.read()) {
        // What comes and goes beside a folder on the way does not matter.
        const bool matters = event.name.empty() || searched_.contains(event.directory);
        const auto known = known_.find({event.directory, std::move(event.name)});
        if (known != known_.end()) {
            restless_ = true;
            if (event.content) {
                written_.insert(known->second);
            }
        }
        look_again = look_again || (event.structure && matters) || known != known_.end();
    }
    return look_again;
}

void FileWatcher::poll_because(std::string_view reason) {
    if (std::exchange(polling_, true)) {
        return;
    }
    using Milliseconds = std::chrono::milliseconds;
    log::gen_log().warning(
        "cannot rely on being told of changed files, so they are looked at every ",
        std::chrono::duration_cast<Milliseconds>(check_time_).count(),
        " ms (",
        reason,
        ")"
    );
    arm(check_time_);
}

// Looking

void FileWatcher::arm(ioloop::Duration delay) {
    const auto when = loop_.time_after(delay);
    if (stopped_ || when >= due_) {
        return;
    }
    loop_.remove_timeout(timer_);
    due_ = when;
    timer_ = loop_.call_at(when, [self = shared_from_this()] { self->on_timer(); });
}

void FileWatcher::on_timer() {
    due_ = ioloop::TimePoint::max();
    const util::ScopeExit poll_on{[this] {  // also when on_change_ throws
        if (polling_) {
            arm(check_time_);
        }
    }};
    take_events();
    look_again();
    const bool restless = std::exchange(restless_, false);
    if (const auto changed = changes(); changed.empty()) {
        restless_rounds_ = 0;
    } else if (restless) {
        constexpr int many = 50;
        if (++restless_rounds_ == many) {
            log::gen_log().info(changed.front(), " keeps changing: waiting until it is quiet");
        }
        arm(quiet_time);
    } else if (on_change_(changed)) {
        accept();
    } else {
        arm(check_time_);
    }
}

void FileWatcher::look_again() {
    inotify_.begin_round();
    known_.clear();
    searched_.clear();
    for (auto& root : roots_) {
        look_at(root);
    }
    inotify_.end_round();
}

void FileWatcher::look_at(Root& root) {
    std::unordered_map<std::string, int> entered;
    const auto enter = [&](const std::string& directory, Interest interest) {
        const auto [found, is_new] = entered.try_emplace(directory, -1);
        const bool passing = interest == Interest::passing;
        if ((!is_new && passing) || inotify_.fd() < 0) {
            return;
        }
        const auto watched = inotify_.watch(directory);
        found->second = watched.directory;
        if (passing) {
            return;  // one that cannot be watched is no reason to look at all files again and again
        }
        searched_.insert(watched.directory);
        if (!watched.reason.empty()) {
            poll_because(watched.reason);
        }
    };
    auto sight = look(root.path, enter);
    for (auto& place : sight.places) {
        if (const int directory = entered[place.directory]; directory >= 0) {
            known_.insert_or_assign(Place{directory, std::move(place.name)}, std::move(place.path));
        }
    }
    sight.places.clear();
    restless_ = restless_ || !sight.same_as(root.seen);
    if (root.seen.exists && !sight.exists) {
        log::gen_log().warning(root.path, " has vanished: waiting for it to be there again");
    }
    root.seen = std::move(sight);
}

std::vector<std::string> FileWatcher::changes() const {
    std::set<std::string> changed;
    for (const auto& root : roots_) {
        compare(root.accepted, root.seen, changed);
        for (const auto& path : written_) {
            if (root.seen.files.contains(path)) {
                changed.insert(path);
            }
        }
    }
    return {changed.begin(), changed.end()};
}

void FileWatcher::accept() {
    written_.clear();
    for (auto& root : roots_) {
        if (root.seen.exists) {
            root.accepted = root.seen;
        }
    }
}

}  // namespace tornado::process
