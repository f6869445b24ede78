#include "tornado/web/static_file_handler.hpp"

#include <sys/stat.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <charconv>
#include <system_error>
#include <typeinfo>

#include "accept_encoding.hpp"
#include "content_types.hpp"
#include "etag.hpp"
#include "page_cache.hpp"
#include "preconditions.hpp"
#include "request_run.hpp"
#include "same_site_url.hpp"
#include "static_files.hpp"
#include "static_path.hpp"
#include "tornado/escape.hpp"
#include "tornado/gen.hpp"
#include "tornado/httputil/byte_range.hpp"
#include "tornado/httputil/http_date.hpp"
#include "tornado/iostream/errors.hpp"
#include "tornado/log.hpp"
#include "tornado/util/ascii.hpp"
#include "tornado/web/application.hpp"

namespace tornado::web {

using httputil::ByteRange;
using httputil::KnownHeader;

namespace {

using Kind = FoundFile::Kind;

constexpr std::uint64_t piece_size = 1024 * 1024;

[[noreturn]] void refuse(const FoundFile& found, const std::string& path) {
    switch (found.kind) {
        case Kind::missing:
            throw HTTPError{404};
        case Kind::forbidden:
            throw HTTPError{403, path + " cannot be read"};
        case Kind::outside:
            throw HTTPError{403, path + " leads out of the static directory by a symbolic link"};
        case Kind::unavailable:
            throw HTTPError{503, path + ": " + std::generic_category().message(found.error)};
        default:
            throw HTTPError{403, path + " is not a file"};
    }
}

Trust trust_of(const ApplicationSettings& settings) {
    return settings.static_hash_cache.value_or(!settings.debug) ? Trust::answers : Trust::nothing;
}

Future<FoundFileRef> look_up(
    const RequestHandler& handler,
    std::string_view root,
    std::string_view path,
    const StaticFileOptions& options
) {
    return StaticFiles::of_this_thread()->find(root, path, options, trust_of(handler.settings()));
}

/// Whether the argument `v` is such as static_url() makes, but stands for another content.
bool asks_for_another(const httputil::HTTPServerRequest& request, const FoundFile& found) {
    const auto asked = request.query_arguments().last("v");
    const auto is_hex = [](char c) { return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'f'); };
    return asked && found.kind == FoundFile::Kind::file &&
           asked->size() == found.content->version.size() && *asked != found.content->version &&
           std::all_of(asked->begin(), asked->end(), is_hex);
}

/// A header of our own, whose value needs no check.
void set_known(httputil::HTTPHeaders& headers, KnownHeader header, std::string_view value) {
    headers.remove(header);
    headers.add_unchecked(header, value);
}

/// Sends a piece of a file. When there is no descriptor for that, as one that changes the response
/// needs it, those of files that nobody is just sending are let go.
Future<void> send_piece(
    RequestHandler& handler,
    const StaticContentRef& content,
    std::uint64_t offset,
    std::uint64_t size
) {
    const int file = content->file.fileno();
    try {
        return handler.write_file(file, offset, size, content);
    } catch (const std::system_error& error) {
        auto* const files = StaticFiles::of_this_thread();
        if (files == nullptr ||
            (error.code().value() != EMFILE && error.code().value() != ENFILE)) {
            throw;
        }
        files->let_go_of_idle();
    }
    return handler.write_file(file, offset, size, content);
}

/// Says so if the file ends before what was to be sent of it: the client only sees that the
/// response breaks off.
void log_if_shorter(const std::string& path, int file, std::uint64_t end) {
    struct stat status {};
    if (::fstat(file, &status) == 0 && static_cast<std::uint64_t>(status.st_size) < end) {
        log::gen_log().warning(path, " has become shorter while it was sent");
    }
}

/// Whether a range is "bytes=9-3": none at all by RFC 9110, but Tornado answers it with 416.
bool ends_before_it_begins(std::string_view field) noexcept {
    constexpr std::string_view unit = "bytes=";
    const auto dash = field.find('-');
    if (!util::equals_ignore_case(field.substr(0, unit.size()), unit) || dash == field.npos) {
        return false;
    }
    const auto number = [](std::string_view text) {
        std::uint64_t value = 0;
        const auto* const end = text.data() + text.size();
        const auto parsed = std::from_chars(text.data(), end, value);
        return parsed.ec == std::errc{} && parsed.ptr == end ? std::optional{value} : std::nullopt;
    };
    const auto first = number(field.substr(unit.size(), dash - unit.size()));
    const auto last = number(field.substr(dash + 1));
    return first && last && *last < *first;
}

}  // namespace

