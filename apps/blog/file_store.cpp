#include "file_store.hpp"

#include <tornado/ioloop.hpp>
#include <tornado/log.hpp>
#include <tornado/util/secure_random.hpp>

#include <boost/json.hpp>

#include <sys/stat.h>

#include <algorithm>
#include <cerrno>
#include <exception>
#include <filesystem>
#include <iterator>
#include <stdexcept>
#include <system_error>
#include <tuple>
#include <utility>

#include "slug.hpp"
#include "whole_file.hpp"

namespace blog {

namespace json = boost::json;
namespace ioloop = tornado::ioloop;
using tornado::Future;

namespace {

constexpr std::string_view entry_ending = ".json";

json::value to_json(const Entry& entry) {
    return {
        {"id", entry.id},
        {"slug", entry.slug},
        {"title", entry.title},
        {"text", entry.text},
        {"author", entry.author},
        {"published", entry.published.time_since_epoch().count()},
        {"updated", entry.updated.time_since_epoch().count()}};
}

std::string text_of(const json::value& object, std::string_view name) {
    return std::string{object.at(name).as_string()};
}

/// Throws an exception for what to_json() has not made.
Entry entry_from(const json::value& object) {
    const auto moment = [&](std::string_view name) {
        return Moment{std::chrono::seconds{object.at(name).as_int64()}};
    };
    return {
        .id = text_of(object, "id"),
        .slug = text_of(object, "slug"),
        .title = text_of(object, "title"),
        .text = text_of(object, "text"),
        .author = text_of(object, "author"),
        .published = moment("published"),
        .updated = moment("updated")};
}

constexpr std::string_view hex_digits = "0123456789abcdef";

std::string hex(std::string_view bytes) {
    std::string text;
    for (const char byte : bytes) {
        text += hex_digits[static_cast<unsigned char>(byte) >> 4U];
        text += hex_digits[static_cast<unsigned char>(byte) & 15U];
    }
    return text;
}

/// A UUID of version 7 (RFC 9562): those that are made later are greater, so that entries of one
/// second have an order.
std::string new_id() {
    using namespace std::chrono;
    const auto now = floor<milliseconds>(system_clock::now()).time_since_epoch().count();
    auto bytes = tornado::util::secure_random_bytes(16);
    for (std::size_t i = 0; i < 6; ++i) {
        bytes[i] = static_cast<char>((now >> (40 - 8 * i)) & 0xFF);
    }
    bytes[6] = static_cast<char>(0x70 | (bytes[6] & 0x0F));
    bytes[8] = static_cast<char>(0x80 | (bytes[8] & 0x3F));
    return hex(bytes);
}

bool is_id(std::string_view text) {
    return text.size() == 32 && text.find_first_not_of(hex_digits) == text.npos;
}

bool is_slug(std::string_view text) {
    constexpr std::string_view allowed = "abcdefghijklmnopqrstuvwxyz0123456789-";
    return !text.empty() && text.find_first_not_of(allowed) == text.npos;
}

bool is_older(const SharedEntry& left, const SharedEntry& right) {
    return std::tie(left->published, left->id) < std::tie(right->published, right->id);
}

/// The folder itself. One that is there already stays as open as its owner has it.
std::string made(std::string folder) {
    while (folder.size() > 1 && folder.ends_with('/')) {
        folder.pop_back();
    }
    if (!std::filesystem::exists(folder)) {
        const auto parent = std::filesystem::path{folder}.parent_path();
        if (!parent.empty()) {
            std::filesystem::create_directories(parent);
        }
        if (::mkdir(folder.c_str(), 0700) != 0) {
            throw std::system_error{errno, std::generic_category(), "cannot make " + folder};
        }
    }
    std::filesystem::create_directory(folder + "/entries");
    return folder;
}

/// Says when others than the owner can read what is secret.
void warn_if_open(const std::string& path) {
    using std::filesystem::perms;
    const auto others = perms::group_all | perms::others_all;
    if ((std::filesystem::status(path).permissions() & others) != perms::none) {
        tornado::log::app_log().warning(path, " is open to others than its owner: chmod 600 it");
    }
}

}  // namespace

FileStore::FileStore(std::string folder) : folder_{made(std::move(folder))}, lock_{folder_} {
    read_entries();
    read_authors();
    if (authors_.empty() && !entries_.empty()) {
        tornado::log::app_log().warning(
            "there are entries, but no author: make one with --create-user"
        );
    }
}

void FileStore::read_entries() {
    for (const auto& file : std::filesystem::directory_iterator{folder_ + "/entries"}) {
        const auto path = file.path().string();
        const auto name = file.path().filename().string();
        if (!name.ends_with(entry_ending) || name.starts_with('.')) {
            continue;
        }
        try {
            read_entry(path, file.path().stem().string());
        } catch (const std::exception& error) {
            tornado::log::app_log().warning(path, " is no entry: ", error.what());
        }
    }
    std::sort(entries_.begin(), entries_.end(), is_older);
}

/// The id decides where the entry is written next, so that only its file's own is believed.
void FileStore::read_entry(const std::string& path, std::string_view id) {
    auto entry = entry_from(json::parse(read_whole_file(path)));
    if (entry.id != id || !is_id(id)) {
        throw std::runtime_error{"its id is not the file's name"};
    }
    if (!is_slug(entry.slug) || with_slug(entry.slug) != nullptr) {
        throw std::runtime_error{"its address is none, or another's"};
    }
    entries_.push_back(std::make_shared<const Entry>(std::move(entry)));
}

void FileStore::read_authors() {
    const auto path = folder_ + "/authors.json";
    if (!std::filesystem::exists(path)) {
        return;
    }
    warn_if_open(path);
    const auto whole = json::parse(read_whole_file(path));
    for (const auto& [name, hash] : whole.as_object()) {
        authors_[std::string{name}] = {std::string{name}, std::string{hash.as_string()}};
    }
}

SharedEntry FileStore::with_slug(std::string_view slug) const {
    const auto found = std::find_if(entries_.begin(), entries_.end(), [&](const auto& entry) {
        return entry->slug == slug;
    });
    return found == entries_.end() ? nullptr : *found;
}

std::string FileStore::free_slug(const std::string& title) const {
    const auto wanted = slug_of(title);
    auto slug = wanted;
    for (int number = 2; with_slug(slug) != nullptr; ++number) {
        slug = wanted + "-" + std::to_string(number);
    }
    return slug;
}

Future<std::vector<SharedEntry>> FileStore::latest(std::size_t most) {
    const auto count = most == 0 ? entries_.size() : std::min(most, entries_.size());
    const auto end = entries_.rbegin() + static_cast<std::ptrdiff_t>(count);
    return Future<std::vector<SharedEntry>>::ready(std::vector<SharedEntry>{entries_.rbegin(), end}
    );
}

Future<SharedEntry> FileStore::find_slug(std::string slug) {
    return Future<SharedEntry>::ready(with_slug(slug));
}

/// What has begun goes on without the one who waits for it: a thread that writes cannot be
/// stopped, and nobody else may begin, nor look, before it is done.
Future<SharedEntry> FileStore::save(Entry entry) {
    tornado::Promise<SharedEntry> kept;
    auto future = kept.future();
    ioloop::IOLoop::current().spawn_callback(
        [this, entry = std::move(entry), kept = std::move(kept)]() mutable {
            return keep(std::move(entry), std::move(kept));
        }
    );
    return future;
}

Future<void> FileStore::keep(Entry entry, tornado::Promise<SharedEntry> kept) {
    try {
        auto saved = co_await write(std::move(entry));
        kept.set_result(std::move(saved));
    } catch (const std::exception&) {
        kept.set_exception(std::current_exception());
    }
}

Future<SharedEntry> FileStore::write(Entry entry) {
    const auto guard = co_await writing_.acquire();
    if (entry.id.empty()) {
        entry.id = new_id();
        entry.slug = free_slug(entry.title);
    }
    auto path = folder_ + "/entries/" + entry.id + std::string{entry_ending};
    auto text = json::serialize(to_json(entry));
    co_await ioloop::IOLoop::current().run_in_executor(
        write_whole_file, std::move(path), std::move(text)
    );
    const auto saved = std::make_shared<const Entry>(std::move(entry));
    const auto known = std::find_if(entries_.begin(), entries_.end(), [&](const auto& other) {
        return other->id == saved->id;
    });
    if (known != entries_.end()) {
        *known = saved;
    } else {
        entries_.insert(std::upper_bound(entries_.begin(), entries_.end(), saved, is_older), saved);
    }
    co_return saved;
}

Future<bool> FileStore::is_new() {
    return Future<bool>::ready(authors_.empty() && entries_.empty());
}

Future<std::optional<Author>> FileStore::find_author(std::string name) {
    const auto found = authors_.find(name);
    using Found = std::optional<Author>;
    return Future<Found>::ready(found == authors_.end() ? Found{} : Found{found->second});
}

Future<void> FileStore::save_author(Author author) {
    auto changed = authors_;
    changed[author.name] = author;
    json::object whole;
    for (const auto& [name, each] : changed) {
        whole[name] = each.password_hash;
    }
    write_whole_file(folder_ + "/authors.json", json::serialize(whole));
    authors_ = std::move(changed);
    return Future<void>::ready();
}

std::string FileStore::cookie_secret() {
    const auto path = folder_ + "/cookie_secret";
    if (!std::filesystem::exists(path)) {
        write_whole_file(path, hex(tornado::util::secure_random_bytes(32)));
    }
    warn_if_open(path);
    auto secret = read_whole_file(path);
    if (secret.size() < 32) {
        throw std::runtime_error{path + " is too short for a secret: remove it to have a new one"};
    }
    return secret;
}

std::string FileStore::feed_id() {
    const auto path = folder_ + "/feed_id";
    if (!std::filesystem::exists(path)) {
        auto id = new_id();
        for (const std::size_t place : {20U, 16U, 12U, 8U}) {
            id.insert(place, 1, '-');
        }
        write_whole_file(path, "urn:uuid:" + id);
    }
    auto id = read_whole_file(path);
    if (!id.starts_with("urn:uuid:")) {
        throw std::runtime_error{path + " has no UUID: remove it to have a new one"};
    }
    return id;
}

}  // namespace blog
