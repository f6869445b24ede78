#include <algorithm>
#include <array>
#include <charconv>
#include <optional>
#include <stdexcept>

#include "accept_encoding.hpp"
#include "encoder.hpp"
#include "tornado/web/output_transform.hpp"
#include "vary.hpp"

namespace tornado::web {

using detail::Coding;
using httputil::HTTPHeaders;
using httputil::KnownHeader;

namespace {

constexpr std::size_t min_length = 1024;

/// All that the library knows; null where it was built without.
constexpr std::array<Coding, 3> known_codings{{
    {"gzip", &detail::make_gzip_encoder},
#ifdef TORNADO_HAS_BROTLIENC
    {"br", &detail::make_brotli_encoder},
#else
    {"br", nullptr},
#endif
#ifdef TORNADO_HAS_ZSTD
    {"zstd", &detail::make_zstd_encoder},
#else
    {"zstd", nullptr},
#endif
}};

const Coding& known_coding(std::string_view name) {
    for (const auto& coding : known_codings) {
        if (coding.name == name) {
            return coding;
        }
    }
    throw std::invalid_argument{
        "compress_encodings: \"" + std::string{name} + "\" is none of zstd, br and gzip"};
}

/// What Content-Length says, if it is there and says a number.
std::optional<std::size_t> content_length(const HTTPHeaders& headers) noexcept {
    const auto text = headers.first(KnownHeader::content_length).value_or("");
    std::size_t value = 0;
    const auto* const end = text.data() + text.size();
    const auto parsed = std::from_chars(text.data(), end, value);
    return parsed.ec == std::errc{} && parsed.ptr == end ? std::optional{value} : std::nullopt;
}

bool is_compressible(std::string_view content_type) {
    constexpr std::array<std::string_view, 5> types{
        "application/javascript",
        "application/x-javascript",
        "application/xml",
        "application/json",
        "application/wasm"};
    std::string type{content_type.substr(0, content_type.find(';'))};
    type.resize(type.find_last_not_of(" \t") + 1);
    for (char& c : type) {
        c = c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c;
    }
    if (type == "text/event-stream") {
        return false;  // short events, and a compressor's memory for as long as the page is open
    }
    return type.starts_with("text/") || type.ends_with("+json") || type.ends_with("+xml") ||
           std::find(types.begin(), types.end(), type) != types.end();
}

void weaken_etag(HTTPHeaders& headers) {
    const auto etag = headers.get(KnownHeader::etag);
    if (etag && !etag->starts_with("W/")) {
        headers.set("Etag", "W/" + *etag);
    }
}

/// The coding that the client wants most, if it wants that no less than the plain bytes; of
/// several, what comes first in `preference`.
const Coding*
choose(const httputil::HTTPServerRequest& request, const std::vector<std::string>& preference) {
    const auto accepted = request.headers().get(KnownHeader::accept_encoding);
    const Coding* chosen = nullptr;
    int best = 0;
    for (const auto& name : preference) {
        const auto& coding = known_coding(name);
        const int quality =
            accepted && coding.make != nullptr ? coding_quality(*accepted, name) : 0;
        if (quality > best && quality >= identity_quality(*accepted)) {
            best = quality;
            chosen = &coding;
        }
    }
    return chosen;
}

}  // namespace

std::vector<std::string> content_encodings() {
    std::vector<std::string> names;
    for (const auto& coding : known_codings) {
        if (coding.make != nullptr) {
            names.emplace_back(coding.name);
        }
    }
    return names;
}

MakeTransform make_content_encoding(std::vector<std::string> preference) {
    for (const auto& name : preference) {
        static_cast<void>(known_coding(name));
    }
    return [preference = std::move(preference)](const httputil::HTTPServerRequest& request) {
        return std::make_unique<ContentEncoding>(request, preference);
    };
}

ContentEncoding::ContentEncoding(
    const httputil::HTTPServerRequest& request,
    const std::vector<std::string>& preference
)
    : coding_{choose(request, preference)} {}

ContentEncoding::~ContentEncoding() = default;

bool ContentEncoding::applies(int status, const HTTPHeaders& headers, std::size_t whole_size)
    const {
    constexpr int partial_content = 206;
    return coding_ != nullptr &&
           is_compressible(headers.first(KnownHeader::content_type).value_or("")) &&
           whole_size >= min_length && !headers.contains(KnownHeader::content_encoding) &&
           status != partial_content &&
           !has_member(headers.get(KnownHeader::cache_control).value_or(""), "no-transform");
}

void ContentEncoding::transform_first_chunk(
    int& status,
    HTTPHeaders& headers,
    std::string& chunk,
    bool finishing
) {
    add_vary(headers, "Accept-Encoding");
    constexpr int not_modified = 304;
    const auto size = status == not_modified ? content_length(headers).value_or(min_length)
                      : finishing            ? chunk.size()
                                             : min_length;
    if (!applies(status, headers, size)) {
        return;
    }
    if (status == not_modified) {
        weaken_etag(headers);  // as the Etag of what is not sent again is (RFC 9110, 15.4.5)
        return;
    }
    headers.add_unchecked(KnownHeader::content_encoding, coding_->name);
    weaken_etag(headers);
    encoder_ = coding_->make();
    const bool has_length = headers.contains(KnownHeader::content_length);
    if (!chunk.empty() || finishing) {
        transform_chunk(chunk, finishing);
    }
    if (has_length && finishing) {
        headers.set("Content-Length", std::to_string(chunk.size()));
    } else {
        headers.remove(KnownHeader::content_length);
    }
}

void ContentEncoding::transform_chunk(std::string& chunk, bool finishing) {
    if (encoder_ == nullptr) {
        return;
    }
    chunk = encoder_->compress(chunk, finishing);
    if (finishing) {
        encoder_.reset();
    }
}

GZipContentEncoding::GZipContentEncoding(const httputil::HTTPServerRequest& request)
    : ContentEncoding{request, {"gzip"}} {}

}  // namespace tornado::web
