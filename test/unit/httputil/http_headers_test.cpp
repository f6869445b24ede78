#include <tornado/httputil/http_headers.hpp>

#include <boost/test/data/test_case.hpp>
#include <boost/test/unit_test.hpp>
#include <string>
#include <thread>
#include <vector>

#include "../cpu_seconds.hpp"

namespace {

using namespace tornado::httputil;
namespace data = boost::unit_test::data;

std::string wire(const HTTPHeaders& headers) {
    std::string out;
    headers.append_to(out);
    BOOST_TEST(out.size() == headers.wire_size());
    return out;
}

/// Headers that borrow `text`, "a: 1" lines ended by LF.
HTTPHeaders borrowing(const std::string& text) {
    HTTPHeaders headers;
    headers.borrow(text.data());
    for (std::size_t at = 0; at < text.size(); at = text.find('\n', at) + 1) {
        const auto colon = text.find(':', at);
        headers.append_borrowed(
            static_cast<std::uint32_t>(at),
            static_cast<std::uint16_t>(colon - at),
            static_cast<std::uint32_t>(colon + 2),
            static_cast<std::uint32_t>(text.find('\n', at) - colon - 2),
            known_header(std::string_view{text}.substr(at, colon - at))
        );
    }
    return headers;
}

BOOST_AUTO_TEST_SUITE(http_headers)

BOOST_AUTO_TEST_CASE(get_joins_repeated_values_with_commas) {
    HTTPHeaders headers;
    headers.add("Set-Cookie", "A=B");
    headers.add("X-Other", "1");
    headers.add("set-cookie", "C=D");
    BOOST_TEST(headers.get("SET-COOKIE").value() == "A=B,C=D");
    BOOST_TEST(headers.get(KnownHeader::set_cookie).value() == "A=B,C=D");
    BOOST_TEST(headers.get("x-other").value() == "1");
    BOOST_TEST(!headers.get("X-Absent").has_value());
    BOOST_TEST(!headers.get(KnownHeader::host).has_value());
}

BOOST_AUTO_TEST_CASE(look_ups_ignore_case_for_known_and_other_names) {
    const HTTPHeaders headers{
        {"Content-Type", "text/html"}, {"X-Some-Thing", "a"}, {"x-some-thing", "b"}};
    BOOST_TEST(headers.first("content-TYPE").value() == "text/html");
    BOOST_TEST(headers.first(KnownHeader::content_type).value() == "text/html");
    BOOST_TEST(headers.first("X-SOME-THING").value() == "a");
    BOOST_TEST(headers.count("x-some-thing") == 2U);
    BOOST_TEST(headers.count(KnownHeader::content_type) == 1U);
    BOOST_TEST(headers.contains("content-type"));
    BOOST_TEST(headers.contains("X-SOME-thing"));
    BOOST_TEST(!headers.contains("X-Some"));
    BOOST_TEST(!headers.contains(KnownHeader::host));
    BOOST_TEST(!headers.first("Host").has_value());
    const std::vector<std::string_view> expected{"a", "b"};
    BOOST_TEST(headers.get_list("x-some-thing") == expected, boost::test_tools::per_element());
    BOOST_TEST(headers.get_list("absent").empty());
}

BOOST_AUTO_TEST_CASE(keeps_order_and_spelling) {
    HTTPHeaders headers{{"x-b", "1"}, {"A", "2"}, {"X-B", "3"}};
    std::string seen;
    for (const auto [name, value] : headers) {
        seen.append(name).append(1, '=').append(value).append(1, ' ');
    }
    BOOST_TEST(seen == "x-b=1 A=2 X-B=3 ");
    BOOST_TEST(headers.size() == 3U);
    BOOST_TEST(wire(headers) == "x-b: 1\r\nA: 2\r\nX-B: 3\r\n");
    BOOST_TEST(headers.to_string() == "X-B: 1\nA: 2\nX-B: 3\n");
}

BOOST_AUTO_TEST_CASE(set_replaces_all_values_at_the_place_of_the_first) {
    HTTPHeaders headers{{"A", "1"}, {"B", "2"}, {"C", "3"}, {"b", "4"}, {"D", "5"}};
    headers.set("b", "a longer value");
    BOOST_TEST(wire(headers) == "A: 1\r\nB: a longer value\r\nC: 3\r\nD: 5\r\n");
    headers.set("B", "");
    BOOST_TEST(wire(headers) == "A: 1\r\nB: \r\nC: 3\r\nD: 5\r\n");
    BOOST_TEST(headers.first("D").value() == "5");
    headers.set("Host", "new");
    BOOST_TEST(headers.first(KnownHeader::host).value() == "new");
    headers.set("host", "newer");
    BOOST_TEST(headers.first(KnownHeader::host).value() == "newer");
    BOOST_TEST(headers.size() == 5U);
}

BOOST_AUTO_TEST_CASE(set_takes_a_known_header_instead_of_its_name) {
    HTTPHeaders headers{{"HOST", "1"}, {"B", "2"}, {"host", "3"}};
    headers.set(KnownHeader::host, " 4\t");
    BOOST_TEST(wire(headers) == "HOST: 4\r\nB: 2\r\n");
    headers.set(KnownHeader::etag, "\"x\"");
    BOOST_TEST(wire(headers) == "HOST: 4\r\nB: 2\r\nEtag: \"x\"\r\n");
    BOOST_CHECK_THROW(headers.set(KnownHeader::etag, "a\r\nb: c"), HTTPInputError);
    BOOST_TEST(headers.first("etag").value() == "\"x\"");
}

BOOST_AUTO_TEST_CASE(only_tells_what_is_there_once) {
    HTTPHeaders headers{{"Host", "1"}, {"Etag", "2"}, {"host", "3"}};
    BOOST_TEST(headers.only(KnownHeader::etag).value() == "2");
    BOOST_TEST(!headers.only(KnownHeader::host));
    BOOST_TEST(!headers.only(KnownHeader::range));
}

BOOST_AUTO_TEST_CASE(setdefault_keeps_what_is_there) {
    HTTPHeaders headers{{"foo", "bar"}, {"Foo", "more"}};
    BOOST_TEST(headers.setdefault("Foo", "baz") == "bar,more");
    BOOST_TEST(headers.setdefault("quux", " xyzzy ") == "xyzzy");
    BOOST_TEST(headers.get("Quux").value() == "xyzzy");
    BOOST_TEST(headers.size() == 3U);
    BOOST_CHECK_THROW(headers.setdefault("a b", "c"), HTTPInputError);
}

BOOST_AUTO_TEST_CASE(update_replaces_name_by_name) {
    HTTPHeaders headers{{"A", "1"}, {"Host", "2"}, {"a", "3"}, {"B", "4"}};
    headers.update({{"host", "new"}, {"C", "5"}, {"A", "6"}, {"c", "7"}});
    BOOST_TEST(wire(headers) == "A: 6\r\nHost: new\r\nB: 4\r\nC: 5\r\nc: 7\r\n");
    headers.update(headers);
    BOOST_TEST(headers.size() == 5U);
}

BOOST_AUTO_TEST_CASE(equal_are_those_with_the_same_values_by_name) {
    const HTTPHeaders headers{{"Foo", "1"}, {"Host", "h"}, {"foo", "2"}};
    BOOST_TEST((headers == HTTPHeaders{{"HOST", "h"}, {"FOO", "1"}, {"Foo", "2"}}));
    BOOST_TEST((headers != HTTPHeaders{{"Foo", "2"}, {"Host", "h"}, {"Foo", "1"}}));
    BOOST_TEST((headers != HTTPHeaders{{"Foo", "1"}, {"Host", "h"}}));
    BOOST_TEST((headers != HTTPHeaders{{"Foo", "1"}, {"Foo", "2"}, {"Bar", "h"}}));
    BOOST_TEST((HTTPHeaders::parse(headers.to_string()).value() == headers));
    BOOST_TEST((HTTPHeaders{} == HTTPHeaders{}));
}

BOOST_AUTO_TEST_CASE(no_control_character_but_tab_may_stand_in_a_value) {
    for (int byte = 0; byte < 256; ++byte) {
        const std::string value = {'b', static_cast<char>(byte), 'c'};
        const auto parsed = HTTPHeaders::parse("Foo: " + value + "\r\n");
        const bool allowed = byte == '\t' || (byte >= 0x20 && byte != 0x7f);
        BOOST_TEST(parsed.has_value() == allowed, byte);
        BOOST_TEST((!allowed || parsed->first("foo") == std::string_view{value}), byte);
    }
}

BOOST_AUTO_TEST_CASE(no_control_character_but_tab_may_stand_in_a_value_wherever_that_is) {
    constexpr std::size_t length = 21;  // several words, and a rest
    for (int byte = 0; byte < 256; ++byte) {
        const bool allowed = byte == '\t' || (byte >= 0x20 && byte != 0x7f);
        for (std::size_t place = 1; place + 1 < length; ++place) {  // not where it is trimmed
            for (const char around : {'a', '\xff'}) {
                std::string value(length, around);
                value[place] = static_cast<char>(byte);
                HTTPHeaders headers;
                bool taken = true;
                try {
                    headers.set("A", value);
                } catch (const HTTPHeaderError&) {
                    taken = false;
                }
                BOOST_TEST(taken == allowed, "byte " << byte << " at " << place);
            }
        }
    }
}

BOOST_AUTO_TEST_CASE(remove_takes_all_values) {
    HTTPHeaders headers{{"A", "1"}, {"Host", "h"}, {"a", "2"}, {"B", "3"}};
    BOOST_TEST(headers.remove("A"));
    BOOST_TEST(!headers.remove("A"));
    BOOST_TEST(wire(headers) == "Host: h\r\nB: 3\r\n");
    BOOST_TEST(headers.remove(KnownHeader::host));
    BOOST_TEST(!headers.remove(KnownHeader::host));
    BOOST_TEST(!headers.contains(KnownHeader::host));
    BOOST_TEST(wire(headers) == "B: 3\r\n");
    BOOST_TEST(headers.remove("b"));
    BOOST_TEST(headers.empty());
}

BOOST_AUTO_TEST_CASE(arguments_may_be_views_into_itself) {
    HTTPHeaders headers{{"First", std::string(300, 'v')}};
    for (int i = 0; i < 20; ++i) {
        headers.add(headers[0].name, headers[0].value);
    }
    BOOST_TEST(headers.get_list("first").back() == std::string(300, 'v'));
    headers.set(headers[3].name, headers[3].value);
    BOOST_TEST(headers.size() == 1U);
    BOOST_TEST(headers.first("first").value() == std::string(300, 'v'));
    BOOST_TEST(headers.remove(headers[0].name));
    BOOST_TEST(headers.empty());
}

BOOST_AUTO_TEST_CASE(arguments_may_be_views_into_itself_however_short_it_is) {
    const HTTPHeaders tiny{{"A", "bcd"}};
    auto added = tiny;
    added.add("X-Other", *added.first("A"));
    BOOST_TEST(wire(added) == "A: bcd\r\nX-Other: bcd\r\n");
    auto set = tiny;
    set.set(KnownHeader::etag, *set.first("A"));
    BOOST_TEST(wire(set) == "A: bcd\r\nEtag: bcd\r\n");
    auto twice = tiny;
    twice.add(twice[0].name, twice[0].value);
    BOOST_TEST(wire(twice) == "A: bcd\r\nA: bcd\r\n");
}

BOOST_AUTO_TEST_CASE(may_be_made_and_dropped_on_different_threads) {
    std::vector<HTTPHeaders> made;
    std::thread{[&] {
        for (int i = 0; i < 1000; ++i) {
            made.push_back({{"Name", std::string(static_cast<std::size_t>(i), 'v')}});
        }
    }}.join();
    BOOST_TEST(made.back().first("name")->size() == 999U);
    made.clear();
    std::thread{[] {
        static thread_local HTTPHeaders late;
        late.add("Name", "value");
        const HTTPHeaders early{late};  // starts the thread's pool, which so ends before the other
    }}.join();
}

const std::string bad_names[] =
    {"", " ", "a b", "a:", "\xe9", "a\r\nb", "a\n", std::string{"a\0", 2}, "a(b", "a\x7f"};

BOOST_DATA_TEST_CASE(add_and_set_refuse_a_name, data::make(bad_names), name) {
    HTTPHeaders headers;
    BOOST_CHECK_THROW(headers.add(name, "v"), HTTPInputError);
    BOOST_CHECK_THROW(headers.set(name, "v"), HTTPInputError);
    BOOST_TEST(headers.empty());
    BOOST_TEST((name == "a:" || headers.parse_line(name + ": v").has_error()));
}

const std::string bad_values[] =
    {"a\rb", "a\nb", std::string{"a\0b", 3}, "\x01", "a\x1f", "a\x7f", "\r\n", "\va", "a\f"};

BOOST_DATA_TEST_CASE(add_and_set_refuse_a_value, data::make(bad_values), value) {
    HTTPHeaders headers;
    BOOST_CHECK_THROW(headers.add("A", value), HTTPInputError);
    BOOST_CHECK_THROW(headers.set("A", value), HTTPInputError);
    BOOST_TEST(headers.parse_line("A: " + value + "x").has_error());
    BOOST_TEST(headers.empty());
}

BOOST_AUTO_TEST_CASE(only_spaces_and_tabs_are_trimmed) {
    HTTPHeaders headers;
    headers.add("A", " \t v\tw \t");
    headers.add("B", "\xa0\x85 v \x85\xa0");
    headers.add("C", " ");
    BOOST_TEST(headers.first("A").value() == "v\tw");
    BOOST_TEST(headers.first("B").value() == "\xa0\x85 v \x85\xa0");
    BOOST_TEST(headers.first("C").value() == "");
}

BOOST_AUTO_TEST_CASE(parse_reads_lines) {
    const auto headers = HTTPHeaders::parse("Foo: bar\r\nBaz:qux\nEven: odd\r\n\r\n").value();
    BOOST_TEST(wire(headers) == "Foo: bar\r\nBaz: qux\r\nEven: odd\r\n");
    BOOST_TEST(HTTPHeaders::parse("").value().empty());
    BOOST_TEST(HTTPHeaders::parse("A: b").value().first("a").value() == "b");
}

BOOST_AUTO_TEST_CASE(parse_unfolds_continuation_lines) {
    const auto headers =
        HTTPHeaders::parse(
            "Foo: bar\r\n baz\r\nAsdf: qwer\r\n\tzxcv\r\nFoo: even\r\n     more\r\n     lines\r\n"
        )
            .value();
    BOOST_TEST(headers.get("asdf").value() == "qwer zxcv");
    const std::vector<std::string_view> expected{"bar baz", "even more lines"};
    BOOST_TEST(headers.get_list("FOO") == expected, boost::test_tools::per_element());
    BOOST_TEST(headers.to_string() == "Foo: bar baz\nAsdf: qwer zxcv\nFoo: even more lines\n");
}

BOOST_AUTO_TEST_CASE(a_fold_leaves_no_space_at_either_end_of_a_value) {
    const auto headers = HTTPHeaders::parse("A:\r\n b\r\n \t \r\n  c\r\nD: e\r\n \r\nF:\r\n \r\n");
    BOOST_TEST(wire(headers.value()) == "A: b c\r\nD: e\r\nF: \r\n");
    BOOST_TEST((HTTPHeaders::parse(wire(*headers)).value() == *headers));
}

BOOST_AUTO_TEST_CASE(unicode_line_ends_are_no_line_ends) {
    for (const std::string end : {"\xc2\x85", "\xe2\x80\xa8", "\xe2\x80\xa9", "\x1c\x0b"}) {
        const auto headers = HTTPHeaders::parse("Cookie: foo=bar" + end + "baz\r\nX: y\r\n");
        if (end.front() < 0x20 && end.front() >= 0) {
            BOOST_TEST(headers.has_error());  // forbidden altogether
        } else {
            BOOST_TEST(headers.value().first("cookie").value() == "foo=bar" + end + "baz");
            BOOST_TEST(headers.value().size() == 2U);
        }
    }
}

const std::string malformed_lines[] = {
    "no colon",
    ": no name",
    "Name : space before the colon",
    " folded, but nothing before",
    "\tfolded",
    "A: b\r",
    "A: b\rc",
    "\r",
    "A",
};

BOOST_DATA_TEST_CASE(parse_line_refuses, data::make(malformed_lines), line) {
    HTTPHeaders headers;
    BOOST_TEST(headers.parse_line(line).error() == make_error_code(Errc::malformed_header));
    BOOST_TEST(headers.empty());
}

BOOST_AUTO_TEST_CASE(a_refused_continuation_changes_nothing) {
    HTTPHeaders headers{{"A", "b"}};
    BOOST_TEST(headers.parse_line(" c\x01").has_error());
    BOOST_TEST(wire(headers) == "A: b\r\n");
    BOOST_TEST(headers.parse_line("").has_value());
    BOOST_TEST(headers.parse_line("\r\n").has_value());
    BOOST_TEST(wire(headers) == "A: b\r\n");
}

BOOST_AUTO_TEST_CASE(normalize_name_capitalises_each_part) {
    BOOST_TEST(HTTPHeaders::normalize_name("x-real-ip") == "X-Real-Ip");
    BOOST_TEST(HTTPHeaders::normalize_name("ETAG") == "Etag");
    BOOST_TEST(HTTPHeaders::normalize_name("sec-WEBSOCKET-key") == "Sec-Websocket-Key");
    BOOST_TEST(HTTPHeaders::normalize_name("") == "");
}

BOOST_AUTO_TEST_CASE(a_borrowing_object_reads_the_lenders_bytes) {
    std::string text = "Host: a\nX-Y: long value\nHost: b\n";
    auto headers = borrowing(text);
    BOOST_TEST(headers.is_borrowed());
    BOOST_TEST(headers.get("host").value() == "a,b");
    BOOST_TEST(headers.first("x-y").value().data() == text.data() + 13);
    BOOST_TEST(wire(headers) == "Host: a\r\nX-Y: long value\r\nHost: b\r\n");
}

BOOST_AUTO_TEST_CASE(the_first_change_of_a_borrowing_object_copies) {
    std::string text = "Host: a\nX-Y: v\n";
    for (int change = 0; change < 4; ++change) {
        auto headers = borrowing(text);
        switch (change) {
            case 0:
                headers.add("Z", "1");
                break;
            case 1:
                headers.set("Z", "1");
                break;
            case 2:
                headers.add_unchecked("Z", "1");
                break;
            default:
                BOOST_TEST(headers.parse_line("Z: 1").has_value());
        }
        BOOST_TEST(!headers.is_borrowed());
        BOOST_TEST(wire(headers) == "Host: a\r\nX-Y: v\r\nZ: 1\r\n");
        BOOST_TEST(headers.remove("X-Y"));
        BOOST_TEST(wire(headers) == "Host: a\r\nZ: 1\r\n");
    }
    auto headers = borrowing(text);
    BOOST_TEST(headers.remove(KnownHeader::host));
    BOOST_TEST(wire(headers) == "X-Y: v\r\n");
}

BOOST_AUTO_TEST_CASE(a_copy_owns_its_text) {
    std::string text = "Host: a\nX-Y: v\n";
    const auto original = borrowing(text);
    const HTTPHeaders copy{original};
    HTTPHeaders assigned{{"Old", "1"}};
    assigned = original;
    text.assign(text.size(), '?');
    for (const auto* headers : {&copy, &std::as_const(assigned)}) {
        BOOST_TEST(!headers->is_borrowed());
        BOOST_TEST(wire(*headers) == "Host: a\r\nX-Y: v\r\n");
        BOOST_TEST(headers->first(KnownHeader::host).value() == "a");
    }
}

BOOST_AUTO_TEST_CASE(a_move_leaves_an_empty_object_behind) {
    HTTPHeaders from{{"Host", "a"}};
    HTTPHeaders to{std::move(from)};
    BOOST_TEST(wire(to) == "Host: a\r\n");
    BOOST_TEST(from.empty());
    from.add("B", "2");
    BOOST_TEST(wire(from) == "B: 2\r\n");
    BOOST_TEST(!from.contains(KnownHeader::host));
    to = std::move(from);
    BOOST_TEST(wire(to) == "B: 2\r\n");
    from.add("C", "3");
    BOOST_TEST(wire(from) == "C: 3\r\n");
}

BOOST_AUTO_TEST_CASE(rebase_follows_the_text) {
    std::string text = "Host: a\n";
    auto headers = borrowing(text);
    const std::string moved = text;
    headers.rebase(moved.data());
    text.assign(text.size(), '?');
    BOOST_TEST(headers.first("Host").value() == "a");
    HTTPHeaders owner{{"A", "b"}};
    owner.rebase(text.data());
    BOOST_TEST(owner.first("A").value() == "b");
}

BOOST_AUTO_TEST_CASE(clear_forgets_everything) {
    HTTPHeaders headers{{"Host", "a"}};
    headers.clear();
    BOOST_TEST(headers.empty());
    BOOST_TEST(!headers.contains(KnownHeader::host));
    BOOST_TEST(wire(headers) == "");
    headers.add_unchecked(KnownHeader::etag, "\"x\"");
    BOOST_TEST(wire(headers) == "Etag: \"x\"\r\n");
    BOOST_TEST(headers.first("etag").value() == "\"x\"");
}

BOOST_AUTO_TEST_CASE(repeated_fields_cost_linear_time) {
    const auto use = [](int count) {
        HTTPHeaders headers;
        for (int i = 0; i < count; ++i) {
            headers.add("X-Foo", "bar");
        }
        BOOST_TEST_REQUIRE(
            headers.get("x-foo").value().size() == static_cast<std::size_t>(count) * 4 - 1
        );
        BOOST_TEST_REQUIRE(headers.get_list("x-foo").size() == static_cast<std::size_t>(count));
        BOOST_TEST_REQUIRE(headers.remove("x-foo"));
    };
    const double few = least_cpu_seconds([&] { use(5'000); });
    const double many = least_cpu_seconds([&] { use(80'000); });
    BOOST_TEST(many < few * 16 * 6 + 0.01);  // a quadratic algorithm would take 256 times as long
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace
