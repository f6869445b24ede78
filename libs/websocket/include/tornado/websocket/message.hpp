#pragma once

#include <string>
#include <string_view>

namespace tornado::websocket {

/// A whole message. Text is UTF-8.
struct Message {
    std::string data;
    bool binary = false;
};

/// The same where it stands.
struct MessageView {
    std::string_view data;
    bool binary = false;
};

}  // namespace tornado::websocket
