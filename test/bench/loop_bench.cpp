// What the loop costs beside Asio's own ways to do the same, in nanoseconds of CPU time.
//
//     loop_bench [--rounds=N] [--milliseconds=N] [--only=NAME] [--tsv]
//
// Each comparison takes N rounds (11), in each of which both sides run for about as many
// milliseconds (40), the order turning round from one to the next. With --tsv a line holds a name
// and the nanoseconds of both sides in each round.
#include <tornado/asio.hpp>

#include <algorithm>
#include <array>
#include <boost/asio/detached.hpp>
#include <boost/asio/post.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <ctime>
#include <memory>
#include <new>
#include <random>
#include <string>
#include <string_view>
#include <thread>
#include <tornado/gen.hpp>
#include <vector>

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

namespace asio = boost::asio;
namespace gen = tornado::gen;
using namespace std::chrono_literals;
using tornado::Future;
using tornado::ioloop::IOLoop;

int rounds = 11;
double milliseconds = 40;
std::string only;  // what the names must begin with
bool tsv = false;

/// The CPU time of all threads of this process.
double cpu_nanoseconds() {
    timespec time{};
    ::clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &time);
    return static_cast<double>(time.tv_sec) * 1e9 + static_cast<double>(time.tv_nsec);
}

/// Nanoseconds for one of the `count` operations that `run(count)` does.
template <typename Run>
double time_of(Run& run, int count) {
    const double start = cpu_nanoseconds();
    run(count);
    return (cpu_nanoseconds() - start) / count;
}

/// How many operations take about as long as a round should. Warms up, too.
template <typename Run>
int count_for(Run& run) {
    int count = 1'000;
    run(count);
    const double once = time_of(run, count);
    return std::max(count, static_cast<int>(milliseconds * 1e6 / once));
}

double median(std::vector<double> values) {
    std::sort(values.begin(), values.end());
    return values[values.size() / 2];
}

void print(const char* name, const std::vector<double>& ours, const std::vector<double>& theirs) {
    if (tsv) {
        std::printf("%s", name);
        for (const auto* side : {&ours, &theirs}) {
            std::printf("\t");
            for (const double value : *side) {
                std::printf("%.3f ", value);
            }
        }
        std::printf("\n");
    } else {
        std::vector<double> ratios;
        for (std::size_t i = 0; i < ours.size(); ++i) {
            ratios.push_back(ours[i] / theirs[i]);
        }
        const auto [low, high] = std::minmax_element(ratios.begin(), ratios.end());
        std::printf(
            "%-34s %9.1f ns  %9.1f ns  ratio %5.3f (%.3f-%.3f)\n",
            name,
            median(ours),
            median(theirs),
            median(ratios),
            *low,
            *high
        );
    }
    std::fflush(stdout);
}

bool is_wanted(std::string_view name) {
    return name.starts_with(only);
}

/// Both sides do as many operations as they are told, in turns.
template <typename Ours, typename Theirs>
void compare(const char* name, Ours ours, Theirs theirs) {
    if (!is_wanted(name)) {
        return;
    }
    const int our_count = count_for(ours);
    const int their_count = count_for(theirs);
    std::vector<double> our_times;
    std::vector<double> their_times;
    for (int round = 0; round < rounds; ++round) {
        if (round % 2 == 0) {
            our_times.push_back(time_of(ours, our_count));
        }
        their_times.push_back(time_of(theirs, their_count));
        if (round % 2 != 0) {
            our_times.push_back(time_of(ours, our_count));
        }
    }
    print(name, our_times, their_times);
}

/// Asio's side: a context that asks the kernel for events, as that of any program that does I/O.
struct Context : asio::io_context {
    Context() : io_context{1} {}
    asio::steady_timer timer{*this};
};

/// Runs `start` in the loop, until something stops it.
template <typename Start>
void in_loop(IOLoop& loop, Start start) {
    loop.add_callback(std::move(start));
    loop.start();
}

