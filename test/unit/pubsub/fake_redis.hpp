#pragma once

#include <algorithm>
#include <map>
#include <memory>
#include <string>
#include <vector>

#include <tornado/iostream.hpp>
#include <tornado/netutil.hpp>

#include "../../../libs/pubsub/src/resp.hpp"

/// As much of a Redis as brokers use, on the test's own loop and a real socket. (What is true of
/// the real one, test/integration tests.)
class FakeRedis {
public:
    bool version_3 = true;         ///< knows HELLO
    bool pings = true;             ///< answers them
    std::string password;          ///< asked for
    std::string greeting;          ///< the answer to HELLO, instead of the usual one
    std::string refusal;           ///< the answer to each PUBLISH, instead of a number
    bool confirms = true;          ///< answers PUBLISH at all
    std::vector<std::string> log;  ///< commands, their words between blanks, without messages

    FakeRedis() { start(0); }

    [[nodiscard]] std::string url() const {
        return "redis://" + (password.empty() ? "" : ":" + password + "@") +
               "127.0.0.1:" + std::to_string(port_);
    }
    /// Ends all connections, and takes no more.
    void stop() {
        acceptor_.reset();
        listeners_.clear();
        cut();
    }
    void start() { start(port_); }
    /// Ends all connections.
    void cut() {
        for (const auto& client : std::exchange(clients_, {})) {
            client->stream.close();
        }
    }
    /// Says something to all who listen to a channel.
    int tell(const std::string& channel, const std::string& message) {
        int count = 0;
        for (const auto& client : std::vector{clients_}) {
            for (const auto& subscribed : client->channels) {
                const bool is_pattern = subscribed.ends_with('*');
                if (is_pattern ? channel.starts_with(subscribed.substr(0, subscribed.size() - 1))
                               : channel == subscribed) {
                    send(
                        *client,
                        is_pattern
                            ? std::vector{std::string{"pmessage"}, subscribed, channel, message}
                            : std::vector{std::string{"message"}, channel, message}
                    );
                    ++count;
                }
            }
        }
        return count;
    }
    void say(const std::string& bytes) {
        for (const auto& client : clients_) {
            client->stream.write(bytes);
        }
    }
    [[nodiscard]] std::ptrdiff_t count(std::string_view command) const {
        return std::count(log.begin(), log.end(), command);
    }
    [[nodiscard]] std::size_t clients() const { return clients_.size(); }

private:
    struct Client {
        tornado::iostream::IOStream stream;
        tornado::pubsub::resp::Parser parser = tornado::pubsub::resp::Parser{};
        std::vector<std::string> channels = {};
        bool version_3 = false;
        bool known = false;
    };

    void start(int port) {
        listeners_ = tornado::netutil::bind_sockets(port, {.address = "127.0.0.1"});
        port_ = tornado::netutil::local_address(listeners_[0].fileno()).port();
        acceptor_ = std::make_unique<tornado::netutil::Acceptor>(
            listeners_[0].fileno(),
            [this](tornado::netutil::Socket connection, const auto&) {
                clients_.push_back(std::make_shared<Client>(Client{
                    tornado::iostream::IOStream{std::move(connection)}}));
                serve(this, clients_.back()).ignore();
            }
        );
    }
    static tornado::Future<void> serve(FakeRedis* self, std::shared_ptr<Client> client) {
        try {
            while (true) {
                const auto bytes = co_await client->stream.read_bytes(65'536, true);
                client->parser.feed(bytes);
                for (auto next = client->parser.next().value(); next;
                     next = client->parser.next().value()) {
                    self->obey(*client, next->items);
                }
            }
        } catch (const tornado::iostream::StreamClosedError&) {
        }
        std::erase(self->clients_, client);
    }
    void obey(Client& client, const std::vector<tornado::pubsub::resp::Value>& words) {
        const auto& name = words.at(0).text;
        std::string line = name;
        for (std::size_t i = 1; i < words.size() && (name != "PUBLISH" || i < 2); ++i) {
            line += " " + words[i].text;
        }
        log.push_back(line);
        if (name == "HELLO") {
            hello(client, words);
        } else if (name == "AUTH") {
            client.known = words.at(1).text == password;
            client.stream.write(client.known ? "+OK\r\n" : "-WRONGPASS no\r\n");
        } else if (!password.empty() && !client.known) {
            client.stream.write("-NOAUTH Authentication required.\r\n");
        } else if (name == "SELECT") {
            client.stream.write("+OK\r\n");
        } else if (name == "PING" && pings) {
            client.stream.write(
                client.channels.empty() || client.version_3 ? "+PONG\r\n"
                                                            : "*2\r\n$4\r\npong\r\n$0\r\n\r\n"
            );
        } else if (name == "PUBLISH") {
            const int count = refusal.empty() ? tell(words.at(1).text, words.at(2).text) : 0;
            if (confirms) {
                client.stream.write(
                    refusal.empty() ? ":" + std::to_string(count) + "\r\n" : "-" + refusal + "\r\n"
                );
            }
        } else if (name == "SUBSCRIBE" || name == "PSUBSCRIBE") {
            client.channels.push_back(words.at(1).text);
            confirm(client, name == "SUBSCRIBE" ? "subscribe" : "psubscribe", words.at(1).text);
        } else if (name == "UNSUBSCRIBE") {
            std::erase(client.channels, words.at(1).text);
            confirm(client, "unsubscribe", words.at(1).text);
        }
    }
    void hello(Client& client, const std::vector<tornado::pubsub::resp::Value>& words) {
        if (!greeting.empty()) {
            client.stream.write(greeting + "\r\n");
            return;
        }
        if (!version_3) {
            client.stream.write("-ERR unknown command `HELLO`, with args beginning with: `3`, \r\n"
            );
            return;
        }
        client.known = words.size() == 5 && words[4].text == password;
        client.version_3 = true;
        client.stream.write(
            password.empty() || client.known
                ? "%2\r\n$6\r\nserver\r\n$5\r\nredis\r\n$5\r\nproto\r\n:3\r\n"
                : "-WRONGPASS invalid username-password pair or user is disabled.\r\n"
        );
    }
    static void confirm(Client& client, const std::string& what, const std::string& channel) {
        const std::string head = client.version_3 ? ">3" : "*3";
        client.stream.write(
            head + "\r\n" + text(what) + text(channel) + ":" +
            std::to_string(client.channels.size()) + "\r\n"
        );
    }
    static void send(Client& client, const std::vector<std::string>& words) {
        std::string out = (client.version_3 ? ">" : "*") + std::to_string(words.size()) + "\r\n";
        for (const auto& word : words) {
            out += text(word);
        }
        client.stream.write(std::move(out));
    }
    static std::string text(const std::string& word) {
        return "$" + std::to_string(word.size()) + "\r\n" + word + "\r\n";
    }

    std::vector<tornado::netutil::Socket> listeners_;
    std::unique_ptr<tornado::netutil::Acceptor> acceptor_;
    std::vector<std::shared_ptr<Client>> clients_;
    int port_ = 0;
};
