// What browsers do by themselves: EventSource, which comes back when its stream ends, and what they
// ask before a page of another origin may read.
//
//     events_app --port=N [--allow=ORIGIN]
#include <tornado/gen.hpp>
#include <tornado/httpserver.hpp>
#include <tornado/ioloop.hpp>
#include <tornado/options.hpp>
#include <tornado/web.hpp>
#include <tornado/web/cors.hpp>
#include <tornado/web/event_source_handler.hpp>

#include <cstdio>
#include <functional>
#include <string>

namespace gen = tornado::gen;
namespace ioloop = tornado::ioloop;
namespace options = tornado::options;
namespace web = tornado::web;
using namespace std::chrono_literals;
using tornado::Future;

namespace {

struct PageHandler : web::RequestHandler {
    void get() {
        set_header("Content-Type", "text/html; charset=UTF-8");
        write(R"(<!doctype html><title>Events</title><script>
const got = [], places = new Set();
let opened = 0;
const source = new EventSource("/events");
source.onopen = () => ++opened;
source.addEventListener("number", event => { got.push(+event.data); places.add(event.lastEventId); });
</script>)");
    }
};

/// Ends each stream after a while, wherever it is.
struct EventsHandler : web::EventSourceHandler {
    explicit EventsHandler(web::EventChannel& its)
        : EventSourceHandler{{.retry = 20ms}},
          channel{its} {}
    Future<void> get() {
        try {
            co_await gen::cancel_after(150ms, follow(channel));
        } catch (const ioloop::TimeoutError&) {
        }
    }
    web::EventChannel& channel;
};

/// Publishes numbers, some at a time.
struct CountHandler : web::RequestHandler {
    explicit CountHandler(web::EventChannel& its) : channel{its} {}
    Future<void> get() {
        for (int number = 1; number <= 200; ++number) {
            channel.publish(web::ServerSentEvent{std::to_string(number)}.event("number"));
            if (number % 3 == 0) {
                co_await gen::sleep(10ms);
            }
        }
        write("counted");
    }
    web::EventChannel& channel;
};

struct DataHandler : web::RequestHandler {
    void get() {
        set_header("X-Count", "7");
        write(get_cookie("who").value_or("nobody"));
    }
    void put() { write(request().headers().get("X-Token").value_or("none")); }
};

}  // namespace

int main(int argc, char** argv) {
    options::define("allow", std::string{}, "the origin whose pages may read");
    options::define("port", 0, "run on the given port");
    options::parse_command_line(argc, argv);
    web::EventChannel channel;
    web::Application application{
        {web::url<PageHandler>("/"),
         web::url<EventsHandler>("/events", std::ref(channel)),
         web::url<CountHandler>("/count", std::ref(channel)),
         web::url<DataHandler>("/data")}};
    if (const auto origin = options::get<std::string>("allow"); !origin.empty()) {
        application.use(web::CORS{
            {.allow_credentials = true,
             .allow_headers = {"X-Token"},
             .allow_methods = {"PUT"},
             .allow_origins = {origin},
             .expose_headers = {"X-Count"}}});
    }
    const auto& server = application.listen(options::get<int>("port"), {.address = "127.0.0.1"});
    application.drain_on_signal();
    std::printf("Listening on %s\n", server.url().c_str());
    std::fflush(stdout);
    ioloop::IOLoop::current().start();
}
