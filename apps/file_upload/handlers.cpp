#include "handlers.hpp"

#include <tornado/escape.hpp>
#include <tornado/ioloop.hpp>

#include <boost/json.hpp>

#include <charconv>
#include <numeric>
#include <system_error>
#include <utility>
#include <vector>

namespace upload {

namespace json = boost::json;
namespace ioloop = tornado::ioloop;
namespace web = tornado::web;
using tornado::Future;

namespace {

using TemporaryFileRef = std::shared_ptr<web::TemporaryFile>;

/// What a form has beside its files: names, and the lines between them.
constexpr std::uint64_t form_overhead = 1'048'576;
/// Files and fields of a form.
constexpr std::size_t most_parts = 500;

// On the executor

TemporaryFileRef new_file(const Store* store) {
    return store->new_file();
}
std::vector<StoredFile> list(const Store* store) {
    return store->list();
}
void append(const TemporaryFileRef& file, const std::string& data) {
    file->append(data);
}
StoredFile
keep(const Store* store, const TemporaryFileRef& file, const std::string& name, IfTaken if_taken) {
    return store->keep(*file, name, if_taken);
}

json::object to_json(const StoredFile& file) {
    return {
        {"name", file.name},
        {"size", file.size},
        {"time", file.time.time_since_epoch().count()},
        {"url", "/files/" + tornado::escape::url_escape(file.name, false)}};
}

/// All that have come; the store hears how much they take.
Future<std::vector<StoredFile>> look_at(Store& store) {
    auto files = co_await ioloop::IOLoop::current().run_in_executor(list, &store);
    store.set_used(std::accumulate(
        files.begin(),
        files.end(),
        std::uint64_t{0},
        [](std::uint64_t sum, const auto& file) { return sum + room_of(file.size); }
    ));
    co_return files;
}

std::uint64_t content_length(const web::RequestHandler& handler) {
    std::uint64_t length = 0;  // a body in chunks has none
    const auto text = handler.request().headers().get("Content-Length").value_or("");
    std::from_chars(text.data(), text.data() + text.size(), length);
    return length;
}

/// What the client calls this upload, so that it can ask what came of it.
std::string key_of(const web::RequestHandler& handler) {
    return handler.request().headers().get("X-Upload-Key").value_or("");
}

json::array to_json(const std::vector<StoredFile>& files) {
    json::array list;
    for (const auto& file : files) {
        list.push_back(to_json(file));
    }
    return list;
}

std::string megabytes(std::uint64_t bytes) {
    return std::to_string(bytes / 1'000'000) + " MB";
}

[[noreturn]] void refuse_size(const Store& store) {
    throw web::HTTPError{413, {}, "The file is larger than " + megabytes(store.limits().file)};
}

std::string usual_sentence(int status) {
    switch (status) {
        case 400:
            return "The form cannot be read, or has more than " + std::to_string(most_parts) +
                   " files";
        case 403:
            return "The page is too old; load it again";
        case 404:
            return "There is no such file";
        case 412:
            return "The file is not as you know it";
        case 413:
            return "That is too large";
        case 415:
            return "That is no form with files";
        default:
            return "The server answers " + std::to_string(status);
    }
}

/// {"error": "The file is larger than 10 MB"}
void write_sentence(web::RequestHandler& handler, int status, const std::exception_ptr& error) {
    std::string sentence = usual_sentence(status);
    try {
        if (error != nullptr) {
            std::rethrow_exception(error);
        }
    } catch (const web::HTTPError& refused) {
        if (!refused.reason().empty()) {
            sentence = refused.reason();
        }
    } catch (const std::system_error& failed) {
        const bool is_full = failed.code() == std::errc::no_space_on_device;
        const bool is_looking = handler.request().method() == "GET";
        sentence = is_full      ? "The disk is full"
                   : is_looking ? "The files could not be read"
                                : "The file could not be stored";
    } catch (...) {
        sentence = "Something went wrong on the server";
    }
    handler.write(json::object{{"error", sentence}});
    handler.finish();
}

}  // namespace

// Forms, and the list

void FilesHandler::set_default_headers() {
    set_header("Cache-Control", "no-store");
    set_header("X-Content-Type-Options", "nosniff");
}

Future<void> FilesHandler::prepare() {
    if (request().method() != "POST") {
        co_return;
    }
    co_await look_at(store_);
    claim_.emplace(store_);
    claim_->cover(content_length(*this));  // what has no room is refused before it is sent
    request().connection().set_max_body_size(store_.limits().all + form_overhead);
    web::FormStreamOptions options;
    options.folder = store_.incoming_folder();
    options.max_fields_size = form_overhead;
    options.max_file_size = store_.limits().file;
    options.multipart.max_parts = most_parts;
    form_.emplace(request(), std::move(options));
}

Future<void> FilesHandler::data_received(std::string_view chunk) {
    if (!form_) {
        return Future<void>::ready();
    }
    received_ += chunk.size();
    claim_->cover(received_);
    return form_->data_received(chunk);
}

Future<void> FilesHandler::post() {
    form_->finish();
    std::uint64_t room = 0;
    for (const auto& [field, files] : form_->files()) {
        for (const auto& come : files) {
            room += room_of(come.file->size());
        }
    }
    claim_->cover(room);
    std::vector<StoredFile> kept;
    for (const auto& [field, files] : form_->files()) {
        for (const auto& come : files) {
            if (come.filename.empty() && come.file->size() == 0) {
                continue;  // a field for a file that nobody has chosen
            }
            kept.push_back(co_await ioloop::IOLoop::current().run_in_executor(
                keep, &std::as_const(store_), come.file, come.filename, IfTaken::number
            ));
        }
    }
    if (kept.empty()) {
        throw web::HTTPError{400, {}, "The form has no file"};
    }
    claim_->come();
    set_status(201);
    json::object answer;
    answer["files"] = to_json(kept);
    store_.remember(key_of(*this), std::move(kept));
    write(answer);
}

Future<void> FilesHandler::get() {
    static_cast<void>(xsrf_token());  // for those who do not come by the page
    const auto files = co_await look_at(store_);
    json::object answer;
    answer["files"] = to_json(files);
    if (const auto key = key_of(*this); !key.empty()) {
        answer["come"] = to_json(store_.come_of(key));
    }
    answer["max_file_size"] = store_.limits().file;
    answer["room"] = store_.room();
    write(answer);
}

void FilesHandler::write_error(int status_code, std::exception_ptr error) {
    if (status_code == 413) {
        const auto& [file, all] = store_.limits();
        const web::HTTPError refused{
            413,
            {},
            "Files may have " + megabytes(file) + " each, and " + megabytes(all) + " together"};
        return write_sentence(*this, status_code, std::make_exception_ptr(refused));
    }
    write_sentence(*this, status_code, error);
}

// One file

Future<void> FileHandler::prepare() {
    if (request().method() != "PUT") {
        co_return;
    }
    if (request().headers().contains("Content-Range")) {
        throw web::HTTPError{400, {}, "Files are taken whole: leave Content-Range out"};
    }
    co_await check_conditions();
    co_await look_at(store_);
    const auto length = content_length(*this);
    if (length > store_.limits().file) {
        refuse_size(store_);
    }
    claim_.emplace(store_);
    claim_->cover(room_of(length));
    request().connection().set_max_body_size(store_.limits().file);
    file_ = co_await ioloop::IOLoop::current().run_in_executor(new_file, &std::as_const(store_));
}

Future<void> FileHandler::check_conditions() {
    const auto& headers = request().headers();
    if (!headers.contains("If-Match") && !headers.contains("If-None-Match") &&
        !headers.contains("If-Unmodified-Since")) {
        co_return;  // a large file's Etag takes its time
    }
    std::string name{path_args()[0].value_or("")};
    const auto present = co_await present_content(std::move(name));
    if (present == nullptr) {
        check_preconditions(std::nullopt);
    } else {
        check_preconditions('"' + present->version + '"', present->modified);
    }
}

/// What a GET would send; null when there is no such file.
Future<web::StaticContentRef> FileHandler::present_content(std::string name) {
    try {
        auto path = get_absolute_path(root(), parse_url_path(name));
        const auto valid = co_await validate_absolute_path(root(), std::move(path));
        if (valid) {
            auto content = co_await get_content(*valid);
            co_return content;
        }
    } catch (const web::HTTPError&) {
        // so there is none
    }
    co_return nullptr;
}

Future<void> FileHandler::data_received(std::string_view chunk) {
    if (file_ == nullptr) {
        co_return;
    }
    received_ += chunk.size();
    claim_->cover(received_);
    std::string data{chunk};
    co_await ioloop::IOLoop::current().run_in_executor(append, file_, std::move(data));
}

Future<void> FileHandler::put(std::string name) {
    // Who wants to be the first is, whoever else has sent that name meanwhile.
    const bool must_be_new = request().headers().get("If-None-Match") == "*";
    const auto if_taken = must_be_new ? IfTaken::refuse : IfTaken::number;
    const auto stored = co_await ioloop::IOLoop::current().run_in_executor(
        keep, &std::as_const(store_), file_, std::move(name), if_taken
    );
    claim_->come();
    store_.remember(key_of(*this), {stored});
    auto answer = to_json(stored);
    set_status(201);
    set_header("Location", std::string{answer["url"].as_string()});
    write(answer);
}

std::string FileHandler::parse_url_path(std::string_view url_path) const {
    if (url_path.starts_with('.') || url_path.find('/') != url_path.npos) {
        throw web::HTTPError{404};
    }
    return std::string{url_path};
}

void FileHandler::set_extra_headers(std::string_view path) {
    set_header(
        "Content-Disposition",
        "attachment; filename*=UTF-8''" + tornado::escape::url_escape(path, false)
    );
    set_header("Content-Security-Policy", "default-src 'none'; sandbox");
    set_header("X-Content-Type-Options", "nosniff");
}

void FileHandler::write_error(int status_code, std::exception_ptr error) {
    write_sentence(*this, status_code, error);
}

}  // namespace upload
