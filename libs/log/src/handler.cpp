#include "tornado/log/handler.hpp"

#include <unistd.h>

#include <algorithm>
#include <exception>
#include <mutex>
#include <stdexcept>
#include <utility>

#include "at_work.hpp"
#include "dispatch.hpp"
#include "printable.hpp"
#include "write_all.hpp"

namespace tornado::log {

namespace {

using Handlers = std::vector<std::shared_ptr<Handler>>;

/// The handlers, replaced as a whole at each change so that logging holds the mutex for a moment
/// only.
struct HandlerList {
    std::mutex mutex;
    std::shared_ptr<const Handlers> handlers = std::make_shared<const Handlers>();

    std::shared_ptr<const Handlers> snapshot() {
        const std::lock_guard lock{mutex};
        return handlers;
    }
};

HandlerList& handler_list() {
    static auto& list = *new HandlerList;  // never destroyed: destructors of statics may log
    return list;
}

void write_bare_message(const Record& record) {
    std::string line;
    line.reserve(record.message.size() + 1);
    append_printable(line, record.message);
    line += '\n';
    static_cast<void>(write_all(STDERR_FILENO, line));  // nowhere is left to report a failure to
}

}  // namespace

void Handler::capture(Record&) const {}

void Handler::count_lost(std::uint64_t count) noexcept {
    lost_.fetch_add(count, std::memory_order_relaxed);
}

std::uint64_t Handler::unsaid() const noexcept {
    return lost_.load(std::memory_order_relaxed) - said_.load(std::memory_order_relaxed);
}

void Handler::said(std::uint64_t count) noexcept {
    said_.fetch_add(count, std::memory_order_relaxed);
}

void emit_guarded(Handler& handler, const Record& record) noexcept {
    const char* why = nullptr;
    std::exception_ptr thrown;
    try {
        if (AtWork::contains(&handler)) {
            throw std::logic_error{"a handler has logged it while it wrote another"};
        }
        const AtWork at_work{&handler};
        handler.emit(record);
        return;
    } catch (const std::exception& error) {
        thrown = std::current_exception();  // keeps the text
        why = error.what();
    } catch (...) {
        why = "a handler threw something that is no std::exception";
    }
    const bool first = handler.unsaid() == 0;
    handler.count_lost();
    if (first) {
        report_failure(why);
    }
}

void add_handler(std::shared_ptr<Handler> handler) {
    if (handler == nullptr) {
        throw std::invalid_argument{"log::add_handler needs a handler, not a null pointer"};
    }
    auto& list = handler_list();
    const std::lock_guard lock{list.mutex};
    auto changed = std::make_shared<Handlers>(*list.handlers);
    changed->push_back(std::move(handler));
    list.handlers = std::move(changed);
}

void remove_handler(const std::shared_ptr<Handler>& handler) {
    auto& list = handler_list();
    const std::lock_guard lock{list.mutex};
    auto changed = std::make_shared<Handlers>(*list.handlers);
    std::erase(*changed, handler);
    list.handlers = std::move(changed);
}

std::vector<std::shared_ptr<Handler>> handlers() {
    return *handler_list().snapshot();
}

void dispatch(const Record& record) {
    const auto present = handler_list().snapshot();
    for (const auto& handler : *present) {
        emit_guarded(*handler, record);
    }
    if (present->empty() && record.level >= Level::warning) {
        write_bare_message(record);
    }
}

void report_failure(const char* why) noexcept {
    static_cast<void>(write_all(STDERR_FILENO, "A log record could not be written: "));
    report_trouble(why);
}

void report_trouble(std::string_view what) noexcept {
    static_cast<void>(write_all(STDERR_FILENO, what));
    static_cast<void>(write_all(STDERR_FILENO, "\n"));
}

}  // namespace tornado::log
