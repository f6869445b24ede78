#pragma once

#include <cstddef>
#include <list>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "backend.hpp"
#include "lease.hpp"
#include "query_target.hpp"
#include "request.hpp"
#include "slot.hpp"
#include "tornado/ioloop/alarm.hpp"
#include "tornado/util/back_off.hpp"

namespace tornado::database {

/// The connections to one database, and those who wait for one, first come, first served.
///
/// Ownership: a Connection's and, after that has closed it, that of leases that are still out.
class Pool final : public QueryTarget,
                   public std::enable_shared_from_this<Pool>,
                   private ioloop::Alarm {
public:
    Pool(DatabaseURL url, const ConnectionOptions& options, std::unique_ptr<Driver> driver);
    ~Pool() override;

    [[nodiscard]] Pool& pool() noexcept override { return *this; }
    void run(std::unique_ptr<Request> request) override;
    void stream(const std::shared_ptr<StreamState>& state, std::unique_ptr<Request> request)
        override;
    /// Waits for a connection of its own. The request can be taken back by leave_line() as long as
    /// it has neither been granted nor refused.
    void lease(std::unique_ptr<LeaseRequest> request);

    void close() noexcept;
    void reconnect() noexcept;

    [[nodiscard]] ioloop::IOLoop& loop() noexcept { return loop_; }
    [[nodiscard]] const ConnectionOptions& options() const noexcept { return options_; }
    [[nodiscard]] Driver& driver() noexcept { return *driver_; }
    [[nodiscard]] std::size_t depth() const noexcept { return depth_; }
    [[nodiscard]] const std::string& name() const noexcept { return name_; }
    [[nodiscard]] std::size_t open_connections() const noexcept { return slots_.size(); }
    [[nodiscard]] std::size_t waiting() const noexcept { return line_.size(); }
    [[nodiscard]] std::shared_ptr<const Statement> intern(std::string_view sql);

    /// For those who wait.
    [[nodiscard]] Slot* slot_with_room();
    [[nodiscard]] std::shared_ptr<Slot> free_slot();
    std::unique_ptr<InLine> take_from_line(InLine& waiter) noexcept;
    void leave_line(InLine& waiter) noexcept;
    void too_long_in_line(InLine& waiter) noexcept;

    /// For the connections.
    void pump() noexcept;
    void remove(Slot& slot) noexcept;
    void connection_lost(Slot& slot, const Fault& fault) noexcept;

private:
    static Future<void> close_with_loop(std::weak_ptr<Pool> pool);
    static Future<void> open(std::shared_ptr<Pool> self);
    static Future<std::unique_ptr<BackendConnection>>
    connect(std::shared_ptr<Pool> self, std::shared_ptr<Fault> fault);
    void wait(std::unique_ptr<InLine> waiter);
    [[nodiscard]] bool can_open() const noexcept;
    void open_more();
    void opened(std::unique_ptr<BackendConnection> connection);
    void failed_to_open(const Fault& fault) noexcept;
    void give_up_all(const Fault& fault) noexcept;
    void close_idle(ioloop::TimePoint now);

    ioloop::IOLoop& loop_;
    std::string name_;
    ConnectionOptions options_;
    std::unique_ptr<Driver> driver_;
    std::size_t depth_;
    std::size_t most_;
    std::vector<std::shared_ptr<Slot>> slots_;
    std::vector<std::shared_ptr<Slot>> removed_;  ///< for a moment yet
    InLine::Line line_;
    std::unordered_map<std::string_view, std::shared_ptr<const Statement>> statements_;
    std::list<Future<void>> opening_;
    std::optional<Future<void>> loop_end_;  ///< once there may be connections
    std::size_t opening_count_ = 0;
    ioloop::TimePoint none_idle_before_;  ///< no connection is unused for too long until then
    util::BackOff back_off_;
    std::optional<Fault> away_;  ///< why nothing can be opened; until something can
    bool pumping_ = false;
    bool pump_again_ = false;
    bool closed_ = false;
};

/// What is left to say to who asks a pool that is closed.
[[nodiscard]] Fault pool_is_closed();

}  // namespace tornado::database
