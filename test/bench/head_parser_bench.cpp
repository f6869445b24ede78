// What parsing one request head costs, in nanoseconds: the best of many runs, for each instruction
// set; and what it costs Debian's http_parser, where that is installed (libhttp-parser-dev).
//
//     head_parser_bench [--rounds=N] [--runs=N] [--tsv]
//
// Each figure is the best of N runs (100). With --tsv a line holds a name and our nanoseconds in
// each of N rounds (11), with the best instruction set there is, and those of http_parser beside
// them.
#include <tornado/httputil/message_framing.hpp>
#include <tornado/httputil/request_head.hpp>
#include <tornado/httputil/simd.hpp>
#include <tornado/httputil/target.hpp>

#include <algorithm>
#include <chrono>
#include <cstdio>
#include <cstdlib>
#include <string>
#include <string_view>

#ifdef TORNADO_BENCH_HTTP_PARSER
#include <http_parser.h>

#include <array>
#include <cstddef>
#include <utility>
#endif

namespace {

namespace httputil = tornado::httputil;

int rounds = 11;
int runs = 100;

const std::string wrk_request = "GET / HTTP/1.1\r\nHost: 127.0.0.1:8888\r\n\r\n";

// The time of http_parser, which goes byte by byte, varies by a factor of two and more between
// heads that differ in a few bytes, and from one run to another: probably the processor learns a
// head's branches by heart, or it does not.
const std::string browser_request =
    "GET /wp-content/uploads/2010/03/hello-kitty-darth-vader-pink.jpg HTTP/1.1\r\n"
    "Host: www.example.org\r\n"
    "User-Agent: Mozilla/5.0 (X11; Linux x86_64; rv:128.0) Gecko/20100101 Firefox/128.0\r\n"
    "Accept: text/html,application/xhtml+xml,application/xml;q=0.9,*/*;q=0.8\r\n"
    "Accept-Language: en-GB,en;q=0.7,de;q=0.3\r\n"
    "Accept-Encoding: gzip, deflate, br, zstd\r\n"
    "Connection: keep-alive\r\n"
    "Cookie: wp_ozh_wsa_visits=2; wp_ozh_wsa_visit_lasttime=1700000000; "
    "__utma=xxxxxxxxx.xxxxxxxxxx.xxxxxxxxxx.xxxxxxxxxx.xxxxxxxxxx.x"
    "xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx\r\n"
    "Upgrade-Insecure-Requests: 1\r\n"
    "Sec-Fetch-Dest: document\r\n"
    "Sec-Fetch-Mode: navigate\r\n"
    "Sec-Fetch-Site: same-origin\r\n"
    "Cache-Control: max-age=0\r\n\r\n";

/// Nanoseconds for one call of `parse`, the best of all runs.
template <typename Parse>
double nanoseconds(Parse parse) {
    constexpr int calls = 5'000;
    double best = 1e9;
    for (int run = 0; run < runs; ++run) {
        const auto start = std::chrono::steady_clock::now();
        for (int i = 0; i < calls; ++i) {
            parse();
        }
        const std::chrono::duration<double, std::nano> taken =
            std::chrono::steady_clock::now() - start;
        best = std::min(best, taken.count() / calls);
    }
    return best;
}

/// Keeps the compiler from leaving out work whose result nobody reads.
void keep(const void* result) {
    asm volatile("" : : "g"(result) : "memory");
}

/// Our parser, on a head of the caller's own memory, as the bytes of a connection are.
double our_nanoseconds(std::string text) {
    httputil::RequestHead head;
    return nanoseconds([&] {
        const auto result = httputil::parse_request_head(text.data(), text.size(), head);
        keep(&result);
    });
}

#ifdef TORNADO_BENCH_HTTP_PARSER

/// Notes where target and fields are, as our parser does.
struct Spans {
    void begin_field(const char* at, std::size_t length) {
        if (value_has_come) {
            ++count;
            value_has_come = false;
        }
        fields[count].first = {at, length};
    }
    void begin_value(const char* at, std::size_t length) {
        fields[count].second = {at, length};
        value_has_come = true;
    }

