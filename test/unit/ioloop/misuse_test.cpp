// What a program gets for using the loop and what belongs to it wrongly: a sentence that names the
// mistake.

#include <tornado/ioloop.hpp>

#include <boost/test/data/test_case.hpp>
#include <boost/test/unit_test.hpp>
#include <coroutine>
#include <ostream>

#include "support.hpp"
#include "tornado/gen.hpp"
#include "tornado/locks.hpp"
#include "tornado/queues.hpp"

namespace {

namespace data = boost::unit_test::data;
namespace gen = tornado::gen;
namespace ioloop = tornado::ioloop;
namespace locks = tornado::locks;
namespace queues = tornado::queues;
using namespace std::chrono_literals;
using tornado::Future;
using tornado::Promise;
using tornado::ioloop::IOLoop;

/// What a coroutine of another kind than ours returns: it throws what that throws at once.
struct Foreign {
    struct promise_type {  // NOLINT(readability-identifier-naming)
        Foreign get_return_object() noexcept { return {}; }
        std::suspend_never initial_suspend() noexcept { return {}; }
        std::suspend_never final_suspend() noexcept { return {}; }
        void return_void() noexcept {}
        void unhandled_exception() { throw; }
    };
};

struct Misuse {
    const char* what;
    void (*commit)(IOLoop& loop);
    const char* sentence;
};
std::ostream& operator<<(std::ostream& out, const Misuse& misuse) {
    return out << misuse.what;
}

/// Does something inside the running loop, and throws what that throws.
template <typename F>
void inside(IOLoop& loop, F function) {
    loop.run_sync(function);
}

const Misuse misuses[] = {
    {"a second start",
     [](IOLoop& loop) { inside(loop, [&] { loop.start(); }); },
     "the IOLoop is running already"},
    {"run_sync inside",
     [](IOLoop& loop) { inside(loop, [&] { loop.run_sync([] {}); }); },
     "the IOLoop is running already: use co_await inside it"},
    {"a close inside",
     [](IOLoop& loop) { inside(loop, [&] { loop.close(); }); },
     "the IOLoop is running: stop() it before close()"},
    {"a promise settled twice",
     [](IOLoop&) {
         Promise<int> promise;
         promise.set_result(1);
         promise.set_result(2);
     },
     "the Promise is settled already"},
    {"a promise that was moved from",
     [](IOLoop&) {
         Promise<int> promise;
         const auto other = std::move(promise);
         promise.set_result(1);  // NOLINT(bugprone-use-after-move)
     },
     "the Promise was moved from"},
    {"a result too early",
     [](IOLoop&) {
         const Promise<int> promise;
         static_cast<void>(promise.future().result());
     },
     "the future is not done: co_await it"},
    {"an unlocked lock", [](IOLoop&) { locks::Lock().release(); }, "the lock is not locked"},
    {"one release too many",
     [](IOLoop&) { locks::BoundedSemaphore(2).release(); },
     "the semaphore has all its permits"},
    {"fewer permits than none",
     [](IOLoop&) { const locks::Semaphore semaphore{-1}; },
     "a semaphore's value is negative"},
    {"a queue's size below zero",
     [](IOLoop&) { const queues::Queue<int> queue{-1}; },
     "a queue's maxsize is negative: give 0 for a queue without a limit"},
    {"a priority queue's size below zero",
     [](IOLoop&) { const queues::PriorityQueue<int> queue{-1}; },
     "a queue's maxsize is negative"},
    {"a stack's size below zero",
     [](IOLoop&) { const queues::LifoQueue<int> queue{-1}; },
     "a queue's maxsize is negative"},
    {"more tasks done than there were",
     [](IOLoop&) { queues::Queue<int>().task_done(); },
     "task_done() was called more often than items were put"},
    {"a period of nothing",
     [](IOLoop&) {
         const ioloop::PeriodicCallback periodic{[] {}, 0ms};
     },
     "a PeriodicCallback's period must be longer than nothing"},
    {"more jitter than there is period",
     [](IOLoop&) {
         const ioloop::PeriodicCallback periodic{[] {}, 1s, 1.5};
     },
     "a PeriodicCallback's jitter is a fraction of its period"},
    {"a pool without threads",
     [](IOLoop&) { const ioloop::ThreadPoolExecutor pool{0}; },
     "a ThreadPoolExecutor needs at least one thread"},
    {"work after the shutdown",
     [](IOLoop& loop) {
         ioloop::ThreadPoolExecutor pool{1};
         pool.shutdown();
         static_cast<void>(loop.run_in_executor(pool, [] {}));
     },
     "the ThreadPoolExecutor is shut down"},
    {"a next beyond the last",
     [](IOLoop&) {
         gen::WaitIterator<int> none{std::vector<tornado::Future<int>>{}};
         static_cast<void>(none.next());
     },
     "the WaitIterator has delivered all its futures"},
    {"a descriptor watched twice",
     [](IOLoop& loop) {
         const Pipe pipe;
         loop.add_handler(
             pipe.reader(), [](int, ioloop::Events) {}, ioloop::Events::read
         );
         const tornado::util::ScopeExit end{[&] { loop.remove_handler(pipe.reader()); }};
         loop.add_handler(
             pipe.reader(), [](int, ioloop::Events) {}, ioloop::Events::read
         );
     },
     "is watched already: use update_handler()"},
    {"other events of what nobody watches",
     [](IOLoop& loop) { loop.update_handler(0, ioloop::Events::read); },
     "is not watched: use add_handler()"},
    {"sleeping after the close",
     [](IOLoop& loop) {
         loop.close();
         gen::sleep(1ms).result();
     },
     "the IOLoop is closed and wakes nobody any more"},
    {"a turn after the close",
     [](IOLoop& loop) {
         loop.close();
         []() -> Future<void> { co_await gen::moment(); }().result();
     },
     "the IOLoop is closed and wakes nobody any more"},
    {"a wait with a timeout after the close",
     [](IOLoop& loop) {
         loop.close();
         locks::Semaphore none{0};
         static_cast<void>(none.acquire(10ms));
     },
     "the IOLoop is closed and wakes nobody any more"},
    {"a turn after the close, of a coroutine of another kind",
     [](IOLoop& loop) {
         loop.close();
         []() -> Foreign { co_await gen::moment(); }();
     },
     "the IOLoop is closed and wakes nobody any more"},
    {"waiting after the close, of a coroutine of another kind",
     [](IOLoop& loop) {
         loop.close();
         const Promise<void> never;
         auto waiting = [](Future<void> future) -> Foreign { co_await future; };
         waiting(never.future());
     },
     "the IOLoop is closed and wakes nobody any more"},
    {"waiting for a future after the close",
     [](IOLoop& loop) {
         loop.close();
         const Promise<void> never;
         auto waiting = [](Future<void> future) -> Future<void> { co_await future; };
         waiting(never.future()).result();
     },
     "the IOLoop is closed and wakes nobody any more"},
    {"cancel_after() after the close",
     [](IOLoop& loop) {
         loop.close();
         const Promise<void> never;
         gen::cancel_after(1h, never.future()).result();
     },
     "the IOLoop is closed and wakes nobody any more"},
    {"a PeriodicCallback after the close",
     [](IOLoop& loop) {
         loop.close();
         ioloop::PeriodicCallback{[] {}, 10ms}.start();
     },
     "the IOLoop is closed and wakes nobody any more"},
    {"a put with a timeout after the close",
     [](IOLoop& loop) {
         loop.close();
         queues::Queue<int> queue{1};
         queue.put_nowait(1);
         static_cast<void>(queue.put(2, 10ms));
     },
     "the IOLoop is closed and wakes nobody any more"},
    {"a start after the close",
     [](IOLoop& loop) {
         loop.close();
         loop.start();
     },
     "the IOLoop is closed: make another one"},
    {"run_sync after the close",
     [](IOLoop& loop) {
         loop.close();
         loop.run_sync([] {});
     },
     "the IOLoop is closed: make another one"},
    {"an executor's call after the close",
     [](IOLoop& loop) {
         loop.close();
         loop.run_in_executor([] { return 1; }).result();
     },
     "the IOLoop is closed and brings no result back"},
    {"watching after the close",
     [](IOLoop& loop) {
         const Pipe pipe;
         loop.close();
         loop.add_handler(
             pipe.reader(), [](int, ioloop::Events) {}, ioloop::Events::read
         );
     },
     "the IOLoop is closed"},
};

BOOST_AUTO_TEST_SUITE(misuse_suite)

BOOST_DATA_TEST_CASE(gets_a_sentence_that_names_it, data::make(misuses), misuse) {
    IOLoop loop;
    std::string said = "nothing";
    try {
        misuse.commit(loop);
    } catch (const std::logic_error& error) {
        said = error.what();
    }
    BOOST_TEST_INFO("it said: " << said);
    BOOST_TEST(said.find(misuse.sentence) != std::string::npos);
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace
