#pragma once

#include <algorithm>
#include <memory>
#include <string>
#include <string_view>
#include <tornado/log.hpp>
#include <vector>

/// Collects what is logged, at level debug and above, while it lives.
class Logged {
public:
    Logged() {
        tornado::log::set_level(tornado::log::Level::debug);
        tornado::log::add_handler(keeper_);
    }
    Logged(const Logged&) = delete;
    Logged& operator=(const Logged&) = delete;
    ~Logged() {
        tornado::log::remove_handler(keeper_);
        tornado::log::set_level(tornado::log::Level::warning);
    }

    /// How many messages hold `text`.
    [[nodiscard]] std::ptrdiff_t count(std::string_view text) const {
        return std::ranges::count_if(keeper_->messages, [&](const std::string& message) {
            return message.find(text) != std::string::npos;
        });
    }

private:
    struct Keeper : tornado::log::Handler {
        void emit(const tornado::log::Record& record) override {
            messages.push_back(record.message);
        }
        std::vector<std::string> messages;
    };
    std::shared_ptr<Keeper> keeper_ = std::make_shared<Keeper>();
};
