#include "websocket_url.hpp"

#include <stdexcept>
#include <string>

#include "tornado/util/ascii.hpp"

namespace tornado::websocket {

namespace {

[[noreturn]] void fail(std::string_view text, std::string_view why) {
    throw std::invalid_argument{std::string{text} + " is no WebSocket URL: " + std::string{why}};
}

}  // namespace

httpclient::Url parse_websocket_url(std::string_view text) {
    const auto colon = std::min(text.find(':'), text.size());
    const auto scheme = text.substr(0, colon);
    const bool secure = util::equals_ignore_case(scheme, "wss");
    if (!secure && !util::equals_ignore_case(scheme, "ws")) {
        fail(text, "it begins with neither ws:// nor wss://");
    }
    if (text.find('#') != text.npos) {
        fail(text, "it has a fragment");
    }
    const std::string likewise{secure ? "https" : "http"};
    try {
        return httpclient::parse_url(likewise + std::string{text.substr(colon)});
    } catch (const std::invalid_argument& error) {
        const std::string_view why{error.what()};
        fail(text, why.substr(0, why.find(": " + likewise)));
    }
}

}  // namespace tornado::websocket
