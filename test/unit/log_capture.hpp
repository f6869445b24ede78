#pragma once

#include <algorithm>
#include <memory>
#include <mutex>
#include <string>
#include <string_view>
#include <tornado/log.hpp>
#include <vector>

/// Keeps what is logged while it lives.
class LogCapture {
public:
    LogCapture() { tornado::log::add_handler(keeper_); }
    ~LogCapture() { tornado::log::remove_handler(keeper_); }
    LogCapture(const LogCapture&) = delete;
    LogCapture& operator=(const LogCapture&) = delete;

    /// How many messages hold `text`.
    [[nodiscard]] std::ptrdiff_t count(std::string_view text) const {
        const std::lock_guard lock{keeper_->mutex};
        return std::ranges::count_if(keeper_->messages, [&](const std::string& message) {
            return message.find(text) != std::string::npos;
        });
    }
    [[nodiscard]] std::size_t size() const {
        const std::lock_guard lock{keeper_->mutex};
        return keeper_->messages.size();
    }

private:
    struct Keeper : tornado::log::Handler {
        void emit(const tornado::log::Record& record) override {
            const std::lock_guard lock{mutex};
            messages.push_back(record.message);
        }
        std::mutex mutex;
        std::vector<std::string> messages;
    };
    std::shared_ptr<Keeper> keeper_ = std::make_shared<Keeper>();
};

/// The same, for level debug and above.
class DebugLogCapture : public LogCapture {
public:
    DebugLogCapture() { tornado::log::set_level(tornado::log::Level::debug); }
    ~DebugLogCapture() { tornado::log::set_level(tornado::log::Level::warning); }
};
