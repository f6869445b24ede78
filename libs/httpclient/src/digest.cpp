#include "digest.hpp"

#include <openssl/evp.h>

#include <algorithm>
#include <array>
#include <cstdio>
#include <initializer_list>
#include <stdexcept>
#include <utility>
#include <vector>

#include "tornado/httputil/header_params.hpp"
#include "tornado/util/ascii.hpp"
#include "tornado/util/secure_random.hpp"

namespace tornado::httpclient {

namespace {

using Algorithm = DigestChallenge::Algorithm;

std::string_view trimmed(std::string_view text) noexcept {
    constexpr std::string_view spaces = " \t";
    const auto begin = std::min(text.find_first_not_of(spaces), text.size());
    return text.substr(begin, text.find_last_not_of(spaces) + 1 - begin);
}

std::string unquoted(std::string_view text) {
    if (text.size() < 2 || text.front() != '"' || text.back() != '"') {
        return std::string{text};
    }
    std::string result;
    for (std::size_t i = 1; i + 1 < text.size(); ++i) {
        if (text[i] == '\\' && i + 2 < text.size()) {
            ++i;
        }
        result.push_back(text[i]);
    }
    return result;
}

std::string quoted(std::string_view text) {
    std::string result = "\"";
    for (const char c : text) {
        if (c == '"' || c == '\\') {
            result.push_back('\\');
        }
        result.push_back(c);
    }
    return result + '"';
}

/// A challenge as it is read.
struct Candidate {
    DigestChallenge challenge;
    bool is_digest = false;
    bool has_nonce = false;
    bool unknown = false;  ///< it demands what we cannot do
};

void take_algorithm(Candidate& to, std::string_view name) {
    constexpr std::string_view session = "-sess";
    if (name.size() > session.size() &&
        util::equals_ignore_case(name.substr(name.size() - session.size()), session)) {
        to.challenge.session = true;
        name.remove_suffix(session.size());
    }
    if (util::equals_ignore_case(name, "MD5")) {
        to.challenge.algorithm = Algorithm::md5;
    } else if (util::equals_ignore_case(name, "SHA-256")) {
        to.challenge.algorithm = Algorithm::sha256;
    } else if (util::equals_ignore_case(name, "SHA-512-256")) {
        to.challenge.algorithm = Algorithm::sha512_256;
    } else {
        to.unknown = true;
    }
}

void take_qualities(Candidate& to, std::string_view list) {
    for (const auto each : httputil::split_header_list(list)) {
        to.challenge.quality = to.challenge.quality || util::equals_ignore_case(each, "auth");
    }
    to.unknown = to.unknown || !to.challenge.quality;
}

void take_param(Candidate& to, std::string_view param) {
    const auto equals = param.find('=');
    if (equals == param.npos) {
        return;
    }
    const auto name = trimmed(param.substr(0, equals));
    auto value = unquoted(trimmed(param.substr(equals + 1)));
    auto& challenge = to.challenge;
    if (util::equals_ignore_case(name, "realm")) {
        challenge.realm = std::move(value);
    } else if (util::equals_ignore_case(name, "nonce")) {
        challenge.nonce = std::move(value);
        to.has_nonce = true;
    } else if (util::equals_ignore_case(name, "opaque")) {
        challenge.opaque = std::move(value);
    } else if (util::equals_ignore_case(name, "algorithm")) {
        take_algorithm(to, value);
    } else if (util::equals_ignore_case(name, "qop")) {
        take_qualities(to, value);
    } else if (util::equals_ignore_case(name, "stale")) {
        challenge.stale = util::equals_ignore_case(value, "true");
    } else if (util::equals_ignore_case(name, "userhash")) {
        challenge.userhash = util::equals_ignore_case(value, "true");
    } else if (util::equals_ignore_case(name, "charset")) {
        challenge.utf8 = util::equals_ignore_case(value, "UTF-8");
    }
}

/// Where the first parameter of a challenge begins, if a scheme stands in front of it.
std::size_t scheme_end(std::string_view member) noexcept {
    const auto end = member.find_first_of(" \t=\"");
    if (end == member.npos) {
        return member.size();
    }
    if (member[end] == '=' || member[end] == '"') {
        return 0;
    }
    const auto next = member.find_first_not_of(" \t", end);
    return next == member.npos || member[next] != '=' ? end : 0;
}

std::string hash(Algorithm algorithm, std::initializer_list<std::string_view> parts) {
    std::string text;
    for (const auto& part : parts) {
        text.append(&part == parts.begin() ? "" : ":").append(part);
    }
    const auto* const type = algorithm == Algorithm::md5      ? EVP_md5()
                             : algorithm == Algorithm::sha256 ? EVP_sha256()
                                                              : EVP_sha512_256();
    std::array<unsigned char, EVP_MAX_MD_SIZE> digest{};
    unsigned int size = 0;
    if (EVP_Digest(text.data(), text.size(), digest.data(), &size, type, nullptr) != 1) {
        throw std::runtime_error{"OpenSSL refuses the hash that Digest authentication needs"};
    }
    constexpr std::string_view digits = "0123456789abcdef";
    std::string result;
    for (unsigned int i = 0; i < size; ++i) {
        result.push_back(digits[digest[i] >> 4U]);
        result.push_back(digits[digest[i] & 15U]);
    }
    return result;
}

std::string_view algorithm_name(const DigestChallenge& challenge) noexcept {
    switch (challenge.algorithm) {
        case Algorithm::md5:
            return challenge.session ? "MD5-sess" : "MD5";
        case Algorithm::sha256:
            return challenge.session ? "SHA-256-sess" : "SHA-256";
        case Algorithm::sha512_256:
            return challenge.session ? "SHA-512-256-sess" : "SHA-512-256";
    }
    return {};
}

/// A value for a parameter whose name ends with "*" (RFC 8187, 3.2).
std::string extended_value(std::string_view text) {
    constexpr std::string_view hex = "0123456789ABCDEF";
    std::string result = "UTF-8''";
    for (const char c : text) {
        const auto byte = static_cast<unsigned char>(c);
        const bool plain = (c >= '0' && c <= '9') || (c >= 'A' && c <= 'Z') ||
                           (c >= 'a' && c <= 'z') || c == '-' || c == '.' || c == '_';
        if (plain) {
            result.push_back(c);
        } else {
            result.append({'%', hex[byte >> 4U], hex[byte & 15U]});
        }
    }
    return result;
}

/// The parameter that says who it is.
std::string username_param(const DigestChallenge& challenge, const std::string& name) {
    if (challenge.userhash) {
        return "username=\"" + hash(challenge.algorithm, {name, challenge.realm}) + '"';
    }
    const bool plain = std::all_of(name.begin(), name.end(), [](char c) {
        return static_cast<unsigned char>(c) < 0x7f;
    });
    if (!plain && challenge.utf8) {
        return "username*=" + extended_value(name);
    }
    return "username=" + quoted(name);
}

std::string new_client_nonce() {
    constexpr std::string_view digits = "0123456789abcdef";
    std::string result;
    for (const char c : util::secure_random_bytes(16)) {
        result.push_back(digits[static_cast<unsigned char>(c) >> 4U]);
        result.push_back(digits[static_cast<unsigned char>(c) & 15U]);
    }
    return result;
}

}  // namespace

std::optional<DigestChallenge>
parse_digest_challenge(const httputil::HTTPHeaders& headers, std::string_view name) {
    std::vector<Candidate> all;
    for (const auto& line : headers.get_list(name)) {
        for (auto member : httputil::split_header_list(line)) {
            if (const auto end = scheme_end(member); end != 0) {
                all.emplace_back().is_digest =
                    util::equals_ignore_case(member.substr(0, end), "Digest");
                member = trimmed(member.substr(end));
            }
            if (!all.empty()) {
                take_param(all.back(), member);
            }
        }
    }
    std::optional<DigestChallenge> best;
    for (auto& each : all) {
        const bool usable = each.is_digest && each.has_nonce && !each.unknown;
        if (usable && (!best || best->algorithm < each.challenge.algorithm)) {
            best = std::move(each.challenge);
        }
    }
    return best;
}

std::string digest_authorization(
    const DigestChallenge& challenge,
    const Credentials& credentials,
    const DigestAnswer& answer
) {
    const auto algorithm = challenge.algorithm;
    std::array<char, 9> count{};
    std::snprintf(count.data(), count.size(), "%08x", answer.count);
    auto secret = hash(algorithm, {credentials.name, challenge.realm, credentials.password});
    if (challenge.session) {
        secret = hash(algorithm, {secret, challenge.nonce, answer.client_nonce});
    }
    const auto subject = hash(algorithm, {answer.method, answer.uri});
    const auto response =
        challenge.quality
            ? hash(
                  algorithm,
                  {secret, challenge.nonce, count.data(), answer.client_nonce, "auth", subject}
              )
            : hash(algorithm, {secret, challenge.nonce, subject});

    std::string text = "Digest " + username_param(challenge, credentials.name);
    text.append(", realm=").append(quoted(challenge.realm));
    text.append(", nonce=").append(quoted(challenge.nonce));
    text.append(", uri=").append(quoted(answer.uri));
    text.append(", response=\"").append(response).append("\"");
    text.append(", algorithm=").append(algorithm_name(challenge));
    if (challenge.quality) {
        text.append(", qop=auth, nc=").append(count.data());
    }
    if (challenge.quality || challenge.session) {
        text.append(", cnonce=").append(quoted(answer.client_nonce));
    }
    if (challenge.opaque) {
        text.append(", opaque=").append(quoted(*challenge.opaque));
    }
    if (challenge.userhash) {
        text.append(", userhash=true");
    }
    return text;
}

std::list<DigestSessions::Session>::iterator
DigestSessions::find(std::string_view place, const Credentials& credentials) {
    return std::find_if(sessions_.begin(), sessions_.end(), [&](const Session& each) {
        return each.place == place && each.credentials == credentials;
    });
}

std::optional<std::string> DigestSessions::answer(
    std::string_view place,
    const Credentials& credentials,
    std::string_view method,
    std::string_view uri
) {
    const auto session = find(place, credentials);
    if (session == sessions_.end()) {
        return std::nullopt;
    }
    sessions_.splice(sessions_.begin(), sessions_, session);
    return digest_authorization(
        session->challenge, credentials, {method, uri, session->client_nonce, ++session->count}
    );
}

bool DigestSessions::challenged(
    std::string_view place,
    const Credentials& credentials,
    const httputil::HTTPHeaders& headers,
    std::string_view name,
    int rounds
) {
    auto challenge = parse_digest_challenge(headers, name);
    if (const auto former = find(place, credentials); former != sessions_.end()) {
        sessions_.erase(former);
    }
    if (!challenge || rounds >= most_rounds || (rounds > 0 && !challenge->stale)) {
        return false;
    }
    sessions_.push_front(
        {std::string{place}, credentials, std::move(*challenge), new_client_nonce(), 0}
    );
    if (sessions_.size() > most) {
        sessions_.pop_back();
    }
    return true;
}

}  // namespace tornado::httpclient
