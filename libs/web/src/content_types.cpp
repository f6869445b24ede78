#include "content_types.hpp"

#include <algorithm>
#include <array>
#include <string>

namespace tornado::web {

namespace {

struct Type {
    std::string_view ending;
    std::string_view name;
};

/// In the order of the endings.
constexpr std::array types{
    Type{"7z", "application/x-7z-compressed"},
    Type{"aac", "audio/aac"},
    Type{"ai", "application/postscript"},
    Type{"aif", "audio/x-aiff"},
    Type{"aiff", "audio/x-aiff"},
    Type{"apng", "image/apng"},
    Type{"asc", "text/plain"},
    Type{"atom", "application/atom+xml"},
    Type{"au", "audio/basic"},
    Type{"avi", "video/x-msvideo"},
    Type{"avif", "image/avif"},
    Type{"bin", "application/octet-stream"},
    Type{"bmp", "image/bmp"},
    Type{"br", "application/octet-stream"},
    Type{"bz2", "application/octet-stream"},
    Type{"c", "text/plain"},
    Type{"css", "text/css"},
    Type{"csv", "text/csv"},
    Type{"doc", "application/msword"},
    Type{"docx", "application/vnd.openxmlformats-officedocument.wordprocessingml.document"},
    Type{"eot", "application/vnd.ms-fontobject"},
    Type{"eps", "application/postscript"},
    Type{"epub", "application/epub+zip"},
    Type{"exe", "application/octet-stream"},
    Type{"flac", "audio/flac"},
    Type{"flv", "video/x-flv"},
    Type{"gif", "image/gif"},
    Type{"gz", "application/gzip"},
    Type{"h", "text/plain"},
    Type{"heic", "image/heic"},
    Type{"htm", "text/html"},
    Type{"html", "text/html"},
    Type{"ico", "image/vnd.microsoft.icon"},
    Type{"ics", "text/calendar"},
    Type{"iso", "application/octet-stream"},
    Type{"jar", "application/java-archive"},
    Type{"jpe", "image/jpeg"},
    Type{"jpeg", "image/jpeg"},
    Type{"jpg", "image/jpeg"},
    Type{"js", "text/javascript"},
    Type{"json", "application/json"},
    Type{"jsonld", "application/ld+json"},
    Type{"jxl", "image/jxl"},
    Type{"log", "text/plain"},
    Type{"m3u8", "application/vnd.apple.mpegurl"},
    Type{"m4a", "audio/mp4"},
    Type{"m4v", "video/mp4"},
    Type{"md", "text/markdown"},
    Type{"mid", "audio/midi"},
    Type{"midi", "audio/midi"},
    Type{"mjs", "text/javascript"},
    Type{"mkv", "video/x-matroska"},
    Type{"mov", "video/quicktime"},
    Type{"mp3", "audio/mpeg"},
    Type{"mp4", "video/mp4"},
    Type{"mpeg", "video/mpeg"},
    Type{"mpg", "video/mpeg"},
    Type{"odp", "application/vnd.oasis.opendocument.presentation"},
    Type{"ods", "application/vnd.oasis.opendocument.spreadsheet"},
    Type{"odt", "application/vnd.oasis.opendocument.text"},
    Type{"oga", "audio/ogg"},
    Type{"ogg", "audio/ogg"},
    Type{"ogv", "video/ogg"},
    Type{"opus", "audio/ogg"},
    Type{"otf", "font/otf"},
    Type{"pdf", "application/pdf"},
    Type{"png", "image/png"},
    Type{"ppt", "application/vnd.ms-powerpoint"},
    Type{"pptx", "application/vnd.openxmlformats-officedocument.presentationml.presentation"},
    Type{"ps", "application/postscript"},
    Type{"py", "text/x-python"},
    Type{"qt", "video/quicktime"},
    Type{"rss", "application/rss+xml"},
    Type{"rtf", "application/rtf"},
    Type{"sh", "application/x-sh"},
    Type{"svg", "image/svg+xml"},
    Type{"svgz", "application/gzip"},
    Type{"swf", "application/x-shockwave-flash"},
    Type{"tar", "application/x-tar"},
    Type{"tgz", "application/gzip"},
    Type{"tif", "image/tiff"},
    Type{"tiff", "image/tiff"},
    Type{"tsv", "text/tab-separated-values"},
    Type{"ttf", "font/ttf"},
    Type{"txt", "text/plain"},
    Type{"vcf", "text/vcard"},
    Type{"vtt", "text/vtt"},
    Type{"wasm", "application/wasm"},
    Type{"wav", "audio/x-wav"},
    Type{"weba", "audio/webm"},
    Type{"webm", "video/webm"},
    Type{"webmanifest", "application/manifest+json"},
    Type{"webp", "image/webp"},
    Type{"woff", "font/woff"},
    Type{"woff2", "font/woff2"},
    Type{"xhtml", "application/xhtml+xml"},
    Type{"xls", "application/vnd.ms-excel"},
    Type{"xlsx", "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"},
    Type{"xml", "text/xml"},
    Type{"xsl", "application/xml"},
    Type{"xz", "application/octet-stream"},
    Type{"z", "application/octet-stream"},
    Type{"zip", "application/zip"},
    Type{"zst", "application/octet-stream"},
};
constexpr auto by_ending = [](const Type& a, const Type& b) { return a.ending < b.ending; };
static_assert(std::is_sorted(types.begin(), types.end(), by_ending));

}  // namespace

std::string_view guess_content_type(std::string_view path) noexcept {
    constexpr std::string_view unknown = "application/octet-stream";
    constexpr std::size_t longest = 11;
    const auto name = path.substr(path.rfind('/') + 1);
    const auto dot = name.rfind('.');
    if (dot == name.npos || dot == 0 || name.size() - dot - 1 > longest) {
        return unknown;
    }
    std::array<char, longest> lower{};
    std::size_t size = 0;
    for (const char c : name.substr(dot + 1)) {
        lower[size++] = c >= 'A' && c <= 'Z' ? static_cast<char>(c | 0x20) : c;
    }
    const std::string_view ending{lower.data(), size};
    const auto found = std::lower_bound(types.begin(), types.end(), Type{ending, {}}, by_ending);
    return found != types.end() && found->ending == ending ? found->name : unknown;
}

}  // namespace tornado::web