    std::string_view target;
    std::array<std::pair<std::string_view, std::string_view>, 100> fields;
    std::size_t count = 0;
    bool value_has_come = false;
};

Spans& spans(http_parser* parser) {
    return *static_cast<Spans*>(parser->data);
}

double http_parser_nanoseconds(const std::string& text) {
    http_parser_settings settings;
    http_parser_settings_init(&settings);
    settings.on_url = [](http_parser* parser, const char* at, std::size_t length) {
        spans(parser).target = {at, length};
        return 0;
    };
    settings.on_header_field = [](http_parser* parser, const char* at, std::size_t length) {
        spans(parser).begin_field(at, length);
        return 0;
    };
    settings.on_header_value = [](http_parser* parser, const char* at, std::size_t length) {
        spans(parser).begin_value(at, length);
        return 0;
    };
    Spans found;
    return nanoseconds([&] {
        found.count = 0;
        found.value_has_come = false;
        http_parser parser;
        http_parser_init(&parser, HTTP_REQUEST);
        parser.data = &found;
        const auto parsed = http_parser_execute(&parser, &settings, text.data(), text.size());
        keep(&parsed);
        keep(&found);
    });
}

void compare(const char* name, const std::string& text) {
    const double ours = our_nanoseconds(text);
    const double theirs = http_parser_nanoseconds(text);
    std::printf(
        "%-8s %4zu bytes  http_parser %6.1f ns  ours %6.1f ns, %.2f of it\n",
        name,
        text.size(),
        theirs,
        ours,
        ours / theirs
    );
}

#endif

void measure(const char* name, std::string text, const char* set) {
    httputil::RequestHead head;
    const double parse = nanoseconds([&] {
        const auto result = httputil::parse_request_head(text.data(), text.size(), head);
        keep(&result);
    });
    const double framing = nanoseconds([&] {
        const auto result = httputil::request_framing(head);
        keep(&result);
    });
    const double target = nanoseconds([&] {
        const auto result = httputil::request_target(head);
        keep(&result);
    });
    std::printf(
        "%-8s %4zu bytes  %-7s parse %6.1f ns  framing %5.1f ns  target and host %5.1f ns\n",
        name,
        text.size(),
        set,
        parse,
        framing,
        target
    );
}

/// One line for programs: all rounds of ours, and of http_parser, in turns.
void print_rounds(const char* name, const std::string& text) {
    std::string ours;
    std::string theirs;
    for (int round = 0; round < rounds; ++round) {
        ours += (round == 0 ? "" : " ") + std::to_string(our_nanoseconds(text));
#ifdef TORNADO_BENCH_HTTP_PARSER
        theirs += (round == 0 ? "\t" : " ") + std::to_string(http_parser_nanoseconds(text));
#endif
    }
    std::printf("%s of %zu bytes\t%s%s\n", name, text.size(), ours.c_str(), theirs.c_str());
    std::fflush(stdout);
}

void print_all() {
#ifdef TORNADO_BENCH_HTTP_PARSER
    compare("wrk", wrk_request);
    compare("browser", browser_request);
#endif
    struct Set {
        httputil::Simd simd;
        const char* name;
    };
    for (const auto set :
         {Set{httputil::Simd::avx2, "avx2"},
          Set{httputil::Simd::sse42, "sse4.2"},
          Set{httputil::Simd::scalar, "scalar"}}) {
        if (httputil::use_simd(set.simd)) {
            measure("wrk", wrk_request, set.name);
            measure("browser", browser_request, set.name);
        }
    }
}

bool takes_number(const char* option, std::string_view name, int& into) {
    const bool is_it = std::string_view{option}.starts_with(name);
    if (is_it) {
        into = std::atoi(option + name.size());
    }
    return is_it;
}

}  // namespace

int main(int argc, char** argv) {
    bool tsv = false;
    for (int i = 1; i < argc; ++i) {
        if (argv[i] == std::string_view{"--tsv"}) {
            tsv = true;
        } else if (!takes_number(argv[i], "--rounds=", rounds) && !takes_number(argv[i], "--runs=", runs)) {
            std::fprintf(stderr, "usage: head_parser_bench [--rounds=N] [--runs=N] [--tsv]\n");
            return 2;
        }
    }
    if (tsv) {
        print_rounds("browser", browser_request);
        print_rounds("wrk", wrk_request);
    } else {
        print_all();
    }
}
