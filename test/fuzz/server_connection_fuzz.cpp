// Any bytes, in any pieces, to a server's connection whose delegate answers at once, early, late or
// not at all: what comes back are well-formed responses in the order of the requests, at most one
// each, the same bytes are the same requests in whatever pieces they come, and nothing stays
// behind.
#include <fcntl.h>
#include <sys/socket.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <charconv>
#include <cstddef>
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <memory>
#include <optional>
#include <stdexcept>
#include <string>
#include <string_view>
#include <tornado/http1connection.hpp>
#include <tornado/httputil/chunked.hpp>
#include <tornado/httputil/error.hpp>
#include <tornado/httputil/http_connection.hpp>
#include <tornado/httputil/message_framing.hpp>
#include <tornado/httputil/response_head.hpp>
#include <tornado/iostream/stream_core.hpp>
#include <utility>
#include <vector>

#include "connection_support.hpp"

namespace {

namespace http1connection = tornado::http1connection;
namespace httputil = tornado::httputil;
using tornado::Future;
using tornado::Promise;

class Application;

/// A request that is handled in one of many ways and watches the order of its calls.
class Request final : public httputil::HTTPMessageDelegate {
public:
    Request(Application& application, httputil::HTTPConnection& exchange);
    ~Request() override;

    Future<void> headers_received(httputil::RequestHead& head, const httputil::Target& target)
        override;
    Future<void> data_received(std::string_view chunk) override;
    void finish() override;
    void on_connection_close() override;

    /// Answers, if that is still to be done.
    void respond();

private:
    enum class Phase { start, headers, body, finished, closed };
    enum class Time { at_headers, at_body, at_finish, later, never };

    Future<void> considered();

    Application& application_;
    httputil::HTTPConnection& exchange_;
    std::size_t number_;
    Phase phase_ = Phase::start;
    Time time_;
    bool responded_ = false;
};

/// What is asked of the server, and what still waits.
class Application final : public httputil::HTTPServerConnectionDelegate {
public:
    explicit Application(Dice& with) : dice{with} {}

    std::unique_ptr<httputil::HTTPMessageDelegate> start_request(httputil::HTTPConnection& exchange
    ) override {
        require(late == nullptr, "one request at a time");
        if (dice.roll(64) == 0) {
            throw std::runtime_error{"no request today"};
        }
        return std::make_unique<Request>(*this, exchange);
    }

    /// Lets something that waits go on; false when nothing waits.
    bool go_on() {
        if (considering) {
            auto promise = std::exchange(considering, std::nullopt);
            switch (dice.roll(8)) {
                case 0:
                    promise->set_exception(std::runtime_error{"refused"});
                    break;
                case 1:
                    break;  // dropped
                default:
                    promise->set_result();
            }
            // The answer may come while the loop has yet to hear of the promise.
            if (dice.roll(2) == 0 && late != nullptr) {
                answer_late();
            }
            return true;
        }
        if (late != nullptr) {
            answer_late();
            return true;
        }
        return false;
    }

    void answer_late() {
        const auto hold = std::exchange(held, {});
        try {
            std::exchange(late, nullptr)->respond();
        } catch (const std::runtime_error&) {
            // Out of the connection's sight: nothing follows from it.
        }
    }

