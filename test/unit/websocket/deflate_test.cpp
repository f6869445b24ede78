#include <tornado/websocket/deflate.hpp>

#include <boost/test/unit_test.hpp>

using tornado::websocket::Deflater;
using tornado::websocket::Inflater;
using Outcome = Inflater::Outcome;

namespace {

constexpr std::size_t no_limit = 100'000'000;

std::string compressed(Deflater& deflater, std::string_view text) {
    std::string out;
    deflater.compress(text, out);
    return out;
}

std::string inflated(Inflater& inflater, std::string_view bytes) {
    std::string out;
    if (inflater.add(bytes, out, no_limit) != Outcome::done ||
        inflater.finish(out, no_limit) != Outcome::done) {
        return "(failed)";
    }
    return out;
}

std::string varied(std::size_t size) {
    std::string text;
    unsigned state = 1;
    while (text.size() < size) {
        state = state * 1664525U + 1013904223U;
        text.push_back(static_cast<char>('a' + (state >> 24U) % 26));
    }
    return text;
}

}  // namespace

BOOST_AUTO_TEST_SUITE(deflater)

BOOST_AUTO_TEST_CASE(compresses_as_rfc_7692_7_2_3_1_shows) {
    Deflater deflater{{}};
    BOOST_TEST(compressed(deflater, "Hello") == std::string("\xf2\x48\xcd\xc9\xc9\x07\x00", 7));
    BOOST_TEST(compressed(deflater, "Hello") == std::string("\xf2\x48\xcd\xc9\xc9\x07\x00", 7));
}

BOOST_AUTO_TEST_CASE(refers_to_former_messages_with_context_takeover_rfc_7692_7_2_3_2) {
    Deflater deflater{{.context_takeover = true}};
    BOOST_TEST(compressed(deflater, "Hello") == std::string("\xf2\x48\xcd\xc9\xc9\x07\x00", 7));
    BOOST_TEST(compressed(deflater, "Hello") == std::string("\xf2\x00\x11\x00\x00", 5));
}

BOOST_AUTO_TEST_CASE(begins_anew_once_released) {
    Deflater deflater{{.context_takeover = true}};
    const auto first = compressed(deflater, "Hello");
    BOOST_TEST(deflater.holds_memory());
    deflater.release();
    BOOST_TEST(!deflater.holds_memory());
    BOOST_TEST(compressed(deflater, "Hello") == first);
}

