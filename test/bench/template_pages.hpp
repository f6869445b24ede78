#pragma once

#include <boost/describe.hpp>
#include <cstdio>
#include <ctime>
#include <map>
#include <string>
#include <string_view>
#include <vector>

// What the pages of test/bench/templates are given; template_peers.py gives Python's engines the
// same.
namespace pages {

struct Entry {
    std::string slug;
    std::string title;
    std::string published = "2026-11-25";
    std::string html;
    std::vector<std::string> tags = {"c++", "web & more"};
};
BOOST_DESCRIBE_STRUCT(Entry, (), (slug, title, published, html, tags))

using Row = std::map<std::string, int>;
using Table = std::vector<Row>;

inline const std::string page_title = "A table of numbers";
inline const std::string blog_title = "Notes & queries";
inline const std::string user = "Ann <ann@example.com>";
inline const std::string path = "/archive?page=2";

inline std::vector<Entry> make_entries() {
    const char* const titles[] = {
        "First steps", "On <escaping> & trust", "Loops", "What is new", "Farewell"};
    std::string html = "<p>";
    for (int i = 0; i < 20; ++i) {
        html += "All work and no play makes a dull blog. ";
    }
    std::vector<Entry> entries(10);
    for (std::size_t i = 0; i < entries.size(); ++i) {
        entries[i].slug = "entry-" + std::to_string(i);
        entries[i].title = titles[i % 5];
        entries[i].html = html + "</p>";
    }
    return entries;
}

inline Row make_row() {
    Row row;
    for (int i = 0; i < 10; ++i) {
        row[std::string(1, static_cast<char>('a' + i))] = i + 1;
    }
    return row;
}

inline const std::vector<Entry>& entries() {
    static const auto made = make_entries();
    return made;
}

inline const Table& table() {
    static const Table made(100, make_row());
    return made;
}

/// The page as one writes it by hand, with appends to a string.
std::string written_by_hand(std::string_view name);

inline double cpu_time() {
    std::timespec time{};
    ::clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &time);
    return static_cast<double>(time.tv_sec) * 1e9 + static_cast<double>(time.tv_nsec);
}

/// Prints the CPU time of one turn of the work, in nanoseconds.
template <typename Work>
void measure(int milliseconds, Work work) {
    const double start = cpu_time();
    double taken = 0;
    int count = 0;
    while (taken < milliseconds * 1e6) {
        for (int turn = 0; turn < 16; ++turn) {  // the clock is not for nothing
            const auto result = work();
            asm volatile("" : : "g"(&result) : "memory");
        }
        count += 16;
        taken = cpu_time() - start;
    }
    std::printf("%.1f\n", taken / count);
}

}  // namespace pages
