#include <tornado/web/json.hpp>

#include <boost/test/data/test_case.hpp>
#include <boost/test/unit_test.hpp>
#include <cstdint>
#include <deque>
#include <map>
#include <set>
#include <vector>

#include "support.hpp"

namespace data = boost::unit_test::data;

BOOST_AUTO_TEST_SUITE(json)

namespace {

enum class Colour { red, green, default_ };
BOOST_DESCRIBE_ENUM(Colour, red, green, default_)

struct Address {
    std::string city;
    std::optional<std::string> street;
};
BOOST_DESCRIBE_STRUCT(Address, (), (city, street))

struct Identified {
    std::int64_t id = 0;
};
BOOST_DESCRIBE_STRUCT(Identified, (), (id))

struct Person : Identified {
    std::string name;
    std::uint8_t age = 0;
    bool active = false;
    double weight = 0;
    Address address;
    std::vector<Address> former;
    std::map<std::string, int> scores;
    Colour colour = Colour::red;
    std::optional<float> class_;
};
BOOST_DESCRIBE_STRUCT(
    Person,
    (Identified),
    (name, age, active, weight, address, former, scores, colour, class_)
)

/// A class that keeps its fields to itself.
class Secretive {
public:
    [[nodiscard]] int value() const { return value_; }

private:
    int value_ = 7;
    BOOST_DESCRIBE_CLASS(Secretive, (), (), (), (value_))
};

/// A type that holds others of itself.
struct Tree {
    std::vector<Tree> children;
};
BOOST_DESCRIBE_STRUCT(Tree, (), (children))

struct Numbers {
    std::optional<std::int8_t> i8;
    std::optional<std::uint64_t> u64;
    std::optional<std::int64_t> i64;
    std::optional<float> f;
    std::optional<double> d;
};
BOOST_DESCRIBE_STRUCT(Numbers, (), (i8, u64, i64, f, d))

struct Open {
    boost::json::value any;
    std::optional<boost::json::object> object;
    std::deque<bool> flags;
    std::set<std::string> tags;
};
BOOST_DESCRIBE_STRUCT(Open, (), (any, object, flags, tags))

/// Answers with what it has read.
template <typename T>
struct EchoHandler : web::RequestHandler {
    void post() { write(get_json_body<T>()); }
};

constexpr std::string_view whole =
    R"({"id": -5, "name": "Ada \"L\" é", "age": 36, "active": true, )"
    R"("weight": 61.5, "address": {"city": "London", "street": null}, )"
    R"("former": [{"city": "a", "street": "b"}, {"city": "c"}], )"
    R"("scores": {"chess": 3, "go": -1}, "colour": "default", )"
    R"("class": 0.1})";

/// `whole` with a piece of it replaced.
std::string changed(std::string_view piece, std::string_view by) {
    std::string text{whole};
    const auto at = text.find(piece);
    BOOST_REQUIRE(at != text.npos);
    return text.replace(at, piece.size(), by);
}

/// What the problem document says.
std::string detail_of(const testing::HTTPResponse& response) {
    return std::string{boost::json::parse(response.body).at("detail").as_string()};
}

struct JSONTest : WebTest {
    testing::HTTPResponse post(std::string body) {
        return post(std::move(body), {{"Content-Type", "application/json"}});
    }
    testing::HTTPResponse post(std::string body, httputil::HTTPHeaders headers) {
        return fetch(
            "/", {.body = std::move(body), .headers = std::move(headers), .method = "POST"}
        );
    }
    /// The answer to an Address with these fields, and none that a client adds by itself.
    std::string post_raw(std::string_view headers) {
        return fetch_raw(
            "POST / HTTP/1.1\r\nHost: a\r\nConnection: close\r\nContent-Length: 13\r\n" +
            std::string{headers} + "\r\n{\"city\": \"x\"}"
        );
    }

    /// What a handler that reads a T answers to `body`.
    template <typename T>
    testing::HTTPResponse send(std::string body) {
        serve<EchoHandler<T>>();
        return post(std::move(body));
    }

    template <typename T>
    void check_refused(std::string body, std::string_view message, int status = 422) {
        const testing::ExpectLog warning{logging::gen_log(), std::to_string(status)};
        const auto response = send<T>(std::move(body));
        BOOST_TEST(response.code == status);
        BOOST_TEST(header(response, "Content-Type") == "application/problem+json");
        BOOST_TEST(detail_of(response) == message);
    }
};

}  // namespace

