#include "tornado/log/pretty_logging.hpp"

#include <unistd.h>

#include <algorithm>
#include <memory>
#include <mutex>
#include <utility>
#include <vector>

#include "tornado/log/async_handler.hpp"
#include "tornado/log/handler.hpp"
#include "tornado/log/json_formatter.hpp"
#include "tornado/log/logger.hpp"
#include "tornado/log/rotating_file_handler.hpp"
#include "tornado/log/stream_handler.hpp"
#include "tornado/log/timed_rotating_file_handler.hpp"

namespace tornado::log {

namespace {

using Handlers = std::vector<std::shared_ptr<Handler>>;

/// The handlers of the last call, which the next one replaces.
struct Installed {
    std::mutex mutex;
    Handlers handlers;
};

Installed& installed() {
    static auto& instance = *new Installed;  // never destroyed, as the list of handlers
    return instance;
}

std::unique_ptr<Formatter> make_formatter(const LogOptions& options) {
    if (options.log_format == LogFormat::json) {
        return std::make_unique<JSONFormatter>();
    }
    return nullptr;  // each handler's own
}

std::shared_ptr<Handler> make_file_handler(const LogOptions& options) {
    if (options.log_rotate_mode == RotateMode::time) {
        return std::make_shared<TimedRotatingFileHandler>(
            options.log_file_prefix,
            options.log_rotate_when,
            options.log_rotate_interval,
            options.log_file_num_backups,
            make_formatter(options)
        );
    }
    return std::make_shared<RotatingFileHandler>(
        options.log_file_prefix,
        options.log_file_max_size,
        options.log_file_num_backups,
        make_formatter(options)
    );
}

bool has_foreign_handlers(const Handlers& ours) {
    const auto all = handlers();
    return std::any_of(all.begin(), all.end(), [&](const auto& handler) {
        return std::find(ours.begin(), ours.end(), handler) == ours.end();
    });
}

}  // namespace

void enable_pretty_logging(const LogOptions& options) {
    if (!options.logging) {
        return;
    }
    auto& present = installed();
    const std::lock_guard lock{present.mutex};

    Handlers fresh;
    if (!options.log_file_prefix.empty()) {
        fresh.push_back(make_file_handler(options));
    }
    const bool alone = fresh.empty() && !has_foreign_handlers(present.handlers);
    if (options.log_to_stderr.value_or(alone)) {
        fresh.push_back(std::make_shared<StreamHandler>(STDERR_FILENO, make_formatter(options)));
    }
    if (options.log_async) {
        for (auto& handler : fresh) {
            handler = std::make_shared<AsyncHandler>(std::move(handler));
        }
    }

    for (const auto& handler : fresh) {
        add_handler(handler);
    }
    for (const auto& handler : present.handlers) {
        remove_handler(handler);
    }
    present.handlers = std::move(fresh);
    set_level(options.logging);
}

}  // namespace tornado::log
