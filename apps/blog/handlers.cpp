#include "handlers.hpp"

#include <tornado/locale.hpp>

#include <algorithm>
#include <utility>

#include "markdown.hpp"
#include "page_types.hpp"
#include "text.hpp"

namespace blog {

namespace locale = tornado::locale;
namespace templating = tornado::templating;
namespace web = tornado::web;
using tornado::Future;

namespace {

constexpr std::size_t entries_at_home = 5;
constexpr std::size_t entries_of_feed = 20;
constexpr std::size_t longest_title = 200;
constexpr std::size_t longest_text = 200'000;

std::vector<Year> by_year(std::vector<SharedEntry> entries) {
    std::vector<Year> years;
    for (auto& entry : entries) {
        const std::chrono::year_month_day date{
            std::chrono::floor<std::chrono::days>(entry->published)};
        const int year{date.year()};
        if (years.empty() || years.back().number != year) {
            years.push_back({year, {}});
        }
        years.back().entries.push_back(std::move(entry));
    }
    return years;
}

}  // namespace

void BaseHandler::set_default_headers() {
    set_header(
        "Content-Security-Policy",
        "default-src 'self'; base-uri 'none'; form-action 'self'; frame-ancestors 'none'"
    );
    set_header("Referrer-Policy", "same-origin");
    set_header("Vary", "Accept-Language, Cookie");
    set_header("X-Content-Type-Options", "nosniff");
}

Future<web::User> BaseHandler::load_current_user() {
    const auto cookie = get_signed_cookie("author");
    if (!cookie) {
        co_return web::User{};
    }
    const auto author = co_await store_.find_author(cookie->substr(0, cookie->find('\n')));
    const bool is_known = author && login_cookie(*author) == *cookie;
    co_return is_known ? web::User{author->name} : web::User{};
}

std::shared_ptr<const locale::Locale> BaseHandler::get_user_locale() {
    const auto code = get_cookie("language", "");
    return code.empty() ? nullptr : locale::get(code);
}

templating::Namespace BaseHandler::get_template_namespace() {
    auto names = RequestHandler::get_template_namespace();
    names.set("markdown", &shared_markdown);
    names.set("summary", [](std::string_view text) { return summary(text); });
    return names;
}

void BaseHandler::write_error(int status_code, std::exception_ptr error) {
    if (settings().serve_traceback.value_or(false) && status_code >= 500) {
        return RequestHandler::write_error(status_code, std::move(error));
    }
    render("error.html", {{"status", status_code}});
}

Future<SharedEntry> BaseHandler::find_entry(std::string slug) {
    auto entry = co_await store_.find_slug(std::move(slug));
    if (entry == nullptr) {
        throw web::HTTPError{404};
    }
    co_return entry;
}

std::string BaseHandler::next_path() const {
    auto next = get_argument("next", "/");
    // What begins with two slashes, of either kind, is another host to browsers.
    const bool is_path = next.starts_with('/') && !next.starts_with("//") &&
                         std::all_of(next.begin(), next.end(), [](char c) {
                             return c > ' ' && c < '\x7F' && c != '\\';
                         });
    return is_path ? next : "/";
}

Future<void> HomeHandler::get() {
    auto entries = co_await store().latest(entries_at_home + 1);
    const bool has_more = entries.size() > entries_at_home;
    entries.resize(std::min(entries.size(), entries_at_home));
    const bool is_new = co_await store().is_new();
    render(
        "home.html", {{"entries", std::cref(entries)}, {"is_new", is_new}, {"has_more", has_more}}
    );
}

Future<void> EntryHandler::get(std::string slug) {
    const auto entry = co_await find_entry(std::move(slug));
    templating::Namespace names;
    names.set("entry", entry);
    co_await render_async("entry.html", names);
}

Future<void> ArchiveHandler::get() {
    auto entries = co_await store().latest(0);
    const auto years = by_year(std::move(entries));
    render("archive.html", {{"years", std::cref(years)}});
}

Future<void> FeedHandler::get() {
    const auto entries = co_await store().latest(entries_of_feed);
    set_header("Content-Type", "application/atom+xml; charset=UTF-8");
    render("feed.xml", {{"entries", std::cref(entries)}});
}

Future<Entry> ComposeHandler::edited_entry() {
    auto slug = get_argument("entry", "");
    if (slug.empty()) {
        co_return Entry{};
    }
    const auto entry = co_await find_entry(std::move(slug));
    co_return Entry{*entry};
}

void ComposeHandler::show(const Entry& entry, std::string_view problem, std::string_view preview) {
    render(
        "compose.html", {{"entry", std::cref(entry)}, {"problem", problem}, {"preview", preview}}
    );
}

Future<void> ComposeHandler::get() {
    authenticated();
    const auto entry = co_await edited_entry();
    show(entry, "", "");
}

Future<void> ComposeHandler::post() {
    const auto author = authenticated().get();
    auto entry = co_await edited_entry();
    entry.title = cleaned(get_body_argument("title", ""));
    entry.text = cleaned(get_body_argument("text", ""));
    std::replace(entry.title.begin(), entry.title.end(), '\n', ' ');
    const bool is_too_long =
        length_of(entry.title) > longest_title || length_of(entry.text) > longest_text;
    if (entry.title.empty() || entry.text.empty() || is_too_long) {
        set_status(400);
        show(entry, is_too_long ? "This is too long" : "An entry has a title and a text", "");
        co_return;
    }
    if (!get_body_argument("preview", "").empty()) {
        show(entry, "", entry.text);
        co_return;
    }
    entry.updated = std::chrono::floor<std::chrono::seconds>(std::chrono::system_clock::now());
    if (entry.id.empty()) {
        entry.author = author;
        entry.published = entry.updated;
    }
    const auto saved = co_await store().save(std::move(entry));
    redirect("/entry/" + saved->slug, 303);
}

void LanguageHandler::get(std::string code) {
    const auto known = locale::get_supported_locales();
    if (std::find(known.begin(), known.end(), code) == known.end()) {
        throw web::HTTPError{404};
    }
    set_cookie("language", code, {.expires_days = 365, .samesite = "Lax"});
    redirect(next_path());
}

}  // namespace blog
