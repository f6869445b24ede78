#pragma once

#include <memory>
#include <type_traits>
#include <utility>

#include "tornado/database/queries.hpp"

namespace tornado::database {

class TransactionState;

/// A transaction, or a savepoint within one: what begin() gives.
///
/// Its queries are done in their order, on one connection that is its own until the end. When it
/// goes out of scope without commit(), because of an exception or a cancellation for example, all
/// is rolled back. A transaction that the server has ended by itself (a deadlock, a lost
/// connection) fails whatever it is asked from then on; so does one of PostgreSQL in which a query
/// has failed or was cancelled, and its commit(). iter() has the connection for itself until its
/// end, and may be left before that; commit() and rollback() leave one that is still there.
///
/// Ownership: moves, never copies. It must not outlive the Connection's loop.
///
///     auto transaction = co_await db.begin();
///     co_await transaction.execute("UPDATE account SET money = money - ? WHERE id = ?", 5, from);
///     co_await transaction.execute("UPDATE account SET money = money + ? WHERE id = ?", 5, to);
///     co_await transaction.commit();
class Transaction : public Queries {
public:
    explicit Transaction(std::shared_ptr<TransactionState> state) noexcept;
    Transaction(Transaction&&) noexcept = default;
    Transaction& operator=(Transaction&& other) noexcept;
    ~Transaction();

    /// Makes it lasting. Throws std::logic_error when it is over already, or a savepoint of it is
    /// open. When this fails nothing has been done, except with ConnectionLostError: then nobody
    /// knows. Cancellation: nobody waits any more, but it goes on.
    Future<void> commit();
    /// Undoes it.
    Future<void> rollback();
    /// A savepoint: what is done from now on can be undone alone. Throws std::logic_error while
    /// another one is open, as the later would end with the earlier: begin the next within it.
    [[nodiscard]] Future<Transaction> begin();
    /// As Connection::transaction(), within a savepoint.
    template <typename F>
    auto transaction(F function);

private:
    std::shared_ptr<TransactionState> state_;
};

namespace detail {

template <typename F>
std::invoke_result_t<F&, Transaction&> in_transaction(Future<Transaction> beginning, F function) {
    auto transaction = co_await std::move(beginning);
    if constexpr (std::is_void_v<typename std::invoke_result_t<F&, Transaction&>::value_type>) {
        co_await function(transaction);
        co_await transaction.commit();
    } else {
        auto result = co_await function(transaction);
        co_await transaction.commit();
        co_return result;
    }
}

}  // namespace detail

template <typename F>
auto Transaction::transaction(F function) {
    return detail::in_transaction(begin(), std::move(function));
}

}  // namespace tornado::database
