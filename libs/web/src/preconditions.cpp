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
    const auto date = httputil::parse_http_date(*headers.first(header));
    return date.has_error() ? std::nullopt : std::optional{*date};
}

/// Whether what is sent has changed after the date in the request's field; nullopt without dates.
std::optional<bool>
modified_since(const HTTPHeaders& request, KnownHeader header, const HTTPHeaders& response) {
    const auto since = date_in(request, header);
    const auto modified = date_in(response, KnownHeader::last_modified);
    return since && modified ? std::optional{*modified > *since} : std::nullopt;
}

}  // namespace

Precondition check_preconditions(const HTTPHeaders& request, const HTTPHeaders& response) {
    const bool any = request.contains(KnownHeader::if_match) ||
                     request.contains(KnownHeader::if_none_match) ||
                     request.contains(KnownHeader::if_modified_since) ||
                     request.contains(KnownHeader::if_unmodified_since);
    if (!any) {
        return Precondition::holds;
    }
    const auto etag = response.first(KnownHeader::etag);
    if (const auto tags = request.get(KnownHeader::if_match)) {
        if (!etag_matches_strongly(*tags, etag.value_or(""))) {
            return Precondition::failed;
        }
    } else if (modified_since(request, KnownHeader::if_unmodified_since, response)
                   .value_or(false)) {
        return Precondition::failed;
    }
    if (const auto tags = request.get(KnownHeader::if_none_match)) {
        return etag && etag_matches(*tags, *etag) ? Precondition::not_modified
                                                  : Precondition::holds;
    }
    return modified_since(request, KnownHeader::if_modified_since, response).value_or(true)
               ? Precondition::holds
               : Precondition::not_modified;
}

}  // namespace tornado::web
