// Any bytes as signed values and XSRF tokens: what was signed comes back, nothing that was changed
// does, and a token is the same in each of its forms.
#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <tornado/web/signed_value.hpp>

#include "support.hpp"
#include "xsrf_token.hpp"

namespace {

namespace web = tornado::web;

const web::CookieSecret secrets = {{0, "the old secret"}, {3, "the new secret"}};

void check_signed(std::string_view name, std::string_view value, Dice& dice) {
    const auto text = web::create_signed_value(secrets, name, value, {.key_version = 3});
    require(web::decode_signed_value(secrets, name, text) == value, "what was signed comes back");
    require(web::get_signature_key_version(text) == 3, "it says by which secret");
    auto changed = text;
    changed[dice.roll(changed.size())] ^= static_cast<char>(1 + dice.roll(255));
    require(
        !web::decode_signed_value(secrets, name, changed).has_value(), "what was changed does not"
    );
    const auto other = std::string{name} + "x";
    require(!web::decode_signed_value(secrets, other, text).has_value(), "nor by another name");
}

void check_token(std::string_view text) {
    const auto token = web::XsrfToken::parse(text);
    if (!token || token->bytes.empty()) {
        return;
    }
    const auto again = web::XsrfToken::parse(token->to_string(2));
    require(again && again->bytes == token->bytes, "a token is the same however it is masked");
    require(again->timestamp == token->timestamp, "and as old");
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    const std::string_view input{reinterpret_cast<const char*>(data), size};
    Dice dice{size == 0 ? 0U : data[0]};
    const auto middle = input.size() / 2;
    check_signed(input.substr(0, middle), input.substr(middle), dice);
    static_cast<void>(web::decode_signed_value(secrets, "name", input));
    static_cast<void>(web::decode_signed_value("secret", "name", input));
    static_cast<void>(web::get_signature_key_version(input));
    check_token(input);
    return 0;
}
