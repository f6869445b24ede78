#include "tornado/web/request_handler.hpp"

#include <algorithm>
#include <boost/json.hpp>
#include <cmath>
#include <stdexcept>

#include "etag.hpp"
#include "json_problem.hpp"
#include "preconditions.hpp"
#include "request_run.hpp"
#include "tornado/escape.hpp"
#include "tornado/httputil/http_date.hpp"
#include "tornado/httputil/responses.hpp"
#include "tornado/iostream/iostream.hpp"
#include "tornado/log.hpp"
#include "tornado/util/call_stack.hpp"
#include "tornado/web/application.hpp"
#include "tornado/web/request_log.hpp"
#include "tornado/web/static_file_handler.hpp"

namespace tornado::web {

using httputil::KnownHeader;

detail::RequestRun& RequestHandler::run() const {
    if (run_ == nullptr) {
        throw std::logic_error{
            "the request is not there yet in a handler's constructor: use prepare()"};
    }
    return *run_;
}

httputil::HTTPServerRequest& RequestHandler::request() const {
    return run().request();
}
Application& RequestHandler::application() const {
    return run().application();
}
const ApplicationSettings& RequestHandler::settings() const {
    return application().settings();
}
const PathArguments& RequestHandler::path_args() const {
    return run().path_args();
}
std::string RequestHandler::reverse_url(std::string_view name, const std::vector<std::string>& args)
    const {
    return application().reverse_url(name, args);
}

std::string RequestHandler::static_url(
    std::string_view path,
    std::optional<bool> include_host,
    bool include_version
) const {
    const auto& its = settings();
    if (its.static_path.empty()) {
        throw std::logic_error{"static_url() needs a folder: set ApplicationSettings::static_path"};
    }
    const auto make = its.static_handler.make_static_url != nullptr
                          ? its.static_handler.make_static_url
                          : &StaticFileHandler::make_static_url;
    auto url = make(its, path, include_version);
    if (include_host.value_or(this->include_host())) {
        url.insert(0, std::string{request().protocol()} + "://" + std::string{request().host()});
    }
    return url;
}

// Hooks

namespace {

/// Where it was thrown, if the program keeps that in mind.
std::string call_stack_lines(const std::exception_ptr& error) {
    const auto stack = util::call_stack_of(error);
    return stack.empty() ? stack : "\n" + stack + "\n";
}

}  // namespace

void RequestHandler::write_error(int status_code, std::exception_ptr error) {
    if (const auto problem = detail::json_problem(error)) {
        write(*problem);
        set_header("Content-Type", "application/problem+json");
        return;
    }
    if (error && settings().serve_traceback.value_or(false)) {
        set_header("Content-Type", "text/plain; charset=UTF-8");
        write(log::format_exception(error) + "\n" + call_stack_lines(error));
        return;
    }
    // The reason may come from an HTTPError, and so from anywhere.
    const auto line = std::to_string(status_code) + ": " + escape::xhtml_escape(run().reason());
    write("<html><title>" + line + "</title><body>" + line + "</body></html>");
}

void RequestHandler::log_exception(std::exception_ptr error) {
    const auto summary = request_summary(*this);
    try {
        std::rethrow_exception(error);
    } catch (const HTTPError& http_error) {
        if (!http_error.log_message().empty()) {
            log::gen_log().warning(
                http_error.status_code(), " ", summary, ": ", http_error.log_message()
            );
        }
    } catch (...) {
        auto stack = util::call_stack_of(error);
        log::app_log().error(
            "Uncaught exception ",
            summary,
            ": ",
            log::format_exception(error),
            stack.empty() ? "" : "\n",
            stack
        );
    }
}

std::optional<std::string> RequestHandler::compute_etag() const {
    return std::string{Etag{run().body()}.text()};
}

// Arguments

std::string RequestHandler::decode_argument(std::string_view value, std::string_view name) const {
    if (!escape::is_valid_utf8(value)) {
        throw HTTPError{400, "argument " + std::string{name} + " is not UTF-8"};
    }
    return std::string{value};
}

namespace {

/// What Unicode counts as white space, in UTF-8, beyond that of ASCII.
constexpr std::string_view wide_spaces[] = {
    "\u0085", "\u00a0", "\u1680", "\u2000", "\u2001", "\u2002", "\u2003",
    "\u2004", "\u2005", "\u2006", "\u2007", "\u2008", "\u2009", "\u200a",
    "\u2028", "\u2029", "\u202f", "\u205f", "\u3000",
};

/// How many bytes of white space `text` ends, or begins, with; one character of it at most.
template <typename Touches>
std::size_t space_at(char c, Touches touches) {
    if (c == ' ' || (c >= '\t' && c <= '\r')) {
        return 1;
    }
    if (static_cast<unsigned char>(c) < 0x80) {
        return 0;
    }
    const auto* const space = std::find_if(std::begin(wide_spaces), std::end(wide_spaces), touches);
    return space != std::end(wide_spaces) ? space->size() : 0;
}

/// Without the white space around it.
std::string_view trimmed(std::string_view text) {
    std::size_t count = 1;
    while (!text.empty() && count != 0) {
        count = space_at(text.back(), [text](auto space) { return text.ends_with(space); });
        text.remove_suffix(count);
    }
    count = 1;
    while (!text.empty() && count != 0) {
        count = space_at(text.front(), [text](auto space) { return text.starts_with(space); });
        text.remove_prefix(count);
    }
    return text;
}

}  // namespace

/// Control characters make spaces (Tornado's `_remove_control_chars_regex`), and the ends are
/// trimmed.
std::string RequestHandler::tidy(std::string_view value, std::string_view name, Strip strip) const {
    auto text = decode_argument(value, name);
    for (char& c : text) {
        const auto byte = static_cast<unsigned char>(c);
        if (byte <= 0x08 || (byte >= 0x0e && byte <= 0x1f)) {
            c = ' ';
        }
    }
    if (strip == Strip::yes) {
        const auto rest = trimmed(text);
        if (rest.size() != text.size()) {
            text = std::string{rest};
        }
    }
    return text;
}

std::optional<std::string> RequestHandler::find(std::string_view name, Source source, Strip strip)
    const {
    auto& from = run();
    std::optional<std::string_view> value;
    if (source != Source::query) {
        from.parse_form();
        value = from.request().body_arguments().last(name);
    }
    if (!value && source != Source::body) {
        value = from.request().query_arguments().last(name);
    }
    return value ? std::optional{tidy(*value, name, strip)} : std::nullopt;
}

std::string RequestHandler::required(std::string_view name, Source source, Strip strip) const {
    auto value = find(name, source, strip);
    if (!value) {
        throw MissingArgumentError{std::string{name}};
    }
    return std::move(*value);
}

std::vector<std::string> RequestHandler::all(std::string_view name, Source source, Strip strip)
    const {
    std::vector<std::string> values;
    const auto add = [&](const httputil::Arguments& arguments) {
        for (const auto& argument : arguments) {
            if (argument.name == name) {
                values.push_back(tidy(argument.value, name, strip));
            }
        }
    };
    auto& from = run();
    if (source != Source::body) {
        add(from.request().query_arguments());
    }
    if (source != Source::query) {
        from.parse_form();
        add(from.request().body_arguments());
    }
    return values;
}

// Cookies

std::optional<std::string> RequestHandler::get_cookie(std::string_view name) const {
    for (const auto& cookie : request().cookies()) {
        if (cookie.name == name) {
            return cookie.value;
        }
    }
    return std::nullopt;
}

std::string RequestHandler::get_cookie(std::string_view name, std::string_view fallback) const {
    return get_cookie(name).value_or(std::string{fallback});
}

namespace {

/// The time that a cookie expires, or the nearest that the clock has: it ends in 2262.
std::chrono::system_clock::time_point days_from_now(double days) {
    if (!std::isfinite(days)) {
        throw std::invalid_argument{
            "expires_days is no number: leave it out for a session's cookie"};
    }
    constexpr double seconds_a_day = 86'400;
    using Time = std::chrono::system_clock::time_point;
    const auto now = std::chrono::system_clock::now();
    const auto left = std::chrono::floor<std::chrono::seconds>(Time::max() - now);
    const auto most = static_cast<double>(left.count());
    const auto seconds = std::clamp(days * seconds_a_day, -most, most);
    return now + std::chrono::seconds{std::llround(seconds)};
}

}  // namespace

void RequestHandler::set_cookie(
    std::string_view name,
    std::string_view value,
    CookieOptions options
) {
    run().check_not_detached();
    auto expires = options.expires;
    if (!expires && options.expires_days) {
        expires = days_from_now(*options.expires_days);
    }
    run().set_cookie(
        {.domain = std::move(options.domain),
         .expires = expires,
         .httponly = options.httponly,
         .max_age = options.max_age,
         .name = std::string{name},
         .path = std::move(options.path),
         .samesite = std::move(options.samesite),
         .secure = options.secure,
         .value = std::string{value}}
    );
}

void RequestHandler::clear_cookie(std::string_view name, CookieOptions options) {
    if (options.expires || options.expires_days || options.max_age) {
        throw std::invalid_argument{
            "clear_cookie() sets the expiry itself: leave out expires and max_age"};
    }
    constexpr double a_year_ago = -365;
    options.expires_days = a_year_ago;
    set_cookie(name, "", std::move(options));
}

// The response

void RequestHandler::set_status(int status_code, std::string_view reason) {
    run().check_not_detached();
    run().set_status(status_code, reason);
}
int RequestHandler::get_status() const noexcept {
    return run_ == nullptr ? 200 : run_->status();
}

void RequestHandler::set_header(std::string_view name, std::string_view value) {
    run().check_not_detached();
    run().headers().set(name, value);
}
void RequestHandler::set_header(
    std::string_view name,
    std::chrono::system_clock::time_point value
) {
    set_header(name, httputil::format_timestamp(value));
}
void RequestHandler::add_header(std::string_view name, std::string_view value) {
    run().check_not_detached();
    run().headers().add(name, value);
}
void RequestHandler::clear_header(std::string_view name) {
    run().headers().remove(name);
}

const httputil::HTTPHeaders& RequestHandler::response_headers() const {
    return run().headers();
}

void RequestHandler::before_headers(util::UniqueFunction<void(RequestHandler&)> hook) {
    run().add_head_hook(std::move(hook));
}
bool RequestHandler::finished() const noexcept {
    return run_ != nullptr && run_->finished();
}

void RequestHandler::write(std::string_view chunk) {
    auto& current = run();
    if (current.finished()) {
        throw std::logic_error{
            "Cannot write() after finish(), nor in on_finish(): await what you started before the "
            "verb ends"};
    }
    current.body().append(chunk);
}

void RequestHandler::write_json(const boost::json::value& chunk) {
    if (chunk.is_array()) {
        throw std::invalid_argument{
            "write() takes no JSON array, for security's sake: wrap it in an object"};
    }
    write_json_text(escape::json_encode(chunk));
}

void RequestHandler::write_json_text(std::string_view text) {
    write(text);
    set_header("Content-Type", "application/json; charset=UTF-8");
}

void RequestHandler::write_json_object(const boost::json::object& chunk) {
    write_json(boost::json::value(chunk));
}

Future<void> RequestHandler::flush() {
    return run().flush();
}
Future<void> RequestHandler::write_file(
    int file,
    std::uint64_t offset,
    std::size_t count,
    std::shared_ptr<const void> owner
) {
    return run().write_file(file, offset, count, std::move(owner));
}
Future<void> RequestHandler::finish() {
    auto sent = run().when_sent();
    run().finish_response();
    return sent;
}
Future<void> RequestHandler::finish(std::string_view chunk) {
    if (!finished()) {
        write(chunk);
    }
    return finish();
}

void RequestHandler::redirect(std::string_view url, bool permanent) {
    redirect(url, permanent ? 301 : 302);
}

void RequestHandler::redirect(std::string_view url, int status) {
    if (status < 300 || status > 399) {
        throw std::invalid_argument{
            "redirect() takes a status from 300 to 399, not " + std::to_string(status)};
    }
    if (run().headers_written()) {
        throw std::logic_error{
            "Cannot redirect after headers have been written: redirect before flush()"};
    }
    set_status(status);
    set_header("Location", url);
    run().finish_response();
}

void RequestHandler::send_error(int status_code, std::exception_ptr error) {
    run().send_error(status_code, std::move(error));
}
void RequestHandler::clear() {
    run().clear();
}

iostream::IOStream RequestHandler::detach(util::UniqueFunction<void()> on_drain) {
    return run().detach(std::move(on_drain));
}
iostream::IOStream
RequestHandler::upgrade(std::string_view protocol, util::UniqueFunction<void()> on_drain) {
    return run().upgrade(protocol, std::move(on_drain));
}

void RequestHandler::set_handler_timeout(std::chrono::milliseconds timeout) {
    run().set_time_limit(timeout);
}

void RequestHandler::set_etag_header() {
    run().set_etag_header();
}

bool RequestHandler::check_etag_header() const {
    const auto& sent = request().headers();
    if (!sent.contains(KnownHeader::if_none_match)) {
        return false;
    }
    const auto if_none_match = sent.get(KnownHeader::if_none_match);
    const auto etag = run().headers().first(KnownHeader::etag);
    return etag && etag_matches(*if_none_match, *etag);
}

void RequestHandler::check_preconditions(
    std::optional<std::string_view> etag,
    std::optional<std::chrono::system_clock::time_point> modified
) {
    const Validators current{etag.has_value(), etag.value_or(""), modified};
    const auto outcome = web::check_preconditions(request().headers(), current, is_get_or_head());
    if (outcome == Precondition::failed) {
        throw HTTPError{412};
    }
    if (outcome == Precondition::not_modified) {
        set_status(304);
        if (!current.etag.empty()) {
            set_header("Etag", current.etag);
        }
        if (modified) {
            set_header("Last-Modified", *modified);
        }
        throw Finish{};
    }
}

}  // namespace tornado::web
