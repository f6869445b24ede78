// What finding a route costs, in nanoseconds, among few rules and among many: in the bare table,
// and by a RuleRouter, which has a request and makes a delegate for it.
//
//     route_table_bench [--runs=N] [--tsv]
//
// Each figure is the best of N runs (100). With --tsv a line holds a name, a number of rules and
// the nanoseconds.
#include <tornado/httpserver/route_table.hpp>
#include <tornado/httpserver/rule_router.hpp>

#include <algorithm>
#include <chrono>
#include <cstdio>
#include <cstdlib>
#include <memory>
#include <string>
#include <string_view>
#include <tornado/http1connection/server_connection.hpp>
#include <tornado/ioloop.hpp>
#include <tornado/iostream/memory_pair.hpp>
#include <utility>
#include <vector>

namespace {

namespace http1connection = tornado::http1connection;
namespace httputil = tornado::httputil;
using namespace tornado::routing;

int runs = 100;
bool tsv = false;

/// Keeps the compiler from leaving out work whose result nobody reads.
void keep(const void* result) {
    asm volatile("" : : "g"(result) : "memory");
}

/// Nanoseconds for one call of `find`, the best of all runs.
template <typename Find>
double nanoseconds(Find find) {
    constexpr int calls = 5'000;
    double best = 1e9;
    for (int run = 0; run < runs; ++run) {
        const auto start = std::chrono::steady_clock::now();
        for (int i = 0; i < calls; ++i) {
            find();
        }
        const std::chrono::duration<double, std::nano> taken =
            std::chrono::steady_clock::now() - start;
        best = std::min(best, taken.count() / calls);
    }
    return best;
}

/// A kind of rule: the number of each stands between `begin` and `end`, and `rest` makes a path of
/// `begin` and a number.
struct Shape {
    const char* name;
    std::string begin;
    std::string end;
    std::string rest;

    [[nodiscard]] std::string pattern(int i) const { return begin + std::to_string(i) + end; }
    [[nodiscard]] std::string path(int i) const { return begin + std::to_string(i) + rest; }
};

const Shape literal{"/page17", "/page", "", ""};
const Shape segment{"/item17/([^/]+)", "/item", "/([^/]+)", "/abcdef"};

// In the table

double in_table(const Shape& shape, int size) {
    RouteTable table;
    for (int i = 0; i < size; ++i) {
        table.add(PathPattern{shape.pattern(i)});
    }
    const auto path = shape.path(size - 1);
    PathGroups groups;
    return nanoseconds([&] {
        const auto route = table.find(path, groups);
        keep(&route);
    });
}

// By a router

/// Has a delegate for everything, which does nothing.
class Anything final : public Router {
public:
    std::unique_ptr<httputil::HTTPMessageDelegate>
    find_handler(httputil::HTTPServerRequest&, const TargetParams&) override {
        return std::make_unique<httputil::HTTPMessageDelegate>();
    }
};

/// Asks a router again and again about the first request that comes.
class Stopwatch final : public Router {
public:
    explicit Stopwatch(Router& router) : router_{router} {}

    std::unique_ptr<httputil::HTTPMessageDelegate>
    find_handler(httputil::HTTPServerRequest& request, const TargetParams& params) override {
        if (router_.find_handler(request, params) == nullptr) {
            std::fprintf(stderr, "no rule matches\n");
            std::exit(1);
        }
        taken = nanoseconds([&] {
            const auto delegate = router_.find_handler(request, params);
            keep(delegate.get());
        });
        return nullptr;
    }
    double taken = 0;

private:
    Router& router_;
};

double by_router(std::vector<Rule> rules, const std::string& path) {
    tornado::ioloop::IOLoop loop;
    RuleRouter router{std::move(rules)};
    Stopwatch stopwatch{router};
    const http1connection::HTTP1ConnectionParameters parameters;
    http1connection::ConnectionSet connections;
    auto pair = tornado::iostream::memory_pair();
    http1connection::serve(pair.second.release(), {}, parameters, stopwatch, connections);
    const auto request = "GET " + path + " HTTP/1.1\r\nHost: example.com\r\n\r\n";
    loop.run_sync([&]() -> tornado::Future<void> {
        co_await pair.first.write(request);
        co_await pair.first.read_until("\r\n\r\n");
    });
    return stopwatch.taken;
}

double in_rules(const Shape& shape, int size) {
    const auto anything = std::make_shared<Anything>();
    std::vector<Rule> rules;
    for (int i = 0; i < size; ++i) {
        rules.push_back(Rule{shape.pattern(i), anything});
    }
    return by_router(std::move(rules), shape.path(size - 1));
}

double in_mixed_rules(const Shape& sought, int size) {
    const auto anything = std::make_shared<Anything>();
    std::vector<Rule> rules;
    for (int i = 0; i < size; ++i) {
        const auto& shape = i % 2 == 0 ? literal : segment;
        rules.push_back(Rule{shape.pattern(i), anything});
    }
    return by_router(std::move(rules), sought.path(&sought == &literal ? size - 2 : size - 1));
}

// All of it

template <typename Measure>
void print(std::string_view name, std::vector<int> sizes, Measure measure) {
    if (!tsv) {
        std::printf("%-34s", std::string{name}.c_str());
    }
    for (const int size : sizes) {
        const double taken = measure(size);
        if (tsv) {
            std::printf("%s\t%d\t%.1f\n", std::string{name}.c_str(), size, taken);
            std::fflush(stdout);
        } else {
            std::printf("  %5d: %7.1f ns", size, taken);
        }
    }
    if (!tsv) {
        std::printf("\n");
    }
}

void print_table() {
    const Shape shapes[] = {
        literal,
        {"/api/v1/users/page17", "/api/v1/users/page", "", ""},
        {"no such literal", "/page", "", "x"},
        segment,
        {"/item17/([0-9]+)/edit", "/item", "/([0-9]+)/edit", "/123456/edit"},
        {"/item17/([^/]+)[.]html", "/item", R"(/([^/]+)\.html)", "/story.html"},
        {"/item17/(.*)", "/item", "/(.*)", "/css/site.css"},
        {"/item17/(.+)", "/item", "/(.+)", "/css/site.css"},
        {"/item17/(icon[.]ico)", "/item", R"(/(icon\.ico))", "/icon.ico"},
        {"regex /item17/(a|b)", "/item", "/(a|b)", "/b"},
    };
    for (const auto& shape : shapes) {
        print(shape.name, {1, 10, 100, 1'000}, [&](int size) { return in_table(shape, size); });
    }
}

void print_routers() {
    for (const auto* const shape : {&literal, &segment}) {
        const std::string name{shape->name};
        print("RuleRouter, " + name, {1, 10, 100, 1'000}, [&](int size) {
            return in_rules(*shape, size);
        });
        print("RuleRouter of both, " + name, {10, 100, 1'000}, [&](int size) {
            return in_mixed_rules(*shape, size);
        });
    }
}

void parse(int argc, char** argv) {
    constexpr std::string_view runs_option = "--runs=";
    for (int i = 1; i < argc; ++i) {
        const std::string_view option = argv[i];
        if (option == "--tsv") {
            tsv = true;
        } else if (option.starts_with(runs_option)) {
            runs = std::atoi(argv[i] + runs_option.size());
        } else {
            std::fprintf(stderr, "usage: route_table_bench [--runs=N] [--tsv]\n");
            std::exit(2);
        }
    }
}

}  // namespace

int main(int argc, char** argv) {
    parse(argc, argv);
    if (!tsv) {
        std::printf("the last of so many rules\n");
    }
    print_table();
    print_routers();
}
