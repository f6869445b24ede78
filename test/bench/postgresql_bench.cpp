// What a query of PostgreSQL costs beside libpq alone: each round measures both sides, in an order
// that turns round from one to the next.
//
//     postgresql_bench <url> [--rounds=N] [--queries=N]
//
// Each asks for one row by its key, 16 at a time over 4 connections in pipeline mode, in prepared
// statements, each of which ends with a synchronisation point: so a query that fails takes no other
// with it. The line holds a name and the CPU time of this process for each query, in nanoseconds,
// of both sides in each round.
#include <libpq-fe.h>
#include <sys/epoll.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <ctime>
#include <functional>
#include <memory>
#include <stdexcept>
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

constexpr int rows = 10'000;
constexpr int pool_size = 4;
constexpr int in_flight = 16;

double now() {
    timespec time{};
    ::clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &time);
    return static_cast<double>(time.tv_sec) * 1e9 + static_cast<double>(time.tv_nsec);
}

/// A row as both sides use it.
struct Item {
    std::int64_t id = 0;
    std::string name;
    double price = 0;
};
double use(const Item& item) {
    return static_cast<double>(item.id) + item.price + static_cast<double>(item.name.size());
}

// libpq, by hand

class Bare {
public:
    explicit Bare(const std::string& url) : epoll_{::epoll_create1(0)} {
        for (auto& connection : connections_) {
            connection = PQconnectdb(url.c_str());
            if (PQstatus(connection) != CONNECTION_OK) {
                throw std::runtime_error{PQerrorMessage(connection)};
            }
            PQclear(PQprepare(
                connection,
                "get",
                "SELECT id, name, price FROM item WHERE id = $1",
                1,
                types_.data()
            ));
            PQsetnonblocking(connection, 1);
            PQenterPipelineMode(connection);
            epoll_event event{};
            event.events = EPOLLIN;
            event.data.ptr = connection;
            ::epoll_ctl(epoll_, EPOLL_CTL_ADD, PQsocket(connection), &event);
        }
    }
    Bare(const Bare&) = delete;
    Bare& operator=(const Bare&) = delete;
    ~Bare() {
        for (auto* const connection : connections_) {
            PQfinish(connection);
        }
        ::close(epoll_);
    }

    double run(int queries) {
        to_send_ = to_come_ = queries;
        sum_ = 0;
        for (int i = 0; i < in_flight; ++i) {
            send(connections_[static_cast<std::size_t>(i % pool_size)]);
        }
        std::array<epoll_event, pool_size> events{};
        while (to_come_ > 0) {
            const int ready = ::epoll_wait(epoll_, events.data(), pool_size, -1);
            for (int i = 0; i < ready; ++i) {
                receive(static_cast<PGconn*>(events[static_cast<std::size_t>(i)].data.ptr));
            }
        }
        return sum_;
    }

private:
    void send(PGconn* connection) {
        if (to_send_ == 0) {
            return;
        }
        const auto id = __builtin_bswap32(static_cast<std::uint32_t>(to_send_-- % rows));
        const char* const values[] = {reinterpret_cast<const char*>(&id)};
        const int lengths[] = {sizeof id};
        const int formats[] = {1};
        PQsendQueryPrepared(connection, "get", 1, values, lengths, formats, 0);
        PQpipelineSync(connection);
        PQflush(connection);
    }

    void receive(PGconn* connection) {
        if (PQconsumeInput(connection) == 0) {
            throw std::runtime_error{PQerrorMessage(connection)};
        }
        while (to_come_ > 0 && PQisBusy(connection) == 0) {
            auto* const result = PQgetResult(connection);
            if (result == nullptr) {
                continue;
            }
            const auto status = PQresultStatus(result);
            if (status == PGRES_TUPLES_OK) {
                Item item;
                item.id = std::strtoll(PQgetvalue(result, 0, 0), nullptr, 10);
                item.name = PQgetvalue(result, 0, 1);
                item.price = std::strtod(PQgetvalue(result, 0, 2), nullptr);
                sum_ += use(item);
            } else if (status != PGRES_PIPELINE_SYNC) {
                throw std::runtime_error{PQresultErrorMessage(result)};
            }
            PQclear(result);
            if (status == PGRES_PIPELINE_SYNC) {
                --to_come_;
                send(connection);
                if (to_send_ == 0 && !has_more(connection)) {
                    return;
                }
            }
        }
    }
    /// At the end PQgetResult() gives null for ever.
    static bool has_more(PGconn* connection) {
        return PQtransactionStatus(connection) == PQTRANS_ACTIVE;
    }

    std::array<Oid, 1> types_{23};
    std::array<PGconn*, pool_size> connections_{};
    int epoll_;
    int to_send_ = 0;
    int to_come_ = 0;
    double sum_ = 0;
};

// Ours

Future<void> ask(database::Connection& db, int& to_ask, double& sum) {
    while (to_ask > 0) {
        const int id = to_ask-- % rows;
        const auto row = co_await db.get("SELECT id, name, price FROM item WHERE id = ?", id);
        Item item;
        item.id = row->get<std::int64_t>(0);
        item.name = row->get<std::string>(1);
        item.price = row->get<double>(2);
        sum += use(item);
    }
}

Future<double> ask_all(database::Connection& db, int queries) {
    double sum = 0;
    std::vector<Future<void>> all;
    for (int i = 0; i < in_flight; ++i) {
        all.push_back(ask(db, queries, sum));
    }
    co_await gen::multi(std::move(all));
    co_return sum;
}

Future<void> fill(database::Connection& db) {
    co_await db.execute("DROP TABLE IF EXISTS item");
    co_await db.execute("CREATE TABLE item (id int PRIMARY KEY, name text, price float8)");
    std::vector<database::Params> items;
    for (int id = 0; id < rows; ++id) {
        items.emplace_back(id, "item " + std::to_string(id), id * 0.5);
    }
    co_await db.executemany("INSERT INTO item VALUES (?, ?, ?)", std::move(items));
    co_await db.execute("ANALYZE item");
}

int number_after(std::string_view argument, std::string_view name, int otherwise) {
    return argument.starts_with(name) ? std::atoi(argument.substr(name.size()).data()) : otherwise;
}

int measure(const std::string& url, int rounds, int queries) {
    tornado::ioloop::IOLoop loop;
    database::ConnectionOptions options;
    options.size = pool_size;
    database::Connection db{url, options};
    loop.run_sync([&] { return fill(db); });
    Bare bare{url};
    std::array<std::vector<double>, 2> costs;
    std::array<double, 2> sums{};
    const std::function<double(int)> sides[] = {
        [&](int count) { return loop.run_sync([&] { return ask_all(db, count); }); },
        [&](int count) { return bare.run(count); }};
    for (int round = -1; round < rounds; ++round) {  // one to get warm
        for (int i = 0; i < 2; ++i) {
            const auto side = static_cast<std::size_t>((i + round) & 1);
            const auto begin = now();
            sums[side] = sides[side](queries);
            if (round >= 0) {
                costs[side].push_back((now() - begin) / queries);
            }
        }
        if (sums[0] != sums[1]) {
            std::fputs("both sides have got different rows\n", stderr);
            return 1;
        }
    }
    std::printf("one row by key, %d at a time", in_flight);
    for (const auto& side : costs) {
        std::putchar('\t');
        for (const auto cost : side) {
            std::printf("%.1f ", cost);
        }
    }
    std::putchar('\n');
    return 0;
}

}  // namespace

int main(int argc, char** argv) {
    int rounds = 11;
    int queries = 20'000;
    for (int i = 2; i < argc; ++i) {
        rounds = number_after(argv[i], "--rounds=", rounds);
        queries = number_after(argv[i], "--queries=", queries);
    }
    if (argc < 2 || rounds < 1 || queries < in_flight) {
        std::fputs("Usage: postgresql_bench <url> [--rounds=N] [--queries=N]\n", stderr);
        return 1;
    }
    try {
        return measure(argv[1], rounds, queries);
    } catch (const std::exception& error) {
        std::fprintf(stderr, "postgresql_bench: %s\n", error.what());
        return 1;
    }
}
