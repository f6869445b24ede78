#pragma once

#include <optional>
#include <string>

#include "tornado/ioloop/timeout.hpp"
#include "tornado/iostream/ssl_options.hpp"

namespace tornado::httpclient {

/// Those properties of a request for which a client may have defaults. What is absent from the
/// request is taken from the client's defaults, and then is as said here. A default proxy_host,
/// unix_socket, ssl_context or ssl_options does not count for a request that has the other of these
/// pairs itself. A timeout of zero means none, and less than zero that no time is left. Mirrors the
/// dict `defaults` of `tornado.httpclient.AsyncHTTPClient`.
///
/// Two timeouts limit all phases of a fetch, as Tornado's do: connect_timeout looking up the name,
/// connecting, a proxy's tunnel and the TLS handshake together, request_timeout all of it. The
/// shorter of them limits the wait in the queue, too. Which phase it was is what an
/// HTTPTimeoutError tells.
struct RequestSettings {
    std::optional<bool> allow_ipv6 = {};  ///< also connect to IPv6 addresses; true
    /// Allow any method, with or without a body; false.
    std::optional<bool> allow_nonstandard_methods = {};
    /// "basic", which is the default; or "digest" (RFC 7616): the server gets credentials when it
    /// asks for them, and never the password itself.
    std::optional<std::string> auth_mode = {};
    std::optional<std::string> auth_password = {};  ///< empty
    std::optional<std::string> auth_username = {};  ///< none: no credentials are sent
    std::optional<std::string> ca_certs = {};       ///< PEM file of whom to trust; the system's
    std::optional<std::string> client_cert = {};    ///< PEM file of the client's own certificate
    std::optional<std::string> client_key = {};     ///< PEM file of its key
    std::optional<ioloop::Duration> connect_timeout = {};  ///< until connected, with TLS; 20 s
    /// Ask for compressed responses, unless there is a Range field, and decompress them, unless
    /// they are parts (206); true.
    std::optional<bool> decompress_response = {};
    /// Send the body only when the server has said `100 Continue`, or nothing for a second; false.
    std::optional<bool> expect_100_continue = {};
    std::optional<bool> follow_redirects = {};  ///< true
    std::optional<int> max_redirects = {};      ///< then the redirect is the response; 5
    /// How often a request of an idempotent method (RFC 9110, 9.2.2) is sent again when it could
    /// not connect, got no response, or was told to come later (429, 502, 503, 504); 0. It waits
    /// in between, and at least as long as Retry-After says. What would go beyond the
    /// request_timeout is not tried.
    std::optional<int> max_retries = {};
    std::optional<std::string> network_interface = {};  ///< own numeric address to connect from
    /// An HTTP proxy to go through, which needs a port: requests for http:// are sent to it, those
    /// for https:// through a tunnel. An empty proxy_host is none, whatever the environment says.
    std::optional<std::string> proxy_auth_mode = {};  ///< as auth_mode
    std::optional<std::string> proxy_host = {};
    std::optional<std::string> proxy_password = {};  ///< empty
    std::optional<int> proxy_port = {};
    std::optional<std::string> proxy_username = {};  ///< none: the proxy gets no credentials
    /// For all but the time in the queue, redirects included; 20 s.
    std::optional<ioloop::Duration> request_timeout = {};
    /// The wait before the first retry; each further one is twice as long, up to 30 s. A random
    /// part of at most half is taken off. 0.1 s.
    std::optional<ioloop::Duration> retry_delay = {};
    /// Instead of ca_certs, client_cert, client_key and validate_cert.
    std::optional<netutil::SSLContext> ssl_context = {};
    std::optional<netutil::SSLOptions> ssl_options = {};  ///< the same, as options
    /// The path of a UNIX socket to connect to, whatever the URL's host; not empty.
    std::optional<std::string> unix_socket = {};
    std::optional<std::string> user_agent = {};  ///< "Tornado/" and the version
    std::optional<bool> validate_cert = {};      ///< verify the server's certificate; true
};

}  // namespace tornado::httpclient
