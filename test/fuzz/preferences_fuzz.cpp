// Any bytes as Accept-Encoding and as Accept-Language: what a client says of others changes nothing
// about what it says of one, and weights are what they are.
#include <tornado/locale/translations.hpp>

#include <algorithm>
#include <array>
#include <cstddef>
#include <cstdint>
#include <cstdio>
#include <string>
#include <string_view>
#include <vector>

#include "accept_encoding.hpp"
#include "accept_language.hpp"
#include "support.hpp"

namespace {

namespace web = tornado::web;

/// A weight as RFC 9110, 12.4.2 has it.
std::string weight(int thousandths) {
    std::array<char, 16> text{};
    std::snprintf(text.data(), text.size(), "%d.%03d", thousandths / 1000, thousandths % 1000);
    return text.data();
}

std::string upper(std::string_view text) {
    std::string all{text};
    for (auto& c : all) {
        c = c >= 'a' && c <= 'z' ? static_cast<char>(c - 'a' + 'A') : c;
    }
    return all;
}

void check_coding(const std::string& field, int wanted) {
    const int quality = web::coding_quality(field, "gzip");
    require(quality >= 0 && quality <= 1000, "a quality is between 0 and 1");
    require(web::coding_quality(upper(field), "gzip") == quality, "case does not matter");
    const bool is_named = upper(field).find("GZIP") != field.npos;
    require(
        is_named || field.find('*') != field.npos || quality == 0, "what nobody names is not wanted"
    );
    require(
        web::coding_quality("br;q=0.7, " + field, "gzip") == quality, "other codings do not matter"
    );
    require(
        web::coding_quality("gzip;q=" + weight(wanted) + "," + field, "gzip") == wanted,
        "what is said first counts"
    );
    if (!is_named) {
        require(
            web::coding_quality(field + ", x-gzip ; Q=" + weight(wanted), "gzip") == wanted,
            "so does what is said once"
        );
    }
}

void check_languages(const std::string& field, int wanted) {
    constexpr std::size_t most = 100;
    const auto codes = web::accepted_languages(field);
    require(codes.size() <= most, "there are no more than a hundred");
    for (const auto& code : codes) {
        require(code.find_first_of(",;") == code.npos, "a code is one member's");
        require(field.find(code) != field.npos, "a code is one that was named");
    }
    require(tornado::locale::get(codes) != nullptr, "there is a locale for everybody");
    if (static_cast<std::size_t>(std::ranges::count(field, ',')) + 3 > most ||
        field.find("x-a") != field.npos || field.find("x-b") != field.npos) {
        return;
    }
    auto more = web::accepted_languages(
        "x-a;q=" + weight(wanted) + ", x-b;q=" + weight(wanted + 1) + "," + field
    );
    const auto a = std::ranges::find(more, "x-a");
    const auto b = std::ranges::find(more, "x-b");
    require(b != more.end() && b < a, "the most wanted is first");
    require((a == more.end()) == (wanted == 0), "what is not wanted is left out");
    std::erase_if(more, [](const auto& code) { return code == "x-a" || code == "x-b"; });
    require(more == codes, "and the others stay as they are");
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    if (size < 2) {
        return 0;
    }
    const auto wanted = (data[0] * 256 + data[1]) % 1000;
    const auto field = as_value({reinterpret_cast<const char*>(data) + 2, size - 2});
    check_coding(field, wanted);
    check_languages(field, wanted);
    return 0;
}
