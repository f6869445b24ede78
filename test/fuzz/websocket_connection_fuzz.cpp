// Any bytes, in any pieces, to either end of a WebSocket, whose user takes its time, writes, pings,
// closes, fails or leaves: it hears what a reader of frames finds in them, in order and one at a
// time; what comes back are well-formed frames with nothing behind a Close; and nothing stays
// behind.
#include <algorithm>
#include <charconv>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <stdexcept>
#include <string>
#include <string_view>
#include <tornado/escape/utf8.hpp>
#include <tornado/ioloop/loop_control.hpp>
#include <tornado/iostream/memory_pair.hpp>
#include <tornado/websocket/connection.hpp>
#include <tornado/websocket/errors.hpp>
#include <utility>
#include <vector>

#include "connection_support.hpp"

namespace {

namespace ioloop = tornado::ioloop;
namespace iostream = tornado::iostream;
namespace websocket = tornado::websocket;
using tornado::Future;
using tornado::Promise;
using websocket::FrameReader;
using websocket::Opcode;
using websocket::Started;
using Kind = FrameReader::Kind;

constexpr std::size_t max_message_size = 100'000;

/// The loop that all inputs share. Time passes when the test says so.
class Loop final : ioloop::LoopClock {
public:
    Loop() { loop_.set_clock(this); }
    ~Loop() { loop_.set_clock(nullptr); }

    /// Runs what is ready, and the next `timeouts` as if their time had come.
    void run(int timeouts = 0) {
        timeouts_ = timeouts;
        loop_.start();
    }
    [[nodiscard]] bool has_timeouts() const noexcept { return next_ != ioloop::TimePoint::max(); }

private:
    [[nodiscard]] ioloop::TimePoint now() const noexcept override { return now_; }
    ioloop::Duration idle(ioloop::TimePoint next, bool /*expecting*/) override {
        next_ = next;
        if (has_timeouts() && timeouts_ > 0) {
            --timeouts_;
            now_ = next;
        } else {
            loop_.stop();
        }
        return ioloop::Duration::zero();
    }

    ioloop::TimePoint now_ = ioloop::Clock::now();
    ioloop::TimePoint next_ = ioloop::TimePoint::max();
    int timeouts_ = 0;
    ioloop::IOLoop loop_;
};

/// An event of a connection, as it is told and as a reader of frames finds it.
std::string told(Kind kind, std::string_view data) {
    return std::to_string(static_cast<int>(kind)) + ":" + std::string{data};
}

/// What a connection is to find in some bytes.
struct Found {
    std::vector<std::string> events;
    std::vector<std::string> pings;
    std::size_t rest = 0;                       ///< bytes behind the last whole event
    std::optional<websocket::CloseCode> close;  ///< of a Close frame; 0: without one
    std::optional<websocket::CloseCode> failure;

    Found(FrameReader reader, std::string bytes) {
        std::span<char> input{bytes};
        for (bool more = true; more;) {
            const auto event = reader.next(input);
            more = event.kind != Kind::need_more && take(event);
            input = input.subspan(event.consumed);
        }
        rest = input.size();
    }

private:
    bool take(const FrameReader::Event& event) {
        if (event.kind == Kind::failure) {
            failure = event.code;
        } else if (event.kind == Kind::close) {
            close = event.code;
        } else {
            events.push_back(told(event.kind, event.data));
            if (event.kind == Kind::ping) {
                pings.emplace_back(event.data);
            }
        }
        return !failure && !close;
    }
};

/// Whom the connection tells, and who does to it whatever may be done.
class User final : public websocket::ConnectionUser {
public:
    explicit User(Dice& with) : dice_{with} {}

    websocket::ConnectionRef connection;
    std::vector<std::string> heard;
    std::string written;   ///< all numbered messages that were taken, each with a blank
    bool meddled = false;  ///< it has done what ends a connection
    bool calm = false;     ///< it never does
    bool left = false;
    int ends = 0;

    Started message_received(websocket::Incoming& message) override {
        const auto kind = message.binary ? Kind::binary : Kind::text;
        require(message.data.size() <= max_message_size, "messages keep to their limit");
        require(message.binary || tornado::escape::is_valid_utf8(message.data), "text is UTF-8");
        hear(kind, message.data);
        if (message.gathered != nullptr && dice_.roll(2) == 0) {
            const std::string own = std::move(*message.gathered);
            return react(own);
        }
        return react(message.data);
    }
    Started ping_received(std::string_view data) override {
        hear(Kind::ping, data);
        return react("");
    }
    Started pong_received(std::string_view data) override {
        hear(Kind::pong, data);
        return react("");
    }
    void connection_ended() noexcept override {
        require(!left, "who has left hears nothing");
        ++ends;
    }
    void callback_failed(std::exception_ptr error) noexcept override {
        require(!left, "who has left hears of no failure");
        require(error != nullptr, "failures are told");
        meddled = true;
    }

