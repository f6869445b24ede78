// Any line as a Content-Type, and the bytes behind it as a body: a form is read or refused, keeps
// to its limits, and nothing is made up.
#include <tornado/httputil/body_arguments.hpp>

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

#include "support.hpp"

namespace {

namespace httputil = tornado::httputil;

void check(std::string_view type, std::string_view body, const httputil::ParseBodyConfig& config) {
    httputil::HTTPHeaders headers;
    if (headers.parse_line("Content-Type: " + std::string{type}).has_error()) {
        return;
    }
    const auto form = httputil::parse_body_arguments(headers, body, config);
    auto doubled = headers;
    doubled.add("Content-Type", "application/x-www-form-urlencoded");
    const auto doubtful = httputil::parse_body_arguments(doubled, body, config);
    require(
        doubtful.has_value() && doubtful->arguments.empty() && doubtful->files.empty(),
        "two types make no form"
    );
    if (form.has_error()) {
        return;
    }
    std::size_t files = 0;
    std::size_t bytes = 0;
    for (const auto& [name, list] : form->files) {
        files += list.size();
        for (const auto& file : list) {
            bytes += file.body.size();
        }
    }
    const auto arguments = form->arguments.size();
    require(arguments <= config.max_arguments, "arguments keep to their limit");
    require(files + arguments <= body.size() + 1, "a part takes bytes");
    require(files <= config.multipart.max_parts, "parts keep to theirs");
    require(bytes <= body.size(), "files are parts of the body");
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    const std::string_view input{reinterpret_cast<const char*>(data), size};
    const auto end = input.find('\n');
    const auto body = end == input.npos ? std::string_view{} : input.substr(end + 1);
    httputil::ParseBodyConfig config;
    config.max_arguments = 50;
    config.multipart.max_parts = 5;
    check(input.substr(0, end), body, config);
    check("application/x-www-form-urlencoded", body, config);
    check("multipart/form-data; boundary=1234", body, config);
    return 0;
}
