#include <tornado/iostream/buffer.hpp>

#include <sys/mman.h>

#include <boost/test/unit_test.hpp>
#include <cstdint>
#include <cstring>
#include <new>
#include <string_view>
#include <vector>

#include <tornado/concurrent/frame_pool.hpp>

#include "../../../libs/iostream/src/page_pool.hpp"

namespace {

using tornado::iostream::BufferBlock;
using tornado::iostream::InputBuffer;
using tornado::iostream::PagePool;

void put(InputBuffer& buffer, std::string_view bytes) {
    const auto room = buffer.prepare(bytes.size());
    BOOST_REQUIRE(room.size() >= bytes.size());
    std::memcpy(room.data(), bytes.data(), bytes.size());
    buffer.commit(bytes.size());
}

BOOST_AUTO_TEST_SUITE(buffer_block)

BOOST_AUTO_TEST_CASE(copies_share_one_block) {
    BufferBlock block{BufferBlock::usual_capacity};
    BOOST_TEST(!block.is_shared());
    {
        const auto copy = block;
        BOOST_TEST(block.is_shared());
        BOOST_TEST(static_cast<void*>(copy.data()) == static_cast<void*>(block.data()));
    }
    BOOST_TEST(!block.is_shared());
    const auto moved = std::move(block);
    BOOST_TEST(!moved.is_shared());
    BOOST_TEST(!block);
    BOOST_TEST(block.capacity() == 0U);
}

BOOST_AUTO_TEST_CASE(the_memory_of_a_usual_block_is_used_again) {
    if (!tornado::concurrent::frame_pool::enabled) {
        return;  // under a sanitizer every block is a fresh one
    }
    const void* place = BufferBlock{BufferBlock::usual_capacity}.data();
    const BufferBlock next{BufferBlock::usual_capacity};
    BOOST_TEST(static_cast<const void*>(next.data()) == place);
}

BOOST_AUTO_TEST_CASE(a_block_has_the_capacity_asked_for) {
    const BufferBlock block{100'000};
    BOOST_TEST(block.capacity() == 100'000U);
    std::memset(block.data(), 'x', block.capacity());
}

BOOST_AUTO_TEST_CASE(a_capacity_beyond_32_bits_is_refused) {
    BOOST_CHECK_THROW(BufferBlock{std::size_t{1} << 32}, std::bad_alloc);
}

BOOST_AUTO_TEST_SUITE_END()

BOOST_AUTO_TEST_SUITE(page_pool)

BOOST_AUTO_TEST_CASE(gives_out_first_what_was_given_back_last) {
    PagePool pool{2};
    void* const first = pool.take();
    void* const second = pool.take();
    BOOST_TEST(first != second);
    pool.give_back(first);
    pool.give_back(second);
    BOOST_TEST(pool.take() == second);
    BOOST_TEST(pool.take() == first);
    pool.give_back(first);
    pool.give_back(second);
}

BOOST_AUTO_TEST_CASE(pages_are_aligned_and_apart) {
    PagePool pool{4};
    std::vector<char*> pages;
    for (int i = 0; i < 1000; ++i) {
        pages.push_back(static_cast<char*>(pool.take()));
        BOOST_REQUIRE(reinterpret_cast<std::uintptr_t>(pages.back()) % PagePool::page_size == 0U);
        std::memset(pages.back(), i % 128, PagePool::page_size);
    }
    for (int i = 0; i < 1000; ++i) {
        BOOST_REQUIRE(pages[static_cast<std::size_t>(i)][PagePool::page_size - 1] == i % 128);
        pool.give_back(pages[static_cast<std::size_t>(i)]);
    }
}

BOOST_AUTO_TEST_CASE(the_memory_of_most_free_pages_returns_to_the_kernel) {
    PagePool pool{1};
    auto* const kept = static_cast<char*>(pool.take());
    auto* const bare = static_cast<char*>(pool.take());
    std::memset(bare, 'x', PagePool::page_size);
    pool.give_back(kept);
    pool.give_back(bare);
    BOOST_TEST(pool.ready() == 1U);
    unsigned char resident = 1;
    BOOST_REQUIRE(::mincore(bare, PagePool::page_size, &resident) == 0);
    BOOST_TEST((resident & 1U) == 0U);
    BOOST_TEST(pool.take() == kept);
    BOOST_TEST(pool.take() == bare);
    BOOST_TEST(*bare == 0);
    pool.give_back(kept);
    pool.give_back(bare);
}

BOOST_AUTO_TEST_SUITE_END()

BOOST_AUTO_TEST_SUITE(input_buffer)

BOOST_AUTO_TEST_CASE(begins_empty_and_without_memory) {
    const InputBuffer buffer;
    BOOST_TEST(buffer.empty());
    BOOST_TEST(buffer.view().empty());
    BOOST_TEST(!buffer.block());
}

BOOST_AUTO_TEST_CASE(holds_what_was_committed_until_it_is_consumed) {
    InputBuffer buffer;
    put(buffer, "hello ");
    put(buffer, "world");
    BOOST_TEST(buffer.view() == "hello world");
    buffer.consume(6);
    BOOST_TEST(buffer.view() == "world");
    buffer.consume(5);
    BOOST_TEST(buffer.empty());
}

BOOST_AUTO_TEST_CASE(prepare_alone_adds_nothing) {
    InputBuffer buffer;
    static_cast<void>(buffer.prepare(100));
    BOOST_TEST(buffer.empty());
}

BOOST_AUTO_TEST_CASE(unread_bytes_survive_growth) {
    InputBuffer buffer;
    put(buffer, "skipped");
    put(buffer, "kept");
    buffer.consume(7);
    BOOST_TEST(buffer.prepare(1'000'000).size() >= 1'000'000U);
    BOOST_TEST(buffer.view() == "kept");
}

BOOST_AUTO_TEST_CASE(grows_by_doubling) {
    InputBuffer buffer;
    std::vector<std::size_t> capacities;
    const std::string piece(1000, 'x');
    for (int i = 0; i < 1000; ++i) {
        put(buffer, piece);
        if (capacities.empty() || capacities.back() != buffer.block().capacity()) {
            capacities.push_back(buffer.block().capacity());
        }
    }
    BOOST_TEST(buffer.size() == 1'000'000U);
    BOOST_TEST(capacities.size() < 12U);
}

BOOST_AUTO_TEST_CASE(an_unshared_block_is_used_from_its_start_again) {
    InputBuffer buffer;
    put(buffer, std::string(BufferBlock::usual_capacity - 10, 'x'));
    const char* const start = buffer.data();
    buffer.consume(BufferBlock::usual_capacity - 14);
    put(buffer, "0123456789abcdef");
    BOOST_TEST(static_cast<const void*>(buffer.data()) == static_cast<const void*>(start));
    BOOST_TEST(buffer.view() == "xxxx0123456789abcdef");
}

BOOST_AUTO_TEST_CASE(a_shared_block_never_moves_or_changes) {
    InputBuffer buffer;
    put(buffer, "GET / HTTP/1.1|");
    const auto shared = buffer.block();
    const auto head = buffer.view();
    buffer.consume(head.size());
    // Behind what is shared there is room, and then there is none.
    put(buffer, "behind it");
    BOOST_TEST(
        static_cast<const void*>(buffer.block().data()) == static_cast<const void*>(shared.data())
    );
    put(buffer, std::string(10'000, 'x'));
    BOOST_TEST(
        static_cast<const void*>(buffer.block().data()) != static_cast<const void*>(shared.data())
    );
    put(buffer, "y");
    BOOST_TEST(head == "GET / HTTP/1.1|");
    BOOST_TEST(buffer.view() == "behind it" + std::string(10'000, 'x') + "y");
    BOOST_TEST(!shared.is_shared());
}

BOOST_AUTO_TEST_CASE(a_shared_block_is_left_alone_even_when_all_is_consumed) {
    InputBuffer buffer;
    put(buffer, std::string(BufferBlock::usual_capacity, 'a'));
    const auto shared = buffer.block();
    const auto view = buffer.view();
    buffer.consume(view.size());
    put(buffer, std::string(BufferBlock::usual_capacity, 'b'));
    BOOST_TEST(view == std::string(BufferBlock::usual_capacity, 'a'));
}

BOOST_AUTO_TEST_CASE(release_gives_memory_back_only_when_nothing_is_unread) {
    InputBuffer buffer;
    put(buffer, "ab");
    buffer.release();
    BOOST_TEST(buffer.view() == "ab");
    buffer.consume(2);
    buffer.release();
    BOOST_TEST(!buffer.block());
    put(buffer, "again");
    BOOST_TEST(buffer.view() == "again");
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace
