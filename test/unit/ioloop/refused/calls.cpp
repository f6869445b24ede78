// Calls, each of which alone must not compile; see CMakeLists.txt for what the compiler must say.

#include <tornado/ioloop.hpp>
#include <tornado/queues.hpp>

namespace {

using tornado::Future;
using tornado::ioloop::IOLoop;
using tornado::queues::Queue;

[[maybe_unused]] Future<int> call(IOLoop& loop) {
#ifdef NOTHING
    Queue<int> queue;
    queue.put_nowait(1);
    co_return co_await loop.run_in_executor([] { return 1; });
#elif defined(FUTURE_OF_ANOTHER_THREAD)
    const auto coroutine = []() -> Future<int> { co_return 1; };
    co_return co_await loop.run_in_executor(coroutine);
#elif defined(STRICTLY_ALIGNED_VALUE)
    struct alignas(64) Wide {};
    co_return co_await Future<Wide>::ready(Wide()), 1;
#elif defined(CONST_ITEMS)
    Queue<const int> queue;
    co_return co_await loop.run_in_executor([] { return 1; });
#elif defined(REFERENCES_AS_ITEMS)
    Queue<int&> queue;
    co_return co_await loop.run_in_executor([] { return 1; });
#endif
}

}  // namespace
