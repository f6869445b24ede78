#include "sight.hpp"

#include <sys/stat.h>

#include <filesystem>
#include <set>
#include <string_view>
#include <utility>

namespace tornado::process {

namespace fs = std::filesystem;

namespace {

/// Swap files, backups, locks: editors make them beside the file when they open it.
bool is_of_an_editor(std::string_view name) {
    return name.starts_with('.') || name.ends_with('~') ||
           (name.starts_with('#') && name.ends_with('#'));
}

FileState state_in(const struct stat& status) {
    constexpr std::int64_t nanoseconds = 1'000'000'000;
    return {status.st_mtim.tv_sec * nanoseconds + status.st_mtim.tv_nsec, status.st_size};
}

class Looker {
public:
    Looker(const Enter& enter, Sight& sight) : enter_{enter}, sight_{sight} {}

    /// Notes the places on the way to `path`: each name, as any of them may be replaced, and those
    /// behind links. If it is not there, the last is the first name that is missing.
    void follow(const fs::path& way, const std::string& path, int links = 0) {
        auto at = way.root_path();
        const auto names = way.relative_path();
        for (auto name = names.begin(); name != names.end(); ++name) {
            const auto next = at / *name;
            std::error_code error;
            auto status = fs::symlink_status(next, error);
            const bool passing = std::next(name) != names.end() && fs::is_directory(status);
            enter_(at, passing ? Interest::passing : Interest::one_name);
            sight_.places.push_back({at, *name, path});
            status = fs::symlink_status(next, error);  // it may have changed just before
            if (!fs::exists(status)) {
                return;
            }
            constexpr int most_links = 40;  // as many as the kernel follows
            if (fs::is_symlink(status) && links < most_links) {
                const auto target = fs::read_symlink(next, error);
                if (!error) {
                    follow(at / target, path, links + 1);
                }
            }
            at = next;
        }
    }

    void visit(const std::string& path) {
        struct stat status {};
        if (::stat(path.c_str(), &status) != 0) {
            return;
        }
        if (S_ISREG(status.st_mode)) {
            sight_.files.emplace(path, state_in(status));
        } else if (S_ISDIR(status.st_mode)) {
            // Links may make a circle.
            if (visited_.insert({status.st_dev, status.st_ino}).second) {
                list(path);
            }
        }
    }

private:
    void list(const std::string& directory) {
        enter_(directory, Interest::all_names);
        std::error_code error;
        for (fs::directory_iterator entry{directory, error}, end; !error && entry != end;
             entry.increment(error)) {
            const auto name = entry->path().filename().string();
            if (is_of_an_editor(name)) {
                continue;
            }
            const auto path = entry->path().string();
            if (std::error_code unknown; entry->is_symlink(unknown)) {
                follow(path, path);
            } else {
                sight_.places.push_back({directory, name, path});
            }
            visit(path);
        }
    }

    const Enter& enter_;
    Sight& sight_;
    std::set<std::pair<dev_t, ino_t>> visited_;
};

}  // namespace

std::optional<FileState> state_of(const std::string& path) {
    struct stat status {};
    if (::stat(path.c_str(), &status) != 0 || !S_ISREG(status.st_mode)) {
        return std::nullopt;
    }
    return state_in(status);
}

Sight look(const std::string& path, const Enter& enter) {
    Sight sight;
    Looker looker{enter, sight};
    looker.follow(path, path);
    struct stat status {};
    sight.exists = ::stat(path.c_str(), &status) == 0;
    looker.visit(path);
    return sight;
}

}  // namespace tornado::process
