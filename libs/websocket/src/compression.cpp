#include "tornado/websocket/compression.hpp"

#include <algorithm>
#include <stdexcept>
#include <utility>

namespace tornado::websocket {

namespace {

constexpr std::string_view extension_name = "permessage-deflate";
constexpr int most_bits = 15;

/// The parameters as they stand; absent ones are nullopt, one without a value is 0.
struct Parameters {
    bool server_no_context_takeover = false;
    bool client_no_context_takeover = false;
    std::optional<int> server_max_window_bits;
    std::optional<int> client_max_window_bits;
};

/// 8 to 15, without leading zeros (RFC 7692, 7.1.2).
std::optional<int> window_bits(std::string_view text) noexcept {
    if (text == "8" || text == "9") {
        return text[0] - '0';
    }
    if (text.size() == 2 && text[0] == '1' && text[1] >= '0' && text[1] <= '5') {
        return 10 + (text[1] - '0');
    }
    return std::nullopt;
}

bool set_flag(bool& flag, const ExtensionParameter& parameter) noexcept {
    return !parameter.value && !std::exchange(flag, true);
}

bool set_bits(
    std::optional<int>& bits,
    const ExtensionParameter& parameter,
    bool value_required
) noexcept {
    if (bits) {
        return false;
    }
    if (!parameter.value) {
        bits = 0;
        return !value_required;
    }
    bits = window_bits(*parameter.value);
    return bits.has_value();
}

/// nullopt for what is unknown, repeated or malformed.
std::optional<Parameters> read_parameters(const Extension& extension, bool is_offer) {
    Parameters found;
    for (const auto& parameter : extension.parameters) {
        bool good = false;
        if (parameter.name == "server_no_context_takeover") {
            good = set_flag(found.server_no_context_takeover, parameter);
        } else if (parameter.name == "client_no_context_takeover") {
            good = set_flag(found.client_no_context_takeover, parameter);
        } else if (parameter.name == "server_max_window_bits") {
            good = set_bits(found.server_max_window_bits, parameter, true);
        } else if (parameter.name == "client_max_window_bits") {
            good = set_bits(found.client_max_window_bits, parameter, !is_offer);
        }
        if (!good) {
            return std::nullopt;
        }
    }
    return found;
}

void append_bits(std::string& field, std::string_view name, int bits) {
    field.append("; ").append(name).append("=").append(std::to_string(bits));
}

DeflateAnswer answer(const Parameters& offer, const CompressionOptions& options) {
    DeflateAnswer made;
    auto& agreement = made.agreement;
    made.field = extension_name;
    agreement.server_no_context_takeover =
        offer.server_no_context_takeover || !options.own_context_takeover;
    agreement.client_no_context_takeover =
        offer.client_no_context_takeover || !options.peer_context_takeover;
    if (agreement.server_no_context_takeover) {
        made.field += "; server_no_context_takeover";
    }
    if (agreement.client_no_context_takeover) {
        made.field += "; client_no_context_takeover";
    }
    agreement.server_max_window_bits =
        std::min(offer.server_max_window_bits.value_or(most_bits), options.own_max_window_bits);
    if (offer.server_max_window_bits || agreement.server_max_window_bits < most_bits) {
        append_bits(made.field, "server_max_window_bits", agreement.server_max_window_bits);
    }
    if (offer.client_max_window_bits) {  // RFC 7692, 7.1.2.2: only to one who knows it
        const int bits = *offer.client_max_window_bits;
        agreement.client_max_window_bits =
            std::min(bits == 0 ? most_bits : bits, options.peer_max_window_bits);
        if (agreement.client_max_window_bits < most_bits) {
            append_bits(made.field, "client_max_window_bits", agreement.client_max_window_bits);
        }
    }
    return made;
}

}  // namespace

void check(const CompressionOptions& options) {
    const auto within = [](int value, int least, int most) {
        return value >= least && value <= most;
    };
    if (!within(options.compression_level, 0, 9)) {
        throw std::invalid_argument{"compression_level is from 0 to 9"};
    }
    if (!within(options.mem_level, 1, 9)) {
        throw std::invalid_argument{"mem_level is from 1 to 9"};
    }
    if (!within(options.own_max_window_bits, 8, most_bits) ||
        !within(options.peer_max_window_bits, 8, most_bits)) {
        throw std::invalid_argument{"max_window_bits is from 8 to 15"};
    }
}

std::optional<DeflateAnswer>
answer_offers(const std::vector<Extension>& offers, const CompressionOptions& options) {
    for (const auto& offer : offers) {
        if (offer.name != extension_name) {
            continue;
        }
        if (const auto parameters = read_parameters(offer, true)) {
            return answer(*parameters, options);
        }
    }
    return std::nullopt;
}

namespace {

void append_offer(std::string& field, const CompressionOptions& options, bool own_context) {
    field += field.empty() ? "" : ", ";
    field += extension_name;
    if (!options.peer_context_takeover) {
        field += "; server_no_context_takeover";
    }
    if (!own_context) {
        field += "; client_no_context_takeover";
    }
    if (options.peer_max_window_bits < most_bits) {
        append_bits(field, "server_max_window_bits", options.peer_max_window_bits);
    }
    if (options.own_max_window_bits < most_bits) {
        append_bits(field, "client_max_window_bits", options.own_max_window_bits);
    } else {
        field += "; client_max_window_bits";
    }
}

}  // namespace

std::string make_offer(const CompressionOptions& options) {
    std::string field;
    if (options.own_context_takeover) {
        append_offer(field, options, true);
    }
    append_offer(field, options, false);  // for a server that wants to hear of it
    return field;
}

std::optional<DeflateAgreement>
read_answer(const Extension& answer, const CompressionOptions& options) {
    if (answer.name != extension_name) {
        return std::nullopt;
    }
    const auto parameters = read_parameters(answer, false);
    if (!parameters) {
        return std::nullopt;
    }
    // What was asked for must be granted (RFC 7692, 7.1.1.1 and 7.1.2.1).
    if (!options.peer_context_takeover && !parameters->server_no_context_takeover) {
        return std::nullopt;
    }
    const int server_bits = parameters->server_max_window_bits.value_or(most_bits);
    if (server_bits > options.peer_max_window_bits) {
        return std::nullopt;
    }
    DeflateAgreement agreement;
    agreement.server_no_context_takeover = parameters->server_no_context_takeover;
    agreement.client_no_context_takeover =
        parameters->client_no_context_takeover || !options.own_context_takeover;
    agreement.server_max_window_bits = server_bits;
    agreement.client_max_window_bits = std::min(
        parameters->client_max_window_bits.value_or(most_bits), options.own_max_window_bits
    );
    return agreement;
}

}  // namespace tornado::websocket
