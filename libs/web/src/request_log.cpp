#include "tornado/web/request_log.hpp"

#include <algorithm>

#include "request_run.hpp"

namespace tornado::web {

namespace {

/// A target with the names of its query's arguments only.
std::string without_values(std::string_view uri) {
    constexpr std::size_t longest = 200;
    const auto question = std::min(uri.find('?'), uri.size());
    std::string text{uri.substr(0, question)};
    auto rest = uri.substr(question);
    while (!rest.empty()) {
        text += rest.front();  // "?" or "&"
        rest.remove_prefix(1);
        const auto argument = rest.substr(0, rest.find('&'));
        const auto name = argument.substr(0, argument.find('='));
        if (text.size() + name.size() > question + longest) {
            return text + "…";
        }
        text.append(name).append(name.size() < argument.size() ? "=…" : "");
        rest.remove_prefix(argument.size());
    }
    return text;
}

}  // namespace

void hide_query(RequestHandler& handler) {
    detail::RequestRun::of(handler).hide_query();
}

std::string request_summary(const RequestHandler& handler) {
    std::string room;
    const auto& request = handler.request();
    const auto uri = detail::RequestRun::of(handler).logged_uri(room);
    return std::string{request.method()} + " " + std::string{uri} + " (" + request.remote_ip() +
           ")";
}

std::string_view detail::RequestRun::logged_uri(std::string& room) {
    if (!hides_query_) {
        return request().uri();
    }
    room = without_values(request().uri());
    return room;
}

}  // namespace tornado::web
