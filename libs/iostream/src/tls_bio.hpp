#pragma once

#include <openssl/bio.h>

#include <array>
#include <cstddef>
#include <system_error>

#include "transport.hpp"

namespace tornado::iostream {

/// Where OpenSSL reads and writes a connection's records: the transport below, without a buffer in
/// between.
class TlsBio {
public:
    explicit TlsBio(Transport& inner) noexcept : inner_{inner} {}
    TlsBio(const TlsBio&) = delete;
    TlsBio& operator=(const TlsBio&) = delete;

    /// A BIO that speaks to this, which must outlive it. Throws std::bad_alloc.
    [[nodiscard]] BIO* make();

    /// What reading from the transport has failed with.
    [[nodiscard]] std::error_code error() const noexcept { return error_; }
    /// What writing to it has failed with after hold_write_errors().
    [[nodiscard]] std::error_code write_error() const noexcept { return write_error_; }
    /// Whether the peer has ended its output.
    [[nodiscard]] bool at_end() const noexcept { return at_end_; }
    /// Whether what the peer sent first looks like an HTTP request, which OpenSSL has not seen.
    [[nodiscard]] bool met_http() const noexcept { return met_http_; }
    /// From now on such a beginning is refused.
    void watch_for_http() noexcept { at_beginning_ = true; }
    /// From now on OpenSSL takes a failed write for output that has to wait: so it can still be
    /// asked what has come. Not before the handshake is over: the tickets at its end may fail.
    void hold_write_errors() noexcept { holds_write_errors_ = true; }

private:
    friend struct TlsBioMethod;
    bool read(BIO* bio, char* into, std::size_t size, std::size_t& received) noexcept;
    bool write(BIO* bio, const char* bytes, std::size_t size, std::size_t& sent) noexcept;

    Transport& inner_;
    std::error_code error_;
    std::error_code write_error_;
    bool at_end_ = false;
    bool at_beginning_ = false;
    bool met_http_ = false;
    bool holds_write_errors_ = false;
};

}  // namespace tornado::iostream
