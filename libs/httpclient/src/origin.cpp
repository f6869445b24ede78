#include "origin.hpp"

#include <memory>
#include <utility>

#include "tornado/http1connection/content_decoder.hpp"
#include "tornado/util/version.hpp"

namespace tornado::httpclient {

using httputil::KnownHeader;

namespace {

OriginRef make_origin(Url url) {
    auto origin = std::make_unique<Origin>();
    origin->key = connection_key(url.host, url.port);
    auto& fields = origin->usual_fields;
    fields.add_unchecked(KnownHeader::host, url.authority);
    fields.add_unchecked(KnownHeader::user_agent, "Tornado/" + std::string{version});
    fields.add_unchecked(KnownHeader::accept_encoding, http1connection::ContentDecoder::codings());
    origin->url = std::move(url);
    return OriginRef{origin.release()};
}

/// Whether `url` goes on behind `prefix`, its scheme and authority, with what no longer belongs to
/// these.
bool begins_with(std::string_view url, std::string_view prefix) noexcept {
    return url.starts_with(prefix) &&
           (url.size() == prefix.size() ||
            std::string_view{"/?#"}.find(url[prefix.size()]) != std::string_view::npos);
}

}  // namespace

std::string connection_key(std::string_view host, int port) {
    return std::string{host}.append("|").append(std::to_string(port));
}

Destination OriginFinder::find(std::string_view url, std::string& room) {
    if (!last_ || !begins_with(url, prefix_)) {
        auto parsed = parse_url(url);
        parsed.target.clear();
        std::string prefix{url.substr(0, origin_length(url))};
        last_ = make_origin(std::move(parsed));
        prefix_ = std::move(prefix);
    }
    return {last_, target_of(url.substr(prefix_.size()), room)};
}

}  // namespace tornado::httpclient
