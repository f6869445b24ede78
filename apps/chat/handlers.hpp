#pragma once

#include <tornado/ioloop.hpp>
#include <tornado/web.hpp>

#include <exception>
#include <optional>
#include <string>
#include <string_view>

#include "history.hpp"
#include "message_buffer.hpp"

namespace chat {

/// GET and HEAD /: the page, with the messages that there are.
class IndexHandler : public tornado::web::RequestHandler {
public:
    explicit IndexHandler(const MessageBuffer& buffer) : buffer_{buffer} {}

    void get();
    void head() { get(); }
    void write_error(int status_code, std::exception_ptr error) override;

private:
    const MessageBuffer& buffer_;
};

/// Answers in JSON, errors too: {"error": "The message is empty"}.
class ApiHandler : public tornado::web::RequestHandler {
public:
    void set_default_headers() override;
    void write_error(int status_code, std::exception_ptr error) override;
};

/// POST /a/message/new: takes `body`, `name` and `key`, and answers with the message.
class MessageNewHandler : public ApiHandler {
public:
    MessageNewHandler(MessageBuffer& buffer, History* history)
        : buffer_{buffer},
          history_{history} {}

    void post();

private:
    [[nodiscard]] Message read_message() const;

    MessageBuffer& buffer_;
    History* history_;  ///< may be null
};

/// POST /a/message/updates: answers with the messages after `cursor` as soon as there are any; with
/// none after `wait` seconds, or when the server is about to stop.
class MessageUpdatesHandler : public ApiHandler {
public:
    explicit MessageUpdatesHandler(MessageBuffer& buffer) : buffer_{buffer} {}

    tornado::Future<void> post();
    void on_connection_close() override;
    void on_drain() override;

private:
    MessageBuffer& buffer_;
    std::optional<tornado::Future<bool>> wait_;
};

}  // namespace chat
