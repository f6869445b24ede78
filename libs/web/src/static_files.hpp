#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <unordered_map>

#include "found_file.hpp"
#include "tornado/concurrent/future.hpp"
#include "tornado/ioloop/deadline.hpp"
#include "tornado/ioloop/ioloop.hpp"

namespace tornado::web {

/// How old what is known of a file may be: an answer a second at most; its content as long as size,
/// dates and inode are the same; or nothing is.
enum class Trust : std::uint8_t { answers, content, nothing };

/// What this thread's applications have found out about files.
///
/// A file that nobody asks for any more is let go, with its descriptors, by a deadline of the loop;
/// and there is a bound on both, beyond which those go that have waited longest.
class StaticFiles : private ioloop::Deadline {
public:
    StaticFiles();
    ~StaticFiles();

    /// This thread's; null once the thread has destroyed it.
    [[nodiscard]] static StaticFiles* of_this_thread();

    /// Looks on the loop's executor, unless it knows. Those who ask for the same at the same time
    /// wait for one look.
    [[nodiscard]] Future<FoundFileRef>
    find(std::string root, std::string path, StaticFileOptions options, Trust trust);
    /// Looks at once, unless it knows. Null when that would take long: then it has begun to look on
    /// the executor.
    [[nodiscard]] FoundFileRef find_now(
        const std::string& root,
        const std::string& path,
        const StaticFileOptions& options,
        Trust trust
    );
    /// Lets go of all that nobody is just sending, so that there are descriptors again.
    void let_go_of_idle() noexcept;
    void clear() noexcept;

private:
    struct Entry {
        FoundFileRef found;
        ioloop::TimePoint looked_at;
        ioloop::TimePoint asked_at;
    };
    struct Question;
    struct Look;

    [[nodiscard]] static std::string
    key(std::string_view root, std::string_view path, const StaticFileOptions& options);
    [[nodiscard]] FoundFileRef known(const std::string& key, bool& fresh);
    static Future<void> find_out(std::shared_ptr<Look> look, Question question);
    void keep(const std::string& key, const FoundFileRef& found);
    void forget(const std::string& key) noexcept;
    void make_room();
    template <typename Condition>
    void forget_if(Condition condition) noexcept;
    void sweep_in_time();
    void sweep();

    std::unordered_map<std::string, Entry> files_;
    std::size_t descriptors_ = 0;  ///< that they hold
    std::unordered_map<std::string, std::weak_ptr<Look>> looks_;
    ioloop::IOLoop* sweeping_loop_ = nullptr;  ///< whose deadline it is
};

}  // namespace tornado::web