    Dice& dice;
    std::vector<std::string> methods;  ///< of the requests that were begun
    std::optional<Promise<void>> considering;
    Request* late = nullptr;
    httputil::ExchangeRef held;
    int alive = 0;
};

Request::Request(Application& application, httputil::HTTPConnection& exchange)
    : application_{application},
      exchange_{exchange},
      number_{application.methods.size()},
      time_{std::array{
          Time::at_finish,
          Time::at_finish,
          Time::at_headers,
          Time::at_body,
          Time::later,
          Time::later,
          Time::never}[application.dice.roll(7)]} {
    ++application_.alive;
    application_.methods.emplace_back();
}

Request::~Request() {
    require(application_.late != this, "what is held lives");
    --application_.alive;
}

Future<void>
Request::headers_received(httputil::RequestHead& head, const httputil::Target& target) {
    require(phase_ == Phase::start, "the head comes first and once");
    phase_ = Phase::headers;
    require(!head.method.empty() && !head.target.empty(), "a request has a method and a target");
    require(
        target.authority.empty() || httputil::is_valid_host(target.authority), "hosts are checked"
    );
    application_.methods.back() = head.method;
    if (application_.dice.roll(4) == 0) {
        exchange_.set_max_body_size(application_.dice.roll(64));
    }
    if (time_ == Time::later && application_.dice.roll(2) == 0) {
        application_.held = httputil::ExchangeRef{&exchange_};
        application_.late = this;  // possibly before the body has come
    }
    if (time_ == Time::at_headers) {
        respond();
    }
    return considered();
}

Future<void> Request::data_received(std::string_view chunk) {
    require(phase_ == Phase::headers || phase_ == Phase::body, "data come before the end");
    require(!chunk.empty() && chunk.size() <= 4096, "pieces have the size that was asked for");
    phase_ = Phase::body;
    if (time_ == Time::at_body) {
        respond();
    }
    return considered();
}

void Request::finish() {
    require(phase_ == Phase::headers || phase_ == Phase::body, "the end comes once");
    phase_ = Phase::finished;
    if (time_ == Time::at_finish) {
        respond();
    } else if (time_ != Time::never && application_.late == nullptr && !responded_) {
        application_.held = httputil::ExchangeRef{&exchange_};
        application_.late = this;
    }
}

void Request::on_connection_close() {
    require(phase_ != Phase::start && phase_ != Phase::closed, "the close is told once");
    phase_ = Phase::closed;
}

Future<void> Request::considered() {
    if (application_.dice.roll(3) != 0) {
        return Future<void>::ready();
    }
    application_.considering.emplace();  // a former one is dropped with its request
    return application_.considering->future();
}

void Request::respond() {
    if (std::exchange(responded_, true)) {
        return;
    }
    const httputil::ExchangeRef hold{&exchange_};
    auto& dice = application_.dice;
    httputil::HTTPHeaders headers;
    headers.add("X-Number", std::to_string(number_));
    const auto& method = application_.methods[number_];
    const bool may_have_body = method != "HEAD" && method != "CONNECT";
    const std::size_t most = dice.roll(16) == 0 ? 40'000 : 100;
    const std::string body(may_have_body ? dice.roll(most) : 0, 'b');
    const auto way = dice.roll(8);
    try {
        switch (way) {
            case 0:
                exchange_.abort();
                return;
            case 1:
                headers.set("Content-Length", std::to_string(dice.roll(3)));
                exchange_.send_response(200, "", headers, "b");
                return;
            case 2:
                exchange_.send_response(204, "", headers, "");
                return;
            case 3:
            case 4:
                exchange_.write_headers(200, "", headers, body.substr(0, body.size() / 2));
                exchange_.write(body.substr(body.size() / 2));
                if (dice.roll(8) == 0) {
                    exchange_.abort();
                    return;
                }
                exchange_.finish();
                return;
            default:
                exchange_.send_response(200, "", headers, std::string{body});
        }
    } catch (const httputil::HTTPOutputError&) {
        require(way == 1 || exchange_.closed(), "a part of what contradicts its length breaks off");
        if (!exchange_.closed()) {
            headers.remove("Content-Length");
            exchange_.send_response(500, "", headers, "");
        }
    }
    if (dice.roll(32) == 0) {
        throw std::runtime_error{"answered, and then fell"};
    }
}

/// Reads what the server sent as a client does.
class ResponseReader {
public:
    ResponseReader(std::string text, const std::vector<std::string>& methods)
        : text_{std::move(text)},
          rest_{text_},
          methods_{methods} {}