StaticFileHandler::StaticFileHandler(std::string root, StaticFileOptions options)
    : root_{std::move(root)},
      options_{std::move(options)} {}
StaticFileHandler::~StaticFileHandler() = default;

Future<void> StaticFileHandler::get(std::string path) {
    return serve(std::move(path));
}
Future<void> StaticFileHandler::head(std::string path) {
    return serve(std::move(path));
}

Future<void> StaticFileHandler::serve(std::string url_path) {
    return knows_answer(url_path) ? respond() : find_and_serve(std::move(url_path));
}

Future<void> StaticFileHandler::find_and_serve(std::string url_path) {
    path_ = parse_url_path(url_path);
    auto valid = co_await validate_absolute_path(root_, get_absolute_path(root_, path_));
    if (!valid) {
        co_return;
    }
    absolute_path_ = std::move(*valid);
    content_ = co_await get_content(absolute_path_);
    choose_encoding();
    set_headers();
    if (is_usual() && !has_encodings_) {
        keep_answer();
    }
    co_await respond();
}

/// Whether neither a derived class nor the request's argument `v` makes a difference.
bool StaticFileHandler::is_usual() const {
    return typeid(*this) == typeid(StaticFileHandler) && request().query().empty() &&
           trust_of(settings()) == Trust::answers;
}

/// Takes the answer to such a request for the same path, if there has been one just now.
bool StaticFileHandler::knows_answer(std::string_view url_path) {
    if (!is_usual()) {
        return false;
    }
    const auto* const known =
        StaticFiles::of_this_thread()->known_answer(root_, url_path, options_);
    if (known == nullptr || (is_of_folder(url_path) && !is_default_file(known->absolute_path))) {
        return false;
    }
    path_ = url_path;
    absolute_path_ = known->absolute_path;
    content_ = known->content;
    auto& headers = detail::RequestRun::of(*this).headers();
    for (std::size_t i = 0; i < known->headers.size(); ++i) {
        const auto header = known->headers.known_at(i);
        if (headers.contains(header)) {
            headers.set(header, known->headers[i].value);
        } else {
            headers.add_unchecked(header, known->headers[i].value);
        }
    }
    return true;
}

/// Whether this request for a folder leads to that file, as another one did: its path may end
/// without a slash, and its route may have another default.
bool StaticFileHandler::is_default_file(std::string_view absolute_path) const {
    return request().path().ends_with('/') &&
           absolute_path.substr(absolute_path.rfind('/') + 1) == options_.default_filename;
}

/// For knows_answer().
void StaticFileHandler::keep_answer() const {
    const auto root = normalized_path(root_);
    if (!is_of_folder(path_) && absolute_path_ != joined_path(root, path_)) {
        return;  // a folder whose route ends with the slash
    }
    StaticAnswer answer{.absolute_path = absolute_path_, .content = content_, .headers = {}};
    for (const auto header :
         {KnownHeader::accept_ranges,
          KnownHeader::etag,
          KnownHeader::last_modified,
          KnownHeader::content_type}) {
        if (const auto value = response_headers().first(header)) {
            answer.headers.add_unchecked(header, *value);
        }
    }
    StaticFiles::of_this_thread()->keep_answer(root_, path_, options_, root, std::move(answer));
}

Future<void> StaticFileHandler::respond() {
    if (answer_conditions()) {
        return Future<void>::ready();
    }
    std::uint64_t offset = 0;
    auto count = content_->size;
    const bool is_get = request().method() == "GET";  // RFC 9110, 14.2: only there
    if (is_get && request().headers().contains(KnownHeader::range) && range_counts()) {
        const auto range = find_range();
        if (get_status() == 416) {
            return Future<void>::ready();
        }
        if (range) {
            offset = range->first;
            count = range->size();
        }
    }
    std::array<char, 20> digits;
    const auto end = std::to_chars(digits.data(), digits.data() + digits.size(), count).ptr;
    set_known(
        detail::RequestRun::of(*this).headers(), KnownHeader::content_length, {digits.data(), end}
    );
    return send(offset, count);
}

// Where the content is

std::string StaticFileHandler::parse_url_path(std::string_view url_path) const {
    return std::string{url_path};
}

std::string StaticFileHandler::get_absolute_path(std::string_view root, std::string_view path)
    const {
    return joined_path(root, path);
}

