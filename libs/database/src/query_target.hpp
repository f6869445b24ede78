#pragma once

#include <memory>
#include <string_view>

#include "request.hpp"

namespace tornado::database {

class Pool;
class StreamState;

/// Where queries go: to any connection of a pool, or to that of a transaction.
class QueryTarget {
public:
    QueryTarget() = default;
    QueryTarget(const QueryTarget&) = delete;
    QueryTarget& operator=(const QueryTarget&) = delete;
    virtual ~QueryTarget() = default;

    [[nodiscard]] virtual Pool& pool() noexcept = 0;
    virtual void run(std::unique_ptr<Request> request) = 0;
    /// Begins a stream, of which `request` is the query.
    virtual void
    stream(const std::shared_ptr<StreamState>& state, std::unique_ptr<Request> request) = 0;
};

}  // namespace tornado::database
