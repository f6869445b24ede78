#include "template_handlers.hpp"

#include <boost/describe.hpp>
#include <chrono>
#include <functional>
#include <map>
#include <optional>
#include <string>
#include <tornado/escape.hpp>
#include <tornado/template/datetime.hpp>
#include <tornado/template/described.hpp>
#include <tornado/web/templates.hpp>

namespace templating = tornado::templating;
namespace web = tornado::web;

namespace {

struct Entry {
    int id;
    std::string slug;
    std::string title;
    std::string text;
    std::string html;
    std::chrono::sys_seconds published;
    std::chrono::sys_seconds updated;
};
BOOST_DESCRIBE_STRUCT(Entry, (), (id, slug, title, text, html, published, updated))

const std::vector<Entry>& all_entries() {
    static const auto entries = [] {
        using namespace std::chrono;
        std::vector<Entry> made;
        for (const int number : {28, 7}) {
            const auto id = std::to_string(number);
            const day the_day{static_cast<unsigned>(number)};
            const auto at = 18h + 35min;
            made.push_back(
                {.id = number,
                 .slug = "slug-" + id,
                 .title = "Title <" + id + ">",
                 .text = "a\n\n  b & c",
                 .html = "<b>bold</b>",
                 .published = sys_days{year{2013} / 4 / the_day} + at,
                 .updated = sys_days{year{2014} / 4 / the_day} + at}
            );
        }
        return made;
    }();
    return entries;
}

const std::vector<std::map<std::string, std::string>> messages{
    {{"id", "1"}, {"body", "hello http://example.com/ <b>"}},
    {{"id", "2"}, {"body", "you"}}};

struct RenderHandler : web::RequestHandler {
    web::User get_current_user() override { return get_argument("user", ""); }
    void get() {
        const auto& all = all_entries();
        const auto count = get_argument("entries", all.size());
        const std::vector<Entry> entries{all.begin(), all.begin() + static_cast<int>(count)};
        templating::Value first;
        if (!entries.empty()) {
            first = std::cref(entries[0]);
        }
        templating::Value error;
        if (const auto text = get_argument("error", ""); !text.empty()) {
            error = text;
        }
        render(
            get_argument("page"),
            {{"entries", std::cref(entries)},
             {"entry", first},
             {"messages", std::cref(messages)},
             {"error", error}}
        );
    }
    void head() { get(); }
};

struct RenderStringHandler : web::RequestHandler {
    void get() {
        write("<");
        write(render_string("chat.html", {{"messages", std::cref(messages)}}));
        write(">");
    }
};

struct EntryModule : web::UIModule {
    std::string render(const templating::Value& entry, std::optional<bool> full) {
        return render_string(
            "modules/entry.html", {{"entry", entry}, {"full", full.value_or(false)}}
        );
    }
};

struct TagModule : web::UIModule {
    std::string render(std::string name, std::optional<std::string> text) {
        return "<" + name + ">" + tornado::escape::xhtml_escape(text.value_or("")) + "</" + name +
               ">";
    }
};

struct AskingModule : web::UIModule {
    std::string render() { return "asked"; }
    std::string embedded_javascript() override { return "a();"; }
    std::vector<std::string> javascript_files() override {
        return {"/a.js", "http://a/b.js?c&d", "/a.js"};
    }
    std::string html_body() override { return "<p>end</p>"; }
};

std::string say(web::RequestHandler& handler, std::string_view text, std::optional<int> times) {
    std::string said{handler.request().path()};
    said += ":";
    for (int i = 0; i < times.value_or(1); ++i) {
        said += text;
    }
    return said;
}

}  // namespace

std::vector<web::Route> template_routes() {
    return {
        web::url<RenderHandler>("/h/render"), web::url<RenderStringHandler>("/h/render_string")};
}

std::vector<web::UIMethod> ui_methods() {
    return {web::ui_method("say", {"text", "times"}, &say)};
}

std::vector<web::UIModuleClass> ui_modules() {
    return {
        web::ui_module<AskingModule>("Asking"),
        web::ui_module<EntryModule>("Entry"),
        web::ui_module<TagModule>("Tag", {.parameters = {"name", "text"}})};
}