Future<std::optional<std::string>>
StaticFileHandler::validate_absolute_path(std::string root, std::string absolute_path) {
    if (!is_normalized(root)) {
        root = normalized_path(root);
    }
    if (!is_inside(root, absolute_path)) {
        throw HTTPError{403, path_ + " is not in the static directory"};
    }
    auto found = co_await look_up(*this, root, absolute_path, options_);
    if (found->kind == Kind::file && is_of_folder(path_) &&
        absolute_path == joined_path(root, path_)) {
        throw HTTPError{404};  // relative links in it would lead elsewhere
    }
    if (found->kind == Kind::directory && !options_.default_filename.empty()) {
        if (!request().path().ends_with('/')) {
            redirect_to_folder();
            co_return std::nullopt;
        }
        absolute_path.append("/").append(options_.default_filename);
        found = co_await look_up(*this, root, absolute_path, options_);
    }
    if (found->kind != Kind::file) {
        refuse(*found, path_);
    }
    co_return absolute_path;
}

void StaticFileHandler::redirect_to_folder() {
    auto url = std::string{request().path()} + "/";
    if (url.starts_with("//")) {
        throw HTTPError{403, "a path that begins with two slashes could lead elsewhere"};
    }
    keep_on_this_host(url);
    if (const auto query = request().query(); !query.empty()) {
        url.append("?").append(query);
    }
    redirect(url, true);
}

Future<StaticContentRef> StaticFileHandler::get_content(std::string absolute_path) {
    const auto changed = is_normalized(root_) ? std::string{} : normalized_path(root_);
    const auto& root = changed.empty() ? root_ : changed;
    auto found = co_await look_up(*this, root, absolute_path, options_);
    if (asks_for_another(request(), *found)) {
        // Another thread may have named a change that this one has not seen yet.
        found = co_await StaticFiles::of_this_thread()->find(
            root, absolute_path, options_, Trust::content
        );
        is_of_another_version_ = asks_for_another(request(), *found);
    }
    if (found->kind != Kind::file) {
        refuse(*found, path_);
    }
    int best = 0;
    auto content = found->content;
    const auto accepted = request().headers().get(KnownHeader::accept_encoding).value_or("");
    for (std::size_t i = 0; i < FoundFile::encodings.size(); ++i) {
        const auto& encoded = found->encoded[i].content;
        if (encoded == nullptr) {
            continue;
        }
        has_encodings_ = true;
        const int wanted = coding_quality(accepted, FoundFile::encodings[i]);
        if (wanted > best && wanted >= identity_quality(accepted)) {
            best = wanted;
            content = encoded;
            encoding_ = FoundFile::encodings[i];
        }
    }
    co_return content;
}

// The head

void StaticFileHandler::choose_encoding() {
    if (has_encodings_) {
        add_header("Vary", "Accept-Encoding");
    }
    if (!encoding_.empty()) {
        set_header("Content-Encoding", encoding_);
    }
}

void StaticFileHandler::set_headers() {
    auto& headers = detail::RequestRun::of(*this).headers();
    set_known(headers, KnownHeader::accept_ranges, "bytes");
    if (const auto etag = compute_etag()) {
        headers.set(KnownHeader::etag, *etag);
    }
    if (content_->modified) {
        std::array<char, httputil::http_date_size> date;
        httputil::write_http_date(*content_->modified, date.data());
        set_known(headers, KnownHeader::last_modified, {date.data(), date.size()});
    }
    const auto type = get_content_type(absolute_path_);
    if (!type.empty()) {
        headers.set(KnownHeader::content_type, type);
    }
    if (const auto time = get_cache_time(path_, type); time.count() > 0) {
        set_header("Expires", std::chrono::system_clock::now() + time);
        set_header("Cache-Control", "max-age=" + std::to_string(time.count()));
    } else if (is_of_another_version_) {
        set_header("Cache-Control", "no-cache");
    }
    set_extra_headers(path_);
}

std::optional<std::string> StaticFileHandler::compute_etag() const {
    if (content_ == nullptr || content_->version.empty()) {
        return std::nullopt;
    }
    std::string etag;
    etag.reserve(content_->version.size() + 2);
    etag.append("\"").append(content_->version).append("\"");
    return etag;
}

std::string StaticFileHandler::get_content_type(std::string_view absolute_path) const {
    return std::string{guess_content_type(absolute_path)};
}

std::chrono::seconds StaticFileHandler::get_cache_time(
    std::string_view /*path*/,
    std::string_view /*content_type*/
) const {
    return request().query_arguments().contains("v") && !is_of_another_version_
               ? cache_max_age
               : std::chrono::seconds{0};
}

// Conditions and ranges

bool StaticFileHandler::should_return_304() const {
    return web::check_preconditions(request().headers(), response_headers()) ==
           Precondition::not_modified;
}

