#pragma once

#include <chrono>
#include <cstdint>
#include <memory>
#include <string>
#include <string_view>

#include "tornado/concurrent/future_state.hpp"
#include "tornado/httputil/http_connection.hpp"
#include "tornado/httputil/http_server_request.hpp"
#include "tornado/iostream/buffer.hpp"
#include "tornado/iostream/socket.hpp"

namespace tornado::http1connection {

/// What stays of an exchange whose connection goes on with another protocol, see upgrade(): the
/// request, for who may still ask for it. For as long as nobody does that is little more than the
/// bytes of its head; its first reader has them taken apart again.
///
/// Views into the head that were taken from the exchange stay valid: they are the same bytes.
///
/// Ownership: counted, as any exchange; it needs neither the former one nor the connection.
/// Thread safety: belongs to its loop's thread. It is closed(): nothing can be sent by it.
class KeptExchange final : public httputil::HTTPConnection {
public:
    /// Null where more would have to be kept than the head as it came: when the exchange has a
    /// connection still, runs on something else than HTTP/1, has not been upgraded, or somebody has
    /// changed the request's headers.
    [[nodiscard]] static concurrent::StateRef<KeptExchange> of(
        const httputil::HTTPConnection& exchange
    );

    /// Lives as long as this.
    [[nodiscard]] httputil::HTTPServerRequest& request();

    Future<void> write_headers(
        int status,
        std::string_view reason,
        const httputil::HTTPHeaders& headers,
        std::string_view chunk
    ) override;
    void send_response(
        int status,
        std::string_view reason,
        const httputil::HTTPHeaders& headers,
        std::string&& body
    ) override;
    Future<void> write(std::string chunk) override;
    Future<void> write_file(
        int file,
        std::uint64_t offset,
        std::size_t count,
        std::shared_ptr<const void> owner
    ) override;
    void finish() override {}
    void abort() noexcept override {}
    [[nodiscard]] bool closed() const noexcept override { return true; }
    void set_origin(std::string remote_ip, std::string_view protocol) override;
    [[nodiscard]] std::string remote_ip() const override;
    [[nodiscard]] std::string_view protocol() const noexcept override { return protocol_; }
    [[nodiscard]] std::chrono::steady_clock::time_point now() const noexcept override;

private:
    struct Parsed;

    KeptExchange(
        const HTTPConnection& exchange,
        iostream::BufferBlock block,
        netutil::Address peer
    );
    ~KeptExchange();
    void dispose() noexcept override;

    iostream::BufferBlock block_;  ///< the head, and nothing else
    netutil::Address peer_;
    std::string_view protocol_;
    std::unique_ptr<const std::string> remote_ip_;  ///< null: the peer's
    std::unique_ptr<Parsed> parsed_;                ///< null: nobody has asked
};

}  // namespace tornado::http1connection
