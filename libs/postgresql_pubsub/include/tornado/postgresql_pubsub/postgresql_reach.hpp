#pragma once

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <string>
#include <string_view>

#include "tornado/pubsub/reach.hpp"

namespace tornado::postgresql_pubsub {

/// How brokers meet in a PostgreSQL.
struct PostgreSQLReachOptions {
    /// The channel of NOTIFY that all topics share: other channels keep messages apart. 1 to 63
    /// bytes.
    std::string channel = "tornado";
    std::chrono::milliseconds first_delay{100};  ///< before the first try to come back; doubles
    std::chrono::milliseconds max_delay{5'000};  ///< at random between half of that and all
    std::size_t max_message_size = 1024 * 1024;  ///< as that of the brokers
    /// What waits to be sent while the server is away; beyond that the oldest are dropped.
    std::size_t max_waiting = 10'000;
    std::size_t max_waiting_bytes = 16 * 1024 * 1024;
};

/// A broker's way to those of other machines through a PostgreSQL, by LISTEN and NOTIFY: for sites
/// that have one anyway, and no Redis.
///
/// It takes two connections. A notification carries less than 8,000 bytes of text, so what is
/// larger than about 5,900 bytes goes in parts, in one transaction, which the server keeps
/// together. Messages wait until the server has them, and are sent again if that was not certain.
/// While the listening connection is away, what others publish is lost, and told as missed.
///
/// Ownership: shared with one broker. Thread safety: the broker's thread.
///
///     pubsub::Broker broker{{.reach = std::make_shared<postgresql_pubsub::PostgreSQLReach>(url)}};
class PostgreSQLReach final : public pubsub::Reach {
public:
    /// Throws std::invalid_argument for options that make no sense, and database::InterfaceError
    /// for a URL that names no PostgreSQL. Connects when a broker opens it.
    explicit PostgreSQLReach(std::string_view url, PostgreSQLReachOptions options = {});
    ~PostgreSQLReach() override;

    [[nodiscard]] std::string name() const override;
    void open(pubsub::ReachObserver& observer) override;
    void close() noexcept override;
    void publish(std::string message) override;
    [[nodiscard]] std::chrono::milliseconds whole_since() const override;
    [[nodiscard]] bool is_flushed() const override;

    /// How many messages found no room to wait.
    [[nodiscard]] std::uint64_t dropped() const noexcept;

private:
    class Impl;
    std::shared_ptr<Impl> impl_;
};

}  // namespace tornado::postgresql_pubsub
