#include "file_store.hpp"

#include <tornado/ioloop.hpp>
#include <tornado/log.hpp>
#include <tornado/util/secure_random.hpp>

#include <boost/json.hpp>

#include <algorithm>
#include <filesystem>
#include <iterator>
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

std::string hex(std::string_view bytes) {
    std::string text;
    for (const char byte : bytes) {
        text += "0123456789abcdef"[static_cast<unsigned char>(byte) >> 4U];
        text += "0123456789abcdef"[static_cast<unsigned char>(byte) & 15U];
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

bool is_older(const Entry& left, const Entry& right) {
    return std::tie(left.published, left.id) < std::tie(right.published, right.id);
}

}  // namespace

FileStore::FileStore(std::string folder) : folder_{std::move(folder)} {
    std::filesystem::create_directories(folder_ + "/entries");
    std::filesystem::permissions(folder_, std::filesystem::perms::owner_all);
    read_entries();
    read_authors();
}

void FileStore::read_entries() {
    for (const auto& file : std::filesystem::directory_iterator{folder_ + "/entries"}) {
        const auto name = file.path().filename().string();
        if (!name.ends_with(entry_ending) || name.starts_with('.')) {
            continue;
        }
        try {
            entries_.push_back(entry_from(json::parse(read_whole_file(file.path()))));
        } catch (const std::exception& error) {
            tornado::log::app_log().warning(file.path().string(), " is no entry: ", error.what());
        }
    }
    std::sort(entries_.begin(), entries_.end(), is_older);
}

void FileStore::read_authors() {
    const auto path = folder_ + "/authors.json";
    if (!std::filesystem::exists(path)) {
        return;
    }
    const auto whole = json::parse(read_whole_file(path));
    for (const auto& [name, hash] : whole.as_object()) {
        authors_[std::string{name}] = {std::string{name}, std::string{hash.as_string()}};
    }
}

std::string FileStore::free_slug(const std::string& title) const {
    const auto wanted = slug_of(title);
    auto slug = wanted;
    const auto is_taken = [&](const Entry& entry) { return entry.slug == slug; };
    for (int number = 2; std::any_of(entries_.begin(), entries_.end(), is_taken); ++number) {
        slug = wanted + "-" + std::to_string(number);
    }
    return slug;
}

Future<std::vector<Entry>> FileStore::latest(std::size_t most) {
    const auto count = most == 0 ? entries_.size() : std::min(most, entries_.size());
    const auto end = entries_.rbegin() + static_cast<std::ptrdiff_t>(count);
    return Future<std::vector<Entry>>::ready(std::vector<Entry>{entries_.rbegin(), end});
}

Future<std::optional<Entry>> FileStore::find_slug(std::string slug) {
    const auto found = std::find_if(entries_.begin(), entries_.end(), [&](const Entry& entry) {
        return entry.slug == slug;
    });
    using Found = std::optional<Entry>;
    return Future<Found>::ready(found == entries_.end() ? Found{} : Found{*found});
}

Future<Entry> FileStore::save(Entry entry) {
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
    const auto same = [&](const Entry& other) { return other.id == entry.id; };
    const auto known = std::find_if(entries_.begin(), entries_.end(), same);
    if (known != entries_.end()) {
        *known = entry;
    } else {
        entries_.insert(std::upper_bound(entries_.begin(), entries_.end(), entry, is_older), entry);
    }
    co_return entry;
}

Future<bool> FileStore::has_authors() {
    return Future<bool>::ready(!authors_.empty());
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
    return read_whole_file(path);
}

}  // namespace blog
