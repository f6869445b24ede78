#pragma once

#include <tornado/pubsub.hpp>
#include <tornado/websocket.hpp>

#include <optional>
#include <string>
#include <string_view>

#include "limits.hpp"
#include "talk.hpp"

namespace talk {

/// One page's connection. The page enters a room, says something there, and hears what others say;
/// see protocol.hpp.
class ChatSocket : public tornado::websocket::WebSocketHandler {
public:
    explicit ChatSocket(Talk& talk) : talk_{talk} {}

    void open();
    void on_message(std::string_view text);
    void on_close();

    std::optional<tornado::websocket::CompressionOptions> get_compression_options() override;
    [[nodiscard]] std::chrono::milliseconds ping_interval() override;
    [[nodiscard]] std::chrono::milliseconds ping_timeout() override;
    [[nodiscard]] std::size_t max_message_size() override { return longest_request; }
    [[nodiscard]] tornado::websocket::SendQueueOptions send_queue_options() override;

private:
    [[nodiscard]] bool may_go_on();
    void obey(const Request& request);
    void enter(const Request& request);
    void leave();

    Talk& talk_;
    std::string room_;  ///< empty: none
    std::string name_;
    tornado::pubsub::Subscription subscription_;
    std::string address_;  ///< empty: it was not let in
    unsigned allowance_ = burst;
    tornado::ioloop::TimePoint refilled_;
    unsigned excess_ = 0;
};

}  // namespace talk
