// How a fetch sends its request.
#include "fetch.hpp"
#include "tornado/escape/url.hpp"
#include "tornado/iostream/errors.hpp"

namespace tornado::httpclient {

using httputil::HTTPHeaders;
using httputil::KnownHeader;

namespace {

/// For `100 Continue` (RFC 9110, 10.1.1).
constexpr ioloop::Duration longest_wait = std::chrono::seconds{1};

Future<void> nobody_takes_it() {
    return Future<void>::failed(std::make_exception_ptr(iostream::StreamClosedError{})).ignore();
}

}  // namespace

BodyWriter::BodyWriter(concurrent::StateRef<Fetch> fetch, unsigned exchange) noexcept
    : fetch_{std::move(fetch)},
      exchange_{exchange} {}
BodyWriter::BodyWriter(const BodyWriter&) noexcept = default;
BodyWriter& BodyWriter::operator=(const BodyWriter&) noexcept = default;
BodyWriter::~BodyWriter() = default;

Future<void> BodyWriter::operator()(std::string chunk) const {
    return fetch_->write_body(exchange_, std::move(chunk));
}

Future<void> Fetch::write_body(unsigned exchange, std::string chunk) {
    if (exchange != exchange_ || connection_ == nullptr || !producing_) {
        return nobody_takes_it();
    }
    return (*connection_)->write(std::move(chunk));
}

/// Whether no field goes out but those that all requests to this origin have. So it is with most:
/// they go without the copy that request_headers() would make, to the same end.
bool Fetch::has_usual_fields_alone() const {
    const auto& options = core_->options();
    return current_.headers().empty() && !has_body(current_.method()) && !current_.body() &&
           !current_.body_producer() && proxy_ == nullptr && options.keep_alive &&
           options.cookie_jar == nullptr && !credentials() &&
           settings().find(&RequestSettings::user_agent) == nullptr &&
           settings().value_or(&RequestSettings::decompress_response, true);
}

/// The fields that go out: the request's own, and those that it leaves to us.
const HTTPHeaders& Fetch::request_headers() {
    if (has_usual_fields_alone()) {
        return origin_->usual_fields;
    }
    auto& out = core_->scratch_headers();
    const auto& own = current_.headers();
    add_usual_fields(out);
    for (const auto [name, value] : own) {
        out.add_unchecked(name, value);
    }
    if (!core_->options().keep_alive && !own.contains(KnownHeader::connection)) {
        out.add_unchecked(KnownHeader::connection, "close");
    }
    add_credentials(out);
    if (const auto& jar = core_->options().cookie_jar;
        jar != nullptr && !own.contains(KnownHeader::cookie)) {
        if (const auto cookies = jar->cookie_header(current_.url()); !cookies.empty()) {
            out.add_unchecked(KnownHeader::cookie, cookies);
        }
    }
    if (is_for_proxy()) {
        const auto value = proxy_credentials().authorization(current_.method(), target_for_proxy());
        if (!value.empty()) {
            out.set("Proxy-Authorization", value);
        }
    } else if (proxy_ != nullptr) {
        out.remove(KnownHeader::proxy_authorization);  // the proxy got it as it opened the tunnel
    }
    if (const auto* const name = settings().find(&RequestSettings::user_agent)) {
        out.set("User-Agent", *name);
    }
    if (awaits_continue_) {
        out.set("Expect", "100-continue");
    }
    const std::string_view method = current_.method();
    const bool framed =
        own.contains(KnownHeader::content_length) || own.contains(KnownHeader::transfer_encoding);
    if (current_.body()) {
        out.set("Content-Length", std::to_string(current_.body()->size()));
        out.remove(KnownHeader::transfer_encoding);
    } else if (current_.body_producer() && !framed) {
        out.add_unchecked(KnownHeader::transfer_encoding, "chunked");
    } else if (!framed && has_body(method)) {
        out.add_unchecked(KnownHeader::content_length, "0");
    }
    if (method == "POST" && (current_.body() || current_.body_producer()) &&
        !own.contains(KnownHeader::content_type)) {
        out.add_unchecked(KnownHeader::content_type, "application/x-www-form-urlencoded");
    }
    return out;
}

/// Those of Host, User-Agent and Accept-Encoding that the request leaves to us.
void Fetch::add_usual_fields(HTTPHeaders& headers) const {
    const auto& own = current_.headers();
    headers = origin_->usual_fields;
    for (const auto known :
         {KnownHeader::host, KnownHeader::user_agent, KnownHeader::accept_encoding}) {
        if (own.contains(known)) {
            headers.remove(known);
        }
    }
    if (!settings().value_or(&RequestSettings::decompress_response, true) ||
        own.contains(KnownHeader::range)) {  // a part of what is compressed is of no use
        headers.remove(KnownHeader::accept_encoding);
    }
}

/// Those of the URL win over those of the request; a redirect to another origin leaves none.
std::optional<Credentials> Fetch::credentials() const {
    if (!credentials_) {
        return std::nullopt;
    }
    if (origin_->url.has_userinfo) {
        const std::string_view userinfo = origin_->url.userinfo;
        const auto colon = std::min(userinfo.find(':'), userinfo.size());
        const auto password = userinfo.substr(std::min(colon + 1, userinfo.size()));
        return Credentials{
            escape::url_unescape(userinfo.substr(0, colon), false),
            escape::url_unescape(password, false)};
    }
    if (const auto* const name = settings().find(&RequestSettings::auth_username)) {
        return Credentials{
            *name, settings().value_or(&RequestSettings::auth_password, std::string{})};
    }
    return std::nullopt;
}

bool Fetch::uses_digest() const {
    const auto* const mode = settings().find(&RequestSettings::auth_mode);
    return mode != nullptr && *mode == "digest";
}

/// The server, as DigestSessions know it.
std::string Fetch::place() const {
    return (origin_->url.secure ? "https://" : "http://") + origin_->key;
}

void Fetch::add_credentials(HTTPHeaders& headers) const {
    const auto user = credentials();
    if (!user) {
        return;
    }
    if (!uses_digest()) {
        headers.set("Authorization", basic_authorization(*user));
        return;
    }
    const auto value = core_->digests()->answer(place(), *user, current_.method(), target_);
    if (value) {
        headers.set("Authorization", *value);
    }
}

/// Whether a proxy reads the request, rather than carry bytes to the server.
bool Fetch::is_for_proxy() const {
    return proxy_ != nullptr && !origin_->url.secure;
}

/// Who it is to the proxy that there is.
ProxyCredentials Fetch::proxy_credentials() const {
    ProxyCredentials user;
    user.credentials = proxy_->credentials;
    if (proxy_->digest) {
        user.digests = core_->digests();
        user.place = "proxy://" + proxy_->host + "|" + std::to_string(proxy_->port);
    }
    user.own = current_.headers().first(KnownHeader::proxy_authorization).value_or("");
    return user;
}

/// To a proxy the start line names all of the URL (RFC 9112, 3.2.2).
std::string Fetch::target_for_proxy() const {
    return std::string{"http://"}.append(origin_->url.authority).append(target_);
}

/// There is a connection.
void Fetch::exchange(ioloop::TimePoint now) {
    state_ = State::exchanging;
    ++exchange_;
    next_step_ = Next::nothing;
    response_.body.clear();
    auto& times = response_.time_info;
    times.pretransfer = now - hop_began_;
    times.connection_reused = connection_->used_before();
    if (times.connection_reused) {
        times.namelookup = times.connect = times.appconnect = {};
    }
    awaits_continue_ = settings().value_or(&RequestSettings::expect_100_continue, false) &&
                       expects_ && (current_.body() || current_.body_producer());
    if (awaits_continue_) {
        set_alarm(std::min(core_->loop().time_after(longest_wait), deadline_));
    }
    const auto& options = core_->options();
    http1connection::ResponseLimits limits;
    limits.decompress = settings().value_or(&RequestSettings::decompress_response, true);
    limits.max_body_size = options.max_body_size;
    limits.max_header_size = options.max_header_size;
    send();
    if (connection_ != nullptr) {
        (*connection_)->start_reading(*this, limits);
        if (current_.body_producer() && !awaits_continue_) {
            produce();
        }
    }
}

void Fetch::send() {
    auto& connection = **connection_;
    const auto& headers = request_headers();
    const auto for_proxy = is_for_proxy() ? target_for_proxy() : std::string{};
    const auto target = for_proxy.empty() ? target_ : std::string_view{for_proxy};
    if (awaits_continue_ || current_.body_producer()) {
        connection.write_headers(current_.method(), target, headers);
    } else {
        const auto& body = current_.body();
        connection.send_request(
            current_.method(), target, headers, body ? std::string_view{*body} : ""
        );
    }
}

/// The server has said that it wants it, or nothing for long.
void Fetch::send_body() {
    awaits_continue_ = false;
    keep_deadline();
    if (current_.body_producer()) {
        produce();
    } else {
        (*connection_)->write(*current_.body());
        (*connection_)->finish();
    }
}

void Fetch::produce() {
    const concurrent::StateRef<Fetch> alive{this};
    const auto exchange = exchange_;
    producing_ = Future<void>::ready();  // it may write from now on
    auto future = Future<void>::ready();
    try {
        const InContext in{context_};
        future = current_.body_producer()(BodyWriter{alive, exchange});
    } catch (...) {
        future = Future<void>::failed(std::current_exception());
    }
    if (exchange != exchange_) {
        future.ignore();
        return;
    }
    if (future.done()) {
        produced(exchange, future);
        return;
    }
    producing_ = future;
    future.add_done_callback([alive, exchange](const Future<void>& done) {
        alive->produced(exchange, done);
    });
}

void Fetch::produced(unsigned exchange, const Future<void>& done) {
    if (exchange != exchange_ || state_ != State::exchanging) {
        done.ignore();
        return;
    }
    producing_.reset();
    try {
        done.result();
        (*connection_)->finish();
    } catch (const iostream::StreamClosedError&) {
        // The server takes no more: what it says, or does not say, is the outcome.
    } catch (const CancelledError&) {
        fail(std::make_exception_ptr(HTTPClientError{599, "the body producer was cancelled"}));
    } catch (...) {
        fail(std::current_exception());
    }
}

}  // namespace tornado::httpclient
