#include "tornado/httpclient/http_client.hpp"

#include <stdexcept>

#include "tornado/ioloop/ioloop.hpp"
#include "tornado/util/scope_exit.hpp"

namespace tornado::httpclient {

namespace {

/// This thread's loop, which is checked not to be running.
ioloop::IOLoop& present_loop() {
    auto& loop = ioloop::IOLoop::current();
    if (loop.running()) {
        throw std::logic_error{
            "an HTTPClient would block the loop that is running: use AsyncHTTPClient there"};
    }
    return loop;
}

}  // namespace

struct HTTPClient::State {
    template <typename F>
    explicit State(F make_client)
        : former{present_loop()},
          client{[&] {
              const util::ScopeExit restore{[this] { former.make_current(); }};
              return make_client();
          }()} {}

    ioloop::IOLoop& former;
    ioloop::IOLoop loop;
    AsyncHTTPClient client;
};

HTTPClient::HTTPClient()
    : HTTPClient{std::make_unique<State>([] { return AsyncHTTPClient{force_instance}; })} {}
HTTPClient::HTTPClient(const HTTPClientOptions& options)
    : HTTPClient{std::make_unique<State>([&] {
          return AsyncHTTPClient{force_instance, options};
      })} {}
HTTPClient::HTTPClient(const HTTPClientOptions& options, const AsyncHTTPClient::Factory& factory)
    : HTTPClient{std::make_unique<State>([&] { return AsyncHTTPClient{factory(options)}; })} {}
HTTPClient::HTTPClient(std::unique_ptr<State> state) : state_{std::move(state)} {}
HTTPClient::~HTTPClient() = default;

HTTPResponse HTTPClient::fetch(HTTPRequest request, bool raise_error) {
    static_cast<void>(present_loop());
    return state_->loop.run_sync([&] { return state_->client.fetch(request, raise_error); });
}

void HTTPClient::close() {
    state_->client.close();
}

}  // namespace tornado::httpclient
