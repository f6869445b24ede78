#include <iostream>
#include <string>
#include <vector>

#include "entry.hpp"

std::string home_page(const std::vector<Entry>& entries);

int main() {
    const auto page = home_page({{"Tom & Jerry", 2}, {"Second", 0}});
    std::cout << page;
    return page == "<h1>Blog</h1><li>Tom &amp; Jerry (2)<li>Second (0)\n" ? 0 : 1;
}
