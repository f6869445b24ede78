#pragma once

#include <memory>
#include <vector>

#include "tornado/log/record.hpp"

namespace tornado::log {

/// A place where records go.
///
/// Thread safety: emit() may be called from several threads at once. What it throws is reported on
/// stderr and forgotten.
class Handler {
public:
    Handler() = default;
    Handler(const Handler&) = delete;
    Handler& operator=(const Handler&) = delete;
    virtual ~Handler() = default;

    virtual void emit(const Record& record) = 0;
};

/// Adds a handler for the records of all loggers. Throws std::invalid_argument when it is null.
///
/// While there is none, records of level warning and above go to stderr, as bare messages.
/// Thread safety: this and the two below, from any thread.
void add_handler(std::shared_ptr<Handler> handler);

/// Removes a handler; one that is not there is ignored. A record already on its way may still reach
/// it.
void remove_handler(const std::shared_ptr<Handler>& handler);

/// The handlers there are, in the order they came.
[[nodiscard]] std::vector<std::shared_ptr<Handler>> handlers();

}  // namespace tornado::log
