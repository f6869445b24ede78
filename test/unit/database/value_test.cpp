#include <tornado/database/value.hpp>

#include <boost/test/data/test_case.hpp>
#include <boost/test/unit_test.hpp>
#include <limits>
#include <tornado/database/errors.hpp>
#include <tornado/database/params.hpp>

namespace database = tornado::database;
namespace data = boost::unit_test::data;
using database::Params;
using database::Value;
using namespace std::chrono_literals;

namespace {

enum class Colour : std::uint8_t { red = 1, green = 2 };

std::string why(auto function) {
    try {
        static_cast<void>(function());
    } catch (const database::DataError& error) {
        return error.what();
    }
    return "nothing";
}

/// Whether the value is no T.
template <typename T>
bool refuses(const Value& value) {
    return why([&] { return value.get<T>(); }) != "nothing";
}

}  // namespace

BOOST_AUTO_TEST_SUITE(value)

BOOST_AUTO_TEST_CASE(is_null_at_first) {
    BOOST_TEST(Value{}.is_null());
    BOOST_TEST(!Value{}.get<std::optional<int>>().has_value());
}

BOOST_AUTO_TEST_CASE(numbers_become_what_holds_them) {
    const auto number = Value::integer(200);
    BOOST_TEST(number.get<int>() == 200);
    BOOST_TEST(number.get<std::uint8_t>() == 200);
    BOOST_TEST(number.get<double>() == 200.0);
    BOOST_TEST(number.get<bool>());
    BOOST_TEST(number.get<std::string>() == "200");
    BOOST_TEST((Value::integer(2).get<Colour>() == Colour::green));
    BOOST_TEST(number.get<std::optional<long>>().value() == 200);
}

BOOST_AUTO_TEST_CASE(numbers_out_of_range_are_refused) {
    BOOST_TEST(why([] {
                   return Value::integer(256).get<std::uint8_t>();
               }) == "256 is out of the range of the type that was asked for");
    BOOST_TEST(refuses<unsigned>(Value::integer(-1)));
    BOOST_TEST(refuses<std::int64_t>(Value::real(1e19)));
    BOOST_TEST(refuses<std::int64_t>(Value::real(-1e19)));
    BOOST_TEST(refuses<int>(Value::real(std::numeric_limits<double>::quiet_NaN())));
    BOOST_TEST(refuses<int>(Value::real(0.5)));
    BOOST_TEST(why([] {
                   return Value::real(1e300).get<float>();
               }) == "1e+300 is out of the range of the type that was asked for");
    BOOST_TEST(refuses<float>(Value::text("-1e39")));
}

BOOST_AUTO_TEST_CASE(floats_are_what_is_nearest) {
    constexpr auto infinity = std::numeric_limits<double>::infinity();
    BOOST_TEST(Value::real(infinity).get<float>() == std::numeric_limits<float>::infinity());
    BOOST_TEST(Value::real(3.4028235e38).get<float>() == std::numeric_limits<float>::max());
    BOOST_TEST(Value::real(0.1).get<float>() == 0.1F);
}

BOOST_AUTO_TEST_CASE(decimals_that_are_whole_are_integers_to_the_last_digit) {
    BOOST_TEST(Value::text("9007199254740993.00").get<std::int64_t>() == 9007199254740993);
    BOOST_TEST(Value::text("9223372036854775807.0").get<std::int64_t>() == INT64_MAX);
    BOOST_TEST(Value::text("-9223372036854775808.000").get<std::int64_t>() == INT64_MIN);
    BOOST_TEST(Value::text("18446744073709551615.0").get<std::uint64_t>() == UINT64_MAX);
}

BOOST_AUTO_TEST_CASE(text_that_is_a_number_is_one) {
    BOOST_TEST(Value::text("12").get<int>() == 12);
    BOOST_TEST(Value::text("12.00").get<int>() == 12);  // a decimal of a server
    BOOST_TEST(Value::text("-1.5").get<double>() == -1.5);
    BOOST_TEST(Value::text("18446744073709551615").get<std::uint64_t>() == UINT64_MAX);
    BOOST_TEST(Value::text("t").get<bool>());
    BOOST_TEST(!Value::text("false").get<bool>());
}

