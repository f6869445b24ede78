// Any bytes as a configuration file: it is refused with the place, or has assignments, which fit an
// option or are refused.
#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <string>
#include <string_view>
#include <tornado/options/error.hpp>

#include "config_file.hpp"
#include "support.hpp"

namespace {

namespace options = tornado::options;
using options::Kind;

const std::string path = "fuzz.conf";

void check_place(const std::string& sentence, std::int64_t lines) {
    const std::string start = path + ":";
    require(sentence.starts_with(start), "an error begins with the file");
    char* end = nullptr;
    const auto line = std::strtoll(sentence.c_str() + start.size(), &end, 10);
    require(std::string_view{end}.starts_with(": "), "a sentence follows the line");
    require(line >= 1 && line <= lines, "an error is on a line that there is");
}

void check_values(const options::Assignment& assignment) {
    for (const auto kind :
         {Kind::boolean, Kind::integer, Kind::real, Kind::text, Kind::duration, Kind::time}) {
        for (const bool multiple : {false, true}) {
            options::Type type;
            type.kind = kind;
            type.multiple = multiple;
            try {
                const auto value = options::to_value(assignment, type);
                require(
                    value.type().kind == kind || !value.has_value(),
                    "a value is of its option's kind"
                );
                require(multiple || value.scalars().size() <= 1, "one value is one value");
            } catch (const options::Error&) {
                // it does not fit
            }
        }
    }
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    const std::string_view input{reinterpret_cast<const char*>(data), size};
    const auto lines = std::count(input.begin(), input.end(), '\n') + 1;
    try {
        for (const auto& assignment : options::parse_config(input, path)) {
            require(!assignment.name.empty(), "an assignment has a name");
            require(
                assignment.is_list || assignment.literals.size() == 1,
                "what is no list is one literal"
            );
            check_values(assignment);
        }
    } catch (const options::Error& error) {
        check_place(error.what(), lines);
    }
    return 0;
}
