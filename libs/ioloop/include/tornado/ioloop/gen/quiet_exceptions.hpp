#pragma once

#include <exception>

namespace tornado::gen {

/// Kinds of exceptions that are not worth a line in the log when there is nobody left to get them:
/// the last argument of multi() and with_timeout(). Mirrors their `quiet_exceptions`.
///
///     co_await gen::with_timeout(1s, std::move(row), gen::quiet_exceptions<StreamClosedError>);
class QuietExceptions {
public:
    /// None.
    constexpr QuietExceptions() noexcept = default;
    /// The given types, and what derives from them.
    template <typename... Es>
    static constexpr QuietExceptions of() noexcept {
        return QuietExceptions{
            [](const std::exception_ptr& error) noexcept { return (is<Es>(error) || ...); }};
    }

    [[nodiscard]] bool contain(const std::exception_ptr& error) const noexcept {
        return contain_ != nullptr && contain_(error);
    }

private:
    using Test = bool (*)(const std::exception_ptr& error) noexcept;
    constexpr explicit QuietExceptions(Test test) noexcept : contain_{test} {}

    template <typename E>
    static bool is(const std::exception_ptr& error) noexcept {
        try {
            std::rethrow_exception(error);
        } catch (const E&) {
            return true;
        } catch (...) {
            return false;
        }
    }

    Test contain_ = nullptr;
};

template <typename... Es>
inline constexpr QuietExceptions quiet_exceptions = QuietExceptions::of<Es...>();

/// Logs the failure of a future whose result nobody waits for any more, unless it is quiet or a
/// cancellation.
void log_late_failure(const std::exception_ptr& error, QuietExceptions quiet) noexcept;

}  // namespace tornado::gen
