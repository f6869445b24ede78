#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "../../../libs/httpclient/src/digest.hpp"

/// The challenge of a field's value.
inline std::optional<tornado::httpclient::DigestChallenge> parse(const std::string& value) {
    return tornado::httpclient::parse_digest_challenge(
        {{"WWW-Authenticate", value}}, "WWW-Authenticate"
    );
}

inline bool holds(std::string_view text, std::string_view part) {
    return text.find(part) != text.npos;
}

/// The value of a parameter of a Digest field, without quotes.
inline std::string param(const std::string& field, const std::string& name) {
    const auto place = field.find(name + "=");
    const auto begin = place + name.size() + 1;
    if (place == field.npos) {
        return "(none)";
    }
    if (field[begin] == '"') {
        return field.substr(begin + 1, field.find('"', begin + 1) - begin - 1);
    }
    return field.substr(begin, field.find(',', begin) - begin);
}
