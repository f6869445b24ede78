// What parts of the web library cost, in process: in nanoseconds of CPU time.
//
//     web_bench
//
// For each part it does the work ten thousand times, eleven times over, and says the median, with
// the least and the most.
#include <tornado/web.hpp>

#include <algorithm>
#include <cstdio>
#include <ctime>
#include <exception>
#include <stdexcept>
#include <string>
#include <string_view>
#include <vector>

namespace web = tornado::web;

namespace {

double cpu_nanoseconds() {
    timespec time{};
    ::clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &time);
    return static_cast<double>(time.tv_sec) * 1e9 + static_cast<double>(time.tv_nsec);
}

template <typename Work>
void measure(const char* name, Work work) {
    constexpr int times = 10'000;
    std::vector<double> found;
    for (int round = 0; round < 11; ++round) {
        const auto began = cpu_nanoseconds();
        for (int i = 0; i < times; ++i) {
            work();
        }
        found.push_back((cpu_nanoseconds() - began) / times);
    }
    std::ranges::sort(found);
    std::printf("%s\t%.1f %.1f %.1f\n", name, found[5], found.front(), found.back());
}

}  // namespace

int main() try {
    const web::CookieSecret secret{std::string(48, 's')};
    const auto cookie = web::create_signed_value(secret, "user", "somebody@example.com");
    measure("a signed cookie is verified", [&] {
        if (!web::decode_signed_value(secret, "user", cookie)) {
            throw std::logic_error{"a signed value that is not taken"};
        }
    });
    measure("a signed cookie is made", [&] {
        if (web::create_signed_value(secret, "user", "somebody@example.com").empty()) {
            throw std::logic_error{"a signed value that is empty"};
        }
    });
} catch (const std::exception& error) {
    std::fprintf(stderr, "web_bench: %s\n", error.what());
    return 1;
}