BOOST_FIXTURE_TEST_CASE(described_structs_come_and_go, JSONTest) {
    const auto response = send<Person>(std::string{whole});
    BOOST_TEST(response.code == 200);
    BOOST_TEST(header(response, "Content-Type") == "application/json; charset=UTF-8");
    BOOST_TEST(
        response.body ==
        R"({"id": -5, "name": "Ada \"L\" \u00e9", "age": 36, "active": true, "weight": 61.5, )"
        R"("address": {"city": "London", "street": null}, )"
        R"("former": [{"city": "a", "street": "b"}, {"city": "c", "street": null}], )"
        R"("scores": {"chess": 3, "go": -1}, "colour": "default", "class": 0.1})"
    );
}

BOOST_FIXTURE_TEST_CASE(is_written_as_json_encode_writes_it, JSONTest) {
    const auto response = send<Open>(
        R"({"any": [1, null, "</script>"], "object": {"a": 1e30}, "flags": [true, false], "tags": []})"
    );
    BOOST_TEST(
        response.body ==
        R"({"any": [1, null, "<\/script>"], "object": {"a": 1e+30}, "flags": [true, false], "tags": []})"
    );
}

BOOST_FIXTURE_TEST_CASE(private_members_may_be_described, JSONTest) {
    BOOST_TEST(send<Secretive>(R"({"value": 12})").body == R"({"value": 12})");
}

BOOST_FIXTURE_TEST_CASE(optional_fields_may_be_missing, JSONTest) {
    BOOST_TEST(send<Address>(R"({"city": "x"})").body == R"({"city": "x", "street": null})");
}

BOOST_FIXTURE_TEST_CASE(of_a_field_that_comes_twice_the_last_counts, JSONTest) {
    BOOST_TEST(
        send<Address>(R"({"city": "x", "city": "y"})").body == R"({"city": "y", "street": null})"
    );
}

BOOST_FIXTURE_TEST_CASE(a_value_of_any_kind_can_be_read, JSONTest) {
    struct Handler : web::RequestHandler {
        void post() {
            const auto value = get_json_body<boost::json::value>();
            write(boost::json::serialize(value));
        }
    };
    serve<Handler>();
    BOOST_TEST(post("[1, {\"a\": null}]").body == "[1,{\"a\":null}]");
    BOOST_TEST(post("\"x\"").body == "\"x\"");
}

BOOST_FIXTURE_TEST_CASE(sequences_and_maps_may_stand_at_the_top, JSONTest) {
    struct Handler : web::RequestHandler {
        void post() { write(std::to_string(get_json_body<std::vector<int>>().size())); }
    };
    serve<Handler>();
    BOOST_TEST(post("[1, 2, 3]").body == "3");
    routes.clear();
    JSONTest maps;
    using Map = std::map<std::string, Address>;
    BOOST_TEST(
        maps.send<Map>(R"({"home": {"city": "x"}})").body ==
        R"({"home": {"city": "x", "street": null}})"
    );
}

struct Refused {
    std::string_view piece;
    std::string_view by;
    std::string_view message;
};
std::ostream& operator<<(std::ostream& out, const Refused& refused) {
    return out << refused.message;
}
const Refused refused_pieces[] = {
    {R"("city": "London")", R"("city": 1)", "address.city: expected a string"},
    {R"("city": "London", )", "", "address.city: missing"},
    {R"("city": "London")", R"("city": "London", "zip": 1)", "address.zip: unknown field"},
    {R"("street": null)", R"("street": [])", "address.street: expected a string"},
    {R"({"city": "c"})", R"({"city": null})", "former[1].city: expected a string"},
    {R"({"city": "c"})", "7", "former[1]: expected an object"},
    {R"("go": -1)",
     R"("go": "x")",
     "scores.go: expected an integer from -2147483648 to 2147483647"},
    {R"("age": 36)", R"("age": 256)", "age: expected an integer from 0 to 255"},
    {R"("age": 36)", R"("age": -1)", "age: expected an integer from 0 to 255"},
    {R"("age": 36)", R"("age": 36.0)", "age: expected an integer from 0 to 255"},
    {R"("age": 36)", R"("age": "36")", "age: expected an integer from 0 to 255"},
    {R"("age": 36)", R"("age": true)", "age: expected an integer from 0 to 255"},
    {R"("active": true)", R"("active": 1)", "active: expected true or false"},
    {R"("weight": 61.5)", R"("weight": "1")", "weight: expected a number"},
    {R"("colour": "default")",
     R"("colour": "blue")",
     "colour: expected one of red, green, default"},
    {R"("colour": "default")", R"("colour": 1)", "colour: expected a string"},
    {R"("scores": {)", R"("scores": [], "x": {)", "scores: expected an object"},
    {R"("former": [)", R"("former": {}, "x": [)", "former: expected an array"},
    {R"("class": 0.1)", R"("class_": 0.1)", "class_: unknown field"},
};

