// Any bytes, in any pieces, to a client's connection whose delegate takes its time, fails or
// closes: what it hears is in order, exactly one end comes, only a whole and unambiguous response
// leaves the connection usable, the same bytes mean the same in whatever pieces they come, and
// nothing stays behind.
#include <sys/socket.h>
#include <unistd.h>

#include <array>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <stdexcept>
#include <string>
#include <string_view>
#include <tornado/http1connection.hpp>
#include <tornado/httputil/error.hpp>
#include <tornado/iostream/errors.hpp>
#include <tornado/iostream/stream_core.hpp>
#include <utility>

#include "connection_support.hpp"

namespace {

namespace http1connection = tornado::http1connection;
namespace httputil = tornado::httputil;
using tornado::Future;
using tornado::Promise;

constexpr std::size_t chunk_size = 512;
constexpr std::size_t max_body_size = 4096;

/// Watches the order of what a response's delegate is told.
class Watcher final : public httputil::HTTPMessageDelegate {
public:
    Watcher(Dice& with, bool obliging) : dice_{with}, obliging_{obliging} {}

    Future<void> headers_received(httputil::ResponseHead& head) override {
        require(phase == Phase::waiting, "a head comes before the body, and only one real one");
        require(head.code >= 100 && head.code <= 999, "codes have three digits");
        if (head.code >= 200 || head.code == 101) {
            phase = Phase::body;
        }
        said += std::to_string(head.code) + std::string{head.reason} + head.headers.to_string();
        return considered();
    }
    Future<void> data_received(std::string_view chunk) override {
        require(phase == Phase::body, "data come behind a head");
        require(!chunk.empty() && chunk.size() <= chunk_size, "pieces are as large as asked for");
        body += chunk;
        require(body.size() <= max_body_size, "a body keeps to its limit");
        return considered();
    }
    void trailers_received(const httputil::HTTPHeaders& trailers) override {
        require(phase == Phase::body && !trailers.empty(), "trailers come behind the body");
        said += trailers.to_string();
    }
    void finish() override {
        require(phase == Phase::body, "only a response can end well");
        phase = Phase::finished;
    }
    void on_connection_close() override {
        require(phase != Phase::finished && phase != Phase::closed, "there is one end");
        phase = Phase::closed;
    }

    bool go_on() {
        if (!considering) {
            return false;
        }
        auto promise = std::exchange(considering, std::nullopt);
        switch (dice_.roll(8)) {
            case 0:
                promise->set_exception(std::runtime_error{"enough"});
                break;
            case 1:
                break;  // dropped
            default:
                promise->set_result();
        }
        return true;
    }

    [[nodiscard]] bool is_over() const {
        return phase == Phase::finished || phase == Phase::closed;
    }

    enum class Phase { waiting, body, finished, closed };
    Phase phase = Phase::waiting;
    std::string said;
    std::string body;
    std::optional<Promise<void>> considering;

private:
    Future<void> considered() {
        if (obliging_) {
            return Future<void>::ready();
        }
        switch (dice_.roll(8)) {
            case 0:
                throw std::runtime_error{"fell"};
            case 1:
            case 2:
                considering.emplace();
                return considering->future();
            default:
                return Future<void>::ready();
        }
    }

    Dice& dice_;
    bool obliging_;
};

/// How an exchange has ended.
struct Outcome {
    bool finished = false;
    bool reusable = false;
    std::string said;
    std::string body;
    std::string error;

    bool operator==(const Outcome&) const = default;
};

std::string what_of(const std::exception_ptr& error) {
    if (error == nullptr) {
        return {};
    }
    try {
        std::rethrow_exception(error);
    } catch (const httputil::HTTPInputError& wrong) {
        return wrong.what();
    } catch (const tornado::iostream::StreamClosedError& closed) {
        return closed.what();
    } catch (...) {
        return "failed";
    }
}

Outcome run(std::string_view input, Dice& dice, std::string_view method, bool obliging) {
    static SharedLoop loop;
    std::array<int, 2> ends{};
    require(
        ::socketpair(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0, ends.data()) == 0,
        "there are sockets"
    );
    auto connection = http1connection::HTTP1ClientConnection::open(
        tornado::iostream::StreamCore::open(*loop.loop, tornado::netutil::Socket{ends[1]})
    );
    Watcher watcher{dice, obliging};
    http1connection::ResponseLimits limits;
    limits.chunk_size = chunk_size;
    limits.decompress = true;
    limits.max_body_size = max_body_size;
    limits.max_header_size = 2048;
    limits.max_interim_responses = 3;

    connection->send_request(method, "/", {{"Connection", "upgrade"}, {"Upgrade", "x"}});
    loop.turn();  // at the end of which it goes out
    std::array<char, 4096> request;
    static_cast<void>(::recv(ends[0], request.data(), request.size(), 0));
    auto done = connection->read_response(watcher, limits);
    done.ignore();
    while (!input.empty() && !watcher.is_over()) {
        const auto piece = input.substr(0, 1 + dice.roll(dice.roll(2) == 0 ? 9 : 2000));
        if (::send(ends[0], piece.data(), piece.size(), MSG_NOSIGNAL) < 0) {
            break;
        }
        input.remove_prefix(piece.size());
        loop.turn();
        if (!obliging && dice.roll(64) == 0) {
            connection->close();
            loop.turn();
            break;
        }
        while (dice.roll(3) != 0 && watcher.go_on()) {
            loop.turn();
        }
    }
    Outcome outcome;
    outcome.reusable = watcher.is_over() && input.empty() && connection->is_reusable();
    ::close(ends[0]);
    do {
        loop.turn();
    } while (watcher.go_on());
    loop.turn();
    const bool closed_early = !watcher.is_over();
    require(!closed_early || !obliging, "an exchange ends with its connection at the latest");
    require(!connection->is_reusable(), "a connection that has ended is not used again");
    require(done.done(), "the future knows of the end");
    outcome.finished = watcher.phase == Watcher::Phase::finished;
    outcome.said = watcher.said;
    outcome.body = watcher.body;
    outcome.error = what_of(connection->error());
    require(outcome.finished == outcome.error.empty() || closed_early, "what fails says why");
    watcher.considering.reset();
    connection = {};
    loop.turn();
    return outcome;
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    if (size < 2) {
        return 0;
    }
    const std::string_view input{reinterpret_cast<const char*>(data) + 2, size - 2};
    constexpr std::array<std::string_view, 4> methods{"GET", "GET", "HEAD", "CONNECT"};
    const auto method = methods[data[0] % methods.size()];
    const auto seed = (std::uint64_t{data[1]} << 8U) + data[0] + size;
    Dice moody{seed};
    static_cast<void>(run(input, moody, method, false));
    Dice one{seed};
    Dice other{seed + 1};
    const auto outcome = run(input, one, method, true);
    const auto again = run(input, other, method, true);
    require(outcome.finished == again.finished, "pieces do not change the outcome");
    require(outcome.said == again.said, "pieces do not change the head");
    require(outcome.error == again.error, "pieces do not change the error");
    require(outcome.body == again.body || !outcome.finished, "pieces do not change a whole body");
    return 0;
}
