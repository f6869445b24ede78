// How many rows of SQLite come through the loop, beside SQLite's own interface called in a loop.
//
//     database_bench [--rounds=N] [--queries=N] [--in-flight=N]
//
// Each round asks N queries (100,000) for one row by its key in memory: once by the bare C
// functions, with a statement prepared once and the columns copied, and once by get(), with so many
// (16) coroutines. The ratio of the rates is the median of all rounds (7).
#include <sqlite3.h>
#include <sys/resource.h>

#include <algorithm>
#include <chrono>
#include <cstdio>
#include <cstdlib>
#include <string>
#include <string_view>
#include <tornado/database.hpp>
#include <tornado/gen.hpp>
#include <tornado/ioloop.hpp>
#include <vector>

namespace {

namespace database = tornado::database;
namespace gen = tornado::gen;
using tornado::Future;
using Clock = std::chrono::steady_clock;

constexpr int rows = 10'000;
constexpr auto create = "CREATE TABLE item (id integer PRIMARY KEY, name text, price real)";
constexpr auto insert = "INSERT INTO item VALUES (?, ?, ?)";
constexpr auto select = "SELECT id, name, price FROM item WHERE id = ?";

int rounds = 7;
int queries = 100'000;
int in_flight = 16;

struct Measured {
    double rate;  ///< queries a second
    double cpu;   ///< microseconds of this process for each
};

double cpu_seconds() {
    rusage usage{};
    ::getrusage(RUSAGE_SELF, &usage);
    const auto seconds = [](const timeval& time) {
        return static_cast<double>(time.tv_sec) + static_cast<double>(time.tv_usec) / 1e6;
    };
    return seconds(usage.ru_utime) + seconds(usage.ru_stime);
}

template <typename F>
Measured measure(F function) {
    const auto cpu = cpu_seconds();
    const auto begin = Clock::now();
    function();
    const std::chrono::duration<double> passed = Clock::now() - begin;
    return {queries / passed.count(), (cpu_seconds() - cpu) * 1e6 / queries};
}

/// The bare functions.
class Bare {
public:
    Bare() {
        sqlite3_open_v2(
            ":memory:",
            &handle_,
            SQLITE_OPEN_READWRITE | SQLITE_OPEN_CREATE | SQLITE_OPEN_NOMUTEX,
            nullptr
        );
        sqlite3_exec(handle_, create, nullptr, nullptr, nullptr);
        sqlite3_stmt* put = nullptr;
        sqlite3_prepare_v2(handle_, insert, -1, &put, nullptr);
        for (int id = 0; id < rows; ++id) {
            const auto name = "item " + std::to_string(id);
            sqlite3_bind_int(put, 1, id);
            sqlite3_bind_text(put, 2, name.c_str(), -1, SQLITE_TRANSIENT);
            sqlite3_bind_double(put, 3, id * 0.5);
            sqlite3_step(put);
            sqlite3_reset(put);
        }
        sqlite3_finalize(put);
        sqlite3_prepare_v3(handle_, select, -1, SQLITE_PREPARE_PERSISTENT, &get_, nullptr);
    }
    Bare(const Bare&) = delete;
    Bare& operator=(const Bare&) = delete;
    ~Bare() {
        sqlite3_finalize(get_);
        sqlite3_close(handle_);
    }

    void run() {
        for (int i = 0; i < queries; ++i) {
            sqlite3_bind_int64(get_, 1, i % rows);
            if (sqlite3_step(get_) == SQLITE_ROW) {
                const std::string name{
                    reinterpret_cast<const char*>(sqlite3_column_text(get_, 1)),
                    static_cast<std::size_t>(sqlite3_column_bytes(get_, 1))};
                sum_ += static_cast<double>(sqlite3_column_int64(get_, 0)) +
                        sqlite3_column_double(get_, 2) + static_cast<double>(name.size());
            }
            sqlite3_reset(get_);
        }
    }

    double sum_ = 0;

private:
    sqlite3* handle_ = nullptr;
    sqlite3_stmt* get_ = nullptr;
};

Future<void> ask(database::Connection& db, int first, double& sum) {
    for (int i = first; i < queries; i += in_flight) {
        const auto row = co_await db.get(select, i % rows);
        const auto name = row->get<std::string>("name");
        sum += static_cast<double>(row->get<std::int64_t>("id")) + row->get<double>("price") +
               static_cast<double>(name.size());
    }
}

Future<void> ask_all(database::Connection& db, double& sum) {
    std::vector<Future<void>> all;
    for (int i = 0; i < in_flight; ++i) {
        all.push_back(ask(db, i, sum));
    }
    co_await gen::multi(std::move(all));
}

Future<void> fill(database::Connection& db) {
    co_await db.execute(create);
    std::vector<database::Params> items;
    for (int id = 0; id < rows; ++id) {
        items.emplace_back(id, "item " + std::to_string(id), id * 0.5);
    }
    co_await db.executemany(insert, std::move(items));
}

double median(std::vector<double> values) {
    std::sort(values.begin(), values.end());
    return values[values.size() / 2];
}

bool read_option(std::string_view argument, std::string_view name, int& value) {
    if (!argument.starts_with(name)) {
        return false;
    }
    value = std::max(1, std::atoi(argument.substr(name.size()).data()));
    return true;
}

}  // namespace

int main(int argc, char** argv) {
    for (int i = 1; i < argc; ++i) {
        const std::string_view argument{argv[i]};
        if (!read_option(argument, "--rounds=", rounds) &&
            !read_option(argument, "--queries=", queries) &&
            !read_option(argument, "--in-flight=", in_flight)) {
            std::fprintf(stderr, "what is %s?\n", argv[i]);
            return 1;
        }
    }
    tornado::ioloop::IOLoop loop;
    database::ConnectionOptions options;
    options.pipeline = static_cast<std::size_t>(in_flight);
    database::Connection db{"sqlite::memory:", options};
    loop.run_sync([&] { return fill(db); });
    Bare bare;
    std::vector<double> ratios;
    double sum = 0;
    std::printf("%12s %8s %12s %8s %6s\n", "bare/s", "us CPU", "loop/s", "us CPU", "ratio");
    for (int round = 0; round < rounds; ++round) {
        const auto direct = measure([&] { bare.run(); });
        const auto through = measure([&] { loop.run_sync([&] { return ask_all(db, sum); }); });
        ratios.push_back(through.rate / direct.rate);
        std::printf(
            "%12.0f %8.2f %12.0f %8.2f %6.2f\n",
            direct.rate,
            direct.cpu,
            through.rate,
            through.cpu,
            ratios.back()
        );
    }
    if (sum != bare.sum_) {
        std::fprintf(stderr, "the results differ\n");
        return 1;
    }
    const auto [least, most] = std::minmax_element(ratios.begin(), ratios.end());
    std::printf("ratio: median %.2f, from %.2f to %.2f\n", median(ratios), *least, *most);
}