    /// Lets its work go on; false when it has none.
    bool work() {
        if (!work_) {
            return false;
        }
        auto work = std::exchange(work_, std::nullopt);
        switch (calm ? 8 : dice_.roll(8)) {
            case 0:
                meddled = true;
                work->set_exception(std::runtime_error{"failed in the end"});
                break;
            case 1:
                meddled = true;
                work->set_cancelled();
                break;
            case 2:
                meddled = true;
                break;  // dropped
            default:
                act();
                work->set_result();
        }
        return true;
    }

    /// Does something, at any time.
    void act() {
        if (!connection || left) {
            return;
        }
        const auto alive = connection;
        try {
            act_on(*alive);
        } catch (const websocket::WebSocketClosedError&) {
            require(alive->is_closing(), "only what is closed cannot ping");
        }
        const auto queue = alive->send_queue();
        require(
            queue.waiting <= 1 || queue.waiting_bytes <= queue_size, "the queue keeps to its limit"
        );
    }

    void leave() {
        meddled = true;
        left = true;
        const auto last = std::exchange(connection, {});
        last->abandon();
    }

    std::size_t queue_size = 0;

private:
    void hear(Kind kind, std::string_view data) {
        require(!left && ends == 0, "nothing is told behind the end");
        require(!work_, "what comes waits until the former is done with");
        heard.push_back(told(kind, data));
    }

    Started react(std::string_view data) {
        const auto choice = dice_.roll(24);
        if (choice == 0 && !calm) {
            throw std::runtime_error{"failed at once"};
        }
        if (choice < 6) {
            work_.emplace();
            return work_->future().state();
        }
        if (choice < 10) {
            echo(data);
        } else if (choice < 14) {
            act();
        }
        return {};
    }

    /// Sends what it has got from where that stands.
    void echo(std::string_view data) { static_cast<void>(connection->write(true, data)); }

