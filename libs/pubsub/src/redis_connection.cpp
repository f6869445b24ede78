#include "redis_connection.hpp"

#include <utility>

#include "tornado/gen.hpp"
#include "tornado/iostream/errors.hpp"
#include "tornado/tcpclient.hpp"

namespace tornado::pubsub {

using resp::Value;

namespace {

bool is_pong(const Value& value) {
    const bool as_list = value.kind == Value::Kind::list && value.items.size() == 2 &&
                         value.items[0].text == "pong";  // version 2, once subscribed
    return as_list || (value.kind == Value::Kind::text && value.text == "PONG");
}

/// Throws for an error. Some repeat the words that they do not understand: a password among them
/// is not for the log.
void check(const Value& answer, const char* to_what, const std::string& password) {
    if (answer.kind != Value::Kind::error) {
        return;
    }
    auto text = std::string{to_what} + ": " + answer.text;
    while (!password.empty() && text.find(password) != text.npos) {
        text.replace(text.find(password), password.size(), "");
    }
    throw RedisError{text};
}

std::string hello(const RedisURL& url) {
    if (url.password.empty()) {
        return resp::command({"HELLO", "3"});
    }
    const auto user = url.user.empty() ? "default" : url.user;
    return resp::command({"HELLO", "3", "AUTH", user, url.password});
}

std::string auth(const RedisURL& url) {
    return url.user.empty() ? resp::command({"AUTH", url.password})
                            : resp::command({"AUTH", url.user, url.password});
}

/// Whether it is one that does not know HELLO, or not that version.
bool is_old(const Value& answer) {
    return answer.kind == Value::Kind::error &&
           (answer.text.starts_with("NOPROTO") || answer.text.starts_with("ERR unknown command"));
}

tcpclient::ConnectOptions connect_options(const RedisTarget& target) {
    tcpclient::ConnectOptions options;
    if (target.url.tls) {
        options.ssl_options(target.ssl_context);
    }
    return options;
}

}  // namespace

RedisConnection::RedisConnection(iostream::IOStream stream, const RedisTarget& target)
    : stream_{std::move(stream)},
      parser_{target.limits},
      ping_interval_{target.ping_interval} {
    stream_.set_nodelay(true);
}

Future<std::shared_ptr<RedisConnection>> RedisConnection::open(
    std::shared_ptr<const RedisTarget> target
) {
    const auto timeout = target->connect_timeout;
    auto connecting = connect(std::move(target));
    connecting.ignore();
    auto opening = gen::cancel_after(timeout, std::move(connecting));
    opening.ignore();
    return opening;
}

Future<std::shared_ptr<RedisConnection>> RedisConnection::connect(
    std::shared_ptr<const RedisTarget> target
) {
    tcpclient::TCPClient client;
    const auto options = connect_options(*target);
    auto stream = co_await client.connect(target->url.host, target->url.port, options);
    const auto self = std::make_shared<RedisConnection>(std::move(stream), *target);
    const auto logging_in = log_in(self, target);
    logging_in.ignore();  // whoever waits for all this may have gone
    co_await logging_in;
    co_return self;
}

Future<void> RedisConnection::log_in(
    std::shared_ptr<RedisConnection> self,
    std::shared_ptr<const RedisTarget> target
) {
    const auto& url = target->url;
    const auto greeting = co_await ask(self, hello(url));
    if (!is_old(greeting)) {
        check(greeting, "HELLO", url.password);
    } else if (!url.password.empty()) {
        const auto answer = co_await ask(self, auth(url));
        check(answer, "AUTH", url.password);
    }
    if (url.database != 0) {
        const auto select = resp::command({"SELECT", std::to_string(url.database)});
        const auto answer = co_await ask(self, select);
        check(answer, "SELECT", url.password);
    }
}

Future<Value> RedisConnection::ask(std::shared_ptr<RedisConnection> self, std::string command) {
    self->send(std::move(command));
    auto answers = co_await read(self);
    if (answers.size() != 1) {
        throw RedisError{"more answers than questions"};
    }
    co_return std::move(answers.front());
}

void RedisConnection::send(std::string commands) {
    try {
        stream_.write(std::move(commands));
    } catch (const iostream::StreamClosedError&) {
        // read() tells.
    }
}

Future<std::vector<Value>> RedisConnection::read(std::shared_ptr<RedisConnection> self) {
    std::vector<Value> values;
    self->take_values(values);
    while (values.empty()) {
        const auto bytes = co_await receive(self);
        self->parser_.feed(bytes);
        self->take_values(values);
    }
    co_return values;
}

void RedisConnection::take_values(std::vector<Value>& values) {
    while (true) {
        auto value = parser_.next();
        if (value.has_error()) {
            throw RedisError{value.error().message()};
        }
        if (!*value) {
            return;
        }
        if (!is_pong(**value)) {
            values.push_back(std::move(**value));
        }
    }
}

/// What comes next. A connection that is silent is asked whether it is still one.
Future<std::string> RedisConnection::receive(std::shared_ptr<RedisConnection> self) {
    constexpr std::size_t chunk = 65'536;
    const auto reading = self->stream_.read_bytes(chunk, true);
    if (self->ping_interval_.count() <= 0) {
        const auto bytes = co_await reading;
        co_return bytes;
    }
    for (bool asked = false;; asked = true) {
        try {
            const auto bytes = co_await gen::
                with_timeout(self->ping_interval_, reading, gen::quiet_exceptions<iostream::StreamClosedError>);
            co_return bytes;
        } catch (const ioloop::TimeoutError&) {
            if (asked) {
                throw RedisError{"it does not answer"};
            }
        }
        self->send(resp::command({"PING"}));
    }
}

}  // namespace tornado::pubsub