BOOST_AUTO_TEST_CASE(holds_no_memory_without_context_takeover) {
    Deflater deflater{{}};
    static_cast<void>(compressed(deflater, varied(100'000)));
    BOOST_TEST(!deflater.holds_memory());
}

BOOST_AUTO_TEST_CASE(sends_an_empty_message_as_one_zero_rfc_7692_7_2_3_6) {
    for (const bool takeover : {false, true}) {
        Deflater deflater{{.context_takeover = takeover}};
        BOOST_TEST(compressed(deflater, "") == std::string(1, '\0'));
        BOOST_TEST(compressed(deflater, "") == std::string(1, '\0'));
        Inflater inflater{takeover, 15};
        BOOST_TEST(inflated(inflater, std::string(1, '\0')) == "");
    }
}

BOOST_AUTO_TEST_CASE(is_undone_by_an_inflater_with_all_windows_and_levels) {
    for (const bool takeover : {false, true}) {
        for (int bits = 8; bits <= 15; ++bits) {
            for (const int level : {0, 1, 6, 9}) {
                Deflater deflater{
                    {.context_takeover = takeover,
                     .level = level,
                     .mem_level = bits - 6,
                     .window_bits = bits}};
                Inflater inflater{takeover, bits};
                for (const std::size_t size : {1, 10, 4000, 70'000}) {
                    const auto text = varied(size);
                    BOOST_REQUIRE(inflated(inflater, compressed(deflater, text)) == text);
                }
            }
        }
    }
}

BOOST_AUTO_TEST_SUITE_END()

BOOST_AUTO_TEST_SUITE(inflater)

BOOST_AUTO_TEST_CASE(takes_its_input_in_pieces) {
    Deflater deflater{{}};
    const auto text = varied(3000);
    const auto bytes = compressed(deflater, text);
    Inflater inflater{false, 15};
    std::string out;
    for (const char& byte : bytes) {
        BOOST_REQUIRE((inflater.add({&byte, 1}, out, no_limit) == Outcome::done));
    }
    BOOST_REQUIRE((inflater.finish(out, no_limit) == Outcome::done));
    BOOST_TEST((out == text));
}

BOOST_AUTO_TEST_CASE(keeps_only_what_its_window_holds_once_released) {
    Deflater deflater{{.context_takeover = true}};
    Inflater inflater{true, 15};
    for (int i = 0; i < 5; ++i) {
        const auto text = varied(20'000) + std::to_string(i);
        BOOST_TEST((inflated(inflater, compressed(deflater, text)) == text));
        BOOST_TEST(inflater.holds_memory());
        inflater.release();
        BOOST_TEST(!inflater.holds_memory());
    }
}

BOOST_AUTO_TEST_CASE(holds_no_memory_between_messages_without_context_takeover) {
    Deflater deflater{{}};
    Inflater inflater{false, 15};
    BOOST_TEST(inflated(inflater, compressed(deflater, "Hello")) == "Hello");
    BOOST_TEST(!inflater.holds_memory());
}

BOOST_AUTO_TEST_CASE(refers_to_nothing_former_without_context_takeover) {
    Inflater inflater{false, 15};
    BOOST_TEST(inflated(inflater, std::string("\xf2\x48\xcd\xc9\xc9\x07\x00", 7)) == "Hello");
    BOOST_TEST(inflated(inflater, std::string("\xf2\x00\x11\x00\x00", 5)) == "(failed)");
}

BOOST_AUTO_TEST_CASE(takes_blocks_without_compression_rfc_7692_7_2_3_3) {
    Inflater inflater{false, 15};
    BOOST_TEST(
        inflated(inflater, std::string("\x00\x05\x00\xfa\xff\x48\x65\x6c\x6c\x6f\x00", 11)) ==
        "Hello"
    );
}

BOOST_AUTO_TEST_CASE(takes_blocks_that_say_they_are_the_last_rfc_7692_7_2_3_4) {
    for (const bool takeover : {false, true}) {
        Inflater inflater{takeover, 15};
        BOOST_TEST(
            inflated(inflater, std::string("\xf3\x48\xcd\xc9\xc9\x07\x00\x00", 8)) == "Hello"
        );
        BOOST_TEST(inflated(inflater, std::string("\xf3\x48\xcd\xc9\xc9\x07\x00", 7)) == "Hello");
        BOOST_TEST(inflated(inflater, std::string("\xf2\x48\xcd\xc9\xc9\x07\x00", 7)) == "Hello");
    }
}

BOOST_AUTO_TEST_CASE(takes_two_blocks_in_one_message_rfc_7692_7_2_3_5) {
    Inflater inflater{false, 15};
    BOOST_TEST(
        inflated(
            inflater, std::string("\xf2\x48\x05\x00\x00\x00\xff\xff\xca\xc9\xc9\x07\x00", 13)
        ) == "Hello"
    );
}

BOOST_AUTO_TEST_CASE(stops_at_the_limit) {
    Deflater deflater{{}};
    const auto bytes = compressed(deflater, std::string(1'000'000, 'a'));
    Inflater inflater{false, 15};
    std::string out;
    BOOST_TEST((inflater.add(bytes, out, 999'999) == Outcome::too_much));
    BOOST_TEST(out.size() <= 999'999U);
    Inflater other{false, 15};
    std::string all;
    BOOST_TEST((other.add(bytes, all, 1'000'000) == Outcome::done));
    BOOST_TEST((other.finish(all, 1'000'000) == Outcome::done));
    BOOST_TEST(all.size() == 1'000'000U);
}

BOOST_AUTO_TEST_SUITE_END()