    void read() {
        while (!rest_.empty() && read_one()) {
        }
    }

private:
    /// False when what follows cannot be read: a response that was broken off.
    bool read_one() {
        httputil::ResponseHead head;
        const auto result = httputil::parse_response_head(at(), rest_.size(), head);
        require(result.status != httputil::HeadStatus::error, "response heads are well-formed");
        if (result.status == httputil::HeadStatus::incomplete) {
            return false;
        }
        rest_.remove_prefix(result.consumed);
        if (head.code == 100) {
            return true;
        }
        require(!refused_, "nothing follows a refusal");
        const auto number = head.headers.get("X-Number");
        refused_ = !number.has_value();
        if (number) {
            std::size_t value = 0;
            std::from_chars(number->data(), number->data() + number->size(), value);
            require(!last_ || value > *last_, "responses come in order, one for a request");
            require(value < methods_.size(), "responses answer requests");
            last_ = value;
        } else {
            require(head.code >= 400, "what the server says itself is a refusal");
        }
        return read_body(head, number ? methods_[*last_] : "");
    }

    bool read_body(const httputil::ResponseHead& head, std::string_view method) {
        const auto framing = httputil::response_framing(head, method);
        require(framing.has_value(), "responses are framed well");
        using Body = httputil::MessageFraming::Body;
        if (framing->body == Body::until_close) {
            return false;
        }
        if (framing->body == Body::content_length) {
            const auto size = std::min<std::uint64_t>(framing->content_length, rest_.size());
            require_filler(rest_.substr(0, static_cast<std::size_t>(size)));
            rest_.remove_prefix(static_cast<std::size_t>(size));
            return size == framing->content_length;
        }
        return framing->body == Body::none || read_chunks();
    }

    bool read_chunks() {
        httputil::ChunkedDecoder decoder;
        for (;;) {
            const auto step = decoder.next(rest_);
            rest_.remove_prefix(step.consumed);
            require(
                step.status != httputil::ChunkedDecoder::Status::error, "chunks are well-formed"
            );
            if (step.status != httputil::ChunkedDecoder::Status::data) {
                return step.status == httputil::ChunkedDecoder::Status::complete;
            }
            require_filler(step.data);
        }
    }

    void require_filler(std::string_view data) const {
        const auto is_text = [](char c) { return c == '\n' || (c >= ' ' && c < '\x7f'); };
        if (refused_) {
            require(std::all_of(data.begin(), data.end(), is_text), "refusals are plain text");
        } else {
            require(data.find_first_not_of('b') == data.npos, "bodies are what was written");
        }
    }

    char* at() { return text_.data() + (text_.size() - rest_.size()); }

    std::string text_;
    std::string_view rest_;
    const std::vector<std::string>& methods_;
    std::optional<std::size_t> last_;
    bool refused_ = false;
};

void take(int fd, std::string& into) {
    static std::array<char, 65536> room;
    for (;;) {
        const auto count = ::recv(fd, room.data(), room.size(), 0);
        if (count <= 0) {
            return;
        }
        into.append(room.data(), static_cast<std::size_t>(count));
    }
}

/// A connection that is served, and the client's end of it.
struct Connection {
    Connection(SharedLoop& loop, httputil::HTTPServerConnectionDelegate& application) {
        parameters.chunk_size = 4096;
        parameters.max_header_size = 2048;
        parameters.max_body_size = 16'384;
        require(
            ::socketpair(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0, ends.data()) == 0,
            "there are sockets"
        );
        http1connection::serve(
            tornado::iostream::StreamCore::open(*loop.loop, tornado::netutil::Socket{ends[1]}),
            {},
            parameters,
            application,
            connections
        );
    }

