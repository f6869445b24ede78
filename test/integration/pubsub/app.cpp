// Workers that publish numbers and note what they hear.
//
//     pubsub_app [--processes=N] [--redis=URL] [--ca-certs=FILE] [--subscribed]
//
// Each worker says `worker TASK PID PORT` when it serves there. It takes these lines and answers
// each with one: `publish COUNT` begins to publish so many numbers, one a millisecond, `published`
// tells how many there were so far, `received` tells publisher, sequence number and missed() of
// each message that came, `counters` tells some of the broker's, as JSON.
#include <tornado/gen.hpp>
#include <tornado/ioloop.hpp>
#include <tornado/iostream.hpp>
#include <tornado/options.hpp>
#include <tornado/process.hpp>
#include <tornado/pubsub.hpp>
#include <tornado/tcpserver.hpp>

#include <unistd.h>

#include <chrono>
#include <cstdio>
#include <string>
#include <string_view>

namespace gen = tornado::gen;
namespace ioloop = tornado::ioloop;
namespace iostream = tornado::iostream;
namespace netutil = tornado::netutil;
namespace options = tornado::options;
namespace process = tornado::process;
namespace pubsub = tornado::pubsub;
namespace tcpserver = tornado::tcpserver;
using namespace std::chrono_literals;
using tornado::Future;

namespace {

class Worker : public tcpserver::TCPServer {
public:
    explicit Worker(pubsub::Broker& broker)
        : broker_{broker},
          subscription_{broker.subscribe("numbers", [this](const pubsub::Message& message) {
              received_ += received_.empty() ? "" : ",";
              received_ += "[\"" + pubsub::to_string(message.publisher()) + "\"," +
                           std::to_string(message.sequence()) + "," +
                           std::to_string(message.missed()) + "]";
          })} {}

private:
    Future<void> handle_stream(iostream::IOStream stream, netutil::Address /*peer*/) override {
        while (true) {
            const auto line = co_await stream.read_until("\n");
            co_await stream.write(answer(line.substr(0, line.size() - 1)) + "\n");
        }
    }

    std::string answer(const std::string& line) {
        if (line.starts_with("publish ")) {
            publish(this, std::stoi(line.substr(8)));
            return "\"" + pubsub::to_string(broker_.id()) + "\"";
        }
        if (line == "published") {
            return std::to_string(broker_.counters().published);
        }
        if (line == "received") {
            return "[" + received_ + "]";
        }
        const auto counters = broker_.counters();
        return "{\"peers\":" + std::to_string(counters.host_peers) +
               ",\"connected\":" + (counters.redis_connected ? "true" : "false") +
               ",\"waiting\":" + std::to_string(counters.redis_waiting) +
               ",\"dropped\":" + std::to_string(counters.redis_dropped) +
               ",\"outages\":" + std::to_string(counters.redis_outages) +
               ",\"missed\":" + std::to_string(counters.missed) + "}";
    }

    static Future<void> publish(Worker* self, int count) {
        for (int i = 0; i < count; ++i) {
            self->broker_.publish("numbers", std::to_string(i));
            co_await gen::sleep(1ms);
        }
    }

    pubsub::Broker& broker_;
    std::string received_;
    pubsub::Subscription subscription_;
};

void serve(const std::string& folder) {
    auto& loop = ioloop::IOLoop::current();
    pubsub::BrokerOptions chosen{.host = {.folder = folder}};
    chosen.redis.url = options::get<std::string>("redis");
    chosen.redis.ssl_options.ca_certs = options::get<std::string>("ca_certs");
    chosen.redis.max_delay = 500ms;
    if (options::get<bool>("subscribed")) {
        chosen.redis.topics = pubsub::RedisTopics::subscribed;
    }
    pubsub::Broker broker{chosen};
    Worker worker{broker};
    loop.run_sync([&broker] { return broker.ready(); });
    worker.listen(0, {.address = "127.0.0.1"});
    worker.drain_on_signal({.timeout = 1s});
    std::printf("worker %d %d %d\n", process::task_id().value_or(0), ::getpid(), worker.port());
    std::fflush(stdout);
    loop.start();
}

}  // namespace

int main(int argc, char** argv) {
    options::define("ca_certs", "", "the file of who is trusted, for rediss:");
    options::define("processes", 1, "so many workers");
    options::define("redis", "", "the Redis");
    options::define("subscribed", false, "listen only to topics that are subscribed to");
    options::parse_command_line(argc, argv);
    const pubsub::PrivateFolder folder;
    if (process::fork_processes(options::get<int>("processes"))) {
        serve(folder.path());
    }
}
