// What template_bench.cpp does, by libctemplate: ctemplate_bench FOLDER table|lookups
// [MILLISECONDS]
#include <ctemplate/template.h>

#include <cstdio>
#include <cstdlib>
#include <string>

#include "template_pages.hpp"

namespace {

void fill(ctemplate::TemplateDictionary& dictionary) {
    dictionary.SetValue("PAGE_TITLE", pages::page_title);
    const char* const links[][2] = {
        {"index.html", "Index"}, {"downloads.html", "Downloads"}, {"products.html", "Products"}};
    for (const auto& [href, caption] : links) {
        auto* const link = dictionary.AddSectionDictionary("LINK");
        link->SetValue("HREF", href);
        link->SetValue("CAPTION", caption);
    }
    for (const auto& row : pages::table()) {
        auto* const line = dictionary.AddSectionDictionary("ROW");
        if (!row.empty()) {
            line->ShowSection("CLASS");
        }
        for (const auto& [name, number] : row) {
            auto* const cell = line->AddSectionDictionary("CELL");
            cell->SetValue("NAME", name);
            cell->SetIntValue("NUMBER", number);
            cell->ShowSection(number > 5 ? "BOLD" : "PLAIN");
        }
    }
}

std::string render(const std::string& file) {
    ctemplate::TemplateDictionary dictionary{"page"};
    fill(dictionary);
    std::string out;
    ctemplate::ExpandTemplate(file, ctemplate::STRIP_WHITESPACE, &dictionary, &out);
    return out;
}

}  // namespace

int main(int argc, char** argv) {
    if (argc < 3) {
        std::fputs("ctemplate_bench FOLDER table|lookups [MILLISECONDS]\n", stderr);
        return 1;
    }
    const auto file = std::string{argv[1]} + "/ctemplate/" + argv[2] + ".tpl";
    if (argc < 4) {
        std::fputs(render(file).c_str(), stdout);
    } else {
        pages::measure(std::atoi(argv[3]), [&] { return render(file); });
    }
    return 0;
}
