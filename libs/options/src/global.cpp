#include "tornado/options/global.hpp"

#include <cstdlib>

#include "standard_descriptors.hpp"

namespace tornado::options {

OptionParser& options() {
    static OptionParser parser;
    [[maybe_unused]] static const bool has_logging_options = [] {
        define_logging_options(parser);
        return true;
    }();
    return parser;
}

std::vector<std::string> parse_command_line(int argc, char** argv, bool final) {
    open_standard_descriptors();
    try {
        auto rest =
            options().parse_command_line(std::vector<std::string>(argv, argv + argc), final);
        if (!options().get<bool>("help")) {
            return rest;
        }
    } catch (const Error& error) {
        const std::string_view path = argc > 0 ? argv[0] : "";
        const std::string program{path.substr(path.rfind('/') + 1)};
        std::fprintf(stderr, "%s: %s (--help lists all options)\n", program.c_str(), error.what());
        std::exit(2);
    }
    options().print_help(stderr);
    std::exit(0);
}

void refuse_rest(const std::vector<std::string>& rest) {
    if (!rest.empty()) {
        throw Error{"what is \"" + rest.front() + "\"? (--help lists all options)"};
    }
}

}  // namespace tornado::options
