// Any bytes as a template, or as one that includes or extends others, that is also run, with a
// limit of steps: it ends in time, in text or in an error, and comes to the same when it runs
// again.
#include <tornado/template/datetime.hpp>
#include <tornado/templating.hpp>

#include <chrono>
#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "support.hpp"
#include "template_files.hpp"

namespace {

namespace templating = tornado::templating;

const templating::Namespace& names() {
    using Clock = std::chrono::system_clock;
    static const templating::Namespace made{
        {"a", 7},
        {"x", 2.5},
        {"s", "<text> \u00e9"},
        {"n", nullptr},
        {"l", std::vector<int>{3, 1, 2}},
        {"d", std::map<std::string, std::string>{{"k", "v"}}},
        {"t", Clock::time_point{std::chrono::seconds{1'600'000'000}}},
        {"f",
         [](int number, std::optional<std::string> text) {
             return text.value_or("") + std::to_string(number);
         }},
    };
    return made;
}

/// What the template comes to, or the error.
std::string outcome(const templating::Template& made) {
    std::string out = "before";
    try {
        made.generate_to(out, names(), {.max_steps = 20'000});
        return out;
    } catch (const templating::Error& error) {
        require(out == "before", "an error leaves no output");
        require(!error.places().empty(), "an error has a place");
        return error.what();
    }
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    const std::string_view text{reinterpret_cast<const char*>(data), size};
    if (text.find("now") != text.npos || text.find("today") != text.npos) {
        return 0;  // the clock goes on between two runs
    }
    try {
        templating::DictLoader loader{template_files(text, "a")};
        const auto made = loader.load("a");
        require(outcome(*made) == outcome(*made), "the same template comes to the same twice");
    } catch (const templating::ParseError&) {
    }
    return 0;
}
