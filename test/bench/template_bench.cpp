// Renders the pages of test/bench/templates, as template_peers.py does with Python's engines:
//
//     template_bench files|compiled|by_hand FOLDER table|lookups|blog [MILLISECONDS]
//     template_bench parse FOLDER long MILLISECONDS
//
// by the files in FOLDER, by what was compiled with this program, or by no template at all. Prints
// the CPU time of one rendering, or of compiling a template of 10 KiB, in nanoseconds; without
// MILLISECONDS, the page.
#include <tornado/template/described.hpp>
#include <tornado/templating.hpp>

#include <cstdio>
#include <cstdlib>
#include <memory>
#include <string>
#include <string_view>

#include "template_pages.hpp"

namespace {

namespace templating = tornado::templating;

std::string render(const templating::Template& page, std::string_view name) {
    if (name != "blog") {
        return page.generate(
            {{"page_title", std::cref(pages::page_title)}, {"table", std::cref(pages::table())}}
        );
    }
    return page.generate({
        {"blog_title", std::cref(pages::blog_title)},
        {"user", std::cref(pages::user)},
        {"path", std::cref(pages::path)},
        {"entries", std::cref(pages::entries())},
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

/// Prints the page, or how long it takes.
template <typename Render>
void show(int milliseconds, Render render_page) {
    if (milliseconds == 0) {
        std::fputs(render_page().c_str(), stdout);
    } else {
        pages::measure(milliseconds, render_page);
    }
}

}  // namespace

int main(int argc, char** argv) {
    const std::string_view form = argc > 3 ? argv[1] : "";
    const std::string name = argc > 3 ? argv[3] : "";
    const int milliseconds = argc > 4 ? std::atoi(argv[4]) : 0;
    if (form == "parse") {
        const auto text = long_template();
        pages::measure(milliseconds, [&] { return templating::Template{text, "long.html"}; });
    } else if (form == "by_hand") {
        show(milliseconds, [&] { return pages::written_by_hand(name); });
    } else if (form == "files" || form == "compiled") {
        std::unique_ptr<templating::BaseLoader> loader;
        if (form == "files") {
            loader = std::make_unique<templating::Loader>(argv[2]);
        } else {
            loader = std::make_unique<templating::CompiledLoader>("template_bench");
        }
        const auto page = loader->load(name + ".html");
        show(milliseconds, [&] { return render(*page, name); });
    } else {
        std::fputs(
            "template_bench files|compiled|by_hand|parse FOLDER PAGE [MILLISECONDS]\n", stderr
        );
        return 1;
    }
    return 0;
}
