#pragma once

#include <tornado/log.hpp>

#include <algorithm>
#include <cstddef>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

/// Collects what is logged, at level debug and above, while it lives.
class Logged {
public:
    Logged() : handler_{std::make_shared<Handler>()} {
        tornado::log::set_level(tornado::log::Level::debug);
        tornado::log::add_handler(handler_);
    }
    Logged(const Logged&) = delete;
    Logged& operator=(const Logged&) = delete;
    ~Logged() {
        tornado::log::remove_handler(handler_);
        tornado::log::set_level(tornado::log::Level::warning);
    }

    /// How many messages contain `text`.
    [[nodiscard]] std::ptrdiff_t count(std::string_view text) const {
        const auto& messages = handler_->messages;
        return std::count_if(messages.begin(), messages.end(), [&](const std::string& message) {
            return message.find(text) != message.npos;
        });
    }

private:
    struct Handler : tornado::log::Handler {
        void emit(const tornado::log::Record& record) override {
            messages.push_back(record.message);
        }
        std::vector<std::string> messages;
    };

    std::shared_ptr<Handler> handler_;
};
