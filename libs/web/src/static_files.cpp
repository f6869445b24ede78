#include "static_files.hpp"

#include <chrono>
#include <utility>

#include "tornado/util/per_thread.hpp"

namespace tornado::web {

namespace {

using namespace std::chrono_literals;

constexpr auto good_for = 1s;
constexpr auto kept_unasked_for = 60s;
constexpr auto sweep_every = 10s;
constexpr std::size_t most_files = 512;

}  // namespace

StaticFiles* StaticFiles::of_this_thread() {
    return util::PerThread<StaticFiles>::get();
}

std::string
StaticFiles::key(std::string_view root, std::string_view path, const StaticFileOptions& options) {
    std::string text;
    text.reserve(root.size() + path.size() + 2);
    text.append(root).push_back('\0');
    text.push_back(
        static_cast<char>('0' + (options.follow_symlinks ? 1 : 0) + (options.precompressed ? 2 : 0))
    );
    return text.append(path);
}

FoundFileRef StaticFiles::known(const std::string& key, bool& fresh) {
    const auto entry = files_.find(key);
    if (entry == files_.end()) {
        fresh = false;
        return nullptr;
    }
    const auto now = ioloop::IOLoop::current().time();
    entry->second.asked_at = now;
    fresh = now - entry->second.looked_at < good_for && now >= entry->second.looked_at;
    return entry->second.found;
}

void StaticFiles::keep(const std::string& key, const FoundFileRef& found) {
    if (found->kind != FoundFile::Kind::file) {
        files_.erase(key);  // what is not there can be asked for in any number
        return;
    }
    const auto now = ioloop::IOLoop::current().time();
    let_go_of_old(now);
    files_.insert_or_assign(key, Entry{found, now, now});
}

void StaticFiles::let_go_of_old(ioloop::TimePoint now) {
    if (files_.size() >= most_files) {
        files_.clear();
    }
    if (now - swept_at_ < sweep_every) {
        return;
    }
    swept_at_ = now;
    std::erase_if(files_, [now](const auto& file) {
        return now - file.second.asked_at > kept_unasked_for;
    });
}

Future<FoundFileRef>
StaticFiles::find(std::string root, std::string path, StaticFileOptions options, bool may_be_old) {
    const auto its_key = key(root, path, options);
    bool fresh = false;
    auto found = known(its_key, fresh);
    if (fresh && may_be_old) {
        co_return found;
    }
    if (!may_be_old) {
        found = nullptr;
    }
    auto finding = ioloop::IOLoop::current().run_in_executor(
        &find_file, std::move(root), std::move(path), std::move(options), std::move(found)
    );
    found = co_await finding;
    if (auto* const files = of_this_thread()) {
        files->keep(its_key, found);
    }
    co_return found;
}

FoundFileRef StaticFiles::find_now(
    const std::string& root,
    const std::string& path,
    const StaticFileOptions& options,
    bool may_be_old
) {
    const auto its_key = key(root, path, options);
    bool fresh = false;
    auto found = known(its_key, fresh);
    if (!fresh || !may_be_old) {
        found = find_file(root, path, options, may_be_old ? found : nullptr);
        keep(its_key, found);
    }
    return found;
}

}  // namespace tornado::web
