#include "tornado/tcpserver/proxy_protocol.hpp"

#include <netinet/in.h>
#include <sys/socket.h>

#include <algorithm>
#include <array>
#include <charconv>
#include <cstdint>
#include <cstring>

namespace tornado::tcpserver {

namespace {

using netutil::Address;
using Parsed = Result<std::optional<ProxyHeader>>;

class ProxyCategory final : public std::error_category {
public:
    [[nodiscard]] const char* name() const noexcept override { return "tornado.proxy_protocol"; }
    [[nodiscard]] std::string message(int value) const override {
        switch (static_cast<ProxyErrc>(value)) {
            case ProxyErrc::no_header:
                return "there is none";
            case ProxyErrc::malformed:
                return "it is malformed";
            case ProxyErrc::too_long:
                return "it is too long";
            case ProxyErrc::wrong_checksum:
                return "its checksum is wrong";
            case ProxyErrc::unknown_transport:
                return "it speaks of another transport than TCP and UNIX streams";
        }
        return "unknown error";
    }
};

// Version 1: a line of text

constexpr std::string_view signature_1 = "PROXY ";
constexpr std::size_t longest_line = 107;  // 2.1, with CRLF

/// The next word of a line whose words are parted by one space each.
std::string_view next_word(std::string_view& line) {
    const auto space = line.find(' ');
    const auto word = line.substr(0, space);
    line = space == line.npos ? std::string_view{} : line.substr(space + 1);
    return word;
}

std::optional<std::uint16_t> port_of(std::string_view word) {
    std::uint16_t port = 0;
    const auto* const end = word.data() + word.size();
    const auto [last, error] = std::from_chars(word.data(), end, port);
    if (error != std::errc{} || last != end || (word.size() > 1 && word.front() == '0')) {
        return std::nullopt;
    }
    return port;
}

Parsed parse_line(std::string_view line, std::size_t size) {
    ProxyHeader header;
    header.size = size;
    const auto protocol = next_word(line);
    if (protocol == "UNKNOWN") {
        return std::optional{header};  // whatever follows does not count
    }
    const bool ipv6 = protocol == "TCP6";
    if ((protocol != "TCP4" && !ipv6) || std::count(line.begin(), line.end(), ' ') != 3) {
        return ProxyErrc::malformed;
    }
    const auto source = next_word(line);
    const auto destination = next_word(line);
    const auto source_port = port_of(next_word(line));
    const auto destination_port = port_of(next_word(line));
    if (!source_port || !destination_port || source.find('%') != source.npos ||
        destination.find('%') != destination.npos) {
        return ProxyErrc::malformed;
    }
    header.source = Address{source, *source_port};
    header.destination = Address{destination, *destination_port};
    for (const auto& address : {header.source, header.destination}) {
        if (address.empty() || address.is_ipv6() != ipv6) {
            return ProxyErrc::malformed;
        }
    }
    return std::optional{header};
}

Parsed parse_version_1(std::string_view bytes) {
    const auto end = bytes.substr(0, longest_line).find('\n');
    if (end == bytes.npos) {
        return bytes.size() < longest_line ? Parsed{std::nullopt} : Parsed{ProxyErrc::too_long};
    }
    if (bytes[end - 1] != '\r') {
        return ProxyErrc::malformed;
    }
    const auto line = bytes.substr(signature_1.size(), end - 1 - signature_1.size());
    return parse_line(line, end + 1);
}

// Version 2: binary

constexpr std::string_view signature_2{"\r\n\r\n\0\r\nQUIT\n", 12};
constexpr std::size_t fixed_size = 16;  // signature, version and command, family, length
constexpr std::size_t most_bytes = 2048;

std::size_t number_at(std::string_view bytes, std::size_t place) {
    return static_cast<std::size_t>(static_cast<unsigned char>(bytes[place])) << 8U |
           static_cast<unsigned char>(bytes[place + 1]);
}

/// RFC 3720's CRC32C, with zeros in place of the checksum itself.
std::uint32_t checksum(std::string_view header, std::size_t place_of_checksum) {
    constexpr std::uint32_t polynomial = 0x82f63b78;
    std::uint32_t sum = 0xffffffff;
    for (std::size_t i = 0; i < header.size(); ++i) {
        const bool own = i >= place_of_checksum && i < place_of_checksum + 4;
        sum ^= own ? 0U : static_cast<unsigned char>(header[i]);
        for (int bit = 0; bit < 8; ++bit) {
            sum = (sum >> 1U) ^ ((sum & 1U) != 0 ? polynomial : 0U);
        }
    }
    return ~sum;
}

/// The additional information behind the addresses: each a type, a length and so many bytes.
Result<void> check_additions(std::string_view header, std::size_t place) {
    constexpr unsigned char type_crc32c = 0x03;
    constexpr std::size_t head = 3;
    while (place < header.size()) {
        if (header.size() - place < head) {
            return ProxyErrc::malformed;
        }
        const auto type = static_cast<unsigned char>(header[place]);
        const auto size = number_at(header, place + 1);
        place += head;
        if (header.size() - place < size) {
            return ProxyErrc::malformed;
        }
        if (type == type_crc32c) {
            if (size != 4) {
                return ProxyErrc::malformed;
            }
            const auto sent = number_at(header, place) << 16U | number_at(header, place + 2);
            if (sent != checksum(header, place)) {
                return ProxyErrc::wrong_checksum;
            }
        }
        place += size;
    }
    return {};
}

Address ipv4_at(std::string_view bytes, std::size_t place, std::size_t port) {
    sockaddr_in address{};
    address.sin_family = AF_INET;
    address.sin_port = htons(static_cast<std::uint16_t>(number_at(bytes, port)));
    std::memcpy(&address.sin_addr, bytes.data() + place, sizeof address.sin_addr);
    return Address{reinterpret_cast<const sockaddr*>(&address)};
}

Address ipv6_at(std::string_view bytes, std::size_t place, std::size_t port) {
    sockaddr_in6 address{};
    address.sin6_family = AF_INET6;
    address.sin6_port = htons(static_cast<std::uint16_t>(number_at(bytes, port)));
    std::memcpy(&address.sin6_addr, bytes.data() + place, sizeof address.sin6_addr);
    return Address{reinterpret_cast<const sockaddr*>(&address)};
}

/// Reads the addresses of a family; the size of what they take, 0 for an unknown family.
std::size_t read_addresses(std::string_view block, unsigned family, ProxyHeader& header) {
    constexpr std::size_t of_tcp4 = 12;
    constexpr std::size_t of_tcp6 = 36;
    constexpr std::size_t of_unix = 216;
    switch (family) {
        case 0x11:
            if (block.size() >= of_tcp4) {
                header.source = ipv4_at(block, 0, 8);
                header.destination = ipv4_at(block, 4, 10);
            }
            return of_tcp4;
        case 0x21:
            if (block.size() >= of_tcp6) {
                header.source = ipv6_at(block, 0, 32);
                header.destination = ipv6_at(block, 16, 34);
            }
            return of_tcp6;
        case 0x31:
            return of_unix;
        default:
            return 0;
    }
}

Parsed parse_version_2(std::string_view bytes) {
    if (bytes.size() < fixed_size) {
        return std::optional<ProxyHeader>{};
    }
    const auto version_and_command = static_cast<unsigned char>(bytes[12]);
    const auto family = static_cast<unsigned char>(bytes[13]);
    constexpr unsigned char local = 0x20;
    constexpr unsigned char proxy = 0x21;
    if (version_and_command != local && version_and_command != proxy) {
        return ProxyErrc::malformed;
    }
    ProxyHeader header;
    header.size = fixed_size + number_at(bytes, 14);
    if (header.size > most_bytes) {
        return ProxyErrc::too_long;
    }
    if (bytes.size() < header.size) {
        return std::optional<ProxyHeader>{};
    }
    constexpr unsigned char unspecified = 0x00;
    if (version_and_command == local || family == unspecified) {
        return std::optional{header};  // whatever follows does not count
    }
    bytes = bytes.substr(0, header.size);
    const auto block = bytes.substr(fixed_size);
    const auto taken = read_addresses(block, family, header);
    if (taken == 0) {
        return ProxyErrc::unknown_transport;
    }
    if (block.size() < taken) {
        return ProxyErrc::malformed;
    }
    const auto additions = check_additions(bytes, fixed_size + taken);
    return additions ? Parsed{std::optional{header}} : Parsed{additions.error()};
}

/// Whether `bytes` are the beginning of `signature`, or begin with it.
bool may_begin_with(std::string_view bytes, std::string_view signature) {
    const auto size = std::min(bytes.size(), signature.size());
    return bytes.substr(0, size) == signature.substr(0, size);
}

}  // namespace

const std::error_category& proxy_category() noexcept {
    static const ProxyCategory category;
    return category;
}

Result<std::optional<ProxyHeader>> parse_proxy_header(std::string_view bytes) {
    if (bytes.starts_with(signature_1)) {
        return parse_version_1(bytes);
    }
    if (bytes.starts_with(signature_2)) {
        return parse_version_2(bytes);
    }
    if (may_begin_with(bytes, signature_1) || may_begin_with(bytes, signature_2)) {
        return std::optional<ProxyHeader>{};
    }
    return ProxyErrc::no_header;
}

}  // namespace tornado::tcpserver