/// Whether the request's conditions have made the response: 304 or 412, without a body.
bool StaticFileHandler::answer_conditions() {
    if (should_return_304()) {
        set_status(304);
        set_header("Content-Length", content_->size);  // of the 200, for the transforms
        return true;
    }
    if (web::check_preconditions(request().headers(), response_headers()) == Precondition::failed) {
        set_status(412);
        clear_header("Content-Type");
        clear_header("Content-Encoding");
        forbid_storing(detail::RequestRun::of(*this).headers());
        return true;
    }
    detail::RequestRun::of(*this).leave_conditions();
    return false;
}

/// Whether If-Range lets the range count (RFC 9110, 13.1.5).
bool StaticFileHandler::range_counts() const {
    const auto condition = request().headers().get(KnownHeader::if_range);
    if (!condition) {
        return true;
    }
    const auto& response = response_headers();
    if (condition->starts_with('"')) {
        const auto etag = response.first(KnownHeader::etag);
        return etag && *etag == *condition;  // one tag, which is not weak
    }
    const auto modified = response.first(KnownHeader::last_modified);
    return modified && *modified == *condition;
}

/// The range to send, with its status and headers set; nullopt for all, and for a 416.
std::optional<ByteRange> StaticFileHandler::find_range() {
    const auto field = request().headers().get(KnownHeader::range).value_or("");
    const auto size = content_->size;
    const auto ranges = httputil::parse_range(field, size, 1);
    if (!ranges && !ends_before_it_begins(field)) {
        return std::nullopt;
    }
    if (!ranges || ranges->empty()) {
        set_status(416);
        set_header("Content-Type", "text/plain");
        set_header("Content-Range", httputil::unsatisfied_range(size));
        clear_header("Content-Encoding");
        forbid_storing(detail::RequestRun::of(*this).headers());
        return std::nullopt;
    }
    const auto range = ranges->front();
    if (range.size() == size) {
        return std::nullopt;
    }
    set_status(206);
    set_header("Content-Range", httputil::content_range(range, size));
    return range;
}

// The body

Future<void> StaticFileHandler::send(std::uint64_t offset, std::uint64_t count) {
    if (!content_->file) {
        write(std::string_view{content_->bytes}.substr(offset, count));
        return Future<void>::ready();
    }
    if (request().method() == "HEAD") {
        return flush();
    }
    auto* const cache = PageCache::of_this_thread();
    if (count > piece_size || cache == nullptr || !cache->has(content_, offset, count)) {
        return send_pieces(offset, count);
    }
    auto sending = send_piece(*this, content_, offset, count);
    if (sending.done()) {
        return sending;
    }
    return log_if_broken_off(std::move(sending), offset + count);
}

Future<void> StaticFileHandler::send_pieces(std::uint64_t offset, std::uint64_t count) {
    while (count > 0) {
        const auto size = std::min(count, piece_size);
        auto* const cache = PageCache::of_this_thread();
        if (cache == nullptr || !cache->has(content_, offset, size)) {
            // With the content itself, which must stay open until that has run.
            co_await ioloop::IOLoop::current().run_in_executor(
                [](const StaticContentRef& content, std::uint64_t from, std::uint64_t bytes) {
                    PageCache::load(*content, from, bytes);
                },
                content_,
                offset,
                size
            );
        }
        auto sending = send_piece(*this, content_, offset, size);
        const bool took_all = sending.done();
        co_await log_if_broken_off(std::move(sending), offset + size);
        offset += size;
        count -= size;
        if (took_all && count > 0) {
            co_await gen::moment();  // a fast client would keep the loop
        }
    }
}

Future<void> StaticFileHandler::log_if_broken_off(Future<void> sending, std::uint64_t end) const {
    try {
        co_await sending;
    } catch (const iostream::StreamClosedError&) {
        log_if_shorter(path_, content_->file.fileno(), end);
        throw;
    }
}

// URLs

std::string
StaticFileHandler::get_version(const ApplicationSettings& settings, std::string_view path) {
    const auto root = normalized_path(settings.static_path);
    const auto absolute = normalized_path(root + "/" + std::string{path});
    if (!is_inside(root, absolute)) {
        return {};
    }
    const auto found = StaticFiles::of_this_thread()->find_now(
        root, absolute, settings.static_file_options, trust_of(settings)
    );
    const bool is_file = found != nullptr && found->content != nullptr;
    return is_file ? found->content->version : std::string{};
}

std::string StaticFileHandler::make_static_url(
    const ApplicationSettings& settings,
    std::string_view path,
    bool include_version
) {
    auto url = settings.static_url_prefix + escape::url_escape(path, false);
    if (include_version) {
        if (const auto version = get_version(settings, path); !version.empty()) {
            url.append("?v=").append(version);
        }
    }
    return url;
}

void StaticFileHandler::reset() {
    if (auto* const files = StaticFiles::of_this_thread()) {
        files->clear();
    }
}

}  // namespace tornado::web