    void act_on(websocket::Connection& to) {
        constexpr std::size_t harmless = 4;  // from here on
        switch (calm ? harmless + dice_.roll(16) : dice_.roll(20)) {
            case 0:
                meddled = true;
                to.close(dice_.roll(2) == 0 ? std::optional<int>{} : 1000 + 8, "enough");
                break;
            case 1:
                meddled = true;
                to.cut_off();
                break;
            case 2:
                meddled = true;
                to.drain();
                break;
            case 3:
                if (dice_.roll(4) == 0) {
                    leave();
                }
                break;
            case 4:
            case 5:
                to.ping(std::string(dice_.roll(126), 'p'));
                break;
            case 6:
                static_cast<void>(to.write(false, std::string{"latest"}, "of its kind"));
                break;
            case 7:
                static_cast<void>(to.write(websocket::SharedMessage{text(40'000)}));
                break;
            case 8:
                kept_ = std::make_unique<Future<void>>(to.write(true, text(70'000)));
                break;
            case 9:
                if (kept_ != nullptr) {
                    kept_->cancel();
                }
                kept_ = std::make_unique<Future<void>>(to.when_idle());
                break;
            case 10:
                to.pause();
                break;
            case 11:
                to.set_nodelay(true);
                break;
            default:
                number(to);
        }
    }

    /// Sends the next number, so that their order can be seen.
    void number(websocket::Connection& to) {
        auto message = "n" + std::to_string(++count_) + std::string(dice_.roll(100), ' ');
        static_cast<void>(
            dice_.roll(2) == 0 ? to.write(false, message) : to.write(false, std::move(message))
        );
    }

    std::string text(std::size_t most) { return std::string(dice_.roll(most), 't'); }

    Dice& dice_;
    std::optional<Promise<void>> work_;
    std::unique_ptr<Future<void>> kept_;
    int count_ = 0;
};

/// Makes frames of a script, so that most are in order.
class Script {
public:
    Script(std::string_view input, bool masked, websocket::Deflater* deflater)
        : input_{input},
          masked_{masked},
          deflater_{deflater} {}

    std::string bytes() {
        while (!input_.empty()) {
            add(next());
        }
        return std::move(out_);
    }

private:
    unsigned next() {
        const auto byte = input_.empty() ? 0U : static_cast<unsigned char>(input_.front());
        input_.remove_prefix(input_.empty() ? 0 : 1);
        return byte;
    }
    std::string take(std::size_t most) {
        const auto part = input_.substr(0, most);
        input_.remove_prefix(part.size());
        return std::string{part};
    }

    void add(unsigned command) {
        fin_ = (command & 0x10U) == 0;
        const bool opens = (command & 0x20U) == 0;
        switch (command & 0xFU) {
            case 0:
                out_ += take(next());  // no frame at all
                break;
            case 1:
                frame(Opcode::ping, take(next() % 126));
                break;
            case 2:
                frame(Opcode::pong, take(next() % 126));
                break;
            case 3:
                close();
                break;
            case 4:
                message(opens, std::string(next() * 300, 'x'));
                break;
            case 5:
            case 6:
                compressed(opens);
                break;
            default:
                message(opens, take(next()));
        }
    }
    void message(bool opens, const std::string& data) {
        frame(opens ? Opcode::text : Opcode::continuation, data);
    }
    void frame(Opcode opcode, std::string_view payload, bool is_compressed = false) {
        const bool fin = fin_ || websocket::is_control(opcode);
        websocket::FrameHead head{.opcode = opcode, .fin = fin, .compressed = is_compressed};
        head.length = payload.size();
        if (masked_) {
            head.mask = websocket::MaskKey{'a', '\xff', '\0', 'z'};
        }
        append_frame(out_, head, payload);
    }
    void close() {
        const auto high = next();
        const auto code = static_cast<websocket::CloseCode>(high << 8U | next());
        const auto reason = take(next() % 100);
        frame(Opcode::close, fin_ ? websocket::close_payload(code, reason) : std::string{});
    }
    void compressed(bool whole) {
        const auto data = (next() & 1U) == 0 ? take(next()) : std::string(next() * 1'000, 'y');
        std::string small;
        if (deflater_ != nullptr) {
            deflater_->compress(data, small);
        }
        if (whole) {
            fin_ = true;
            frame(Opcode::text, small, true);
            return;
        }
        const auto middle = std::min<std::size_t>(next(), small.size());
        fin_ = false;
        frame(Opcode::text, small.substr(0, middle), true);
        frame(Opcode::ping, "between");
        fin_ = true;
        frame(Opcode::continuation, small.substr(middle));
    }

    std::string_view input_;
    std::string out_;
    bool masked_;
    bool fin_ = true;
    websocket::Deflater* deflater_;
};

Future<void> take_all(iostream::IOStream& stream, std::string& into) {
    try {
        while (true) {
            const auto part = co_await stream.read_bytes(65'536, true);
            into += part;
        }
    } catch (const iostream::StreamClosedError&) {
    }
}

websocket::ConnectionOptions choose_options(Dice& dice, bool is_client) {
    websocket::ConnectionOptions options;
    options.is_client = is_client;
    options.max_message_size = max_message_size;
    if (dice.roll(2) == 0) {
        options.ping_interval = std::chrono::seconds{1 + dice.roll(3)};
        options.ping_timeout = std::chrono::seconds{dice.roll(3)};
    }
    options.send_queue.max_size = 1'000 + dice.roll(100'000);
    options.send_queue.policy = static_cast<websocket::SendQueuePolicy>(dice.roll(3));
    if (dice.roll(2) == 0) {
        options.compression.min_size = dice.roll(64);
        options.deflate = websocket::DeflateAgreement{
            .server_no_context_takeover = dice.roll(2) == 0,
            .client_no_context_takeover = dice.roll(2) == 0,
            .server_max_window_bits = static_cast<int>(8 + dice.roll(8)),
            .client_max_window_bits = static_cast<int>(8 + dice.roll(8))};
    }
    return options;
}

/// A reader of what one end of such a connection sends.
FrameReader reader_of(const websocket::ConnectionOptions& options, bool of_client) {
    FrameReader reader{of_client, of_client == options.is_client ? 10'000'000 : max_message_size};
    if (options.deflate) {
        const auto& agreed = *options.deflate;
        reader.set_inflater(std::make_unique<websocket::Inflater>(
            !(of_client ? agreed.client_no_context_takeover : agreed.server_no_context_takeover),
            of_client ? agreed.client_max_window_bits : agreed.server_max_window_bits
        ));
    }
    return reader;
}

std::unique_ptr<websocket::Deflater> peers_deflater(const websocket::ConnectionOptions& options) {
    if (!options.deflate) {
        return nullptr;
    }
    const auto& agreed = *options.deflate;
    websocket::Deflater::Settings settings;
    settings.context_takeover =
        !(options.is_client ? agreed.server_no_context_takeover : agreed.client_no_context_takeover
        );
    settings.window_bits =
        options.is_client ? agreed.server_max_window_bits : agreed.client_max_window_bits;
    return std::make_unique<websocket::Deflater>(settings);
}

/// Whether `some` is how `all` begins.
bool begins(const std::vector<std::string>& all, const std::vector<std::string>& some) {
    return some.size() <= all.size() && std::equal(some.begin(), some.end(), all.begin());
}

void check_answers(const Found& answers, const Found& asked, const User& user, bool whole) {
    require(!answers.failure, "what comes back are well-formed frames");
    require(!answers.close || answers.rest == 0, "nothing follows a Close");
    std::vector<std::string> pongs;
    int last = 0;
    for (const auto& event : answers.events) {
        const auto data = std::string_view{event}.substr(2);
        if (event.starts_with(told(Kind::pong, ""))) {
            pongs.emplace_back(data);
        } else if (event.starts_with(told(Kind::text, "n"))) {
            int number = 0;
            std::from_chars(data.data() + 1, data.data() + data.size(), number);
            require(number > last, "messages keep their order");
            last = number;
        }
    }
    require(begins(asked.pings, pongs), "pongs answer pings, in order");
    if (!whole) {
        return;
    }
    require(user.heard == asked.events, "all that has come is told");
    require(pongs == asked.pings, "all pings are answered");
    if (asked.failure) {
        require(answers.close == asked.failure, "a failure is told by its code");
    } else if (asked.close) {
        require(answers.close == asked.close, "a Close is answered by the same code");
    }
}

void run(std::string_view input, Dice& dice) {
    static Loop loop;
    const bool calm = dice.roll(3) == 0;
    auto options = choose_options(dice, dice.roll(2) == 0);
    if (calm && options.send_queue.policy == websocket::SendQueuePolicy::close) {
        options.send_queue.policy = websocket::SendQueuePolicy::drop_oldest;
    }
    const auto deflater = peers_deflater(options);
    const auto bytes = dice.roll(4) == 0
                           ? std::string{input}
                           : Script{input, !options.is_client, deflater.get()}.bytes();
    const Found asked{reader_of(options, !options.is_client), bytes};

    auto pair = iostream::memory_pair();
    User user{dice};
    user.calm = calm;
    user.queue_size = options.send_queue.max_size;
    user.connection = websocket::Connection::make(user, options);
    user.connection->attach(pair.first.release());
    user.act();
    if (user.connection) {
        user.connection->start();
    }

    std::string answer;
    const bool reads = dice.roll(4) != 0;
    std::optional<Future<void>> taken;
    if (reads) {
        taken.emplace(take_all(pair.second, answer));
    }
    bool undisturbed = reads;
    for (std::string_view rest = bytes; !rest.empty();) {
        const auto piece = rest.substr(0, 1 + dice.roll(dice.roll(2) == 0 ? 9 : 5'000));
        rest.remove_prefix(piece.size());
        if (!pair.second.closed()) {
            pair.second.write(std::string{piece}).ignore();
        }
        const bool time_passes = dice.roll(32) == 0;
        undisturbed = undisturbed && !time_passes;
        loop.run(time_passes ? 20 : 0);
        if (dice.roll(3) == 0) {
            user.work();
        }
        if (dice.roll(8) == 0) {
            user.act();
        }
    }
    do {
        loop.run();
    } while (user.work());
    if (!calm && dice.roll(16) == 0 && user.connection) {
        user.leave();
    }
    if (!taken) {
        taken.emplace(take_all(pair.second, answer));
    }
    loop.run();
    require(begins(asked.events, user.heard), "what is told is what has come");
    if (user.connection && user.connection->close_code()) {
        require(user.connection->close_code() == asked.close, "a Close is told with its code");
    }

    const bool whole = undisturbed && !user.meddled;

    if (dice.roll(2) == 0) {
        pair.second.close();
    } else if (dice.roll(2) == 0) {
        pair.to_second.reset();
    } else if (user.connection) {
        user.connection->close(1000, "");  // which nobody answers
    }
    do {
        loop.run(1'000);
    } while (user.work());
    pair.second.close();
    loop.run(1'000);
    require(user.left || user.ends == 1, "the end is told, once");
    if (user.connection) {
        user.leave();
    }
    loop.run(1'000);
    require(taken->done(), "the peer sees the end");
    require(!loop.has_timeouts(), "no timeout stays");
    check_answers(Found{reader_of(options, options.is_client), answer}, asked, user, whole);
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* bytes, std::size_t size) {
    return run_with_dice<3>(bytes, size, run);
}
