#include <tornado/websocket/masking.hpp>

#include <sys/wait.h>
#include <unistd.h>

#include <array>
#include <boost/test/unit_test.hpp>
#include <set>
#include <string>

namespace websocket = tornado::websocket;
using websocket::MaskKey;

BOOST_AUTO_TEST_SUITE(apply_mask)

BOOST_AUTO_TEST_CASE(masks_each_byte_by_the_key_s_byte_at_its_place) {
    const MaskKey key{'\x37', '\xfa', '\x21', '\x3d'};
    std::string text{"Hello"};
    websocket::apply_mask(text, key);
    BOOST_TEST(text == "\x7f\x9f\x4d\x51\x58");  // RFC 6455, 5.7
}

BOOST_AUTO_TEST_CASE(does_the_same_for_every_length_offset_and_alignment) {
    const MaskKey key{'\x01', '\x92', '\x73', '\xf4'};
    for (std::size_t alignment = 0; alignment < 9; ++alignment) {
        for (std::size_t size = 0; size < 80; ++size) {
            for (std::size_t offset = 0; offset < 6; ++offset) {
                std::string text(alignment + size, 'x');
                auto wanted = text;
                for (std::size_t i = 0; i < size; ++i) {
                    auto& c = wanted[alignment + i];
                    c = static_cast<char>(c ^ key[(offset + i) % 4]);
                }
                websocket::apply_mask({text.data() + alignment, size}, key, offset);
                BOOST_REQUIRE(text == wanted);
            }
        }
    }
}

BOOST_AUTO_TEST_CASE(takes_off_what_it_has_put_on) {
    std::string text(1000, 'a');
    const auto key = websocket::random_mask_key();
    websocket::apply_mask(text, key);
    websocket::apply_mask(text, key);
    BOOST_TEST(text == std::string(1000, 'a'));
}

BOOST_AUTO_TEST_SUITE_END()

BOOST_AUTO_TEST_SUITE(random_mask_key)

BOOST_AUTO_TEST_CASE(gives_another_key_each_time) {
    std::set<MaskKey> keys;
    for (int i = 0; i < 1000; ++i) {
        keys.insert(websocket::random_mask_key());
    }
    BOOST_TEST(keys.size() > 990U);
}

BOOST_AUTO_TEST_CASE(gives_a_forked_process_its_own) {
    static_cast<void>(websocket::random_mask_key());  // by now there are some in store
    std::array<int, 2> ends{};
    BOOST_REQUIRE(::pipe(ends.data()) == 0);
    const auto child = ::fork();
    const auto key = websocket::random_mask_key();
    if (child == 0) {
        const auto sent = ::write(ends[1], key.data(), key.size());
        ::_exit(sent == static_cast<ssize_t>(key.size()) ? 0 : 1);
    }
    MaskKey of_child{};
    BOOST_TEST(::read(ends[0], of_child.data(), of_child.size()) == 4);
    BOOST_TEST((of_child != key));
    int status = -1;
    ::waitpid(child, &status, 0);
    BOOST_TEST(status == 0);
    ::close(ends[0]);
    ::close(ends[1]);
}

BOOST_AUTO_TEST_SUITE_END()
