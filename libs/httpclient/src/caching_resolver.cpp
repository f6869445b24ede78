#include "caching_resolver.hpp"

#include <algorithm>
#include <chrono>

#include "tornado/concurrent/promise.hpp"
#include "tornado/ioloop/ioloop.hpp"

namespace tornado::httpclient {

namespace {

constexpr ioloop::Duration longest_refusal = std::chrono::seconds{5};

ioloop::TimePoint now() {
    return ioloop::IOLoop::current().time();
}

/// Whether the name servers have said that there is nothing, rather than nothing.
bool is_final(const std::error_code& error) noexcept {
    return error == netutil::ResolverErrc::name_not_known ||
           error == netutil::ResolverErrc::no_address;
}

}  // namespace

CachingResolver::CachingResolver(std::shared_ptr<netutil::Resolver> resolver, ioloop::Duration time)
    : resolver_{std::move(resolver)},
      time_{time},
      memory_{std::make_shared<Memory>()} {}

void CachingResolver::close() {
    resolver_->close();
}

std::list<CachingResolver::Known>::iterator
CachingResolver::Memory::find(const std::string& host, std::uint16_t port, netutil::Family family) {
    return std::find_if(all.begin(), all.end(), [&](const Known& each) {
        return each.port == port && each.family == family && each.host == host;
    });
}

void CachingResolver::Memory::remember(Known known) {
    if (const auto former = find(known.host, known.port, known.family); former != all.end()) {
        all.erase(former);
    }
    all.push_front(std::move(known));
    if (all.size() > most) {
        all.pop_back();
    }
}

Future<netutil::Resolver::Addresses>
CachingResolver::look_up(std::string host, std::uint16_t port, netutil::Family family) {
    if (netutil::is_valid_ip(host)) {
        return resolver_->resolve(std::move(host), port, family);
    }
    const auto known = memory_->find(host, port, family);
    if (known == memory_->all.end()) {
        Known wanted;
        wanted.host = std::move(host);
        wanted.port = port;
        wanted.family = family;
        return ask(resolver_, memory_, std::move(wanted), time_);
    }
    if (now() >= known->until) {
        auto wanted = std::move(*known);
        memory_->all.erase(known);
        return ask(resolver_, memory_, std::move(wanted), time_);
    }
    if (known->addresses.empty()) {
        return Future<Addresses>::failed(
            std::make_exception_ptr(netutil::resolver_error(known->error, host))
        );
    }
    return Future<Addresses>::ready(known->addresses);
}

Future<netutil::Resolver::Addresses> CachingResolver::ask(
    std::shared_ptr<netutil::Resolver> resolver,
    std::shared_ptr<Memory> memory,
    Known known,
    ioloop::Duration time
) {
    known.addresses.clear();
    try {
        auto asking = resolver->resolve(known.host, known.port, known.family);
        known.addresses = co_await std::move(asking);
    } catch (const std::system_error& error) {
        if (is_final(error.code())) {
            known.error = error.code();
            known.until = now() + std::min(time / 10, longest_refusal);
            memory->remember(std::move(known));
        }
        throw;
    }
    known.until = now() + time;
    memory->remember(known);
    co_return std::move(known.addresses);
}

}  // namespace tornado::httpclient
