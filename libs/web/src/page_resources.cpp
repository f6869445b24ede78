#include "page_resources.hpp"

#include <algorithm>
#include <stdexcept>
#include <utility>

#include "tornado/escape/html.hpp"
#include "tornado/web/request_handler.hpp"
#include "tornado/web/ui_module.hpp"

namespace tornado::web {

namespace {

using Pieces = std::vector<std::string>;

void append(Pieces& pieces, Pieces more) {
    std::move(more.begin(), more.end(), std::back_inserter(pieces));
}

void append(Pieces& pieces, std::string piece) {
    if (!piece.empty()) {
        pieces.push_back(std::move(piece));
    }
}

std::string joined_lines(const Pieces& pieces) {
    std::string text;
    for (const auto& piece : pieces) {
        text.append(text.empty() ? "" : "\n").append(piece);
    }
    return text;
}

/// The URLs of files, each once, in the order they first came.
Pieces urls_of(const RequestHandler& handler, const Pieces& files) {
    Pieces urls;
    for (const auto& file : files) {
        const bool is_absolute =
            file.starts_with('/') || file.starts_with("http:") || file.starts_with("https:");
        auto url = is_absolute ? file : handler.static_url(file);
        if (std::find(urls.begin(), urls.end(), url) == urls.end()) {
            urls.push_back(std::move(url));
        }
    }
    return urls;
}

void insert(std::string& html, std::size_t place, std::string_view tag, std::string_view text) {
    if (place == std::string::npos) {
        throw std::logic_error{
            "the page has no " + std::string{tag} +
            " for what its UI modules need to stand before: put one into the template"};
    }
    html.insert(place, std::string{text} + "\n");
}

constexpr std::string_view end_of_head = "</head>";
constexpr std::string_view end_of_body = "</body>";

}  // namespace

namespace detail {

void PageResources::add(UIModule& module) {
    append(embedded_js_, module.embedded_javascript());
    append(linked_js_, module.javascript_files());
    append(embedded_css_, module.embedded_css());
    append(linked_css_, module.css_files());
    head_ += module.html_head();
    body_ += module.html_body();
}

void PageResources::insert_into(std::string& html, RequestHandler& handler) const {
    const auto at_the_end = [&](const std::string& text) {
        insert(html, html.rfind(end_of_body), end_of_body, text);
    };
    const auto in_the_head = [&](const std::string& text) {
        insert(html, html.find(end_of_head), end_of_head, text);
    };
    if (!linked_js_.empty()) {
        at_the_end(handler.render_linked_js(linked_js_));
    }
    if (!embedded_js_.empty()) {
        at_the_end(handler.render_embed_js(embedded_js_));
    }
    if (!linked_css_.empty()) {
        in_the_head(handler.render_linked_css(linked_css_));
    }
    if (!embedded_css_.empty()) {
        in_the_head(handler.render_embed_css(embedded_css_));
    }
    if (!head_.empty()) {
        in_the_head(head_);
    }
    if (!body_.empty()) {
        insert(html, html.find(end_of_body), end_of_body, body_);
    }
}

}  // namespace detail

std::string RequestHandler::render_linked_js(const std::vector<std::string>& files) {
    std::string html;
    for (const auto& url : urls_of(*this, files)) {
        html +=
            "<script src=\"" + escape::xhtml_escape(url) + "\" type=\"text/javascript\"></script>";
    }
    return html;
}

std::string RequestHandler::render_embed_js(const std::vector<std::string>& pieces) {
    return "<script type=\"text/javascript\">\n//<![CDATA[\n" + joined_lines(pieces) +
           "\n//]]>\n</script>";
}

std::string RequestHandler::render_linked_css(const std::vector<std::string>& files) {
    std::string html;
    for (const auto& url : urls_of(*this, files)) {
        html += "<link href=\"" + escape::xhtml_escape(url) +
                "\" type=\"text/css\" rel=\"stylesheet\"/>";
    }
    return html;
}

std::string RequestHandler::render_embed_css(const std::vector<std::string>& pieces) {
    return "<style type=\"text/css\">\n" + joined_lines(pieces) + "\n</style>";
}

}  // namespace tornado::web
