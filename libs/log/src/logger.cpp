#include "tornado/log/logger.hpp"

#include <chrono>
#include <deque>
#include <exception>
#include <memory>
#include <mutex>
#include <string>
#include <utility>
#include <vector>

#include "at_work.hpp"
#include "dispatch.hpp"
#include "tornado/log/record.hpp"

namespace tornado::log {

namespace {

unsigned char to_threshold(std::optional<Level> level, unsigned char silent) {
    return level ? static_cast<unsigned char>(*level) : silent;
}

std::string join(std::span<const Part> parts) {
    std::size_t size = 0;
    for (const auto& part : parts) {
        size += part.text().size();
    }
    std::string message;
    message.reserve(size);
    for (const auto& part : parts) {
        message += part.text();
    }
    return message;
}

/// What the loggers share. Never destroyed: destructors of statics may log.
struct Shared {
    std::mutex mutex;
    std::optional<Level> process_level = Level::warning;
    std::vector<Logger*> loggers{&access_log(), &app_log(), &gen_log()};
    std::deque<std::string> names;  // of those made at run time; a deque, as loggers refer to them
};

Shared& shared() {
    static auto& instance = *new Shared;
    return instance;
}

}  // namespace

constinit Logger LoggerRegistry::access{"tornado.access"};
constinit Logger LoggerRegistry::application{"tornado.application"};
constinit Logger LoggerRegistry::general{"tornado.general"};

/// One logger's filters. The mutex is recursive because a filter may log.
struct Logger::Filters {
    struct Entry {
        FilterId id;
        std::shared_ptr<Filter>
            filter;  // kept alive by the call that runs it, should it remove itself
    };

    std::recursive_mutex mutex;
    std::uint64_t last_id = 0;
    std::vector<Entry> entries;
};

Logger& LoggerRegistry::find_or_make(std::string_view name) {
    auto& all = shared();
    const std::lock_guard lock{all.mutex};
    for (auto* logger : all.loggers) {
        if (logger->name() == name) {
            return *logger;
        }
    }
    auto* logger = new Logger{all.names.emplace_back(name)};  // lives as long as the process
    logger->threshold_ = to_threshold(all.process_level, Logger::silent);
    all.loggers.push_back(logger);
    return *logger;
}

void LoggerRegistry::set_process_level(std::optional<Level> level) {
    auto& all = shared();
    const std::lock_guard lock{all.mutex};
    all.process_level = level;
    for (auto* logger : all.loggers) {
        if (!logger->has_own_level_) {
            logger->threshold_ = to_threshold(level, Logger::silent);
        }
    }
}

std::optional<Level> Logger::level() const noexcept {
    const auto threshold = threshold_.load(std::memory_order_relaxed);
    return threshold == silent ? std::nullopt : std::optional{static_cast<Level>(threshold)};
}

void Logger::set_level(std::optional<Level> level) {
    const std::lock_guard lock{shared().mutex};
    has_own_level_ = true;
    threshold_ = to_threshold(level, silent);
}

void Logger::clear_level() {
    auto& all = shared();
    const std::lock_guard lock{all.mutex};
    has_own_level_ = false;
    threshold_ = to_threshold(all.process_level, silent);
}

FilterId Logger::add_filter(Filter filter) {
    {
        const std::lock_guard lock{shared().mutex};
        if (filters_.load() == nullptr) {
            filters_ = new Filters;
        }
    }
    auto& filters = *filters_.load();
    const std::lock_guard lock{filters.mutex};
    const auto id = static_cast<FilterId>(++filters.last_id);
    filters.entries.push_back({id, std::make_shared<Filter>(std::move(filter))});
    return id;
}

bool Logger::remove_filter(FilterId id) {
    auto* filters = filters_.load();
    if (filters == nullptr) {
        return false;
    }
    const std::lock_guard lock{filters->mutex};
    return std::erase_if(filters->entries, [id](const auto& entry) { return entry.id == id; }) > 0;
}

bool Logger::passes_filters(const Record& record) {
    auto* filters = filters_.load(std::memory_order_acquire);
    if (filters == nullptr) {
        return true;
    }
    const std::lock_guard lock{filters->mutex};
    const auto entries = filters->entries;  // a filter may add or remove filters
    for (const auto& entry : entries) {
        if (AtWork::contains(entry.filter.get())) {
            continue;  // this is what the filter says itself
        }
        try {
            const AtWork at_work{entry.filter.get()};
            if (!(*entry.filter)(record)) {
                return false;
            }
        } catch (const std::exception& error) {
            report_failure(error.what());
        }
    }
    return true;
}

void Logger::emit(Level level, Origin origin, std::span<const Part> parts) noexcept {
    try {
        const Record record{
            level,
            name_,
            std::chrono::system_clock::now(),
            join(parts),
            origin.file,
            origin.line,
        };
        if (passes_filters(record)) {
            dispatch(record);
        }
    } catch (const std::exception& error) {
        report_failure(error.what());
    } catch (...) {
        report_failure("a filter threw something that is no std::exception");
    }
}

}  // namespace tornado::log
