#include "tornado/tcpserver/trusted_peers.hpp"

#include <algorithm>
#include <array>
#include <charconv>
#include <cstdint>
#include <cstring>
#include <span>
#include <stdexcept>
#include <string>

namespace tornado::tcpserver {

namespace {

using netutil::Address;

constexpr std::array<std::uint8_t, 12> mapped_prefix{0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0xff, 0xff};

[[nodiscard]] unsigned length_of(const Address& address) noexcept {
    return address.is_ipv6() ? 16 : 4;
}

/// Whether the first `bits` of both are the same.
bool same_bits(
    std::span<const std::uint8_t> one,
    std::span<const std::uint8_t> other,
    unsigned bits
) {
    const auto whole = bits / 8;
    if (!std::equal(one.begin(), one.begin() + whole, other.begin())) {
        return false;
    }
    const unsigned rest = bits % 8;
    return rest == 0 || ((one[whole] ^ other[whole]) >> (8 - rest)) == 0;
}

}  // namespace

TrustedPeers::TrustedPeers(const std::vector<std::string>& entries) {
    for (const auto& entry : entries) {
        add(entry);
    }
}

void TrustedPeers::add(std::string_view entry) {
    if (entry == "unix") {
        unix_ = true;
        return;
    }
    const auto slash = entry.find('/');
    const Address address{entry.substr(0, slash), 0};
    const unsigned all_bits = 8 * length_of(address);
    unsigned bits = all_bits;
    bool valid = !address.empty();
    if (slash != entry.npos) {
        const auto length = entry.substr(slash + 1);
        const auto* const end = length.data() + length.size();
        const auto [last, error] = std::from_chars(length.data(), end, bits);
        valid = valid && error == std::errc{} && last == end && bits <= all_bits;
    }
    if (!valid) {
        throw std::invalid_argument{
            "\"" + std::string{entry} +
            "\" is no trusted peer: give a numeric address, a network such as 10.0.0.0/8, or "
            "\"unix\""};
    }
    networks_.push_back({address, bits});
}

bool TrustedPeers::contains(const Address& address) const noexcept {
    if (address.empty() || address.is_unix()) {
        return unix_;
    }
    const std::span<const std::uint8_t> bytes{address.bytes()};
    const bool mapped =
        address.is_ipv6() && std::equal(mapped_prefix.begin(), mapped_prefix.end(), bytes.begin());
    return std::any_of(networks_.begin(), networks_.end(), [&](const Network& network) {
        if (network.address.is_ipv6() == address.is_ipv6()) {
            return same_bits(network.address.bytes(), bytes, network.bits);
        }
        return mapped && same_bits(network.address.bytes(), bytes.subspan(12), network.bits);
    });
}

}  // namespace tornado::tcpserver
