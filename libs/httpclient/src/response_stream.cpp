#include "tornado/httpclient/response_stream.hpp"

#include <optional>
#include <stdexcept>
#include <string_view>
#include <utility>

#include "tornado/concurrent/promise.hpp"
#include "tornado/httpclient/async_http_client.hpp"
#include "tornado/httputil/start_line.hpp"

namespace tornado::httpclient {

/// What the fetch's callbacks and the reader share.
struct ResponseStream::State {
    explicit State(const HTTPRequest& request) : response{request} {}
    void take_head(const HTTPResponse& given);
    void take_line(std::string_view line);
    Future<void> take_piece(std::string_view chunk);
    void ended(const Future<HTTPResponse>& done);
    [[nodiscard]] bool is_reading() const { return reader && !reader->done(); }
    void let_fetch_go_on() {
        if (auto waiting = std::exchange(taken, std::nullopt)) {
            waiting->set_result();
        }
    }

    HTTPResponse response;
    Promise<void> head;
    std::string piece;                           ///< which nobody has read yet; empty: none
    std::optional<Promise<void>> taken;          ///< there while the fetch waits for that
    std::optional<Promise<std::string>> reader;  ///< there while somebody waits
    std::optional<Future<HTTPResponse>> fetch;   ///< until it is over
    std::exception_ptr error;
    bool over = false;
    bool begun = false;
};

void ResponseStream::State::take_head(const HTTPResponse& given) {
    const auto request = response.request;
    response = given;
    response.request = request;  // without the callbacks that hold this
    if (!head.done()) {
        head.set_result();
    }
}

/// A client that knows no head_callback tells the same by lines.
void ResponseStream::State::take_line(std::string_view line) {
    if (head.done()) {
        return;
    }
    const auto text = line.substr(0, line.find('\r'));
    if (!std::exchange(begun, true)) {
        if (auto start = httputil::parse_response_start_line(text); start.has_value()) {
            response.code = start->code;
            response.reason = std::move(start->reason);
        }
    } else if (!text.empty()) {
        static_cast<void>(response.headers.parse_line(text));  // it has been parsed before
    } else {
        head.set_result();
    }
}

Future<void> ResponseStream::State::take_piece(std::string_view chunk) {
    if (is_reading()) {
        std::exchange(reader, std::nullopt)->set_result(std::string{chunk});
        return Future<void>::ready();
    }
    piece = chunk;
    return taken.emplace().future();
}

void ResponseStream::State::ended(const Future<HTTPResponse>& done) {
    over = true;
    fetch.reset();  // its request refers to this
    let_fetch_go_on();
    if (done.cancelled()) {
        error = std::make_exception_ptr(CancelledError{});
    } else {
        error = done.exception();
    }
    if (error == nullptr) {
        const auto& whole = done.result();
        response.set_effective_url(whole.effective_url());
        response.request_time = whole.request_time;
        response.start_time = whole.start_time;
        response.time_info = whole.time_info;
        if (whole.error != nullptr) {  // whose own response has callbacks that hold this
            response.error = std::make_exception_ptr(HTTPClientError{
                response.code, response.reason, std::make_shared<const HTTPResponse>(response)});
        }
    }
    if (!head.done()) {
        if (error != nullptr) {
            head.set_exception(error);
        } else {
            head.set_result();
        }
    }
    if (is_reading()) {
        auto waiting = std::exchange(reader, std::nullopt);
        if (error != nullptr) {
            waiting->set_exception(error);
        } else {
            waiting->set_result();
        }
    }
}

ResponseStream::ResponseStream(std::shared_ptr<State> state) noexcept : state_{std::move(state)} {}

ResponseStream& ResponseStream::operator=(ResponseStream&& other) noexcept {
    close();
    state_ = std::move(other.state_);
    return *this;
}

ResponseStream::~ResponseStream() {
    close();
}

std::shared_ptr<ResponseStream::State>
ResponseStream::begin(AsyncHTTPClient& client, HTTPRequest request) {
    if (request.streaming_callback()) {
        throw std::invalid_argument{
            "a response is either streamed to a streaming_callback or read from a ResponseStream"};
    }
    auto state = std::make_shared<State>(request);
    request.head_callback([state, theirs = request.head_callback()](const HTTPResponse& response) {
        if (theirs) {
            theirs(response);
        }
        state->take_head(response);
    });
    request.header_callback([state, theirs = request.header_callback()](std::string_view line) {
        if (theirs) {
            theirs(line);
        }
        state->take_line(line);
    });
    request.streaming_callback([state](std::string_view chunk) { return state->take_piece(chunk); }
    );
    state->fetch = client.fetch(std::move(request), false);
    state->fetch->add_done_callback([state](const Future<HTTPResponse>& done) {
        state->ended(done);
    });
    return state;
}

Future<ResponseStream> ResponseStream::open(std::shared_ptr<State> state) {
    ResponseStream stream(std::move(state));
    const auto head = stream.state_->head.future();
    co_await head;
    co_return std::move(stream);
}

int ResponseStream::code() const noexcept {
    return state_->response.code;
}
const std::string& ResponseStream::reason() const noexcept {
    return state_->response.reason;
}
const httputil::HTTPHeaders& ResponseStream::headers() const noexcept {
    return state_->response.headers;
}
const HTTPResponse& ResponseStream::response() const noexcept {
    return state_->response;
}

Future<std::string> ResponseStream::read() {
    auto& state = *state_;
    if (state.is_reading()) {
        throw std::logic_error{"a read is pending already: await its future first"};
    }
    if (!state.piece.empty()) {
        auto piece = std::exchange(state.piece, {});
        state.let_fetch_go_on();
        return Future<std::string>::ready(std::move(piece));
    }
    if (state.over) {
        return state.error != nullptr ? Future<std::string>::failed(state.error)
                                      : Future<std::string>::ready();
    }
    return state.reader.emplace().future();
}

void ResponseStream::close() noexcept {
    if (state_ != nullptr && state_->fetch) {
        const auto fetch = *state_->fetch;
        fetch.cancel();
        state_->piece.clear();
        state_->let_fetch_go_on();
    }
}

Future<ResponseStream> AsyncHTTPClient::stream(HTTPRequest request) {
    return ResponseStream::open(ResponseStream::begin(*this, std::move(request)));
}

}  // namespace tornado::httpclient
