#pragma once

#include <cstddef>
#include <memory>
#include <optional>
#include <string_view>

#include "tornado/log/logger.hpp"

namespace tornado::testing {

/// What else an ExpectLog may be told.
struct ExpectLogOptions {
    std::optional<log::Level> level = {};  ///< only records of this level count; lowers the
                                           ///< logger's own so that they come
    bool required = true;                  ///< it is a failure when no record matches
};

/// Swallows the records of one logger that match, so that a test's log shows only what nobody
/// expected.
///
/// A record matches when the regular expression (Perl syntax) is found in its message. When the
/// object dies, without another exception in flight, and no record has matched, its destructor
/// throws std::logic_error: it belongs on the stack, in the scope of what it watches. Records of
/// any thread count. Throws std::invalid_argument for a malformed expression. Mirrors
/// `tornado.testing.ExpectLog`.
///
///     const testing::ExpectLog expected{log::gen_log(), "Malformed HTTP"};
///     fetch_raw("nonsense\r\n\r\n");
class ExpectLog {
public:
    ExpectLog(log::Logger& logger, std::string_view regex, ExpectLogOptions options = {});
    /// Of the logger with that name.
    ExpectLog(std::string_view logger, std::string_view regex, ExpectLogOptions options = {});
    ExpectLog(const ExpectLog&) = delete;
    ExpectLog& operator=(const ExpectLog&) = delete;
    ~ExpectLog() noexcept(false);

    /// How many records have matched so far.
    [[nodiscard]] std::size_t count() const noexcept;
    /// Throws std::logic_error when none has.
    void check() const;

private:
    struct State;
    std::unique_ptr<State> state_;
};

}  // namespace tornado::testing
