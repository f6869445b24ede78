// What our tables hold, for tables_test.py.
//
//     tables unescape        # stdin with its HTML entities replaced
//     tables locale_names    # a line each of code, name and name in English, with tabs between
#include <iostream>
#include <iterator>
#include <string>
#include <string_view>
#include <tornado/escape.hpp>
#include <tornado/locale/names.hpp>

int main(int argc, char** argv) {
    const std::string_view table = argc > 1 ? argv[1] : "";
    if (table == "unescape") {
        const std::string input{std::istreambuf_iterator<char>{std::cin}, {}};
        std::cout << tornado::escape::xhtml_unescape(input);
    } else if (table == "locale_names") {
        for (const auto& locale : tornado::locale::LOCALE_NAMES) {
            std::cout << locale.code << '\t' << locale.name << '\t' << locale.name_en << '\n';
        }
    } else {
        std::cerr << "usage: tables unescape|locale_names\n";
        return 2;
    }
}