BOOST_DATA_TEST_CASE_F(JSONTest, what_does_not_fit_gets_422_with_its_place, refused_pieces) {
    check_refused<Person>(changed(sample.piece, sample.by), sample.message);
}

BOOST_FIXTURE_TEST_CASE(what_is_no_object_gets_422, JSONTest) {
    check_refused<Person>("[]", "expected an object");
}

const std::pair<std::string, std::string_view> beyond[] = {
    {R"({"i8": 128})", "i8: expected an integer from -128 to 127"},
    {R"({"i64": 9223372036854775808})",
     "i64: expected an integer from -9223372036854775808 to 9223372036854775807"},
    {R"({"u64": -1})", "u64: expected an integer from 0 to 18446744073709551615"},
    {R"({"u64": 18446744073709551616})", "u64: expected an integer from 0 to 18446744073709551615"},
    {R"({"f": 1e39})", "f: the number is too large"},
};
BOOST_AUTO_TEST_CASE(numbers_are_held_to_their_range) {
    for (const auto& [body, message] : beyond) {
        JSONTest test;
        test.check_refused<Numbers>(body, message);
    }
    JSONTest test;
    BOOST_TEST(
        test.send<Numbers>(
                R"({"i8": -128, "u64": 18446744073709551615, "i64": -9223372036854775808, "f": 3, "d": 5})"
        )
            .body ==
        R"({"i8": -128, "u64": 18446744073709551615, "i64": -9223372036854775808, "f": 3.0, "d": 5.0})"
    );
}

BOOST_AUTO_TEST_CASE(what_is_not_json_gets_400) {
    for (const auto* const body : {"{", "{} {}", "{\"a\": 01}", "{'a': 1}", "\"\xff\"", "nul"}) {
        JSONTest test;
        const testing::ExpectLog warning{logging::gen_log(), "400"};
        const auto response = test.send<Address>(body);
        BOOST_TEST(response.code == 400);
        BOOST_TEST(detail_of(response).starts_with("the body is not JSON: "));
    }
    JSONTest empty;
    empty.check_refused<Address>("", "the body is empty: expected JSON", 400);
}

const std::string_view types_of_forms[] = {
    "Content-Type: text/plain\r\n",
    "Content-Type: TEXT/Plain;charset=utf-8\r\n",
    "Content-Type:  text/plain ;x\r\n",
    "Content-Type: application/x-www-form-urlencoded\r\n",
    "Content-Type: text/plain\r\nContent-Type: application/json\r\n",
    "Content-Type: application/json\r\nContent-Type: application/json\r\n",
    "Sec-Fetch-Site: cross-site\r\n",
    "Sec-Fetch-Site: same-site\r\n",
    "Content-Type:\r\nSec-Fetch-Site: cross-site\r\n",
};
BOOST_DATA_TEST_CASE_F(JSONTest, what_pages_of_other_sites_can_send_gets_415, types_of_forms) {
    const testing::ExpectLog warning{logging::gen_log(), "415"};
    serve<EchoHandler<Address>>();
    const auto answer = post_raw(sample);
    BOOST_TEST(answer.starts_with("HTTP/1.1 415 Unsupported Media Type\r\n"));
    BOOST_TEST(answer.find("application/problem+json") != answer.npos);
    BOOST_TEST(answer.find("send JSON as application/json") != answer.npos);
}

