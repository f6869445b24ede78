#include <tornado/template/described.hpp>
#include <tornado/templating.hpp>

#include <string>
#include <vector>

#include "entry.hpp"

std::string home_page(const std::vector<Entry>& entries) {
    tornado::templating::CompiledLoader loader{"pages"};
    return loader.load("home.html")->generate({{"entries", std::cref(entries)}});
}
