// Any bytes as a query for PostgreSQL: what is numbered has as many marks fewer, and nothing else
// changes.
#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

#include "parameters.hpp"
#include "support.hpp"

namespace {

namespace database = tornado::database;

/// Walks both texts side by side. No question marks are doubled in them.
void compare(std::string_view written, std::string_view made, std::size_t parameters) {
    std::size_t number = 0;
    std::size_t at = 0;
    for (std::size_t i = 0; i < written.size(); ++i) {
        if (at < made.size() && made[at] == written[i]) {
            ++at;
            continue;
        }
        require(written[i] == '?', "only question marks change");
        const auto mark = "$" + std::to_string(++number);
        require(made.substr(at).starts_with(mark), "numbers count up");
        at += mark.size();
    }
    require(at == made.size(), "nothing is added");
    require(number == parameters, "all numbers are counted");
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    const std::string_view text{reinterpret_cast<const char*>(data), size};
    const auto made = database::number_parameters(text);
    require(made.sql.size() <= text.size() + made.parameters * 8, "it grows by the numbers");
    if (text.find("??") == text.npos) {
        compare(text, made.sql, made.parameters);
    }
    return 0;
}
