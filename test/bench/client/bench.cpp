// What a fetch on a kept connection costs the client, beside a bare epoll client that sends and
// receives the same bytes and parses nothing, and beside one on Boost.Beast: in nanoseconds of this
// process's CPU time.
//
//     client_bench --port=N [--rounds=N] [--fetches=N] [--concurrency=N]
//     [--only=bare|beast|tornado] [--tsv]
//
// The server is raw_epoll on that port. In each round (11) all do as many fetches (40,000), so
// many at a time (64), the order turning round from one to the next; the verdict is the median of
// the rounds' ratios. With --tsv it prints a line "fetch", our figures, bare ones, Beast's and
// allocations of a fetch, separated by tabs; numbers within by spaces.
#include <algorithm>
#include <array>
#include <charconv>
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <ctime>
#include <functional>
#include <new>
#include <stdexcept>
#include <string>
#include <string_view>
#include <tornado/http1connection/content_decoder.hpp>
#include <tornado/httpclient.hpp>
#include <tornado/ioloop.hpp>
#include <vector>

#include "bare_client.hpp"
#include "beast_client.hpp"

namespace {

constinit thread_local std::uint64_t allocations = 0;

}  // namespace

// Not inlined, or g++ takes them for a mismatched pair.
[[gnu::noinline]] void* operator new(std::size_t size) {
    ++allocations;
    if (void* block = std::malloc(size)) {
        return block;
    }
    throw std::bad_alloc{};
}
[[gnu::noinline]] void operator delete(void* block) noexcept {
    std::free(block);
}
[[gnu::noinline]] void operator delete(void* block, std::size_t) noexcept {
    std::free(block);
}

namespace {

namespace httpclient = tornado::httpclient;
using tornado::Future;

int port = 0;
int rounds = 11;
int fetches = 40'000;
int concurrency = 64;
std::string_view only;
bool tsv = false;

double cpu_nanoseconds() {
    timespec time{};
    ::clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &time);
    return static_cast<double>(time.tv_sec) * 1e9 + static_cast<double>(time.tv_nsec);
}

Future<void> fetch_in_turn(httpclient::AsyncHTTPClient& client, std::string url, int& left) {
    while (left > 0) {
        --left;
        const auto response = co_await client.fetch(url);
        if (response.code != 200) {
            throw std::runtime_error{"an unexpected response"};
        }
    }
}

Future<void> fetch_all(httpclient::AsyncHTTPClient& client, int count) {
    const auto url = "http://127.0.0.1:" + std::to_string(port) + "/";
    std::vector<Future<void>> all;
    for (int i = 0; i < concurrency; ++i) {
        all.push_back(fetch_in_turn(client, url, count));
    }
    for (const auto& each : all) {
        co_await each;
    }
}

double median(std::vector<double> values) {
    std::sort(values.begin(), values.end());
    return values[values.size() / 2];
}

int number(std::string_view text) {
    int value = 0;
    std::from_chars(text.data(), text.data() + text.size(), value);
    return value;
}

void read_arguments(int argc, char** argv) {
    for (int i = 1; i < argc; ++i) {
        const std::string_view argument{argv[i]};
        const auto value = argument.substr(std::min(argument.find('=') + 1, argument.size()));
        if (argument.starts_with("--port=")) {
            port = number(value);
        } else if (argument.starts_with("--rounds=")) {
            rounds = number(value);
        } else if (argument.starts_with("--fetches=")) {
            fetches = number(value);
        } else if (argument.starts_with("--concurrency=")) {
            concurrency = number(value);
        } else if (argument == "--tsv") {
            tsv = true;
        } else if (argument.starts_with("--only=")) {
            only = value;
        } else {
            throw std::runtime_error{"what is " + std::string{argument} + "?"};
        }
    }
}

/// The figures of one side, a round each.
struct Side {
    std::string_view name;
    std::function<void(int)> fetch;
    std::vector<double> nanoseconds{};
    double allocations = 0;

    void run(int count) {
        const auto before = ::allocations;
        const auto began = cpu_nanoseconds();
        fetch(count);
        nanoseconds.push_back((cpu_nanoseconds() - began) / count);
        allocations = static_cast<double>(::allocations - before) / count;
    }
};

std::string joined(const std::vector<double>& values) {
    std::string text;
    for (const double value : values) {
        text += (text.empty() ? "" : " ") + std::to_string(value);
    }
    return text;
}

void print_ratio(const Side& ours, const Side& other) {
    std::vector<double> ratios(ours.nanoseconds.size());
    std::transform(
        ours.nanoseconds.begin(),
        ours.nanoseconds.end(),
        other.nanoseconds.begin(),
        ratios.begin(),
        std::divides<>{}
    );
    const auto [least, most] = std::minmax_element(ratios.begin(), ratios.end());
    std::printf(
        "%.*s %.0f ns: ratio %.2f (%.2f to %.2f)\n",
        static_cast<int>(other.name.size()),
        other.name.data(),
        median(other.nanoseconds),
        median(ratios),
        *least,
        *most
    );
}

void run() {
    const auto codings = std::string{tornado::http1connection::ContentDecoder::codings()};
    const std::string user_agent = "Tornado/0.1.0";
    tornado::ioloop::IOLoop loop;
    httpclient::HTTPClientOptions options;
    options.max_clients = static_cast<std::size_t>(concurrency);
    httpclient::AsyncHTTPClient client{httpclient::force_instance, options};
    BareClient bare{
        port,
        concurrency,
        "GET / HTTP/1.1\r\nHost: 127.0.0.1:" + std::to_string(port) +
            "\r\nUser-Agent: " + user_agent + "\r\nAccept-Encoding: " + codings + "\r\n\r\n"};
    BeastClient beast{port, concurrency, user_agent, codings};
    std::array sides{
        Side{
            "tornado", [&](int count) { loop.run_sync([&] { return fetch_all(client, count); }); }},
        Side{"bare", [&](int count) { bare.fetch(count); }},
        Side{"beast", [&](int count) { beast.fetch(count); }},
    };
    if (!only.empty()) {
        for (auto& side : sides) {
            if (side.name == only) {
                side.run(fetches);
                std::printf(
                    "%.0f ns, %.2f allocations\n", side.nanoseconds.front(), side.allocations
                );
            }
        }
        return;
    }
    for (auto& side : sides) {
        side.fetch(fetches / 10);  // connects, and warms caches
    }
    for (int round = 0; round < rounds; ++round) {
        for (std::size_t i = 0; i < sides.size(); ++i) {
            sides[(static_cast<std::size_t>(round) + i) % sides.size()].run(fetches);
        }
    }
    const auto& [tornado_side, bare_side, beast_side] = sides;
    if (tsv) {
        std::printf(
            "fetch\t%s\t%s\t%s\t%.3f\n",
            joined(tornado_side.nanoseconds).c_str(),
            joined(bare_side.nanoseconds).c_str(),
            joined(beast_side.nanoseconds).c_str(),
            tornado_side.allocations
        );
        return;
    }
    std::printf(
        "a fetch: %.0f ns, %.2f allocations; beside\n",
        median(tornado_side.nanoseconds),
        tornado_side.allocations
    );
    print_ratio(tornado_side, bare_side);
    print_ratio(tornado_side, beast_side);
}

}  // namespace

int main(int argc, char** argv) {
    try {
        read_arguments(argc, argv);
        run();
    } catch (const std::exception& error) {
        std::fprintf(stderr, "%s\n", error.what());
        return 1;
    }
    return 0;
}
