#include "static_files.hpp"

#include <sys/resource.h>

#include <algorithm>
#include <atomic>
#include <chrono>
#include <utility>
#include <vector>

#include "tornado/concurrent/promise.hpp"
#include "tornado/util/per_thread.hpp"

namespace tornado::web {

namespace {

using namespace std::chrono_literals;
using Kind = FoundFile::Kind;

constexpr auto good_for = 1s;
constexpr auto kept_unasked_for = 60s;
constexpr std::uint64_t sweep_every = 10'000;  // milliseconds
constexpr std::size_t most_files = 512;
constexpr std::size_t share_of_descriptors = 4;  // a quarter of what the process may have

std::atomic<std::size_t> threads_with_files{0};

/// What all of a file's contents are asked.
template <typename Ask>
std::size_t count_of(const FoundFile& found, Ask ask) {
    std::size_t count = ask(found.content) ? 1 : 0;
    for (const auto& encoded : found.encoded) {
        count += ask(encoded.content) ? 1 : 0;
    }
    return count;
}

std::size_t descriptors_of(const FoundFile& found) {
    return count_of(found, [](const auto& content) {
        return content != nullptr && static_cast<bool>(content->file);
    });
}

/// Whether somebody has taken a content to send it.
bool is_in_use(const FoundFile& found) {
    return count_of(found, [](const auto& content) { return content.use_count() > 1; }) > 0;
}

/// Whether what was looked at then need not be looked at again.
bool is_fresh(ioloop::TimePoint looked_at) {
    const auto now = ioloop::IOLoop::current().time();
    return now - looked_at < good_for && now >= looked_at;
}

/// How many descriptors the files of one thread may hold.
std::size_t most_descriptors() noexcept {
    rlimit limit{};
    ::getrlimit(RLIMIT_NOFILE, &limit);
    return limit.rlim_cur / share_of_descriptors / std::max<std::size_t>(threads_with_files, 1);
}

}  // namespace

/// What find_file() is asked.
struct StaticFiles::Question {
    Key key;
    StaticFileOptions options;
    FoundFileRef known;
};

/// A look that is under way, and who waits for it.
struct StaticFiles::Look {
    ioloop::IOLoop* loop = &ioloop::IOLoop::current();
    std::vector<Promise<FoundFileRef>> waiting;
};

StaticFiles::StaticFiles()
    : Deadline{[](Deadline& deadline) { static_cast<StaticFiles&>(deadline).sweep(); }} {
    ++threads_with_files;
}
StaticFiles::~StaticFiles() {
    --threads_with_files;
}

StaticFiles* StaticFiles::of_this_thread() {
    return util::PerThread<StaticFiles>::get();
}

// What is known

FoundFileRef StaticFiles::known(const KeyView& key, bool& fresh) {
    if (last_asked_ == nullptr || !SameKey{}(last_asked_->first, key)) {
        const auto place = files_.find(key);
        if (place == files_.end()) {
            fresh = false;
            return nullptr;
        }
        last_asked_ = &*place;
    }
    auto& entry = last_asked_->second;
    entry.asked_at = ioloop::IOLoop::current().time();
    fresh = is_fresh(entry.looked_at);
    return entry.found;
}

void StaticFiles::keep(const Key& key, const FoundFileRef& found) {
    if (found->kind != Kind::file) {
        forget(key);  // what is not there can be asked for in any number
        return;
    }
    const auto now = ioloop::IOLoop::current().time();
    auto& entry = files_[key];
    const bool is_new = entry.found != found;
    if (is_new) {
        if (entry.found != nullptr) {
            descriptors_ -= descriptors_of(*entry.found);
            forget_answers();
        }
        descriptors_ += descriptors_of(*found);
    }
    entry = {found, now, now};
    if (is_new) {
        make_room();
    }
    sweep_in_time();
}

void StaticFiles::forget(const Key& key) noexcept {
    if (const auto entry = files_.find(key); entry != files_.end()) {
        erase(entry);
    }
}

/// Lets those go that nobody has asked for the longest, but not the last.
void StaticFiles::make_room() {
    const auto most = most_descriptors();
    while (files_.size() > 1 && (files_.size() > most_files || descriptors_ > most)) {
        const auto oldest =
            std::min_element(files_.begin(), files_.end(), [](const auto& a, const auto& b) {
                return a.second.asked_at < b.second.asked_at;
            });
        erase(oldest);
    }
}

void StaticFiles::erase(ByKey<Entry>::iterator place) noexcept {
    descriptors_ -= descriptors_of(*place->second.found);
    last_asked_ = nullptr;
    files_.erase(place);
    forget_answers();  // which hold contents
}

void StaticFiles::forget_answers() noexcept {
    last_answered_ = nullptr;
    answers_.clear();
}

template <typename Condition>
void StaticFiles::forget_if(Condition condition) noexcept {
    for (auto place = files_.begin(); place != files_.end();) {
        const auto file = place++;
        if (condition(file->second)) {
            erase(file);
        }
    }
}

void StaticFiles::let_go_of_idle() noexcept {
    forget_answers();  // else all that they hold would seem to be in use
    forget_if([](const Entry& entry) { return !is_in_use(*entry.found); });
}

void StaticFiles::clear() noexcept {
    forget_if([](const Entry&) { return true; });
}

const StaticAnswer* StaticFiles::known_answer(
    std::string_view root,
    std::string_view url_path,
    const StaticFileOptions& options
) {
    const KeyView key{root, url_path, options.follow_symlinks, options.precompressed};
    if (last_answered_ == nullptr || !SameKey{}(last_answered_->first, key)) {
        const auto place = answers_.find(key);
        if (place == answers_.end()) {
            return nullptr;
        }
        last_answered_ = &*place;
    }
    const auto& known = last_answered_->second;
    return is_fresh(known.looked_at) ? &known.answer : nullptr;
}

void StaticFiles::keep_answer(
    std::string_view root,
    std::string_view url_path,
    const StaticFileOptions& options,
    std::string_view normalized_root,
    StaticAnswer answer
) {
    const auto file = files_.find(KeyView{
        normalized_root, answer.absolute_path, options.follow_symlinks, options.precompressed});
    if (file == files_.end() || file->second.found->content != answer.content) {
        return;
    }
    if (answers_.size() == most_files) {
        forget_answers();
    }
    answers_.insert_or_assign(
        Key{std::string{root},
            std::string{url_path},
            options.follow_symlinks,
            options.precompressed},
        DatedAnswer{std::move(answer), file->second.looked_at}
    );
}

/// Sees to it that sweep() is called, also when nobody asks for anything any more.
void StaticFiles::sweep_in_time() {
    auto& loop = ioloop::IOLoop::current();
    if (!is_set() || sweeping_loop_ != &loop) {
        sweeping_loop_ = &loop;
        loop.deadlines().set(*this, ioloop::DeadlineWheel::ticks(sweep_every));
    }
}

void StaticFiles::sweep() {
    const auto now = ioloop::IOLoop::current().time();
    forget_if([now](const Entry& entry) { return now - entry.asked_at > kept_unasked_for; });
    if (!files_.empty()) {
        sweep_in_time();
    }
}

// Finding out

Future<FoundFileRef> StaticFiles::find(
    std::string_view root,
    std::string_view path,
    const StaticFileOptions& options,
    Trust trust
) {
    const KeyView key{root, path, options.follow_symlinks, options.precompressed};
    bool fresh = false;
    auto found = known(key, fresh);
    if (fresh && trust == Trust::answers) {
        return Future<FoundFileRef>::ready(std::move(found));
    }
    return ask(key, options, trust, found);
}

Future<FoundFileRef> StaticFiles::ask(
    const KeyView& key,
    const StaticFileOptions& options,
    Trust trust,
    const FoundFileRef& found
) {
    std::shared_ptr<Look> joined;
    if (const auto looks = looks_.find(key); trust == Trust::answers && looks != looks_.end()) {
        joined = looks->second.lock();
    }
    if (joined != nullptr && joined->loop == &ioloop::IOLoop::current()) {
        return joined->waiting.emplace_back().future();
    }
    auto its_look = std::make_shared<Look>();
    auto future = its_look->waiting.emplace_back().future();
    Question question{
        {std::string{key.root}, std::string{key.path}, key.follow_symlinks, key.precompressed},
        options,
        trust == Trust::nothing ? nullptr : found};
    if (trust == Trust::answers) {
        looks_[question.key] = its_look;
    }
    find_out(std::move(its_look), std::move(question));
    return future;
}

/// One look, whoever of those who wait for it goes meanwhile; and a second one after letting go of
/// what can be, if the system was short of something.
Future<void> StaticFiles::find_out(std::shared_ptr<Look> look, Question question) {
    FoundFileRef found;
    std::exception_ptr error;
    try {
        for (int attempts = 0; attempts < 2; ++attempts) {
            auto finding = ioloop::IOLoop::current().run_in_executor(
                &find_file, question.key.root, question.key.path, question.options, question.known
            );
            found = co_await finding;
            auto* const files = of_this_thread();
            if (found->kind != Kind::unavailable || files == nullptr) {
                break;
            }
            question.known = nullptr;
            files->let_go_of_idle();
        }
    } catch (...) {
        error = std::current_exception();
    }
    if (auto* const files = of_this_thread()) {
        if (const auto mine = files->looks_.find(question.key);
            mine != files->looks_.end() && mine->second.lock() == look) {
            files->looks_.erase(mine);
        }
        if (error == nullptr) {
            files->keep(question.key, found);
        }
    }
    for (auto& waiting : look->waiting) {
        if (error != nullptr) {
            waiting.set_exception(error);
        } else {
            waiting.set_result(found);
        }
    }
}

FoundFileRef StaticFiles::find_now(
    const std::string& root,
    const std::string& path,
    const StaticFileOptions& options,
    Trust trust
) {
    const KeyView key{root, path, options.follow_symlinks, options.precompressed};
    bool fresh = false;
    auto found = known(key, fresh);
    if (fresh && trust == Trust::answers) {
        return found;
    }
    if (trust != Trust::nothing && takes_long_to_find(path, found)) {
        ask(key, options, trust, found).ignore();
        return nullptr;
    }
    found = find_file(root, path, options, trust == Trust::nothing ? nullptr : found);
    if (found->kind == Kind::unavailable) {
        let_go_of_idle();
        found = find_file(root, path, options, nullptr);
    }
    keep({root, path, key.follow_symlinks, key.precompressed}, found);
    return found;
}

}  // namespace tornado::web
