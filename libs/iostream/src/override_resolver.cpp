#include "tornado/iostream/override_resolver.hpp"

namespace tornado::netutil {

OverrideResolver::OverrideResolver(std::shared_ptr<Resolver> resolver)
    : resolver_{resolver != nullptr ? std::move(resolver) : Resolver::make()} {}

OverrideResolver& OverrideResolver::map(std::string host, std::string to) {
    by_host_.insert_or_assign(std::move(host), std::move(to));
    return *this;
}

OverrideResolver& OverrideResolver::map(std::string host, int port, std::string to, int to_port) {
    by_port_.insert_or_assign(Place{std::move(host), port}, Place{std::move(to), to_port});
    return *this;
}

OverrideResolver&
OverrideResolver::map(std::string host, int port, Family family, std::string to, int to_port) {
    by_family_.insert_or_assign(
        std::tuple{std::move(host), port, family}, Place{std::move(to), to_port}
    );
    return *this;
}

void OverrideResolver::close() {
    resolver_->close();
}

Future<Resolver::Addresses>
OverrideResolver::look_up(std::string host, std::uint16_t port, Family family) {
    const auto exact = by_family_.find(std::tuple{host, port, family});
    if (exact != by_family_.end()) {
        return resolver_->resolve(exact->second.first, exact->second.second, family);
    }
    const auto at_port = by_port_.find(Place{host, port});
    if (at_port != by_port_.end()) {
        return resolver_->resolve(at_port->second.first, at_port->second.second, family);
    }
    const auto named = by_host_.find(host);
    return resolver_->resolve(
        named != by_host_.end() ? named->second : std::move(host), port, family
    );
}

}  // namespace tornado::netutil
