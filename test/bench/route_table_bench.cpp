// What finding a route costs, in nanoseconds, among few rules and among many.
#include <tornado/httpserver/route_table.hpp>

#include <algorithm>
#include <chrono>
#include <cstdio>
#include <string>

namespace {

using tornado::routing::PathGroups;
using tornado::routing::PathPattern;
using tornado::routing::RouteTable;

/// Nanoseconds for one look-up, the best of 100 runs.
double nanoseconds(const RouteTable& table, const std::string& path) {
    constexpr int calls = 5'000;
    PathGroups groups;
    double best = 1e9;
    for (int run = 0; run < 100; ++run) {
        const auto start = std::chrono::steady_clock::now();
        for (int i = 0; i < calls; ++i) {
            const auto route = table.find(path, groups);
            asm volatile("" : : "g"(route) : "memory");
        }
        const std::chrono::duration<double, std::nano> taken =
            std::chrono::steady_clock::now() - start;
        best = std::min(best, taken.count() / calls);
    }
    return best;
}

/// The same rule `size` times, each under its own number.
RouteTable make_table(const char* begin, const char* end, int size) {
    RouteTable table;
    for (int i = 0; i < size; ++i) {
        table.add(PathPattern{begin + std::to_string(i) + end});
    }
    return table;
}

void measure(const char* name, const char* begin, const char* end, const char* rest) {
    std::printf("%-22s", name);
    for (const int size : {1, 10, 100, 1'000}) {
        const auto table = make_table(begin, end, size);
        const auto path = begin + std::to_string(size - 1) + rest;
        std::printf("  %5d: %7.1f ns", size, nanoseconds(table, path));
    }
    std::printf("\n");
}

}  // namespace

int main() {
    std::printf("the last of so many rules\n");
    measure("/page17", "/page", "", "");
    measure("/api/v1/users/page17", "/api/v1/users/page", "", "");
    measure("no such literal", "/page", "", "x");
    measure("/item17/([^/]+)", "/item", "/([^/]+)", "/abcdef");
    measure("/item17/([0-9]+)/edit", "/item", "/([0-9]+)/edit", "/123456/edit");
    measure("/item17/([^/]+)[.]html", "/item", R"(/([^/]+)\.html)", "/story.html");
    measure("/item17/(.*)", "/item", "/(.*)", "/css/site.css");
    measure("regex /item17/(a|b)", "/item", "/(a|b)", "/b");
}
