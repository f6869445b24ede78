#pragma once

#include <exception>
#include <string>
#include <typeinfo>
#include <vector>

#include "tornado/concurrent/future.hpp"
#include "tornado/template/loader.hpp"
#include "tornado/web/async_function.hpp"

namespace tornado::web::detail {

/// While it lives, what the module that is called is given.
class CalledWith {
public:
    explicit CalledWith(const templating::Arguments& arguments) noexcept;
    ~CalledWith();
    CalledWith(const CalledWith&) = delete;
    CalledWith& operator=(const CalledWith&) = delete;

    /// As text, by which calls are told apart; empty outside of modules.
    [[nodiscard]] static std::string text();

private:
    const templating::Arguments* before_;
};

/// Renders a template as often as it takes until nothing in it is waited for.
class AsyncRendering {
public:
    AsyncRendering() = default;
    AsyncRendering(const AsyncRendering&) = delete;
    AsyncRendering& operator=(const AsyncRendering&) = delete;

    /// Renders it once. False when something has to be awaited first; `text` is then void.
    [[nodiscard]] bool try_once(
        const templating::Template& page,
        const templating::Namespace& names,
        std::string& text
    );
    /// Done when all that has been called is. Cancelled, it cancels all of that first.
    [[nodiscard]] Future<void> wait();

    /// See await_in_template().
    [[nodiscard]] templating::Value call(
        const std::type_info& who,
        MeanwhileDo meanwhile,
        const std::function<Future<templating::Value>()>& start
    );
    /// The one that renders now, or null.
    [[nodiscard]] static AsyncRendering* current() noexcept;

private:
    struct Call {
        const std::type_info* who;
        Future<templating::Value> result;
        /// It began after a gap, so it may be none of the page's: a template can catch the error
        /// that a gap brings about, and go another way.
        bool is_doubtful = false;
        std::string arguments = {};  ///< of a doubtful one
    };

    [[noreturn]] void stop();
    [[nodiscard]] bool find(const std::type_info& who);
    void begin(const std::type_info& who, const std::function<Future<templating::Value>()>& start);

    std::vector<Call> calls_;  ///< in the order in which the template makes them
    std::size_t next_ = 0;
    bool waits_ = false;    ///< for one of them, as the present rendering has found
    bool stopped_ = false;  ///< and goes no further
};

}  // namespace tornado::web::detail
