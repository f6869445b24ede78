#pragma once

#include <cstddef>
#include <memory>
#include <string>

#include "lease.hpp"
#include "query_target.hpp"

namespace tornado::database {

/// What a transaction and the savepoints within it share: the connection.
struct TransactionConnection {
    std::shared_ptr<Lease> lease;  ///< null when the transaction is over
    std::size_t savepoints = 0;    ///< so many have been made
};

/// A transaction, or a savepoint: it takes queries until it is over.
class TransactionState final : public QueryTarget,
                               public std::enable_shared_from_this<TransactionState> {
public:
    explicit TransactionState(std::shared_ptr<Lease> lease);
    /// A savepoint.
    explicit TransactionState(std::shared_ptr<TransactionState> parent);
    ~TransactionState() override { abandon(); }

    [[nodiscard]] Pool& pool() noexcept override { return *pool_; }
    void run(std::unique_ptr<Request> request) override;
    void stream(const std::shared_ptr<StreamState>& state, std::unique_ptr<Request> request)
        override;

    [[nodiscard]] static Future<void> begin(std::shared_ptr<TransactionState> self);
    [[nodiscard]] static Future<void> commit(std::shared_ptr<TransactionState> self);
    [[nodiscard]] static Future<void> rollback(std::shared_ptr<TransactionState> self);
    /// Whether it has ended, by itself or with what is around it.
    [[nodiscard]] bool is_over() const noexcept;
    /// Throws std::logic_error when it is over, or `alone`, when a savepoint is open.
    void check(bool alone) const;
    /// Undoes all that is not committed, soon.
    void abandon() noexcept;

private:
    using End = Request::End;
    [[nodiscard]] Future<std::int64_t> command(std::string_view sql, End end = End::none);
    void refuse_beside_stream() const;
    void leave_stream() noexcept;
    void finish() noexcept;

    std::shared_ptr<Pool> pool_;
    std::shared_ptr<TransactionConnection> connection_;
    std::shared_ptr<TransactionState> parent_;  ///< of a savepoint
    std::string name_;                          ///< of a savepoint
    std::size_t children_ = 0;                  ///< savepoints that are open
    std::weak_ptr<StreamState> stream_;         ///< what iter() has given last
    bool begun_ = false;
    bool over_ = false;
};

}  // namespace tornado::database