const std::string no_numbers[] = {
    "",
    " 1",
    "1 ",
    "1x",
    "1.5",
    "1.0.0",
    ".",
    "0x1",
    "nan",
    "99999999999999999999",
    "9223372036854775808.0",
    "0.99999999999999999999",
    "1e3"};

BOOST_DATA_TEST_CASE(text_that_is_no_integer_is_refused, data::make(no_numbers), text) {
    BOOST_TEST(refuses<std::int64_t>(Value::text(text)));
}

BOOST_AUTO_TEST_CASE(null_is_only_an_optional) {
    BOOST_TEST(why([] {
                   return Value{}.get<int>();
               }) == "a value is NULL where an integer was wanted: read it as a std::optional");
    BOOST_TEST(refuses<std::string>(Value{}));
    BOOST_TEST(refuses<std::string_view>(Value{}));
    BOOST_TEST(refuses<bool>(Value{}));
}

BOOST_AUTO_TEST_CASE(a_refusal_shows_the_value_but_not_all_of_it) {
    const std::string text(100, 'x');
    BOOST_TEST(why([&] {
                   return Value::text(text).get<int>();
               }) == "\"" + std::string(40, 'x') + "...\" is not an integer");
}

BOOST_AUTO_TEST_CASE(bytes_come_as_blob_span_and_view) {
    const auto bytes = Value::blob({"a\0b", 3});
    BOOST_TEST(bytes.get<database::Blob>().size() == 3u);
    BOOST_TEST((bytes.get<std::span<const std::byte>>()[2] == std::byte{'b'}));
    BOOST_TEST(bytes.get<std::string_view>().size() == 3u);
}

BOOST_AUTO_TEST_CASE(moments_are_read_in_every_form_that_servers_write) {
    const auto day = std::chrono::sys_days{std::chrono::year{2026} / 11 / 26};
    const std::pair<const char*, database::Moment> moments[] = {
        {"2026-11-26", day},
        {"2026-11-26 11:14", day + 11h + 14min},
        {"2026-11-26 11:14:43", day + 11h + 14min + 43s},
        {"2026-11-26T11:14:43.12Z", day + 11h + 14min + 43s + 120ms},
        {"2026-11-26 13:14:43.000001+02", day + 11h + 14min + 43s + 1us},
        {"2026-11-26 05:44:43-05:30", day + 11h + 14min + 43s}};
    for (const auto& [text, moment] : moments) {
        BOOST_TEST((Value::text(text).get<database::Moment>() == moment), text);
    }
    BOOST_TEST(
        (Value::text("2026-11-26 11:14:43.9").get<std::chrono::sys_seconds>() ==
         day + 11h + 14min + 43s)
    );
    for (const auto* const wrong : {"2026-11-26 11:14:43+24", "2026-11-26 11:14:43+01:60"}) {
        BOOST_TEST(refuses<database::Moment>(Value::text(wrong)), wrong);
    }
}

