// Any bytes as the challenges of a server, a line each: what is answered is answered in a field
// that is well-formed, and not for nothing.
#include <tornado/httputil/http_headers.hpp>

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

#include "digest.hpp"
#include "support.hpp"

namespace {

using namespace tornado::httpclient;

constexpr std::string_view name = "WWW-Authenticate";

tornado::httputil::HTTPHeaders challenges(std::string_view input) {
    tornado::httputil::HTTPHeaders headers;
    while (!input.empty()) {
        const auto line = input.substr(0, input.find('\n'));
        input.remove_prefix(std::min(line.size() + 1, input.size()));
        try {
            headers.add(name, line);
        } catch (const std::exception&) {  // no field has such a value
        }
    }
    return headers;
}

void check_field(std::string_view field) {
    require(field.starts_with("Digest "), "the scheme is named");
    bool quoted = false;
    for (std::size_t i = 0; i < field.size(); ++i) {
        require(
            (static_cast<unsigned char>(field[i]) >= 0x20 || field[i] == '\t') && field[i] != 0x7f,
            "no control character"
        );
        if (field[i] == '\\' && quoted) {
            ++i;
        } else if (field[i] == '"') {
            quoted = !quoted;
        }
    }
    require(!quoted, "each text ends");
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    const auto headers = challenges({reinterpret_cast<const char*>(data), size});
    const Credentials user{"Mu\"f\\asa \xc3\xa9", "Circle of Life"};
    if (const auto challenge = parse_digest_challenge(headers, name)) {
        check_field(digest_authorization(
            *challenge, user, {.method = "GET", .uri = "/a?\"b\"", .client_nonce = "0a4f113b"}
        ));
    }
    DigestSessions sessions;
    if (sessions.challenged("http://a", user, headers, name, 0)) {
        const auto answer = sessions.answer("http://a", user, "GET", "/");
        require(answer.has_value(), "what is worth an answer gets one");
        check_field(*answer);
        require(!sessions.answer("http://b", user, "GET", "/"), "other servers get none");
    } else {
        require(!sessions.answer("http://a", user, "GET", "/"), "nothing is answered unasked");
    }
    return 0;
}
