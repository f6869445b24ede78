#pragma once

#include <cstddef>
#include <string>
#include <string_view>
#include <unordered_map>

#include "found_file.hpp"
#include "tornado/concurrent/future.hpp"
#include "tornado/ioloop/ioloop.hpp"

namespace tornado::web {

/// What this thread's applications have found out about files.
///
/// An answer is a second old at most, or as old as the loop allows when `may_be_old` is not set. A
/// file that nobody asks for any more is let go.
class StaticFiles {
public:
    /// This thread's; null once the thread has destroyed it.
    [[nodiscard]] static StaticFiles* of_this_thread();

    /// Looks on the loop's executor, unless it knows.
    [[nodiscard]] Future<FoundFileRef>
    find(std::string root, std::string path, StaticFileOptions options, bool may_be_old);
    /// Looks at once, unless it knows.
    [[nodiscard]] FoundFileRef find_now(
        const std::string& root,
        const std::string& path,
        const StaticFileOptions& options,
        bool may_be_old
    );
    void clear() noexcept { files_.clear(); }

private:
    struct Entry {
        FoundFileRef found;
        ioloop::TimePoint looked_at;
        ioloop::TimePoint asked_at;
    };

    [[nodiscard]] static std::string
    key(std::string_view root, std::string_view path, const StaticFileOptions& options);
    [[nodiscard]] FoundFileRef known(const std::string& key, bool& fresh);
    void keep(const std::string& key, const FoundFileRef& found);
    void let_go_of_old(ioloop::TimePoint now);

    std::unordered_map<std::string, Entry> files_;
    ioloop::TimePoint swept_at_{};
};

}  // namespace tornado::web
