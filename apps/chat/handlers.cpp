#include "handlers.hpp"

#include <tornado/log.hpp>
#include <tornado/util/secure_random.hpp>
#include <tornado/web/templates.hpp>

#include <boost/json.hpp>

#include <algorithm>
#include <memory>
#include <utility>

#include "site.hpp"

namespace chat {

namespace json = boost::json;
namespace ioloop = tornado::ioloop;
namespace web = tornado::web;
using tornado::Future;

namespace {

constexpr std::size_t longest_body = 2000;  // characters, as the page has it
constexpr std::size_t longest_name = 40;
constexpr std::size_t longest_key = 64;
constexpr int longest_wait = 25;  // seconds: proxies cut off what is silent for a minute

/// The number of characters in a UTF-8 text.
std::size_t length(std::string_view text) {
    return static_cast<std::size_t>(std::count_if(text.begin(), text.end(), [](char byte) {
        return (static_cast<unsigned char>(byte) & 0xC0U) != 0x80U;
    }));
}

std::string new_id() {
    std::string id;
    for (const char byte : tornado::util::secure_random_bytes(16)) {
        id += "0123456789abcdef"[static_cast<unsigned char>(byte) >> 4U];
        id += "0123456789abcdef"[static_cast<unsigned char>(byte) & 15U];
    }
    return id;
}

[[noreturn]] void refuse(const char* sentence) {
    throw web::HTTPError{400, {}, sentence};
}

json::array list_of(const std::vector<MessageRef>& messages) {
    json::array list;
    for (const auto& message : messages) {
        list.push_back(to_json(*message));
    }
    return list;
}

}  // namespace

void IndexHandler::get() {
    site::set_page_headers(*this);
    static_cast<void>(xsrf_token());  // sets the cookie, which the page's script sends back
    render("index.html", {{"messages", list_of(buffer_.get_messages_since(""))}});
}

void IndexHandler::write_error(int status_code, std::exception_ptr error) {
    if (status_code >= 500) {
        return RequestHandler::write_error(status_code, std::move(error));
    }
    site::finish_with_error_page(*this, status_code);
}

void ApiHandler::set_default_headers() {
    set_header("Cache-Control", "no-store");
    set_header("X-Content-Type-Options", "nosniff");
}

void ApiHandler::write_error(int status_code, std::exception_ptr error) {
    std::string sentence = status_code == 403 ? "The page is too old; load it again" : "";
    try {
        if (error != nullptr) {
            std::rethrow_exception(error);
        }
    } catch (const web::HTTPError& refused) {
        if (!refused.reason().empty()) {
            sentence = refused.reason();
        }
    } catch (...) {
        sentence = "Something went wrong on the server";
    }
    if (sentence.empty()) {
        sentence = "The server answers " + std::to_string(status_code);
    }
    write(json::object{{"error", sentence}});
    finish();
}

Message MessageNewHandler::read_message() const {
    Message message{
        .id = new_id(),
        .key = get_body_argument("key", ""),
        .name = get_body_argument("name", ""),
        .body = get_body_argument("body", ""),
        .time = std::chrono::system_clock::now()};
    if (message.body.empty()) {
        refuse("The message is empty");
    }
    if (length(message.body) > longest_body) {
        refuse("The message is longer than 2000 characters");
    }
    if (message.name.empty()) {
        refuse("The message has no name to it");
    }
    if (length(message.name) > longest_name) {
        refuse("The name is longer than 40 characters");
    }
    if (message.key.size() > longest_key) {
        refuse("The key is longer than 64 bytes");
    }
    return message;
}

void MessageNewHandler::post() {
    const auto key = get_body_argument("key", "");
    auto message = key.empty() ? nullptr : buffer_.find_key(key);
    if (message == nullptr) {
        message = std::make_shared<Message>(read_message());
        if (history_ != nullptr) {
            history_->append(*message);
        }
        buffer_.add(message);
    }
    write(to_json(*message));
}

Future<void> MessageUpdatesHandler::post() {
    const auto cursor = get_body_argument("cursor", "");
    const auto seconds = std::clamp(get_body_argument("wait", longest_wait), 0, longest_wait);
    const auto deadline = ioloop::IOLoop::current().time_after(std::chrono::seconds{seconds});
    auto messages = buffer_.get_messages_since(cursor);
    while (messages.empty() && seconds != 0 && !application().draining()) {
        wait_ = buffer_.bell().wait(deadline);
        const bool rung = co_await *wait_;
        messages = buffer_.get_messages_since(cursor);
        if (!rung) {
            break;
        }
    }
    json::object answer;
    answer["messages"] = list_of(messages);
    write(answer);
}

void MessageUpdatesHandler::on_connection_close() {
    if (wait_ && wait_->cancel()) {
        tornado::log::app_log().debug(
            "A reader has gone; ", buffer_.bell().waiters(), " are waiting"
        );
    }
}

void MessageUpdatesHandler::on_drain() {
    buffer_.bell().notify_all();  // nobody is kept waiting for messages
}

}  // namespace chat
