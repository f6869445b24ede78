// The pages of test/bench/templates without an engine.
#include <tornado/escape/html.hpp>
#include <tornado/escape/url.hpp>

#include <algorithm>
#include <cctype>

#include "template_pages.hpp"

namespace pages {

namespace {

namespace escape = tornado::escape;

void append_head(std::string& out) {
    out += "<!doctype html>\n<html>\n<head>\n<title>";
    escape::append_xhtml_escaped(out, page_title);
    out += "</title>\n</head>\n<body>\n<h1>";
    escape::append_xhtml_escaped(out, page_title);
    out += "</h1>\n<ul class=\"navigation\">\n";
    constexpr std::string_view links[][2] = {
        {"index.html", "Index"}, {"downloads.html", "Downloads"}, {"products.html", "Products"}};
    for (const auto& [href, caption] : links) {
        out += "\n<li><a href=\"";
        escape::append_xhtml_escaped(out, href);
        out += "\">";
        escape::append_xhtml_escaped(out, caption);
        out += "</a></li>\n";
    }
    out += "\n</ul>\n<table>\n";
}

std::string table_page() {
    std::string out;
    out.reserve(32 * 1024);
    append_head(out);
    for (const auto& row : table()) {
        out += "\n<tr";
        out += row.empty() ? "" : " class=\"row\"";
        out += ">\n";
        for (const auto& [cell, number] : row) {
            out += "\n<td>";
            escape::append_xhtml_escaped(out, cell);
            out += "</td>\n";
        }
        out += "\n</tr>\n";
    }
    out += "\n</table>\n</body>\n</html>\n";
    return out;
}

std::string lookups_page() {
    std::string out;
    out.reserve(32 * 1024);
    append_head(out);
    for (const auto& row : table()) {
        out += "\n<tr>\n";
        for (const auto& [cell, number] : row) {
            out += "\n<td>";
            if (row.at(cell) > 5) {
                out += "<b>";
                escape::append_xhtml_escaped(out, cell);
                out += "</b>";
            } else {
                escape::append_xhtml_escaped(out, cell);
            }
            out += ": ";
            out += std::to_string(row.at(cell));
            out += "</td>\n";
        }
        out += "\n</tr>\n";
    }
    out += "\n</table>\n</body>\n</html>\n";
    return out;
}

std::string upper(std::string text) {
    std::transform(text.begin(), text.end(), text.begin(), [](unsigned char c) {
        return static_cast<char>(std::toupper(c));
    });
    return text;
}

void append_entry(std::string& out, const Entry& entry, bool is_odd) {
    out += "<div class=\"entry";
    out += is_odd ? " odd" : "";
    out += "\">\n<h2><a href=\"/entry/";
    escape::append_xhtml_escaped(out, entry.slug);
    out += "\">";
    escape::append_xhtml_escaped(out, entry.title);
    out += "</a></h2>\n<div class=\"date\">";
    escape::append_xhtml_escaped(out, entry.published);
    out += "</div>\n<div class=\"body\">";
    out += entry.html;
    out += "</div>\n<div class=\"tags\">";
    for (const auto& tag : entry.tags) {
        out += "<a href=\"/tag/";
        escape::append_xhtml_escaped(out, escape::url_escape(tag));
        out += "\">";
        escape::append_xhtml_escaped(out, upper(tag));
        out += "</a> ";
    }
    out += "</div>\n</div>\n";
}

std::string blog_page() {
    std::string out;
    out.reserve(32 * 1024);
    out += "<!doctype html>\n<html>\n<head><title>";
    escape::append_xhtml_escaped(out, blog_title);
    out += ": ";
    out += std::to_string(entries().size());
    out += " entries</title></head>\n<body>\n<h1><a href=\"/\">";
    escape::append_xhtml_escaped(out, blog_title);
    out += "</a></h1>\n<div id=\"user\">";
    if (!user.empty()) {
        out += "Signed in as ";
        escape::append_xhtml_escaped(out, user);
        out += " - <a href=\"/logout?next=";
        escape::append_xhtml_escaped(out, escape::url_escape(path));
        out += "\">Sign out</a>";
    } else {
        out += "<a href=\"/login\">Sign in</a>";
    }
    out += "</div>\n<div id=\"content\">\n";
    for (std::size_t i = 0; i < entries().size(); ++i) {
        out += "\n";
        append_entry(out, entries()[i], i % 2 != 0);
        out += "\n";
    }
    out += "\n<p>";
    for (std::size_t i = 0; i < 3; ++i) {
        out += i == 0 ? "" : ", ";
        escape::append_xhtml_escaped(out, entries()[i].title);
    }
    out += "</p>\n</div>\n</body>\n</html>\n";
    return out;
}

}  // namespace

std::string written_by_hand(std::string_view name) {
    return name == "table" ? table_page() : name == "lookups" ? lookups_page() : blog_page();
}

}  // namespace pages
