// Any bytes as a JSON body: it is refused with 400 or 422 and a problem that is JSON itself, or
// what was read is written and read back to the same text.
#include <boost/describe.hpp>
#include <boost/json.hpp>
#include <cstddef>
#include <cstdint>
#include <deque>
#include <exception>
#include <map>
#include <optional>
#include <set>
#include <string>
#include <string_view>
#include <tornado/web/json.hpp>
#include <vector>

#include "json_problem.hpp"
#include "support.hpp"

namespace {

namespace web = tornado::web;
namespace detail = tornado::web::detail;

struct Tree {
    std::vector<Tree> children;
};
BOOST_DESCRIBE_STRUCT(Tree, (), (children))

enum class Colour { red, green };
BOOST_DESCRIBE_ENUM(Colour, red, green)

struct Open {
    std::optional<boost::json::value> any;
    std::optional<boost::json::object> object;
    std::optional<std::deque<bool>> flags;
    std::optional<std::set<std::string>> tags;
    std::optional<std::map<std::string, std::int8_t>> scores;
    std::optional<double> weight;
    std::optional<float> ratio;
    std::optional<Colour> colour;
    std::optional<Tree> tree;
};
BOOST_DESCRIBE_STRUCT(Open, (), (any, object, flags, tags, scores, weight, ratio, colour, tree))

template <typename T>
T read(std::string_view text) {
    return detail::read_json<T>(
        detail::parse_json_body(text), detail::JSONPlace{web::UnknownFields::refuse}
    );
}

template <typename T>
std::string written(const T& value) {
    std::string text;
    detail::append_json(text, value);
    return text;
}

void check_problem(std::string_view input, int status) {
    const auto problem = detail::json_problem(std::current_exception());
    require(status == 400 || status == 422, "what does not fit is 400 or 422");
    require(problem.has_value(), "the client is told a problem");
    boost::system::error_code error;
    static_cast<void>(boost::json::parse(*problem, error));
    require(!error, "a problem is JSON");
    constexpr std::size_t longest_step = 80 * 6;  // a name of the client's, escaped
    require(
        problem->size() <= 1000 + longest_step * input.size(), "a problem is as long as its path"
    );
}

template <typename T>
void check(std::string_view input) {
    try {
        const auto text = written(read<T>(input));
        require(written(read<T>(text)) == text, "what was written reads back as the same");
    } catch (const web::JSONBodyError& refused) {
        check_problem(input, refused.status_code());
    }
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    const std::string_view input{reinterpret_cast<const char*>(data), size};
    check<Open>(input);
    check<Tree>(input);
    return 0;
}
