// How a fetch waits for its place, and comes to a connection.
#include "fetch.hpp"

#include <algorithm>
#include <stdexcept>

#include "tornado/ioloop/time_limit.hpp"
#include "tornado/iostream/errors.hpp"

namespace tornado::httpclient {

using ioloop::Duration;
using ioloop::TimePoint;

namespace {

constexpr Duration usual_timeout = std::chrono::seconds{20};
constexpr int usual_redirects = 5;

/// The code that `error` is closed for, when it is a StreamClosedError with one.
std::error_code closed_for(const std::exception_ptr& error) {
    try {
        std::rethrow_exception(error);
    } catch (const iostream::StreamClosedError& closed) {
        return closed.real_error();
    } catch (...) {
        return {};
    }
}

/// When whoever fetches has to be done.
TimePoint context_deadline() noexcept {
    const auto* const found = stack_context::get(ioloop::must_end_by);
    return found != nullptr ? *found : TimePoint::max();
}

bool is_cancelled(const std::exception_ptr& error) noexcept {
    return error == nullptr || concurrent::is_cancellation(error);
}

}  // namespace

Fetch::Fetch(ClientCore& core, HTTPRequest request, bool raise_error)
    : ValueState{operations, 1, true},
      Alarm{[](Alarm& alarm) { static_cast<Fetch&>(alarm).out_of_time(); }},
      core_{&core},
      context_{concurrent::Context::capture()},
      current_{request},
      response_{held_value()},
      queued_{core.loop().time()},
      raise_error_{raise_error} {
    construct(std::move(request));
}

Fetch::~Fetch() {
    if (status() != Status::value) {
        response_.~HTTPResponse();
    }
}

void Fetch::check() {
    find_origin();
    core_->check(current_);
    if (current_.body() && current_.body_producer()) {
        throw std::invalid_argument{"a request has a body or a body_producer, not both"};
    }
    const auto* const interface = settings().find(&RequestSettings::network_interface);
    if (interface != nullptr && !netutil::is_valid_ip(*interface)) {
        throw std::invalid_argument{
            "Unrecognized IPv4 or IPv6 address for network_interface: " + *interface};
    }
    redirects_left_ = settings().value_or(&RequestSettings::max_redirects, usual_redirects);
}

// Time

void Fetch::set_alarm(TimePoint when) {
    core_->deadlines().remove(*this);
    Alarm::set(core_->loop(), when);
}

/// Nothing but the time for all counts from now on.
void Fetch::keep_deadline() {
    Alarm::unset();
    if (!core_->deadlines().add(*this, deadline_)) {
        Alarm::set(core_->loop(), deadline_);
    }
}

void Fetch::stop_clock() noexcept {
    Alarm::unset();
    core_->deadlines().remove(*this);
}

/// The time from now on for connecting, within that for all.
TimePoint Fetch::connect_deadline() const {
    const auto timeout = settings().value_or(&RequestSettings::connect_timeout, usual_timeout);
    const auto alone =
        timeout == Duration::zero() ? TimePoint::max() : core_->loop().time_after(timeout);
    return std::min(alone, deadline_);
}

void Fetch::wait_in_queue() {
    has_waited_ = true;
    const auto timeout = settings().value_or(&RequestSettings::request_timeout, usual_timeout);
    const auto all =
        timeout == Duration::zero() ? TimePoint::max() : core_->loop().time_after(timeout);
    set_alarm(std::min({connect_deadline(), all, context_deadline()}));
}

void Fetch::out_of_time() {
    auto phase = FetchPhase::request;
    const bool over = core_->loop().time() >= deadline_;
    switch (state_) {
        case State::queued:
        case State::waiting:
            phase = FetchPhase::queue;
            break;
        case State::connecting:
            phase = progress_->phase;
            break;
        case State::pausing:
            restart_times(core_->loop().time());
            try {
                send_again();
            } catch (...) {
                fail(std::current_exception());
            }
            return;
        case State::exchanging:
            if (awaits_continue_ && !over) {  // it may be one that knows no `100 Continue`
                send_body();
                return;
            }
            break;
        case State::over:
            return;
    }
    const auto error = std::make_exception_ptr(HTTPTimeoutError{phase});
    if (state_ == State::queued || over || !retry_after(error)) {
        fail(error);
    }
}

// Towards a connection

void Fetch::start() noexcept {
    const concurrent::StateRef<Fetch> alive{this};
    const InContext in{context_};
    started_ = has_waited_ ? core_->loop().time() : queued_;
    response_.time_info.queue = started_ - queued_;
    restart_times(started_);
    const auto timeout = settings().value_or(&RequestSettings::request_timeout, usual_timeout);
    if (timeout != Duration::zero() && timeout < TimePoint::max() - started_) {
        deadline_ = started_ + timeout;
    }
    deadline_ = std::min(deadline_, context_deadline());
    state_ = State::connecting;
    try {
        start_hop(started_);
    } catch (...) {
        fail(std::current_exception());
    }
}

/// What the response says of time counts from now on.
void Fetch::restart_times(TimePoint now) {
    hop_began_ = now;
    const auto queue = response_.time_info.queue;
    response_.time_info = {};
    response_.time_info.queue = queue;
    response_.time_info.redirect = now - started_;
    response_.start_time = std::chrono::system_clock::now();
}

void Fetch::start_hop(TimePoint now) {
    const auto tls = tls_context();
    choose_proxy();
    const auto own_key = leads_straight(tls) ? std::string{} : make_key(tls);
    const auto& key = own_key.empty() ? origin_->key : own_key;
    auto& pool = core_->pool();
    if (!needs_new_) {
        connection_ = pool.take(key, now);
    }
    if (connection_ != nullptr) {
        keep_deadline();
        exchange(now);
        return;
    }
    slot_ = pool.reserve(key);
    if (slot_) {
        state_ = State::connecting;
        connect(tls);
    } else {
        state_ = State::waiting;
        set_alarm(connect_deadline());
        pool.wait(key, *this);
    }
}

void Fetch::connection_may_be_had() noexcept {
    const concurrent::StateRef<Fetch> alive{this};
    const InContext in{context_};
    try {
        start_hop(core_->loop().time());
    } catch (...) {
        fail(std::current_exception());
    }
}

/// Where the present URL leads.
void Fetch::find_origin() {
    auto [origin, target] = core_->origins().find(current_.url(), target_room_);
    origin_ = std::move(origin);
    target_ = target;
}

/// The request's own, or that of the environment.
void Fetch::choose_proxy() {
    proxy_.reset();
    const auto* const host = settings().proxy_host();
    if (host != nullptr && !host->empty()) {
        proxy_ = std::make_unique<Proxy>();
        proxy_->host = *host;
        proxy_->port = settings().value_or(&RequestSettings::proxy_port, 0);
    } else if (host == nullptr && settings().unix_socket() == nullptr) {
        if (const auto* const found = core_->environment_proxy(origin_->url)) {
            proxy_ = std::make_unique<Proxy>(*found);
        }
    }
    if (proxy_ == nullptr) {
        return;
    }
    if (const auto* const name = settings().find(&RequestSettings::proxy_username)) {
        proxy_->credentials = Credentials{
            *name, settings().value_or(&RequestSettings::proxy_password, std::string{})};
    }
    const auto* const mode = settings().find(&RequestSettings::proxy_auth_mode);
    proxy_->digest = mode != nullptr && *mode == "digest";
}

std::optional<netutil::SSLContext> Fetch::tls_context() const {
    if (!origin_->url.secure) {
        return std::nullopt;
    }
    const auto& own = current_.settings();
    const bool context_counts = own.ssl_context || !own.ssl_options;
    if (const auto* const context = settings().find(&RequestSettings::ssl_context);
        context != nullptr && context_counts) {
        return *context ? *context : netutil::default_client_context();
    }
    if (const auto* const options = settings().find(&RequestSettings::ssl_options)) {
        return core_->tls_contexts().get(*options);
    }
    const bool validate = settings().value_or(&RequestSettings::validate_cert, true);
    const auto* const authorities = settings().find(&RequestSettings::ca_certs);
    const auto* const certificate = settings().find(&RequestSettings::client_cert);
    const auto* const key = settings().find(&RequestSettings::client_key);
    if (validate && authorities == nullptr && certificate == nullptr && key == nullptr) {
        return netutil::default_client_context();
    }
    netutil::SSLOptions options;
    options.ca_certs = authorities != nullptr ? *authorities : "";
    options.certfile = certificate != nullptr ? *certificate : "";
    options.keyfile = key != nullptr ? *key : "";
    options.check_hostname = validate;
    options.cert_reqs = validate ? netutil::CertReqs::required : netutil::CertReqs::none;
    return core_->tls_contexts().get(options);
}

/// Whether any connection to the origin will do.
bool Fetch::leads_straight(const std::optional<netutil::SSLContext>& tls) const {
    return !tls && proxy_ == nullptr &&
           settings().find(&RequestSettings::network_interface) == nullptr &&
           settings().unix_socket() == nullptr &&
           settings().value_or(&RequestSettings::allow_ipv6, true);
}

/// Connections with the same key lead to the same place, and have shown and seen the same.
std::string Fetch::make_key(const std::optional<netutil::SSLContext>& tls) const {
    std::string key;
    if (proxy_ != nullptr) {
        key = connection_key(proxy_->host, proxy_->port);
        const auto user = proxy_credentials();
        if (user.credentials) {
            key.append("|").append(basic_authorization(*user.credentials));
            key.append(user.digests != nullptr ? "|digest" : "");
        } else if (tls) {
            key.append("|").append(user.own);
        }
        key.append("|proxy|");
    }
    if (proxy_ == nullptr || tls) {
        key.append(origin_->key);
    }
    if (tls) {
        key.append("|").append(std::to_string(reinterpret_cast<std::uintptr_t>(&tls->impl())));
    }
    if (const auto* const interface = settings().find(&RequestSettings::network_interface)) {
        key.append("|from ").append(*interface);
    }
    if (const auto* const path = settings().unix_socket()) {
        key.append("|unix ").append(*path);
    }
    if (!settings().value_or(&RequestSettings::allow_ipv6, true)) {
        key.append("|4");
    }
    return key;
}

ConnectPlan Fetch::plan(std::optional<netutil::SSLContext> tls) {
    const auto& url = origin_->url;
    ConnectPlan plan;
    plan.host = plan.server_hostname = url.host;
    plan.port = url.port;
    if (proxy_ != nullptr) {
        plan.host = proxy_->host;
        plan.port = proxy_->port;
        if (tls) {
            const bool is_ipv6 = url.host.find(':') != url.host.npos;
            plan.tunnel =
                (is_ipv6 ? "[" + url.host + "]:" : url.host + ":") + std::to_string(url.port);
            plan.proxy = proxy_credentials();
        }
    }
    if (!settings().value_or(&RequestSettings::allow_ipv6, true)) {
        plan.family = netutil::Family::ipv4;
    }
    if (const auto* const interface = settings().find(&RequestSettings::network_interface)) {
        plan.source_ip = *interface;
    }
    if (const auto* const path = settings().unix_socket()) {
        plan.unix_socket = *path;
        progress_->phase = FetchPhase::connecting;
    }
    plan.tls = std::move(tls);
    plan.resolver = core_->resolver();
    plan.progress = progress_;
    return plan;
}

void Fetch::connect(std::optional<netutil::SSLContext> tls) {
    progress_ = std::make_shared<ConnectProgress>();
    auto way = plan(std::move(tls));
    set_alarm(connect_deadline());
    connecting_ = establish(std::move(way));
    connecting_->add_done_callback([self = concurrent::StateRef<Fetch>{this},
                                    progress =
                                        progress_](const Future<iostream::StreamRef>& connection) {
        if (self->state_ == State::connecting && self->progress_ == progress) {
            self->connected(connection);
        } else if (connection.exception() == nullptr && !connection.cancelled()) {
            connection.result()->close();
        }
    });
}

void Fetch::connected(const Future<iostream::StreamRef>& connection) {
    connecting_.reset();
    auto slot = std::exchange(slot_, std::nullopt);
    if (const auto error = connection.exception(); error != nullptr || connection.cancelled()) {
        connect_failed(error);
        return;
    }
    auto& times = response_.time_info;
    const auto since = [this](TimePoint when) {
        return when == TimePoint{} ? Duration::zero() : when - hop_began_;
    };
    times.namelookup = since(progress_->resolved);
    times.connect = since(progress_->connected);
    times.appconnect = since(progress_->secured);
    connection_ = core_->pool().adopt(
        std::move(*slot), http1connection::HTTP1ClientConnection::open(connection.result())
    );
    keep_deadline();
    try {
        exchange(core_->loop().time());
    } catch (...) {
        fail(std::current_exception());
    }
}

void Fetch::connect_failed(const std::exception_ptr& error) noexcept {
    if (retry_after(error)) {
        return;
    }
    if (is_cancelled(error)) {
        fail(std::make_exception_ptr(HTTPStreamClosedError{{}}));
    } else if (const auto code = closed_for(error)) {
        auto what = "cannot connect to " + origin_->url.authority;
        if (proxy_ != nullptr) {
            what += " through the proxy " + proxy_->host + " at port ";
            what += std::to_string(proxy_->port);
        }
        fail(std::make_exception_ptr(std::system_error{code, what}));
    } else {
        fail(error);
    }
}

// The end

/// Null: it was cancelled.
void Fetch::fail(std::exception_ptr error) noexcept {
    if (state_ == State::over) {
        return;
    }
    const concurrent::StateRef<Fetch> alive{this};
    end();  // first: what is cancelled may refer to what ends when whoever fetches hears of it
    if (error != nullptr) {
        settle_with(std::move(error));
    }
}

/// Whoever fetches wants it no more.
bool Fetch::cancel_state(FutureState& state) {
    auto& self = static_cast<Fetch&>(state);
    const concurrent::StateRef<Fetch> alive{&self};
    self.settle_as_cancelled();
    self.fail(nullptr);
    return true;
}

void Fetch::settle_with_response() noexcept {
    if (!settled()) {  // else it has been cancelled
        settle(Status::value);
    }
}

void Fetch::settle_with(std::exception_ptr error) noexcept {
    if (!settled()) {
        settle_with_error(std::move(error));
    }
}

Fetch::Abandoned::~Abandoned() {
    if (connecting) {
        connecting->ignore().cancel();
    }
    if (producing) {
        producing->ignore().cancel();
    }
    if (taking) {
        taking->ignore().cancel();
    }
}

/// Lets go of all that it needs only while it is sending and receiving.
Fetch::Abandoned Fetch::let_go() noexcept {
    ++exchange_;
    stop_clock();
    core_->pool().leave(*this);
    slot_.reset();
    connection_.reset();
    Abandoned abandoned;
    abandoned.connecting = std::exchange(connecting_, std::nullopt);
    abandoned.producing = std::exchange(producing_, std::nullopt);
    abandoned.taking = std::exchange(taking_, std::nullopt);
    return abandoned;
}

void Fetch::end() noexcept {
    const bool was_queued = state_ == State::queued;
    state_ = State::over;
    // Futures may live on, and what they keep must not be kept by the callbacks of the request.
    const auto request = std::move(current_);
    const auto response =
        status() == Status::value ? std::nullopt : std::optional{std::move(response_)};
    const auto abandoned = let_go();
    const auto core = std::exchange(core_, {});
    core->finished(*this, was_queued);
}

}  // namespace tornado::httpclient