    http1connection::HTTP1ConnectionParameters parameters;
    http1connection::ConnectionSet connections;
    std::array<int, 2> ends{};
};

/// Answers at once, and writes down what it is asked.
class Recorder final : public httputil::HTTPServerConnectionDelegate {
public:
    std::unique_ptr<httputil::HTTPMessageDelegate> start_request(httputil::HTTPConnection& exchange
    ) override {
        return std::make_unique<Recorded>(exchange, requests);
    }

    std::string requests;

private:
    struct Recorded final : httputil::HTTPMessageDelegate {
        Recorded(httputil::HTTPConnection& of, std::string& into) : exchange{of}, said{into} {}

        Future<void> headers_received(httputil::RequestHead& head, const httputil::Target& target)
            override {
            said.append(head.method).append(" ").append(head.target).append(" ");
            said.append(target.authority).append("\n").append(head.headers.to_string());
            return Future<void>::ready();
        }
        Future<void> data_received(std::string_view chunk) override {
            said.append(chunk);
            return Future<void>::ready();
        }
        void trailers_received(const httputil::HTTPHeaders& trailers) override {
            said.append("trailers\n").append(trailers.to_string());
        }
        void finish() override {
            said.append("\nend\n");
            exchange.send_response(200, "", {}, "");
        }

        httputil::HTTPConnection& exchange;
        std::string& said;
    };
};

/// What the server understands of the input when it comes in one piece (0), or in pieces
/// of that size at most.
std::string understood(SharedLoop& loop, std::string_view input, std::size_t most, Dice& dice) {
    Recorder recorder;
    std::string answers;
    {
        Connection connection{loop, recorder};
        const int fd = connection.ends[0];
        while (!input.empty()) {
            const auto piece = input.substr(0, most == 0 ? input.npos : 1 + dice.roll(most));
            static_cast<void>(::send(fd, piece.data(), piece.size(), MSG_NOSIGNAL));
            input.remove_prefix(piece.size());
            loop.turn();
            take(fd, answers);
        }
        connection.connections.close_all();
        loop.turn();
        take(fd, answers);
        ::close(fd);
    }
    return recorder.requests;
}

void run(SharedLoop& loop, std::string_view input, Dice& dice) {
    Application application{dice};
    Connection connection{loop, application};
    auto& connections = connection.connections;
    const auto& ends = connection.ends;

    std::string answers;
    const bool reads_as_it_goes = dice.roll(4) != 0;
    while (!input.empty()) {
        const auto piece = input.substr(0, 1 + dice.roll(dice.roll(2) == 0 ? 9 : 2000));
        static_cast<void>(::send(ends[0], piece.data(), piece.size(), MSG_NOSIGNAL));
        input.remove_prefix(piece.size());
        loop.turn();
        if (reads_as_it_goes) {
            take(ends[0], answers);
        }
        if (dice.roll(3) == 0 && application.go_on()) {
            loop.turn();
        }
    }
    const auto ending = dice.roll(4);
    if (ending == 0) {
        ::shutdown(ends[0], SHUT_WR);
        loop.turn();
    } else if (ending == 1) {
        connections.close_all();
    }
    do {
        loop.turn();
        take(ends[0], answers);
        loop.turn();
    } while (application.go_on());
    loop.turn();
    take(ends[0], answers);
    ::close(ends[0]);
    loop.turn();
    while (application.go_on()) {
        loop.turn();
    }
    // A request that never answers is not told by a client that went without a word.
    connections.close_all();
    loop.turn();
    require(connections.size() == 0, "no connection stays");
    require(application.alive == 0, "no request stays");
    ResponseReader{std::move(answers), application.methods}.read();
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* bytes, std::size_t size) {
    return run_with_dice<4>(bytes, size, [](std::string_view input, Dice& dice) {
        static SharedLoop loop;
        run(loop, input, dice);
        const auto whole = understood(loop, input, 0, dice);
        require(understood(loop, input, 1, dice) == whole, "byte by byte it is the same requests");
        require(
            understood(loop, input, 40, dice) == whole, "in any pieces it is the same requests"
        );
    });
}
