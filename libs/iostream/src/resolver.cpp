#include "tornado/iostream/resolver.hpp"

#include <exception>
#include <mutex>
#include <stdexcept>

#include "tornado/iostream/executor_resolver.hpp"

namespace tornado::netutil {

namespace {

class ResolverCategory final : public std::error_category {
public:
    [[nodiscard]] const char* name() const noexcept override { return "tornado.resolver"; }
    [[nodiscard]] std::string message(int value) const override {
        switch (static_cast<ResolverErrc>(value)) {
            case ResolverErrc::bad_name:
                return "a host's name has 1 to 253 characters, and no NUL among them";
            case ResolverErrc::name_not_known:
                return "Name or service not known";
            case ResolverErrc::no_address:
                return "No address associated with hostname";
            case ResolverErrc::temporary_failure:
                return "Temporary failure in name resolution";
            case ResolverErrc::failure:
                return "Non-recoverable failure in name resolution";
        }
        return "unknown error";
    }
};

constexpr std::size_t longest_name = 253;  // RFC 1035, 2.3.4, as text; a dot may follow

bool may_be_name(std::string_view host) {
    if (host.size() > 1 && host.ends_with('.')) {
        host.remove_suffix(1);
    }
    return !host.empty() && host.size() <= longest_name && host.find('\0') == host.npos;
}

/// What configure() has chosen.
struct Configuration {
    std::mutex mutex;
    Resolver::Factory factory;
};

Configuration& configuration() {
    static auto* const instance = new Configuration;  // threads may outlive static destruction
    return *instance;
}

}  // namespace

const std::error_category& resolver_category() noexcept {
    static const ResolverCategory category;
    return category;
}

std::system_error resolver_error(std::error_code reason, std::string_view host) {
    constexpr std::size_t enough = 80;
    std::string shown;
    for (const char character : host.substr(0, enough)) {
        const bool printable = static_cast<unsigned char>(character) >= ' ' && character != '\x7f';
        shown += printable ? character : '?';
    }
    if (host.size() > enough) {
        shown += "...";
    }
    return {reason, "cannot resolve \"" + shown + "\""};
}

Future<Resolver::Addresses> Resolver::resolve(std::string host, int port, Family family) {
    constexpr int last_port = 65535;
    if (port < 0 || port > last_port) {
        throw std::invalid_argument{"port " + std::to_string(port) + " is not between 0 and 65535"};
    }
    if (!may_be_name(host)) {
        return Future<Addresses>::failed(
            std::make_exception_ptr(resolver_error(ResolverErrc::bad_name, host))
        );
    }
    return look_up(std::move(host), static_cast<std::uint16_t>(port), family);
}

std::shared_ptr<Resolver> Resolver::make() {
    auto& chosen = configuration();
    const std::lock_guard lock{chosen.mutex};
    return chosen.factory ? chosen.factory() : std::make_shared<ThreadedResolver>();
}

void Resolver::configure(Factory factory) {
    auto& chosen = configuration();
    const std::lock_guard lock{chosen.mutex};
    chosen.factory = std::move(factory);
}

Resolver::Addresses numeric_address(std::string_view host, std::uint16_t port, Family family) {
    const Address address{host, port};
    if (address.empty()) {
        return {};
    }
    if (family != Family::any && address.is_ipv6() != (family == Family::ipv6)) {
        throw resolver_error(ResolverErrc::no_address, host);
    }
    return {address};
}

bool is_valid_ip(std::string_view text) noexcept {
    constexpr std::size_t longest = 64;
    return text.size() <= longest && !Address{text, 0}.empty();
}

}  // namespace tornado::netutil
