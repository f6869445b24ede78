#pragma once

#include <atomic>
#include <cstdint>
#include <optional>
#include <span>
#include <string_view>

#include "tornado/log/level.hpp"
#include "tornado/log/part.hpp"
#include "tornado/util/unique_function.hpp"

namespace tornado::log {

struct Record;

/// The place in the source that a record comes from; see here().
struct Origin {
    const char* file = nullptr;
    int line = 0;
};

/// The place in the source where it is called.
[[nodiscard]] constexpr Origin
here(const char* file = __builtin_FILE(), int line = __builtin_LINE()) noexcept {
    return {file, line};
}

/// Looks at a record on its way to the handlers: true lets it through, false swallows it.
using Filter = util::UniqueFunction<bool(const Record&)>;

/// Names one filter of one logger.
enum class FilterId : std::uint64_t {};

/// A named source of log records.
///
/// Its messages are given in parts, which are joined only when the level is enabled. Logging never
/// throws. Until it has a level of its own it follows that of the process: warning, unless
/// log::set_level() says otherwise.
///
/// Ownership: loggers live as long as the process. Thread safety: all of it, from any thread.
/// Mirrors Python's `logging.Logger`, of which Tornado has three.
///
///     gen_log().warning("Malformed HTTP message from ", remote, ": ", what);
///     app_log().log(Level::error, here(), "Uncaught exception");  // prints file:line for the name
class Logger {
public:
    Logger(const Logger&) = delete;
    Logger& operator=(const Logger&) = delete;

    [[nodiscard]] std::string_view name() const noexcept { return name_; }

    [[nodiscard]] bool enabled(Level level) const noexcept {
        return static_cast<unsigned char>(level) >= threshold_.load(std::memory_order_relaxed);
    }

    template <Loggable... Parts>
    void debug(const Parts&... parts) {
        log(Level::debug, parts...);
    }
    template <Loggable... Parts>
    void info(const Parts&... parts) {
        log(Level::info, parts...);
    }
    template <Loggable... Parts>
    void warning(const Parts&... parts) {
        log(Level::warning, parts...);
    }
    template <Loggable... Parts>
    void error(const Parts&... parts) {
        log(Level::error, parts...);
    }
    template <Loggable... Parts>
    void critical(const Parts&... parts) {
        log(Level::critical, parts...);
    }
    template <Loggable... Parts>
    void log(Level level, const Parts&... parts) {
        log(level, Origin{}, parts...);
    }
    template <Loggable... Parts>
    void log(Level level, Origin origin, const Parts&... parts) {
        static_assert(sizeof...(Parts) > 0, "a log message needs at least one part");
        if (enabled(level)) {
            const Part all[] = {Part(parts)...};
            emit(level, origin, all);
        }
    }

    /// The least level that is logged, its own or the process's; nullopt when nothing is.
    [[nodiscard]] std::optional<Level> level() const noexcept;
    /// Gives it a level of its own; nullopt silences it.
    void set_level(std::optional<Level> level);
    /// Takes its own level away: it follows the process's again.
    void clear_level();

    /// Adds a filter, called for each enabled record in the thread that logs, one call at a time.
    /// Filters are asked in the order they came; the first to say false ends the matter.
    /// A filter that throws lets the record through.
    FilterId add_filter(Filter filter);
    /// Removes it and waits until no other thread is inside it. False when it was not there.
    bool remove_filter(FilterId id);

private:
    friend struct LoggerRegistry;
    struct Filters;

    static constexpr unsigned char silent = 255;

    constexpr explicit Logger(std::string_view name) noexcept : name_{name} {}
    void emit(Level level, Origin origin, std::span<const Part> parts) noexcept;
    bool passes_filters(const Record& record);

    std::string_view name_;
    std::atomic<unsigned char> threshold_ = static_cast<unsigned char>(Level::warning);
    bool has_own_level_ = false;               // guarded by the registry's mutex
    std::atomic<Filters*> filters_ = nullptr;  // made by the first add_filter; never destroyed
};

/// The three that exist from the start. Use LoggerRegistry through the functions below.
struct LoggerRegistry {
    static Logger access;
    static Logger application;
    static Logger general;

    static Logger& find_or_make(std::string_view name);
    static void set_process_level(std::optional<Level> level);
};

/// The logger "tornado.access": one line for each request that was served.
[[nodiscard]] inline Logger& access_log() noexcept {
    return LoggerRegistry::access;
}
/// The logger "tornado.application": errors in the application's code, such as uncaught exceptions.
[[nodiscard]] inline Logger& app_log() noexcept {
    return LoggerRegistry::application;
}
/// The logger "tornado.general": errors and warnings from Tornado itself.
[[nodiscard]] inline Logger& gen_log() noexcept {
    return LoggerRegistry::general;
}

/// The logger of that name, made at its first use. Mirrors `logging.getLogger`, without a
/// hierarchy.
[[nodiscard]] inline Logger& get_logger(std::string_view name) {
    return LoggerRegistry::find_or_make(name);
}

/// Sets the level of all loggers, present and future, that have none of their own; nullopt silences
/// them.
inline void set_level(std::optional<Level> level) {
    LoggerRegistry::set_process_level(level);
}

}  // namespace tornado::log
