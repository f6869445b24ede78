// Renders the pages of test/bench/templates, as template_peers.py does with Python's engines:
//
//     template_bench FOLDER table|lookups|blog [MILLISECONDS]
//     template_bench FOLDER compile MILLISECONDS
//
// Prints the CPU time of one rendering, or of compiling a template of 10 KiB, in nanoseconds;
// without MILLISECONDS, the page.
#include <tornado/template/described.hpp>
#include <tornado/templating.hpp>

#include <cstdio>
#include <cstdlib>
#include <ctime>
#include <map>
#include <string>
#include <string_view>
#include <vector>

namespace {

namespace templating = tornado::templating;

struct Entry {
    std::string slug;
    std::string title;
    std::string published = "2026-11-25";
    std::string html;
    std::vector<std::string> tags = {"c++", "web & more"};
};
BOOST_DESCRIBE_STRUCT(Entry, (), (slug, title, published, html, tags))

using Row = std::map<std::string, int>;

std::vector<Entry> make_entries() {
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

Row make_row() {
    Row row;
    for (int i = 0; i < 10; ++i) {
        row[std::string(1, static_cast<char>('a' + i))] = i + 1;
    }
    return row;
}

std::string render(const templating::Template& page, std::string_view name) {
    static const std::vector<Row> table(100, make_row());
    static const std::vector<Entry> entries = make_entries();
    if (name != "blog") {
        return page.generate({{"page_title", "A table of numbers"}, {"table", std::cref(table)}});
    }
    return page.generate({
        {"blog_title", "Notes & queries"},
        {"user", "Ann <ann@example.com>"},
        {"path", "/archive?page=2"},
        {"entries", std::cref(entries)},
    });
}

/// 10 KiB of text with directives of all kinds.
std::string long_template() {
    const std::string_view part = R"(<div class="{{ kind }}">
  {% if user and user.name != "" %}<a href="/user/{{ url_escape(user.name) }}">{{ user.name }}</a>
  {% else %}<a href="/login?next={{ path }}">Sign in</a>{% end %}
  {% for item in items[1:10] %}<li>{{ item["title"].upper() }}: {{ "%.2f" % (item.price * 1.2) }}</li>{% end %}
</div>
)";
    std::string text;
    while (text.size() < 10 * 1024) {
        text += part;
    }
    return text;
}

double now() {
    std::timespec time{};
    ::clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &time);
    return static_cast<double>(time.tv_sec) * 1e9 + static_cast<double>(time.tv_nsec);
}

template <typename Work>
void measure(int milliseconds, Work work) {
    const double start = now();
    double taken = 0;
    int count = 0;
    while (taken < milliseconds * 1e6) {
        const auto result = work();
        asm volatile("" : : "g"(&result) : "memory");
        ++count;
        taken = now() - start;
    }
    std::printf("%.1f\n", taken / count);
}

}  // namespace

int main(int argc, char** argv) {
    const std::string_view name = argc > 2 ? argv[2] : "";
    if (name != "table" && name != "lookups" && name != "blog" && name != "compile") {
        std::fprintf(stderr, "template_bench FOLDER table|lookups|blog|compile [MILLISECONDS]\n");
        return 1;
    }
    const int milliseconds = argc > 3 ? std::atoi(argv[3]) : 0;
    if (name == "compile") {
        const auto text = long_template();
        measure(milliseconds, [&] { return templating::Template{text, "long.html"}; });
        return 0;
    }
    templating::Loader loader{argv[1]};
    const auto page = loader.load(std::string{name} + ".html");
    if (milliseconds == 0) {
        std::fputs(render(*page, name).c_str(), stdout);
        return 0;
    }
    measure(milliseconds, [&] { return render(*page, name); });
    return 0;
}
