#include <fcntl.h>
#include <openssl/err.h>
#include <openssl/evp.h>
#include <openssl/x509_vfy.h>
#include <openssl/x509v3.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <cstdlib>
#include <new>
#include <stdexcept>
#include <system_error>

#include "shortage.hpp"
#include "ssl_context_impl.hpp"
#include "ssl_files.hpp"
#include "tornado/netutil.hpp"

namespace tornado::netutil {

using iostream::SSLCtxHandle;
using iostream::SSLHandle;
using iostream::SSLSessionCache;
using iostream::SSLSessionHandle;

namespace {

constexpr std::size_t ticket_keys_size = 80;

int number_of(TLSVersion version) {
    return version == TLSVersion::v1_2 ? TLS1_2_VERSION : TLS1_3_VERSION;
}

std::string lower_case(std::string_view text) {
    std::string lower{text};
    std::transform(lower.begin(), lower.end(), lower.begin(), [](char c) {
        return c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c;
    });
    return lower;
}

/// OpenSSL takes a default file that it cannot open just now for none at all, and would trust
/// nobody in it from then on.
void load_default_authorities(SSL_CTX& context) {
    const auto* file = ::secure_getenv(::X509_get_default_cert_file_env());
    file = file != nullptr ? file : ::X509_get_default_cert_file();
    Socket probe{::open(file, O_RDONLY | O_CLOEXEC)};
    if (!probe && is_shortage(errno)) {
        throw std::system_error{errno, std::generic_category(), file};
    }
    probe.close();
    ::SSL_CTX_set_default_verify_paths(&context);
}

/// Names of protocols as ALPN sends them: each behind its length (RFC 7301, 3.1).
std::vector<unsigned char> alpn_from(const std::vector<std::string>& protocols) {
    std::vector<unsigned char> result;
    for (const auto& protocol : protocols) {
        if (protocol.empty() || protocol.size() > 255) {
            throw std::invalid_argument{
                "alpn: the name of a protocol has 1 to 255 bytes, not " +
                std::to_string(protocol.size())};
        }
        result.push_back(static_cast<unsigned char>(protocol.size()));
        result.insert(result.end(), protocol.begin(), protocol.end());
    }
    return result;
}

/// TLS 1.3 has its own list of ciphers; users write one.
void set_ciphers(SSL_CTX& context, const std::string& ciphers) {
    std::string older;
    std::string newer;
    for (std::size_t begin = 0; begin < ciphers.size();) {
        const auto end = std::min(ciphers.find(':', begin), ciphers.size());
        const auto name = ciphers.substr(begin, end - begin);
        auto& list = name.starts_with("TLS_") ? newer : older;
        list += (list.empty() ? "" : ":") + name;
        begin = end + 1;
    }
    if ((!older.empty() && ::SSL_CTX_set_cipher_list(&context, older.c_str()) != 1) ||
        (!newer.empty() && ::SSL_CTX_set_ciphersuites(&context, newer.c_str()) != 1)) {
        refuse_ssl_options("ciphers \"" + ciphers + "\" names no cipher that is known here");
    }
}

/// Sessions are resumed only where the same is asked of clients: this stands for what is asked.
std::array<unsigned char, 32> session_id_context(const SSLOptions& options) {
    std::string text{"tornado"};
    text += std::to_string(static_cast<int>(options.cert_reqs));
    if (!options.ca_certs.empty()) {
        text += read_ssl_file("ca_certs", options.ca_certs);
    }
    std::array<unsigned char, 32> digest{};
    ::EVP_Digest(text.data(), text.size(), digest.data(), nullptr, ::EVP_sha256(), nullptr);
    return digest;
}

[[noreturn]] void refuse_host(const std::string& name) {
    ::ERR_clear_error();
    throw std::invalid_argument{"server_hostname \"" + name + "\" is not a host's name"};
}

SSLCtxHandle new_context(const SSLOptions& options, SSLSide side) {
    SSLCtxHandle handle{
        ::SSL_CTX_new(side == SSLSide::server ? ::TLS_server_method() : ::TLS_client_method())};
    if (!handle) {
        throw std::bad_alloc{};
    }
    auto& context = *handle;
    ::SSL_CTX_set_mode(
        &context,
        SSL_MODE_ENABLE_PARTIAL_WRITE | SSL_MODE_ACCEPT_MOVING_WRITE_BUFFER |
            SSL_MODE_RELEASE_BUFFERS
    );
    ::SSL_CTX_set_options(&context, SSL_OP_NO_COMPRESSION | SSL_OP_NO_RENEGOTIATION);
    ::SSL_CTX_set_read_ahead(&context, 1);  // or each record takes two system calls
    ::SSL_CTX_set_min_proto_version(&context, number_of(options.min_version));
    ::SSL_CTX_set_max_proto_version(&context, number_of(options.max_version));
    set_ciphers(context, options.ciphers);
    return handle;
}

// What OpenSSL calls

int choose_certificate(SSL* connection, int* /*alert*/, void* state) {
    const char* const name = ::SSL_get_servername(connection, TLSEXT_NAMETYPE_host_name);
    if (name == nullptr) {
        return SSL_TLSEXT_ERR_NOACK;
    }
    try {
        auto* const context = static_cast<const SSLContextState*>(state)->context_for(name);
        if (context == nullptr) {
            return SSL_TLSEXT_ERR_NOACK;
        }
        ::SSL_set_SSL_CTX(connection, context);
        return SSL_TLSEXT_ERR_OK;
    } catch (...) {  // through OpenSSL nothing may be thrown
        return SSL_TLSEXT_ERR_ALERT_FATAL;
    }
}

int choose_protocol(
    SSL* /*connection*/,
    const unsigned char** chosen,
    unsigned char* size,
    const unsigned char* offered,
    unsigned offered_size,
    void* state
) {
    const auto& ours = static_cast<const SSLContextState*>(state)->alpn();
    const int result = ::SSL_select_next_proto(
        const_cast<unsigned char**>(chosen),
        size,
        ours.data(),
        static_cast<unsigned>(ours.size()),
        offered,
        offered_size
    );
    // RFC 7301, 3.2: none in common is fatal.
    return result == OPENSSL_NPN_NEGOTIATED ? SSL_TLSEXT_ERR_OK : SSL_TLSEXT_ERR_ALERT_FATAL;
}

int keep_session(SSL* connection, SSL_SESSION* session) {
    SSLSessionHandle handle{session};
    auto* const cache =
        static_cast<SSLSessionCache*>(SSL_CTX_get_app_data(::SSL_get_SSL_CTX(connection)));
    const auto* const key = static_cast<const std::string*>(SSL_get_app_data(connection));
    if (cache != nullptr && key != nullptr && ::SSL_SESSION_is_resumable(session) == 1) {
        try {
            cache->keep(std::move(handle), *key);
        } catch (...) {  // through OpenSSL nothing may be thrown
            return 1;    // the handle has freed it, or the cache has
        }
        return 1;
    }
    static_cast<void>(handle.release());
    return 0;
}

}  // namespace

SSLContextState::SSLContextState(const SSLOptions& options, SSLSide side)
    : side_{side},
      checks_hostname_{
          side == SSLSide::client && options.check_hostname && options.cert_reqs != CertReqs::none},
      handshake_timeout_{options.handshake_timeout},
      alpn_{alpn_from(options.alpn)},
      sessions_{options.session_cache_size} {
    if (options.min_version > options.max_version) {
        throw std::invalid_argument{"min_version is above max_version: no version of TLS is left"};
    }
    if (side == SSLSide::client) {
        main_ = new_context(options, side);
        set_up_client(options);
        return;
    }
    if (options.certfile.empty()) {
        throw std::invalid_argument{"certfile is missing: a TLS server needs a certificate"};
    }
    main_ = new_context(options, side);
    load_certificate(*main_, "certfile", {options.certfile, options.keyfile}, options.key_password);
    set_up_server(*main_, options);
    for (const auto& [name, files] : options.sni) {
        auto context = new_context(options, side);
        load_certificate(*context, "the certfile of \"" + name + "\"", files, options.key_password);
        set_up_server(*context, options);
        by_name_.insert_or_assign(lower_case(name), std::move(context));
    }
}

void SSLContextState::set_up_client(const SSLOptions& options) {
    auto& context = *main_;
    if (!options.certfile.empty()) {
        load_certificate(
            context, "certfile", {options.certfile, options.keyfile}, options.key_password
        );
    }
    if (!options.ca_certs.empty()) {
        load_authorities(context, options.ca_certs, side_);
    } else if (options.cert_reqs != CertReqs::none) {
        load_default_authorities(context);
    }
    const bool verifies = options.cert_reqs != CertReqs::none;
    ::SSL_CTX_set_verify(&context, verifies ? SSL_VERIFY_PEER : SSL_VERIFY_NONE, nullptr);
    if (!alpn_.empty() &&
        ::SSL_CTX_set_alpn_protos(&context, alpn_.data(), static_cast<unsigned>(alpn_.size())) !=
            0) {
        throw std::invalid_argument{"SSLOptions::alpn is too long for TLS"};
    }
    if (options.session_cache_size != 0) {
        ::SSL_CTX_set_session_cache_mode(
            &context, SSL_SESS_CACHE_CLIENT | SSL_SESS_CACHE_NO_INTERNAL
        );
        SSL_CTX_set_app_data(&context, &sessions_);
        ::SSL_CTX_sess_set_new_cb(&context, keep_session);
    }
}

void SSLContextState::set_up_server(SSL_CTX& context, const SSLOptions& options) {
    ::SSL_CTX_set_options(&context, SSL_OP_CIPHER_SERVER_PREFERENCE | SSL_OP_PRIORITIZE_CHACHA);
    ::SSL_CTX_set_dh_auto(&context, 1);
    if (options.cert_reqs == CertReqs::optional || options.cert_reqs == CertReqs::required) {
        if (options.ca_certs.empty()) {
            throw std::invalid_argument{
                "ca_certs is missing: say who issues the certificates that cert_reqs asks of "
                "clients"};
        }
        const bool required = options.cert_reqs == CertReqs::required;
        ::SSL_CTX_set_verify(
            &context,
            required ? SSL_VERIFY_PEER | SSL_VERIFY_FAIL_IF_NO_PEER_CERT : SSL_VERIFY_PEER,
            nullptr
        );
    }
    if (!options.ca_certs.empty()) {
        load_authorities(context, options.ca_certs, side_);
    }
    if (!alpn_.empty()) {
        ::SSL_CTX_set_alpn_select_cb(&context, choose_protocol, this);
    }
    ::SSL_CTX_set_tlsext_servername_callback(&context, choose_certificate);
    ::SSL_CTX_set_tlsext_servername_arg(&context, this);

    const auto id = session_id_context(options);
    ::SSL_CTX_set_session_id_context(&context, id.data(), id.size());
    ::SSL_CTX_set_timeout(&context, static_cast<long>(options.session_timeout.count()));
    ::SSL_CTX_sess_set_cache_size(&context, static_cast<long>(options.session_cache_size));
    const bool caches = options.session_cache_size != 0;
    ::SSL_CTX_set_session_cache_mode(&context, caches ? SSL_SESS_CACHE_SERVER : SSL_SESS_CACHE_OFF);
    if (!options.session_tickets) {
        ::SSL_CTX_set_options(&context, SSL_OP_NO_TICKET);
        ::SSL_CTX_set_num_tickets(&context, caches ? 1 : 0);
    }
}

void SSLContextState::take_ticket_keys(const SSLContextState& former) {
    std::array<unsigned char, ticket_keys_size> keys;
    auto* const from = former.main_.get();
    if (SSL_CTX_get_tlsext_ticket_keys(from, keys.data(), keys.size()) == 1) {
        SSL_CTX_set_tlsext_ticket_keys(main_.get(), keys.data(), keys.size());
    }
}

SSL_CTX* SSLContextState::context_for(std::string_view name) const {
    const auto wanted = lower_case(name);
    auto found = by_name_.find(wanted);
    if (found == by_name_.end()) {
        // A wildcard stands for one label (RFC 6125, 6.4.3).
        const auto dot = wanted.find('.');
        found = dot == wanted.npos ? by_name_.end() : by_name_.find("*" + wanted.substr(dot));
    }
    return found == by_name_.end() ? nullptr : found->second.get();
}

SSLHandle SSLContextState::new_connection(const std::string& server_hostname) const {
    SSLHandle connection{::SSL_new(main_.get())};
    if (!connection) {
        throw std::bad_alloc{};
    }
    if (side_ == SSLSide::server) {
        ::SSL_set_accept_state(connection.get());
    } else {
        ::SSL_set_connect_state(connection.get());
        expect_name(*connection, server_hostname);
    }
    return connection;
}

void SSLContextState::expect_name(SSL& connection, const std::string& name) const {
    if (name.empty()) {
        if (checks_hostname_) {
            throw std::invalid_argument{
                "server_hostname is missing: say whom the server's certificate is to name, or set "
                "check_hostname to false"};
        }
        return;
    }
    const bool is_address = is_valid_ip(name);
    auto host = is_address ? name.substr(0, name.find('%')) : name;  // its scope is our own affair
    if (host.back() == '.') {
        host.pop_back();  // the root is not part of what certificates and SNI call a host
    }
    // OpenSSL would verify nothing, or any name below, or what is before the NUL.
    if (host.empty() || host.front() == '.' || host.find('\0') != host.npos) {
        refuse_host(name);
    }
    const bool is_name = !is_valid_ip(host);  // "127.0.0.1." is neither
    if (is_name == is_address ||
        (is_name && ::SSL_set_tlsext_host_name(&connection, host.c_str()) != 1)) {
        refuse_host(name);
    }
    if (checks_hostname_) {
        auto* const rules = ::SSL_get0_param(&connection);
        // RFC 9110, 4.3.4: the subject's common name is no host's name.
        ::X509_VERIFY_PARAM_set_hostflags(
            rules, X509_CHECK_FLAG_NO_PARTIAL_WILDCARDS | X509_CHECK_FLAG_NEVER_CHECK_SUBJECT
        );
        const int set = is_address ? ::X509_VERIFY_PARAM_set1_ip_asc(rules, host.c_str())
                                   : ::X509_VERIFY_PARAM_set1_host(rules, host.data(), host.size());
        if (set != 1) {
            refuse_host(name);
        }
    }
}

// What is shared

SSLContext::Impl::Impl(const SSLOptions& options, SSLSide side)
    : options_{options},
      side_{side},
      state_{std::make_shared<const SSLContextState>(options, side)} {}

std::shared_ptr<const SSLContextState> SSLContext::Impl::state() const {
    const std::scoped_lock lock{mutex_};
    return state_;
}

void SSLContext::Impl::reload() {
    auto fresh = std::make_shared<SSLContextState>(options_, side_);
    if (side_ == SSLSide::server) {
        fresh->take_ticket_keys(*state());
    }
    const std::scoped_lock lock{mutex_};
    state_ = std::move(fresh);
}

SSLSide SSLContext::side() const noexcept {
    return impl_->side();
}

void SSLContext::reload() {
    impl_->reload();
}

SSLContext ssl_options_to_context(const SSLOptions& options, SSLSide side) {
    return SSLContext{std::make_shared<SSLContext::Impl>(options, side)};
}

SSLContext default_client_context() {
    static const SSLContext context = ssl_options_to_context({}, SSLSide::client);
    return context;
}

}  // namespace tornado::netutil