/// Runs `start` in the context, until nothing is left.
template <typename Start>
void in_context(asio::io_context& context, Start start) {
    asio::post(context, std::move(start));
    context.restart();
    context.run();
}

// Callbacks: `width` of them are ready at a time, each of which makes the next ready.

void our_callback(IOLoop& loop, int& left) {
    if (--left > 0) {
        loop.add_callback([&loop, &left] { our_callback(loop, left); });
    } else if (left == 0) {
        loop.stop();
    }
}

void their_handler(asio::io_context& context, int& left) {
    if (--left > 0) {
        asio::post(context, [&context, &left] { their_handler(context, left); });
    }
}

void callbacks(const char* name, int width) {
    IOLoop loop;
    Context context;
    compare(
        name,
        [&](int left) {
            in_loop(loop, [&] {
                for (int i = 0; i < width; ++i) {
                    our_callback(loop, left);
                }
            });
            in_loop(loop, [&] { loop.stop(); });  // the last ones that were ready
        },
        [&](int left) {
            in_context(context, [&] {
                for (int i = 0; i < width; ++i) {
                    their_handler(context, left);
                }
            });
        }
    );
}

// Callbacks from another thread.

void from_another_thread(const char* name) {
    IOLoop loop;
    Context context;
    compare(
        name,
        [&](int count) {
            int ran = 0;
            std::thread sender{[&] {
                for (int i = 0; i < count; ++i) {
                    loop.add_callback([&] {
                        if (++ran == count) {
                            loop.stop();
                        }
                    });
                }
            }};
            loop.start();
            sender.join();
        },
        [&](int count) {
            int ran = 0;
            auto work = asio::make_work_guard(context);
            std::thread sender{[&] {
                for (int i = 0; i < count; ++i) {
                    asio::post(context, [&] {
                        if (++ran == count) {
                            work.reset();
                        }
                    });
                }
            }};
            context.restart();
            context.run();
            sender.join();
        }
    );
}

// Coroutines: `width` of them, each of which suspends again and again for a turn of the loop.

Future<void> our_turns(IOLoop& loop, int& left) {
    while (left > 0) {
        --left;
        co_await gen::moment();
    }
    loop.stop();
}

asio::awaitable<void> their_turns(int& left) {
    while (left > 0) {
        --left;
        co_await asio::post(asio::use_awaitable);
    }
}

void suspensions(const char* name, int width) {
    IOLoop loop;
    Context context;
    compare(
        name,
        [&](int left) {
            in_loop(loop, [&] {
                for (int i = 0; i < width; ++i) {
                    our_turns(loop, left);
                }
            });
            in_loop(loop, [&] { loop.stop(); });
        },
        [&](int left) {
            in_context(context, [&] {
                for (int i = 0; i < width; ++i) {
                    asio::co_spawn(context, their_turns(left), asio::detached);
                }
            });
        }
    );
}

// Coroutines that call each other, eight deep; the innermost returns at once, or suspends for a
// turn, and a hundred such chains are ready at a time.

template <int depth, bool suspends>
Future<int> our_chain(int value) {
    if constexpr (depth > 1) {
        co_return co_await our_chain<depth - 1, suspends>(value) + 1;
    } else {
        if constexpr (suspends) {
            co_await gen::moment();
        }
        co_return value + 1;
    }
}

template <int depth, bool suspends>
asio::awaitable<int> their_chain(int value) {
    if constexpr (depth > 1) {
        co_return co_await their_chain<depth - 1, suspends>(value) + 1;
    } else {
        if constexpr (suspends) {
            co_await asio::post(asio::use_awaitable);
        }
        co_return value + 1;
    }
}

template <bool suspends>
Future<void> our_chains(IOLoop& loop, int& left) {
    int sum = 0;
    while (left-- > 0) {
        sum = co_await our_chain<8, suspends>(sum);
    }
    asm volatile("" : : "g"(sum) : "memory");
    loop.stop();
}

