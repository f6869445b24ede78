#include "slot.hpp"

#include <algorithm>
#include <utility>

#include "pool.hpp"
#include "tornado/log.hpp"

namespace tornado::database {

namespace {

/// How long a server may take to cancel a query before the connection is given up.
constexpr std::chrono::seconds cancel_patience{5};

/// A query that takes longer has its connection for itself.
constexpr std::chrono::milliseconds slow_query{10};

Fault lost_with_transaction() {
    Fault fault;
    fault.lost = true;
    fault.text = "the connection was lost, and the transaction with it";
    return fault;
}

Fault transaction_ended() {
    Fault fault;
    fault.text =
        "the database has rolled the transaction back, because of an error before this, or has "
        "committed it, as some do for CREATE TABLE and the like: begin again";
    return fault;
}

}  // namespace

Slot::Slot(Pool& pool, std::unique_ptr<BackendConnection> connection)
    : Alarm{[](Alarm& alarm) { static_cast<Slot&>(alarm).give_up_on_cancel(); }},
      pool_{pool},
      connection_{std::move(connection)} {
    connection_->observer = this;
}

Slot::~Slot() = default;

bool Slot::has_room(ioloop::TimePoint now) const noexcept {
    return may_be_used() && running_.size() < pool_.depth() &&
           (running_.empty() || now - last_progress_ < slow_query);
}

void Slot::lease() {
    use_ = Use::leased;
    in_transaction_ = undone_ = false;
}

void Slot::release() noexcept {
    if (use_ != Use::leased) {
        return;
    }
    use_ = Use::cleaning;
    in_transaction_ = false;
    lease_line_.clear();
    const auto running = running_;
    for (auto* const request : running) {
        if (std::ranges::find(running_, request) != running_.end()) {
            request->withdraw();
        }
    }
    if (running_.empty()) {
        go_on();
    }
}

void Slot::submit(std::unique_ptr<Request> request) {
    request->slot = this;
    if (request->wanted == Wanted::stream) {
        streams_ = true;
    }
    if (use_ == Use::leased) {
        lease_line_.push_back(std::move(request));
        pump_lease();
    } else {
        hand_over(std::move(request));
    }
}

void Slot::hand_over(std::unique_ptr<Request> request) {
    if (running_.empty()) {
        last_progress_ = pool_.loop().time();
    }
    running_.push_back(request.get());
    connection_->submit(std::move(request));
}

/// Has done what may be done now of what the owner of the lease has asked.
void Slot::pump_lease() {
    if (std::exchange(pumping_, true)) {
        return;
    }
    const auto depth = pool_.driver().keeps_failed_transactions() ? pool_.depth() : 1;
    while (!lease_line_.empty() && running_.size() < depth) {
        auto request = std::move(lease_line_.front());
        lease_line_.pop_front();
        const bool has_ended = running_.empty() && transaction_has_ended();
        if (lost()) {
            refuse(std::move(request), lost_with_transaction());
        } else if (!has_ended || (request->end == Request::End::commit && !undone_)) {
            hand_over(std::move(request));
        } else if (request->end == Request::End::rollback) {
            request->finish({});
        } else {
            refuse(std::move(request), transaction_ended());
        }
    }
    pumping_ = false;
}

void Slot::refuse(std::unique_ptr<Request> request, const Fault& fault) {
    request->slot = nullptr;
    streams_ = streams_ && request->wanted != Wanted::stream;
    request->refuse(fault);
}

void Slot::cancel(Request& request) noexcept {
    const auto waiting =
        std::ranges::find(lease_line_, &request, [](const auto& each) { return each.get(); });
    if (waiting != lease_line_.end()) {
        streams_ = streams_ && request.wanted != Wanted::stream;
        lease_line_.erase(waiting);  // destroys it
        return;
    }
    streams_ = streams_ && request.wanted != Wanted::stream;
    if (connection_ != nullptr && !connection_->lost()) {
        if (!is_set() && pool_.driver().can_reconnect()) {
            set(pool_.loop(), pool_.loop().time_after(cancel_patience));
        }
        connection_->cancel(request);
    }
}

void Slot::give_up_on_cancel() noexcept {
    log::gen_log().warning(
        pool_.name(), " does not answer to the cancellation of a query: the connection is closed"
    );
    pool_.remove(*this);
}

void Slot::resume(Request& request) {
    if (connection_ != nullptr) {
        connection_->resume(request);
    }
}

void Slot::command_done(Request& request, bool went_well) noexcept {
    std::erase(running_, &request);
    undone_ = undone_ || (!went_well && transaction_has_ended());
    if (request.wanted == Wanted::stream) {
        streams_ = false;
    }
    last_used_ = last_progress_ = pool_.loop().time();
    if (running_.empty()) {
        unset();
    }
    go_on();
}

/// What comes next, after a command or a lease.
void Slot::go_on() noexcept {
    if (lost()) {
        pump_lease();
        pool_.pump();
        return;
    }
    if (use_ == Use::leased) {
        pump_lease();
        return;
    }
    if (running_.empty()) {
        if (connection_->in_transaction() && !clean()) {
            return;
        }
        tried_to_clean_ = false;
        use_ = Use::pool;
        if (retiring_) {
            pool_.remove(*this);
        }
    }
    pool_.pump();
}

/// Rolls back what somebody has left open. Returns whether all is well without that.
bool Slot::clean() noexcept {
    if (std::exchange(tried_to_clean_, true)) {
        pool_.remove(*this);
        pool_.pump();
        return false;
    }
    if (use_ == Use::pool) {
        log::gen_log().warning(
            "A query has left a transaction open on a connection that others use, too; it is "
            "rolled back: use begin()"
        );
    }
    use_ = Use::cleaning;
    auto rollback = std::make_unique<SilentRequest>(pool_);
    rollback->statement = pool_.intern("ROLLBACK");
    rollback->wanted = Wanted::summary;
    rollback->steadfast = true;
    submit(std::move(rollback));
    return false;
}

void Slot::retire() noexcept {
    retiring_ = true;
    if (use_ == Use::pool && running_.empty()) {
        pool_.remove(*this);
    }
}

void Slot::destroy() noexcept {
    unset();
    lease_line_.clear();
    running_.clear();
    connection_.reset();
}

void Slot::close() noexcept {
    gone_ = true;
    unset();
    if (connection_ != nullptr) {
        connection_->close();
    }
}

void Slot::connection_lost(const Fault& fault) {
    pool_.connection_lost(*this, fault);
}

void Slot::notified(std::string_view, std::string_view) {}

}  // namespace tornado::database
