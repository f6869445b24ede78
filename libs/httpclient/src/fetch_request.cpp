// How a fetch sends its request.
#include "fetch.hpp"
#include "tornado/escape/url.hpp"
#include "tornado/httputil/credentials.hpp"
#include "tornado/iostream/errors.hpp"
#include "tornado/util/base64.hpp"
#include "tornado/util/version.hpp"

namespace tornado::httpclient {

using httputil::HTTPHeaders;
using httputil::KnownHeader;

namespace {

const std::string& usual_user_agent() {
    static const std::string name = "Tornado/" + std::string{version};
    return name;
}

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

/// The fields that go out: the request's own, and those that it leaves to us.
const HTTPHeaders& Fetch::request_headers() {
    auto& out = core_->scratch_headers();
    const auto& own = current_.headers();
    out.clear();
    if (!own.contains(KnownHeader::host)) {
        out.add_unchecked(KnownHeader::host, url_.authority);
    }
    for (const auto [name, value] : own) {
        out.add_unchecked(name, value);
    }
    if (!core_->options().keep_alive && !own.contains(KnownHeader::connection)) {
        out.add_unchecked(KnownHeader::connection, "close");
    }
    add_credentials(out);
    if (!url_.secure && setting(&RequestSettings::proxy_host) != nullptr) {
        if (const auto authorization = proxy_authorization(); !authorization.empty()) {
            out.set("Proxy-Authorization", authorization);
        }
    }
    if (const auto* const name = setting(&RequestSettings::user_agent)) {
        out.set("User-Agent", *name);
    } else if (!own.contains(KnownHeader::user_agent)) {
        out.add_unchecked(KnownHeader::user_agent, usual_user_agent());
    }
    if (setting_or(&RequestSettings::decompress_response, true) &&
        !own.contains(KnownHeader::accept_encoding)) {
        out.add_unchecked(KnownHeader::accept_encoding, "gzip");
    }
    if (awaits_continue_) {
        out.set("Expect", "100-continue");
    }
    const auto& method = current_.method();
    const bool framed =
        own.contains(KnownHeader::content_length) || own.contains(KnownHeader::transfer_encoding);
    if (current_.body()) {
        out.set("Content-Length", std::to_string(current_.body()->size()));
        out.remove(KnownHeader::transfer_encoding);
    } else if (current_.body_producer() && !framed) {
        out.add_unchecked(KnownHeader::transfer_encoding, "chunked");
    } else if (!framed && (method == "POST" || method == "PUT" || method == "PATCH")) {
        out.add_unchecked(KnownHeader::content_length, "0");
    }
    if (method == "POST" && (current_.body() || current_.body_producer()) &&
        !own.contains(KnownHeader::content_type)) {
        out.add_unchecked(KnownHeader::content_type, "application/x-www-form-urlencoded");
    }
    return out;
}

/// The URL's credentials win over those of the request.
void Fetch::add_credentials(HTTPHeaders& headers) {
    std::string credentials;
    if (url_.has_userinfo && credentials_) {
        const std::string_view userinfo = url_.userinfo;
        const auto colon = std::min(userinfo.find(':'), userinfo.size());
        credentials = httputil::encode_username_password(
            escape::url_unescape(userinfo.substr(0, colon), false),
            escape::url_unescape(userinfo.substr(std::min(colon + 1, userinfo.size())), false)
        );
    } else if (const auto* const name = setting(&RequestSettings::auth_username);
               name != nullptr && credentials_) {
        credentials = httputil::encode_username_password(
            *name, setting_or(&RequestSettings::auth_password, std::string{})
        );
    } else {
        return;
    }
    headers.set("Authorization", "Basic " + util::base64(credentials));
}

/// What a proxy gets to see; nothing when it needs nothing.
std::string Fetch::proxy_authorization() const {
    const auto* const name = setting(&RequestSettings::proxy_username);
    if (name == nullptr) {
        return {};
    }
    const auto password = setting_or(&RequestSettings::proxy_password, std::string{});
    return "Basic " + util::base64(httputil::encode_username_password(*name, password));
}

/// What the start line names: for a proxy, all of the URL (RFC 9112, 3.2.2).
std::string Fetch::target() const {
    const bool to_proxy = !url_.secure && setting(&RequestSettings::proxy_host) != nullptr;
    return to_proxy ? "http://" + url_.authority + url_.target : url_.target;
}

/// There is a connection.
void Fetch::exchange() {
    state_ = State::exchanging;
    ++exchange_;
    dropping_body_ = false;
    response_.body.clear();
    response_.time_info.connection_reused = connection_->used_before();
    awaits_continue_ = setting_or(&RequestSettings::expect_100_continue, false) &&
                       (current_.body() || current_.body_producer());
    const auto& options = core_->options();
    http1connection::ResponseLimits limits;
    limits.decompress = setting_or(&RequestSettings::decompress_response, true);
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
    if (awaits_continue_ || current_.body_producer()) {
        connection.write_headers(current_.method(), target(), headers);
    } else {
        const auto& body = current_.body();
        connection.send_request(
            current_.method(), target(), headers, body ? std::string_view{*body} : ""
        );
    }
}

/// The server has said that it wants it.
void Fetch::send_body() {
    awaits_continue_ = false;
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