BOOST_AUTO_TEST_CASE(moments_that_a_type_cannot_hold_are_refused) {
    using std::chrono::system_clock;
    using Nanoseconds = std::chrono::sys_time<std::chrono::nanoseconds>;
    const auto last = Value::text("9999-12-31 23:59:59.999999");
    BOOST_TEST(refuses<Nanoseconds>(last));
    BOOST_TEST(refuses<std::optional<Nanoseconds>>(last));
    BOOST_TEST(refuses<Nanoseconds>(Value::text("0000-01-01")));
    BOOST_TEST(refuses<Nanoseconds>(Value::text("2262-04-11 23:47:16.854776")));
    BOOST_TEST((Value::text("2262-04-11 23:47:16").get<Nanoseconds>() > system_clock::now()));
    const auto end = std::chrono::sys_days{std::chrono::year{10'000} / 1 / 1};
    BOOST_TEST((last.get<database::Moment>() == end - 1us));
    BOOST_TEST((last.get<std::chrono::sys_days>() == end - std::chrono::days{1}));
    BOOST_TEST(
        why([&] { return last.get<Nanoseconds>(); }) ==
        "9999-12-31 23:59:59.999999 is out of the range of the type that was asked for"
    );
}

const std::string no_moments[] = {
    "",
    "now",
    "2026-13-01",
    "2026-02-30",
    "2026-1-1",
    "2026-11-26 ",
    "2026-11-26 25:00",
    "2026-11-26 11:14:43.",
    "2026-11-26 11:14 x",
    "20261126"};

BOOST_DATA_TEST_CASE(text_that_is_no_moment_is_refused, data::make(no_moments), text) {
    BOOST_TEST(refuses<database::Moment>(Value::text(text)));
}

BOOST_AUTO_TEST_SUITE_END()

BOOST_AUTO_TEST_SUITE(params)

BOOST_AUTO_TEST_CASE(keep_what_they_are_given) {
    const std::string name = "Ada";
    const std::optional<int> none;
    const database::Blob bytes{std::byte{0}, std::byte{1}};
    const Params params{
        1,
        true,
        2.5,
        "text",
        name,
        std::string_view{"view"},
        nullptr,
        none,
        std::nullopt,
        bytes,
        Colour::green,
        'x'};
    BOOST_TEST(params.size() == 12u);
    BOOST_TEST(params[0].get<int>() == 1);
    BOOST_TEST((params[1].type() == database::Type::boolean));
    BOOST_TEST(params[2].get<double>() == 2.5);
    BOOST_TEST(params[3].get<std::string>() == "text");
    BOOST_TEST(params[4].get<std::string>() == "Ada");
    BOOST_TEST(params[5].get<std::string>() == "view");
    BOOST_TEST(params[6].is_null());
    BOOST_TEST(params[7].is_null());
    BOOST_TEST(params[8].is_null());
    BOOST_TEST((params[9].type() == database::Type::blob));
    BOOST_TEST(params[9].raw_text().size() == 2u);
    BOOST_TEST(params[10].get<int>() == 2);
    BOOST_TEST(params[11].get<std::string>() == "x");
    BOOST_TEST(params[11].get<char>() == 'x');
    BOOST_CHECK_THROW(static_cast<void>(params[3].get<char>()), database::DataError);
    BOOST_CHECK_THROW(static_cast<void>(params[6].get<char>()), database::DataError);
}

BOOST_AUTO_TEST_CASE(write_moments_in_utc) {
    const auto moment =
        std::chrono::sys_days{std::chrono::year{2026} / 1 / 2} + 3h + 4min + 5s + 6us;
    const Params params{moment};
    BOOST_TEST(params[0].get<std::string>() == "2026-01-02 03:04:05.000006");
    BOOST_TEST((params[0].get<database::Moment>() == moment));
}

BOOST_AUTO_TEST_CASE(refuse_what_no_database_holds) {
    using namespace std::chrono;
    BOOST_CHECK_THROW(Params{UINT64_MAX}, database::DataError);
    BOOST_CHECK_THROW(Params{database::Moment::max()}, database::DataError);
    BOOST_CHECK_THROW(Params{database::Moment::min()}, database::DataError);
    BOOST_CHECK_THROW(Params{sys_seconds::max()}, database::DataError);
    BOOST_CHECK_THROW(Params{sys_seconds::min()}, database::DataError);
    BOOST_CHECK_THROW(Params{sys_days{year{32'767} / 1 / 1}}, database::DataError);
    BOOST_CHECK_THROW(Params{sys_days{year{-1} / 12 / 31}}, database::DataError);
}

BOOST_AUTO_TEST_CASE(write_moments_from_the_year_0_to_9999) {
    using namespace std::chrono;
    const Params params{
        sys_days{year{0} / 1 / 1}, sys_days{year{9'999} / 12 / 31} + 86'399'999'999us};
    BOOST_TEST(params[0].get<std::string>() == "0000-01-01 00:00:00.000000");
    BOOST_TEST(params[1].get<std::string>() == "9999-12-31 23:59:59.999999");
}

BOOST_AUTO_TEST_CASE(a_text_is_followed_by_nul) {
    const Params params{"ab", ""};
    BOOST_TEST(params[0].raw_text().data()[2] == '\0');
    BOOST_TEST(params[1].raw_text().data()[0] == '\0');
}

BOOST_AUTO_TEST_SUITE_END()
