#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <unordered_map>

#include "found_file.hpp"
#include "tornado/concurrent/future.hpp"
#include "tornado/httputil/http_headers.hpp"
#include "tornado/ioloop/deadline.hpp"
#include "tornado/ioloop/ioloop.hpp"

namespace tornado::web {

/// How old what is known of a file may be: an answer a second at most; its content as long as size,
/// dates and inode are the same; or nothing is.
enum class Trust : std::uint8_t { answers, content, nothing };

/// What a StaticFileHandler without functions of its own answers to a path: the content, which has
/// no encodings to choose from, and the headers that go with it.
struct StaticAnswer {
    std::string absolute_path;
    StaticContentRef content;
    httputil::HTTPHeaders headers;  ///< none but known ones
};

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
    [[nodiscard]] Future<FoundFileRef> find(
        std::string_view root,
        std::string_view path,
        const StaticFileOptions& options,
        Trust trust
    );
    /// Looks at once, unless it knows. Null when that would take long: then it has begun to look on
    /// the executor.
    [[nodiscard]] FoundFileRef find_now(
        const std::string& root,
        const std::string& path,
        const StaticFileOptions& options,
        Trust trust
    );
    /// What keep_answer() was told of this path in a URL, as long as the file need not be looked at
    /// again; otherwise null. Until the next call of anything here.
    [[nodiscard]] const StaticAnswer* known_answer(
        std::string_view root,
        std::string_view url_path,
        const StaticFileOptions& options
    );
    /// `normalized_root` and the answer's path are what find() was asked.
    void keep_answer(
        std::string_view root,
        std::string_view url_path,
        const StaticFileOptions& options,
        std::string_view normalized_root,
        StaticAnswer answer
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
    struct DatedAnswer {
        StaticAnswer answer;
        ioloop::TimePoint looked_at;
    };
    struct Question;
    struct Look;

    /// What is asked for; as a key of maps, and as what is looked for in them.
    template <typename Text>
    struct BasicKey {
        Text root;
        Text path;
        bool follow_symlinks;
        bool precompressed;
    };
    using Key = BasicKey<std::string>;
    using KeyView = BasicKey<std::string_view>;
    struct HashOfKey {
        using is_transparent = void;
        template <typename Text>
        std::size_t operator()(const BasicKey<Text>& key) const noexcept {
            const std::hash<std::string_view> hash;
            return hash(key.path) + 3 * hash(key.root);
        }
    };
    struct SameKey {
        using is_transparent = void;
        template <typename One, typename Other>
        bool operator()(const BasicKey<One>& a, const BasicKey<Other>& b) const noexcept {
            return a.path == b.path && a.root == b.root && a.follow_symlinks == b.follow_symlinks &&
                   a.precompressed == b.precompressed;
        }
    };
    template <typename Of>
    using ByKey = std::unordered_map<Key, Of, HashOfKey, SameKey>;

    [[nodiscard]] FoundFileRef known(const KeyView& key, bool& fresh);
    [[nodiscard]] Future<FoundFileRef>
    ask(const KeyView& key, const StaticFileOptions& options, Trust trust, const FoundFileRef& found
    );
    static Future<void> find_out(std::shared_ptr<Look> look, Question question);
    void keep(const Key& key, const FoundFileRef& found);
    void forget(const Key& key) noexcept;
    void make_room();
    void erase(ByKey<Entry>::iterator place) noexcept;
    template <typename Condition>
    void forget_if(Condition condition) noexcept;
    void forget_answers() noexcept;
    void sweep_in_time();
    void sweep();

    ByKey<Entry> files_;
    ByKey<Entry>::value_type* last_asked_ = nullptr;  ///< of them; the next is often the same
    ByKey<DatedAnswer> answers_;                      ///< by the path in the URL
    ByKey<DatedAnswer>::value_type* last_answered_ = nullptr;
    std::size_t descriptors_ = 0;  ///< that they hold
    ByKey<std::weak_ptr<Look>> looks_;
    ioloop::IOLoop* sweeping_loop_ = nullptr;  ///< whose deadline it is
};

}  // namespace tornado::web
