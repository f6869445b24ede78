#include <tornado/concurrent/frame_pool.hpp>

#include <boost/test/unit_test.hpp>
#include <cstdint>
#include <cstring>
#include <memory>
#include <thread>
#include <vector>

#include "support.hpp"

namespace {

namespace frame_pool = tornado::concurrent::frame_pool;

BOOST_AUTO_TEST_SUITE(frame_pool_suite)

#if !defined(__SANITIZE_ADDRESS__) && !defined(__SANITIZE_THREAD__)
BOOST_AUTO_TEST_CASE(a_block_is_used_again_for_the_same_class_of_size) {
    auto* const first = frame_pool::allocate(100);
    frame_pool::deallocate(first, 100);
    auto* const second = frame_pool::allocate(128);
    BOOST_TEST(second == first);
    auto* const other = frame_pool::allocate(129);
    BOOST_TEST(other != first);
    frame_pool::deallocate(second, 128);
    frame_pool::deallocate(other, 129);
}

BOOST_AUTO_TEST_CASE(containers_may_have_their_memory_from_it) {
    using Numbers = std::vector<int, tornado::concurrent::PoolAllocator<int>>;
    const auto place_of = [](std::size_t size) {
        return static_cast<const void*>(Numbers(size).data());
    };
    const auto* const first = place_of(16);
    BOOST_TEST(place_of(15) == first);
    BOOST_TEST(place_of(17) != first);
}

BOOST_AUTO_TEST_CASE(coroutine_frames_come_from_the_pool) {
    ManualScheduler scheduler;
    const auto frame_of = [] {
        auto coroutine = []() -> tornado::Future<int> { co_return 1; };
        const auto future = coroutine();
        return static_cast<const void*>(future.state().get());
    };
    const auto* const first = frame_of();
    BOOST_TEST(frame_of() == first);
}
#endif

BOOST_AUTO_TEST_CASE(blocks_of_any_size_hold_what_is_written) {
    for (const std::size_t size : {1U, 63U, 64U, 65U, 2047U, 2048U, 2049U, 100'000U}) {
        auto* const block = frame_pool::allocate(size);
        std::memset(block, 0x5a, size);
        frame_pool::deallocate(block, size);
    }
}

BOOST_AUTO_TEST_CASE(more_blocks_than_the_pool_keeps_can_come_and_go) {
    std::vector<void*> blocks(1000);
    for (int round = 0; round < 2; ++round) {
        for (auto& block : blocks) {
            block = frame_pool::allocate(200);
            std::memset(block, round, 200);
        }
        for (auto* block : blocks) {
            frame_pool::deallocate(block, 200);
        }
    }
}

BOOST_AUTO_TEST_CASE(a_block_may_be_freed_while_its_thread_ends) {
    struct Owner {
        ~Owner() { frame_pool::deallocate(block, 64); }
        void* block;
    };
    std::thread{[] {
        static thread_local const Owner late{frame_pool::allocate(64)};
        static_cast<void>(late);
        frame_pool::deallocate(frame_pool::allocate(64), 64);  // the pool's own end comes first
    }}.join();
}

struct alignas(64) Wide final : tornado::concurrent::Pooled {
    char bytes[64];
};

BOOST_AUTO_TEST_CASE(objects_that_are_aligned_strictly_stay_so) {
    std::vector<std::unique_ptr<Wide>> all;
    for (int i = 0; i < 8; ++i) {
        all.push_back(std::make_unique<Wide>());
        BOOST_TEST(reinterpret_cast<std::uintptr_t>(all.back().get()) % 64 == 0U);
    }
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace
