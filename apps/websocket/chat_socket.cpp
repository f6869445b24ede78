#include "chat_socket.hpp"

#include <algorithm>
#include <utility>

#include "protocol.hpp"

namespace talk {

namespace ioloop = tornado::ioloop;
namespace pubsub = tornado::pubsub;
namespace websocket = tornado::websocket;

namespace {

constexpr const char* too_much = "That was too much at once; wait a moment";

}  // namespace

std::optional<websocket::CompressionOptions> ChatSocket::get_compression_options() {
    return websocket::CompressionOptions{.compression_level = 4, .min_size = 300};
}
std::chrono::milliseconds ChatSocket::ping_interval() {
    return std::chrono::seconds{25};  // proxies cut off what is silent for a minute
}
std::chrono::milliseconds ChatSocket::ping_timeout() {
    return std::chrono::seconds{20};
}
websocket::SendQueueOptions ChatSocket::send_queue_options() {
    return {.max_size = most_waiting};
}

void ChatSocket::open() {
    auto address = request().remote_ip();
    if (!talk_.visitors().come(address)) {
        close(1008, "too many connections from there");
        return;
    }
    address_ = std::move(address);
    set_nodelay(true);
    refilled_ = ioloop::IOLoop::current().time();
    write_message(talk_.all_rooms());
}

void ChatSocket::on_message(std::string_view text) {
    if (address_.empty() || !may_go_on()) {
        return;
    }
    if (allowance_ == 0 || !talk_.visitors().spend(address_, 1)) {
        write_message(refusal(key_in(text), too_much));
        return;
    }
    --allowance_;
    try {
        obey(read_request(text));
    } catch (const Refused& refused) {
        write_message(refusal(key_in(text), refused.what()));
    }
}

/// Who asks too much is told so; who does not listen is closed.
bool ChatSocket::may_go_on() {
    const auto now = ioloop::IOLoop::current().time();
    const auto earned = (now - refilled_) / refill;
    refilled_ += earned * refill;
    allowance_ = static_cast<unsigned>(std::min<std::int64_t>(allowance_ + earned, burst));
    if (allowance_ != 0) {
        excess_ = 0;
    } else if (++excess_ > patience) {
        close(1008, "too many requests");
    }
    return excess_ <= patience;
}

void ChatSocket::obey(const Request& request) {
    switch (request.kind) {
        case Request::Kind::enter:
            enter(request);
            break;
        case Request::Kind::say:
            if (room_.empty()) {
                throw Refused{"Enter a room first"};
            }
            talk_.say(request, room_, name_);
            break;
        case Request::Kind::ping:
            write_message(R"({"type":"pong"})");
    }
}

/// A page that comes back gets what it has missed; if that is too long ago, or it is new, the whole
/// history.
void ChatSocket::enter(const Request& request) {
    const auto cost = talk_.has_room(request.room) ? cost_of_entering : cost_of_a_new_room;
    if (!talk_.visitors().spend(address_, cost)) {
        throw Refused{too_much};
    }
    talk_.check_room(request.room);
    leave();
    talk_.enter(*this, request.room, request.name);
    room_ = request.room;
    name_ = request.name;
    auto& broker = talk_.broker();
    const auto topic = Talk::topic_of(room_);
    const auto hear = [this](const pubsub::Message& message) {
        write_message(message.as<websocket::SharedMessage>([](const pubsub::Message& its) {
            return websocket::SharedMessage{envelope(its)};
        }));
    };
    if (request.position && broker.covers(topic, *request.position)) {
        write_message(welcome(room_, *request.position, true, {}));
        subscription_ = broker.subscribe(topic, *request.position, hear);
    } else {
        write_message(
            welcome(room_, broker.position(topic), false, broker.recent(topic, history_size))
        );
        subscription_ = broker.subscribe(topic, hear);
    }
    write_message(talk_.people_in(room_));
}

void ChatSocket::leave() {
    subscription_.unsubscribe();
    if (!room_.empty()) {
        talk_.leave(*this, std::exchange(room_, ""), name_);
    }
}

void ChatSocket::on_close() {
    leave();
    if (!address_.empty()) {
        talk_.visitors().leave(std::exchange(address_, ""));
    }
}

}  // namespace talk
