#include "address_lookup.hpp"

#include <netdb.h>
#include <sys/socket.h>

#include <algorithm>
#include <cerrno>
#include <memory>

#include "shortage.hpp"
#include "tornado/iostream/resolver.hpp"

namespace tornado::netutil {

namespace {

std::error_code code_of(int error, int system_error) {
    if (is_shortage(system_error)) {  // glibc, which could not even ask, says EAI_NONAME
        return {system_error, std::system_category()};
    }
    switch (error) {
        case EAI_NONAME:
            return ResolverErrc::name_not_known;
        case EAI_NODATA:
        case EAI_ADDRFAMILY:
        case EAI_FAMILY:
            return ResolverErrc::no_address;
        case EAI_AGAIN:
            return ResolverErrc::temporary_failure;
        case EAI_MEMORY:
            return make_error_code(std::errc::not_enough_memory);
        case EAI_SYSTEM:
            return {system_error, std::system_category()};
        default:
            return ResolverErrc::failure;
    }
}

}  // namespace

int address_family(Family family) noexcept {
    switch (family) {
        case Family::ipv4:
            return AF_INET;
        case Family::ipv6:
            return AF_INET6;
        case Family::any:
            break;
    }
    return AF_UNSPEC;
}

std::vector<Address>
look_up_addresses(const std::string& host, std::uint16_t port, Family family, Purpose purpose) {
    addrinfo hints{};
    hints.ai_family = address_family(family);
    hints.ai_socktype = SOCK_STREAM;
    hints.ai_flags = AI_NUMERICSERV | (purpose == Purpose::listen ? AI_PASSIVE : 0);
    addrinfo* found = nullptr;
    const auto service = std::to_string(port);
    errno = 0;
    const int error =
        ::getaddrinfo(host.empty() ? nullptr : host.c_str(), service.c_str(), &hints, &found);
    if (error != 0) {
        throw resolver_error(code_of(error, errno), host);
    }
    const std::unique_ptr<addrinfo, decltype(&::freeaddrinfo)> owner{found, ::freeaddrinfo};
    std::vector<Address> addresses;
    for (const auto* each = found; each != nullptr; each = each->ai_next) {
        const Address address{each->ai_addr};
        if (!address.empty() &&
            std::find(addresses.begin(), addresses.end(), address) == addresses.end()) {
            addresses.push_back(address);
        }
    }
    if (addresses.empty()) {
        throw resolver_error(ResolverErrc::no_address, host);
    }
    return addresses;
}

}  // namespace tornado::netutil
