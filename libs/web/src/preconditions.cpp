#include "preconditions.hpp"

#include <chrono>
#include <optional>

#include "etag.hpp"
#include "tornado/httputil/http_date.hpp"

namespace tornado::web {

namespace {

using httputil::HTTPHeaders;
using httputil::KnownHeader;

std::optional<std::chrono::system_clock::time_point>
date_in(const HTTPHeaders& headers, KnownHeader header) {
    if (headers.count(header) != 1) {
        return std::nullopt;
    }
    const auto date = httputil::parse_strict_http_date(*headers.first(header));
    return date.has_error() ? std::nullopt : std::optional{*date};
}

/// Whether it has changed after the date in the request's field; nullopt without dates.
std::optional<bool>
modified_since(const HTTPHeaders& request, KnownHeader header, const Validators& current) {
    const auto since = date_in(request, header);
    if (!since || !current.modified) {
        return std::nullopt;
    }
    // HTTP's dates know no parts of a second.
    return std::chrono::floor<std::chrono::seconds>(*current.modified) > *since;
}

bool has_conditions(const HTTPHeaders& request) {
    return request.contains(KnownHeader::if_match) ||
           request.contains(KnownHeader::if_none_match) ||
           request.contains(KnownHeader::if_modified_since) ||
           request.contains(KnownHeader::if_unmodified_since);
}

}  // namespace

Precondition
check_preconditions(const HTTPHeaders& request, const Validators& current, bool is_get_or_head) {
    if (!has_conditions(request)) {
        return Precondition::holds;
    }
    if (const auto tags = request.get(KnownHeader::if_match)) {
        if (!current.exists || !etag_matches_strongly(*tags, current.etag)) {
            return Precondition::failed;
        }
    } else if (modified_since(request, KnownHeader::if_unmodified_since, current).value_or(false)) {
        return Precondition::failed;
    }
    const auto known = is_get_or_head ? Precondition::not_modified : Precondition::failed;
    if (const auto tags = request.get(KnownHeader::if_none_match)) {
        const bool unknown = current.etag.empty() && !current.modified;
        const bool counts = current.exists && !(is_get_or_head && unknown);
        return counts && etag_matches(*tags, current.etag) ? known : Precondition::holds;
    }
    const bool is_new =
        !is_get_or_head ||
        modified_since(request, KnownHeader::if_modified_since, current).value_or(true);
    return is_new ? Precondition::holds : known;
}

Precondition check_preconditions(const HTTPHeaders& request, const HTTPHeaders& response) {
    if (!has_conditions(request)) {
        return Precondition::holds;
    }
    const auto etag = response.first(KnownHeader::etag);
    const auto modified = date_in(response, KnownHeader::last_modified);
    return check_preconditions(request, {true, etag.value_or(""), modified}, true);
}

void forbid_storing(HTTPHeaders& response) {
    if (response.contains("Cache-Control") || response.contains("Expires")) {
        response.remove("Expires");
        response.set("Cache-Control", "no-store");
    }
}

}  // namespace tornado::web