const std::string_view types_of_programs[] = {
    "Content-Type: application/json\r\n",
    "Content-Type: application/json\r\nSec-Fetch-Site: cross-site\r\n",
    "Content-Type: application/merge-patch+json; charset=utf-8\r\n",
    "Content-Type: text/plainer\r\n",
    "Content-Type:\r\n",
    "Sec-Fetch-Site: same-origin\r\n",
    "Sec-Fetch-Site: none\r\n",
    "",
};
BOOST_DATA_TEST_CASE_F(JSONTest, json_of_other_types_and_of_none_is_read, types_of_programs) {
    serve<EchoHandler<Address>>();
    BOOST_TEST(post_raw(sample).ends_with(R"({"city": "x", "street": null})"));
}

BOOST_FIXTURE_TEST_CASE(who_sends_json_as_a_form_is_told_the_remedy, JSONTest) {
    const testing::ExpectLog warning{logging::gen_log(), "415"};
    serve<EchoHandler<Address>>();
    BOOST_TEST(
        detail_of(post("{}", {{"Content-Type", "text/plain"}})) ==
        "the body's Content-Type is text/plain: send JSON as application/json"
    );
}

std::string nested_trees(int depth) {
    std::string text;
    for (int i = 0; i < depth; ++i) {
        text += R"({"children": [)";
    }
    for (int i = 0; i < depth; ++i) {
        text += "]}";
    }
    return text;
}

BOOST_AUTO_TEST_CASE(depth_is_limited) {
    JSONTest fits;
    const auto deep = nested_trees(128);
    BOOST_TEST(fits.send<Tree>(deep).body == deep);
    JSONTest too_deep;
    const testing::ExpectLog warning{logging::gen_log(), "400"};
    BOOST_TEST(too_deep.send<Tree>(nested_trees(129)).code == 400);
}

BOOST_FIXTURE_TEST_CASE(unknown_fields_may_be_ignored, JSONTest) {
    struct Handler : web::RequestHandler {
        void post() { write(get_json_body<Address>(web::UnknownFields::ignore)); }
    };
    serve<Handler>();
    BOOST_TEST(post(R"({"zip": 1, "city": "x"})").body == R"({"city": "x", "street": null})");
}

BOOST_FIXTURE_TEST_CASE(names_that_the_client_chose_are_cut_and_escaped, JSONTest) {
    const auto name = std::string(100, 'x');
    check_refused<Address>(
        R"({"city": "", ")" + name + R"(": 1})", name.substr(0, 64) + "...: unknown field"
    );
    JSONTest other;
    const testing::ExpectLog warning{logging::gen_log(), "422"};
    const auto response = other.send<Address>(R"({"city": "", "</script>\n": 1})");
    BOOST_TEST(
        response.body ==
        R"({"title": "Unprocessable Entity", "status": 422, "detail": "<\/script>\n: unknown field"})"
    );
}

BOOST_FIXTURE_TEST_CASE(the_handler_may_word_the_error_itself, JSONTest) {
    struct Handler : web::RequestHandler {
        void post() { write(get_json_body<Address>()); }
        void write_error(int, std::exception_ptr error) override {
            try {
                std::rethrow_exception(error);
            } catch (const web::JSONBodyError& problem) {
                write("<p>" + problem.message());
            }
        }
    };
    const testing::ExpectLog warning{logging::gen_log(), "422"};
    serve<Handler>();
    BOOST_TEST(post("{}").body == "<p>city: missing");
}

BOOST_FIXTURE_TEST_CASE(an_enum_without_a_name_is_not_written, JSONTest) {
    struct Painted : web::RequestHandler {
        void post() { write(std::map<std::string, Colour>{{"colour", Colour{77}}}); }
    };
    const auto uncaught = expect_uncaught("cannot name this value");
    serve<Painted>();
    BOOST_TEST(post("").code == 500);
}

BOOST_FIXTURE_TEST_CASE(text_stays_text, JSONTest) {
    struct Handler : web::RequestHandler {
        void post() {
            const std::string text{"b"};
            write("a");
            write(text);
            write(std::string_view{"c"});
        }
    };
    serve<Handler>();
    const auto response = post("");
    BOOST_TEST(response.body == "abc");
    BOOST_TEST(header(response, "Content-Type") == "text/html; charset=UTF-8");
}

BOOST_AUTO_TEST_SUITE_END()
