#include <tornado/iostream/buffer.hpp>

#include <boost/test/unit_test.hpp>
#include <cstring>
#include <new>
#include <string_view>
#include <vector>

#include "../../../libs/iostream/src/block_pool.hpp"

namespace {

using tornado::iostream::BlockPool;
using tornado::iostream::BufferBlock;
using tornado::iostream::InputBuffer;

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

BOOST_AUTO_TEST_SUITE(block_pool)

BOOST_AUTO_TEST_CASE(gives_back_what_was_kept_last_first) {
    BlockPool<2> pool;
    void* const first = ::operator new(64);
    void* const second = ::operator new(64);
    BOOST_TEST(pool.keep(first));
    BOOST_TEST(pool.keep(second));
    BOOST_TEST(pool.take() == second);
    BOOST_TEST(pool.take() == first);
    BOOST_TEST(pool.take() == nullptr);
    ::operator delete(first);
    ::operator delete(second);
}

BOOST_AUTO_TEST_CASE(keeps_no_more_than_its_limit) {
    BlockPool<1> pool;
    void* const first = ::operator new(64);
    void* const second = ::operator new(64);
    BOOST_TEST(pool.keep(first));
    BOOST_TEST(!pool.keep(second));
    ::operator delete(second);
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