template <bool suspends>
asio::awaitable<void> their_chains(int& left) {
    int sum = 0;
    while (left-- > 0) {
        sum = co_await their_chain<8, suspends>(sum);
    }
    asm volatile("" : : "g"(sum) : "memory");
}

template <bool suspends>
void chains(const char* name, int width) {
    IOLoop loop;
    Context context;
    compare(
        name,
        [&](int left) {
            in_loop(loop, [&] {
                for (int i = 0; i < width; ++i) {
                    our_chains<suspends>(loop, left);
                }
            });
            in_loop(loop, [&] { loop.stop(); });
        },
        [&](int left) {
            in_context(context, [&] {
                for (int i = 0; i < width; ++i) {
                    asio::co_spawn(context, their_chains<suspends>(left), asio::detached);
                }
            });
        }
    );
}

// Coroutines that nobody waits for, and which end at once: a thousand for each turn of the loop.

constexpr int burst = 1'000;

Future<void> our_task(int& left) {
    --left;
    co_return;
}

asio::awaitable<void> their_task(int& left) {
    --left;
    co_return;
}

void spawn_ours(IOLoop& loop, int& left) {
    for (int i = 0; i < burst; ++i) {
        loop.spawn_callback([&left] { return our_task(left); });
    }
    loop.add_callback([&] { left > 0 ? spawn_ours(loop, left) : loop.stop(); });
}

void spawn_theirs(asio::io_context& context, int& left) {
    for (int i = 0; i < burst; ++i) {
        asio::co_spawn(context, their_task(left), asio::detached);
    }
    asio::post(context, [&] {
        if (left > 0) {
            spawn_theirs(context, left);
        }
    });
}

void spawning(const char* name) {
    IOLoop loop;
    Context context;
    compare(
        name,
        [&](int left) { in_loop(loop, [&] { spawn_ours(loop, left); }); },
        [&](int left) { in_context(context, [&] { spawn_theirs(context, left); }); }
    );
}

// Timers: one is armed and taken back, a hundred times a turn, while others are pending.

/// Delays between 1 and 60 seconds, the same ones again and again.
class Delays {
public:
    Delays() {
        std::mt19937 random{1};
        std::uniform_int_distribution<std::int64_t> between{1'000'000, 60'000'000};
        for (auto& delay : delays_) {
            delay = std::chrono::microseconds{between(random)};
        }
    }
    std::chrono::microseconds next() { return delays_[next_++ % delays_.size()]; }

private:
    std::array<std::chrono::microseconds, 4'096> delays_;
    std::size_t next_ = 0;
};

constexpr int timers_per_turn = 100;

/// Both sides with as many timers pending, an hour away and more.
class PendingTimers {
public:
    explicit PendingTimers(int count) {
        for (int i = 0; i < count; ++i) {
            const auto delay = 1h + delays.next();
            loop.call_later(delay, [] {});
            timers_.push_back(std::make_unique<asio::steady_timer>(context, delay));
            timers_.back()->async_wait([](const boost::system::error_code&) {});
        }
        context.poll();
    }

    IOLoop loop;
    Context context;
    Delays delays;

private:
    std::vector<std::unique_ptr<asio::steady_timer>> timers_;
};

void arm_ours(IOLoop& loop, Delays& delays, int left) {
    for (int i = 0; i < timers_per_turn; ++i) {
        loop.remove_timeout(loop.call_later(delays.next(), [] {}));
    }
    left -= timers_per_turn;
    loop.add_callback([&loop, &delays, left] {
        left > 0 ? arm_ours(loop, delays, left) : loop.stop();
    });
}

void arm_theirs(
    asio::io_context& context,
    asio::steady_timer& timer,
    Delays& delays,
    int left,
    bool& over
) {
    for (int i = 0; i < timers_per_turn; ++i) {
        timer.expires_after(delays.next());
        timer.async_wait([](const boost::system::error_code&) {});
        timer.cancel();
    }
    left -= timers_per_turn;
    asio::post(context, [&context, &timer, &delays, left, &over] {
        if (left > 0) {
            arm_theirs(context, timer, delays, left, over);
        } else {
            over = true;
        }
    });
}

void timers(const char* name, int pending) {
    if (!is_wanted(name)) {
        return;
    }
    PendingTimers sides{pending};
    asio::steady_timer timer{sides.context};
    compare(
        name,
        [&](int count) { in_loop(sides.loop, [&] { arm_ours(sides.loop, sides.delays, count); }); },
        [&](int count) {
            bool over = false;
            arm_theirs(sides.context, timer, sides.delays, count, over);
            while (!over) {
                sides.context.run_one();
            }
        }
    );
}

// Turns of the loop while few or many timers are pending.

void turns_beside_timers(const char* name, int few, int many) {
    if (!is_wanted(name)) {
        return;
    }
    PendingTimers with_few{few};
    PendingTimers with_many{many};
    const auto turns = [](IOLoop& loop) {
        return [&loop](int left) { in_loop(loop, [&] { our_callback(loop, left); }); };
    };
    compare(name, turns(with_many.loop), turns(with_few.loop));
}

// A future that is done is awaited without an allocation or a suspension.

Future<int> await_again_and_again(const Future<int>& future, int count) {
    int sum = 0;
    for (int i = 0; i < count; ++i) {
        sum += co_await future;
    }
    co_return sum;
}

Future<void> await_fresh_ones(int count) {
    for (int i = 0; i < count; ++i) {
        co_await Future<>::ready();
    }
}

void ready_futures() {
    constexpr int count = 1'000'000;
    IOLoop loop;
    const auto future = Future<int>::ready(1);
    await_again_and_again(future, 1);  // the frame is in the pool from here on
    await_fresh_ones(1);
    const auto before = allocations;
    const double start = cpu_nanoseconds();
    const auto sum = await_again_and_again(future, count);
    const auto fresh = await_fresh_ones(count);
    const double taken = (cpu_nanoseconds() - start) / (2.0 * count);
    const auto made = allocations - before;
    // The loop does not run: what has suspended even once is not done.
    const int suspended = (sum.done() ? 0 : 1) + (fresh.done() ? 0 : 1);
    std::printf(
        tsv ? "ready\t%d\t%llu\t%d\t%.3f\n"
            : "awaiting a ready future: %d times, %llu allocations, %d suspended, %.2f ns\n",
        2 * count,
        static_cast<unsigned long long>(made),
        suspended,
        taken
    );
}

void parse(int argc, char** argv) {
    for (int i = 1; i < argc; ++i) {
        const std::string_view option = argv[i];
        const auto value = std::string{option.substr(option.find('=') + 1)};
        if (option.starts_with("--rounds=")) {
            rounds = std::max(1, std::atoi(value.c_str()));
        } else if (option.starts_with("--milliseconds=")) {
            milliseconds = std::max(1, std::atoi(value.c_str()));
        } else if (option.starts_with("--only=")) {
            only = value;
        } else if (option == "--tsv") {
            tsv = true;
        }
    }
}

}  // namespace

int main(int argc, char** argv) {
    parse(argc, argv);
    callbacks("callback, 100 ready", 100);
    callbacks("callback, 1 ready", 1);
    from_another_thread("callback from another thread");
    suspensions("suspension, 100 ready", 100);
    suspensions("suspension, 1 ready", 1);
    chains<false>("chain of 8 coroutines", 1);
    chains<true>("chain of 8 that suspends", 100);
    spawning("spawned coroutine");
    timers("timer, 10 pending", 10);
    timers("timer, 100,000 pending", 100'000);
    turns_beside_timers("turn, 100,000 or 10 timers", 10, 100'000);
    ready_futures();
}
