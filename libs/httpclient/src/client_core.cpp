#include "client_core.hpp"

#include <algorithm>
#include <stdexcept>

#include "caching_resolver.hpp"
#include "fetch.hpp"
#include "tornado/httputil/arguments.hpp"
#include "tornado/iostream/override_resolver.hpp"
#include "tornado/util/ascii.hpp"

namespace tornado::httpclient {

namespace {

/// Milliseconds may be more than a clock can tell.
constexpr std::chrono::milliseconds longest_cache_time = std::chrono::hours{24 * 365};

ConnectionPool::Limits pool_limits(const HTTPClientOptions& options) {
    const auto per_key = options.max_idle_connections_per_host != 0
                             ? options.max_idle_connections_per_host
                             : options.max_clients;
    const auto idle = static_cast<std::uint64_t>(options.idle_timeout.count());
    return {
        ioloop::DeadlineWheel::ticks(idle),
        options.most_idle_connections(),
        per_key,
        options.max_connections_per_host};
}

/// A host as a URL's is told to a resolver: in lower case, an IPv6 address without its brackets.
std::string as_looked_up(std::string_view host) {
    if (host.starts_with('[') && host.ends_with(']')) {
        host = host.substr(1, host.size() - 2);
    }
    std::string looked_up{host};
    for (auto& c : looked_up) {
        c = util::lower(c);
    }
    return looked_up;
}

/// A resolver that knows `mapping`, in front of the other.
std::shared_ptr<netutil::Resolver> with_mapping(
    std::shared_ptr<netutil::Resolver> resolver,
    const std::map<std::string, std::string>& mapping
) {
    if (mapping.empty()) {
        return resolver;
    }
    auto mapped = std::make_shared<netutil::OverrideResolver>(std::move(resolver));
    for (const auto& [from, to] : mapping) {
        const auto source = httputil::split_host_and_port(from);
        const auto target = httputil::split_host_and_port(to);
        if (source.port.has_value() != target.port.has_value()) {
            throw std::invalid_argument{
                "hostname_mapping maps a host to a host, or \"host:port\" to \"host:port\": " +
                from + " to " + to};
        }
        if (source.port) {
            mapped->map(
                as_looked_up(source.host), *source.port, as_looked_up(target.host), *target.port
            );
        } else {
            mapped->map(as_looked_up(source.host), as_looked_up(target.host));
        }
    }
    return mapped;
}

}  // namespace

void FetchList::add(Fetch& fetch) noexcept {
    fetch.retain();
    fetch.previous_ = last_;
    fetch.next_ = nullptr;
    (last_ != nullptr ? last_->next_ : first_) = &fetch;
    last_ = &fetch;
    ++size_;
}

void FetchList::remove(Fetch& fetch) noexcept {
    (fetch.previous_ != nullptr ? fetch.previous_->next_ : first_) = fetch.next_;
    (fetch.next_ != nullptr ? fetch.next_->previous_ : last_) = fetch.previous_;
    --size_;
    fetch.release();
}

ClientCore::ClientCore(const HTTPClientOptions& options)
    : loop_{ioloop::IOLoop::current()},
      options_{options},
      pool_{loop_, pool_limits(options)},
      deadlines_{loop_} {
    if (options.max_clients == 0) {
        throw std::invalid_argument{"max_clients is at least 1"};
    }
    if (options.proxies_from_environment) {
        environment_.emplace();
    }
    if (!options.hostname_mapping.empty()) {
        static_cast<void>(resolver());  // which checks the mapping
    }
}

const std::shared_ptr<netutil::Resolver>& ClientCore::resolver() {
    if (resolver_ == nullptr) {
        owns_resolver_ = options_.resolver == nullptr;
        auto real = owns_resolver_ ? netutil::Resolver::make() : options_.resolver;
        if (options_.dns_cache_time.count() > 0) {
            real = std::make_shared<CachingResolver>(
                std::move(real), std::min(options_.dns_cache_time, longest_cache_time)
            );
        }
        resolver_ = with_mapping(std::move(real), options_.hostname_mapping);
    }
    return resolver_;
}

Future<HTTPResponse> ClientCore::fetch(HTTPRequest request, bool raise_error) {
    if (closed_) {
        throw std::logic_error{"fetch() called on closed AsyncHTTPClient: make another one"};
    }
    const concurrent::StateRef<Fetch> fetch{new Fetch{*this, std::move(request), raise_error}};
    try {
        fetch->check();
    } catch (...) {
        return Future<HTTPResponse>::failed(std::current_exception());
    }
    auto future = fetch->future();
    if (starting_ || active_.size() >= options_.max_clients || queue_.size() != 0) {
        queue_.add(*fetch);
        fetch->wait_in_queue();
        return future;
    }
    const concurrent::StateRef<ClientCore> alive{this};  // what the fetch calls may end the client
    starting_ = true;
    active_.add(*fetch);
    fetch->start();
    starting_ = false;
    start_queued();
    return future;
}

void ClientCore::check(const HTTPRequest& request) {
    const EffectiveSettings settings{request, options_.defaults};
    if (defaults_are_good_ && !request.has_settings()) {
        settings.check_method();
        return;
    }
    settings.check();
    defaults_are_good_ = defaults_are_good_ || !request.has_settings();
}

void ClientCore::finished(Fetch& fetch, bool was_queued) noexcept {
    (was_queued ? queue_ : active_).remove(fetch);
    if (!closed_) {
        start_queued();
    }
}

/// Not called from within itself, lest a long queue that fails be a deep recursion.
void ClientCore::start_queued() noexcept {
    if (queue_.size() == 0 || std::exchange(starting_, true)) {
        return;
    }
    const concurrent::StateRef<ClientCore> alive{this};  // what a fetch calls may end the client
    while (!closed_ && active_.size() < options_.max_clients && queue_.first() != nullptr) {
        const concurrent::StateRef<Fetch> next{queue_.first()};
        queue_.remove(*next);
        active_.add(*next);
        next->start();
    }
    starting_ = false;
}

void ClientCore::close() noexcept {
    const concurrent::StateRef<ClientCore> alive{this};
    closed_ = true;
    const auto error = std::make_exception_ptr(HTTPClientError{599, "the client was closed"});
    for (auto* const list : {&active_, &queue_}) {
        while (auto* const fetch = list->first()) {
            fetch->fail(error);
        }
    }
    pool_.close();
    if (owns_resolver_ && resolver_ != nullptr) {
        resolver_->close();
    }
}

}  // namespace tornado::httpclient
