#include "store.hpp"

#include <tornado/web/http_error.hpp>

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

std::chrono::system_clock::time_point time_of(const filesystem::directory_entry& entry) {
    const auto time = std::chrono::file_clock::to_sys(entry.last_write_time());
    return std::chrono::time_point_cast<std::chrono::system_clock::duration>(time);
}

void remove_old(const std::string& folder) {
    const auto yesterday = std::chrono::system_clock::now() - std::chrono::hours{24};
    for (const auto& entry : filesystem::directory_iterator{folder}) {
        std::error_code ignored;
        if (entry.is_regular_file(ignored) && time_of(entry) < yesterday) {
            filesystem::remove(entry, ignored);
        }
    }
}

}  // namespace

Store::Store(std::string folder, Limits limits) : folder_{std::move(folder)}, limits_{limits} {
    filesystem::create_directories(incoming_folder());
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
        found = numbered_name(wanted, number);
    }
    return {std::move(found), file.size(), std::chrono::system_clock::now()};
}

std::vector<StoredFile> Store::list() const {
    std::vector<StoredFile> files;
    for (const auto& entry : filesystem::directory_iterator{folder_}) {
        auto name = entry.path().filename().string();
        std::error_code gone;
        if (!name.starts_with('.') && entry.is_regular_file(gone)) {
            files.push_back({std::move(name), entry.file_size(), time_of(entry)});
        }
    }
    std::sort(files.begin(), files.end(), [](const StoredFile& a, const StoredFile& b) {
        return std::tie(b.time, a.name) < std::tie(a.time, b.name);
    });
    return files;
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
