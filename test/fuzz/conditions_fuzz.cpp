// Any lines as a request's conditions, and as the Etag and the date of the response: lists of tags
// are read in one way by all who ask, and the conditions count in the order of RFC 9110, 13.2.2.
#include <tornado/httputil/http_date.hpp>
#include <tornado/httputil/http_headers.hpp>

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

#include "etag.hpp"
#include "preconditions.hpp"
#include "support.hpp"

namespace {

namespace web = tornado::web;
using tornado::httputil::HTTPHeaders;
using web::Precondition;

std::string take_line(std::string_view& text) {
    const auto end = text.find('\n');
    auto line = as_value(text.substr(0, end));
    text.remove_prefix(end == text.npos ? text.size() : end + 1);
    return line;
}

/// A tag of our own making is a tag, and the same when it is made again.
void check_made(const std::string& content) {
    const web::Etag made{content};
    require(web::etag_matches_strongly(made.text(), made.text()), "a tag matches itself");
    require(web::Etag{content}.text() == made.text(), "the same content has the same tag");
}

/// An entity tag with that text, whatever it is.
std::string tag_of(std::string text) {
    std::erase(text, '"');
    return '"' + text + '"';
}

void check_list(const std::string& field, const std::string& tag) {
    const bool weakly = web::etag_matches(field, tag);
    const bool strongly = web::etag_matches_strongly(field, tag);
    require(weakly || !strongly, "what matches strongly matches weakly");
    require(web::etag_matches(field, "W/" + tag) == weakly, "which takes no notice of weakness");
    require(
        !weakly || field == "*" || field.find(tag) != field.npos, "a tag that matches is named"
    );
    const std::string probe = "\"not in the field\"";
    if (field.find(probe) != field.npos || !web::etag_matches(field + ',' + probe, probe)) {
        return;  // it is no list of tags, or its last one has no end
    }
    require(web::etag_matches_strongly(field + "," + tag, tag), "a tag behind others is found");
    require(web::etag_matches(field + ", W/" + tag, tag), "so is a weak one");
    if (field != "*") {
        require(
            web::etag_matches_strongly(field + ", W/" + tag, tag) == strongly,
            "which does not match strongly"
        );
    }
}

Precondition check(HTTPHeaders request, const char* name, const HTTPHeaders& response) {
    request.remove(name);
    return web::check_preconditions(request, response);
}

void check_order(const HTTPHeaders& request, const HTTPHeaders& response) {
    const auto outcome = web::check_preconditions(request, response);
    const auto without = [&](const char* name) { return check(request, name, response); };
    if (request.contains("If-Match")) {
        require(without("If-Unmodified-Since") == outcome, "If-Match goes before the date");
    } else if (!request.contains("If-Unmodified-Since")) {
        require(outcome != Precondition::failed, "only two conditions can fail");
    }
    if (request.contains("If-None-Match")) {
        require(without("If-Modified-Since") == outcome, "If-None-Match goes before the date");
    } else if (!request.contains("If-Modified-Since")) {
        require(outcome != Precondition::not_modified, "only two conditions are for a 304");
    }
    if (outcome == Precondition::not_modified) {
        require(without("If-Match") != Precondition::holds, "a 304 needs no other condition");
    }
    for (const auto* const name : {"If-Modified-Since", "If-Unmodified-Since"}) {
        const auto date = request.get(name);
        if (date && tornado::httputil::parse_strict_http_date(*date).has_error()) {
            require(without(name) == outcome, "a date that is none is ignored");
        }
    }
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    if (size == 0) {
        return 0;
    }
    std::string_view input{reinterpret_cast<const char*>(data) + 1, size - 1};
    const auto etag = take_line(input);
    HTTPHeaders response;
    response.add("Etag", etag);
    response.add("Last-Modified", take_line(input));
    HTTPHeaders request;
    unsigned bit = 1;
    for (const auto* const name :
         {"If-Match", "If-None-Match", "If-Modified-Since", "If-Unmodified-Since"}) {
        auto value = take_line(input);
        check_made(value);
        check_list(value, tag_of(etag));
        if ((data[0] & bit) != 0) {
            request.add(name, value);
        }
        bit <<= 1U;
    }
    if ((data[0] & 16U) != 0) {
        response.remove("Etag");
    }
    if ((data[0] & 32U) != 0) {
        response.remove("Last-Modified");
    }
    check_order(request, response);
    return 0;
}
