#include "store.hpp"

#include <tornado/options.hpp>
#include <tornado/web/http_error.hpp>

#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <filesystem>
#include <stdexcept>
#include <system_error>
#include <utility>

#include "safe_name.hpp"

namespace upload {

namespace filesystem = std::filesystem;
namespace web = tornado::web;

namespace {

/// To the millisecond: other years than the clock's nanoseconds reach are none of ours to refuse.
std::chrono::sys_time<std::chrono::milliseconds> time_of(const struct stat& file) {
    return std::chrono::sys_seconds{std::chrono::seconds{file.st_mtim.tv_sec}} +
           std::chrono::milliseconds{file.st_mtim.tv_nsec / 1'000'000};
}

void remove_old(const std::string& folder) {
    const auto now =
        std::chrono::floor<std::chrono::milliseconds>(std::chrono::system_clock::now());
    const auto yesterday = now - std::chrono::hours{24};
    for (const auto& entry : filesystem::directory_iterator{folder}) {
        struct stat about;
        if (::lstat(entry.path().c_str(), &about) == 0 && S_ISREG(about.st_mode) &&
            time_of(about) < yesterday) {
            ::unlink(entry.path().c_str());
        }
    }
}

}  // namespace

Store::Store(std::string folder, Limits limits) : folder_{std::move(folder)}, limits_{limits} {
    if (folder_.empty()) {
        throw tornado::options::Error{"--folder is empty: it names the folder where the files go"};
    }
    std::error_code failure;
    filesystem::create_directories(incoming_folder(), failure);
    if (failure) {
        throw std::runtime_error{"cannot keep files in " + folder_ + ": " + failure.message()};
    }
    folder_ = filesystem::canonical(folder_);
    if (::access(incoming_folder().c_str(), W_OK) != 0) {
        throw std::system_error{errno, std::generic_category(), "cannot write to " + folder_};
    }
    remove_old(incoming_folder());
}

std::shared_ptr<web::TemporaryFile> Store::new_file() const {
    return std::make_shared<web::TemporaryFile>(incoming_folder());
}

StoredFile Store::keep(const web::TemporaryFile& file, const std::string& name, IfTaken if_taken)
    const {
    const auto wanted = safe_name(name);
    auto found = wanted;
    // A link is made or it is not, whoever else makes one: no file ever takes another's place.
    for (int number = 2; ::link(file.path().c_str(), (folder_ + "/" + found).c_str()) != 0;
         ++number) {
        if (errno != EEXIST) {
            throw std::system_error{errno, std::generic_category(), "cannot keep " + found};
        }
        if (if_taken == IfTaken::refuse) {
            throw web::HTTPError{412};
        }
        constexpr int most_of_a_name = 1000;
        if (number > most_of_a_name) {
            throw web::HTTPError{409, {}, "There are too many files of this name"};
        }
        found = numbered_name(wanted, number);
    }
    struct stat about {};
    if (::stat(file.path().c_str(), &about) != 0) {
        throw std::system_error{errno, std::generic_category(), "cannot look at " + found};
    }
    return {std::move(found), file.size(), time_of(about)};
}

std::vector<StoredFile> Store::list() const {
    std::vector<StoredFile> files;
    for (const auto& entry : filesystem::directory_iterator{folder_}) {
        auto name = entry.path().filename().string();
        struct stat about;
        // One that has gone meanwhile is not listed, nor is a link, which is not served either.
        if (!name.starts_with('.') && ::lstat(entry.path().c_str(), &about) == 0 &&
            S_ISREG(about.st_mode)) {
            files.push_back(
                {std::move(name), static_cast<std::uint64_t>(about.st_size), time_of(about)}
            );
        }
    }
    std::sort(files.begin(), files.end(), [](const StoredFile& a, const StoredFile& b) {
        return std::tie(b.time, a.name) < std::tie(a.time, b.name);
    });
    return files;
}

void Store::remember(std::string key, std::vector<StoredFile> files) {
    constexpr std::size_t most = 500;
    constexpr std::size_t longest_key = 64;
    if (key.empty() || key.size() > longest_key) {
        return;
    }
    remembered_.emplace_back(std::move(key), std::move(files));
    if (remembered_.size() > most) {
        remembered_.pop_front();
    }
}

std::vector<StoredFile> Store::come_of(std::string_view key) const {
    const auto found =
        std::find_if(remembered_.begin(), remembered_.end(), [key](const auto& upload) {
            return upload.first == key;
        });
    return found != remembered_.end() ? found->second : std::vector<StoredFile>{};
}

std::uint64_t Store::room() const noexcept {
    const auto taken = used_ + claimed_;
    return taken < limits_.all ? limits_.all - taken : 0;
}

void Claim::cover(std::uint64_t size) {
    if (size <= size_) {
        return;
    }
    if (size - size_ > store_.room()) {
        throw web::HTTPError{507, {}, "There is no room left for this"};
    }
    store_.claimed_ += size - std::exchange(size_, size);
}

void Claim::come() noexcept {
    store_.used_ += size_;
    store_.claimed_ -= std::exchange(size_, 0);
}

}  // namespace upload
