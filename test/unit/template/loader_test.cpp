#include <tornado/template/loader.hpp>

#include <sys/fsuid.h>

#include <algorithm>
#include <atomic>
#include <boost/test/unit_test.hpp>
#include <filesystem>
#include <map>
#include <memory>
#include <mutex>
#include <string>
#include <string_view>
#include <system_error>
#include <thread>
#include <tornado/template/error.hpp>
#include <utility>
#include <vector>

#include "../temporary_folder.hpp"

namespace {

using namespace tornado::templating;

std::string error_of(BaseLoader& loader, const std::string& name) {
    try {
        (void)loader.load(name);
    } catch (const ParseError& error) {
        return error.what();
    }
    return "no error";
}

BOOST_AUTO_TEST_SUITE(loader)

BOOST_AUTO_TEST_CASE(includes_the_text_of_another_file) {
    DictLoader loader{
        {{"index.html", "{% include \"header.html\" %}\nbody text"},
         {"header.html", "header text"}}};
    BOOST_TEST(loader.load("index.html")->generate() == "header text\nbody text");
}

BOOST_AUTO_TEST_CASE(an_included_file_sees_and_sets_the_variables_around_it) {
    DictLoader loader{
        {{"a", "{% for x in [1, 2] %}{% include b %}{{ y }}{% end %}"},
         {"b", "{% set y = x * 10 %}"}}};
    BOOST_TEST(loader.load("a")->generate() == "1020");
}

BOOST_AUTO_TEST_CASE(a_child_fills_the_blocks_of_its_parent) {
    DictLoader loader{{
        {"base.html",
         "<title>{% block title %}default title{% end %}</title>\n<body>{% block body %}default "
         "body{% end %}</body>\n"},
        {"page.html",
         "{% extends \"base.html\" %}\nignored {{ 1/0 }}\n{% block title %}page title{% end %}\n{% "
         "block body %}page body{% end %}\n"},
        {"third.html",
         "{% extends page.html %}{% block body %}third: {% block inner %}inner{% end %}{% end %}"},
        {"fourth.html", "{% extends third.html %}{% block inner %}replaced{% end %}"},
    }};
    BOOST_TEST(
        loader.load("base.html")->generate() ==
        "<title>default title</title>\n<body>default body</body>\n"
    );
    BOOST_TEST(
        loader.load("page.html")->generate() ==
        "<title>page title</title>\n<body>page body</body>\n"
    );
    BOOST_TEST(
        loader.load("third.html")->generate() ==
        "<title>page title</title>\n<body>third: inner</body>\n"
    );
    BOOST_TEST(
        loader.load("fourth.html")->generate() ==
        "<title>page title</title>\n<body>third: replaced</body>\n"
    );
}

BOOST_AUTO_TEST_CASE(a_folder_stays_where_it_is_when_the_process_changes_its_own) {
    const TemporaryFolder folder;
    const auto present = std::filesystem::current_path();
    write_file(folder / "a", "text");
    std::filesystem::current_path(folder.path());
    Loader loader{"."};
    std::filesystem::current_path(present);
    BOOST_TEST(loader.load("a")->generate() == "text");
}

BOOST_AUTO_TEST_CASE(names_are_relative_to_the_file_that_says_them) {
    DictLoader loader{
        {{"a/1.html", "{% include '2.html' %}"},
         {"a/2.html", "{% include '../b/3.html' %}"},
         {"b/3.html", "ok"}}};
    BOOST_TEST(loader.load("a/1.html")->generate() == "ok");
    BOOST_TEST(loader.load("3.html", "b/other.html")->generate() == "ok");
    BOOST_TEST(loader.resolve_path("x.html", "<string>") == "x.html");
    BOOST_TEST(loader.resolve_path("./x//y/../z.html") == "x/z.html");
}

BOOST_AUTO_TEST_CASE(its_names_are_known_to_all_templates) {
    DictLoader loader{
        {{"test.html", "{{ inc(5) }}{{ a }}"}},
        {.names = {{"inc", [](int x) { return x + 1; }}, {"a", 1}}}};
    BOOST_TEST(loader.load("test.html")->generate() == "61");
    BOOST_TEST(loader.load("test.html")->generate({{"a", 2}}) == "62");
}

BOOST_AUTO_TEST_CASE(names_may_be_any_text) {
    DictLoader loader{{{"t\u00e9st.html", "hello"}}};
    BOOST_TEST(loader.load("t\u00e9st.html")->generate() == "hello");
}

BOOST_AUTO_TEST_CASE(a_template_is_compiled_once) {
    DictLoader loader{{{"a", "x"}}};
    const auto first = loader.load("a");
    BOOST_TEST(loader.load("./a") == first);
    loader.reset();
    BOOST_TEST(loader.load("a") != first);
    BOOST_TEST(first->generate() == "x");
}

BOOST_AUTO_TEST_CASE(paths_out_of_the_folder_are_refused) {
    const TemporaryFolder folder;
    folder.put("secret", "secret");
    folder.put("templates/a.html", "{% include '../secret' %}");
    folder.put("templates/b.html", "{% extends '/etc/passwd' %}");
    folder.put("templates/c/d.html", "{% include '../e.html' %}");
    folder.put("templates/e.html", "fine");
    Loader loader{folder / "templates"};
    for (const std::string name :
         {"../secret", "/etc/passwd", "c/../../secret", "..", ".", "", "/", "c/../..//secret"}) {
        BOOST_TEST(
            error_of(loader, name).find("leads out of the templates' folder") != std::string::npos
        );
    }
    BOOST_CHECK_THROW((void)loader.load(std::string_view{"e.html\0", 7}), ParseError);
    BOOST_TEST(
        error_of(loader, "a.html") ==
        "the path ../secret leads out of the templates' folder at a.html:1"
    );
    BOOST_TEST(
        error_of(loader, "b.html") ==
        "the path /etc/passwd leads out of the templates' folder at b.html:1"
    );
    BOOST_TEST(loader.load("c/d.html")->generate() == "fine");
    BOOST_CHECK_THROW((void)loader.resolve_path("../x", "a.html"), ParseError);
}

BOOST_AUTO_TEST_CASE(a_file_that_is_not_there_is_told_with_its_place) {
    const TemporaryFolder folder;
    folder.put("a.html", "\n{% include nowhere.html %}");
    folder.put("folder/x", "");
    Loader loader{folder.path()};
    BOOST_TEST(
        error_of(loader, "nowhere.html") == "there is no template nowhere.html at nowhere.html:0"
    );
    BOOST_TEST(error_of(loader, "folder") == "there is no template folder at folder:0");
    BOOST_TEST(error_of(loader, "a.html") == "there is no template nowhere.html at a.html:2");
}

BOOST_AUTO_TEST_CASE(an_empty_folder_is_where_the_program_runs) {
    BOOST_CHECK_THROW(Loader{""}.load("etc/passwd"), ParseError);
}

BOOST_AUTO_TEST_CASE(files_are_read_as_utf8) {
    const TemporaryFolder folder;
    folder.put("utf8.html", "H\u00e9llo\n");
    folder.put("latin1.html", "H\xe9llo\n");
    Loader loader{folder.path()};
    BOOST_TEST(loader.load("utf8.html")->generate() == "H\u00e9llo\n");
    BOOST_TEST(error_of(loader, "latin1.html") == "The template is not UTF-8 at latin1.html:1");
}

BOOST_AUTO_TEST_CASE(endless_inclusion_is_refused) {
    DictLoader loader{{
        {"self", "{% include self %}"},
        {"one", "{% include two %}"},
        {"two", "{% if x %}{% include one %}{% end %}"},
        {"parent", "{% extends parent %}"},
        {"p1", "{% extends p2 %}"},
        {"p2", "{% extends p1 %}"},
        {"base", "{% block a %}{% block b %}{% end %}{% end %}"},
        {"inner", "{% include page %}"},
        {"page", "{% extends base %}"},
    }};
    BOOST_TEST(error_of(loader, "self") == "files include each other without end at self:1");
    BOOST_TEST(error_of(loader, "one").starts_with("files include each other without end at "));
    BOOST_TEST(error_of(loader, "parent") == "parent extends itself at parent:1");
    BOOST_TEST(error_of(loader, "p1") == "p1 extends itself at p2:1");
    BOOST_TEST(error_of(loader, "inner") == "an included file cannot extend another at page:1");
}

BOOST_AUTO_TEST_CASE(a_template_that_would_grow_without_measure_is_refused) {
    DictLoader::Texts texts{{"0", "x{{ 1 }}"}};
    for (int i = 1; i <= 40; ++i) {
        const auto below = std::to_string(i - 1);
        texts[std::to_string(i)] = "{% include " + below + " %}{% include " + below + " %}";
    }
    DictLoader loader{texts};
    BOOST_TEST(error_of(loader, "5") == "no error");
    BOOST_TEST(error_of(loader, "40").starts_with("the template grows too large at "));
}

BOOST_AUTO_TEST_CASE(a_break_belongs_to_a_loop_of_the_text_around_its_block) {
    DictLoader loader{{
        {"base", "{% for x in [1, 2] %}{% block a %}{% end %}{{ x }}{% end %}"},
        {"in",
         "{% extends base %}{% for y in z %}{% block a %}{% if x == 2 %}{% break %}{% end %}{% end "
         "%}{% end %}"},
        {"other", "{% block a %}{% end %}"},
        {"out", "{% extends other %}{% for y in z %}{% block a %}{% break %}{% end %}{% end %}"},
    }};
    BOOST_TEST(loader.load("in")->generate() == "1");
    BOOST_TEST(
        error_of(loader, "out") == "break or continue outside of a for or while block at out:1"
    );
}

BOOST_AUTO_TEST_CASE(changed_files_are_seen_only_by_auto_reload) {
    const TemporaryFolder folder;
    folder.put("page.html", "{% extends base.html %}{% block b %}{% include part.html %}{% end %}");
    folder.put("base.html", "[{% block b %}{% end %}]");
    folder.put("part.html", "one");
    Loader fixed{folder.path()};
    Loader reloading{folder.path(), {.auto_reload = true}};
    BOOST_TEST(fixed.load("page.html")->generate() == "[one]");
    const auto before = reloading.load("page.html");
    BOOST_TEST(reloading.load("page.html") == before);
    folder.put("part.html", "second");
    BOOST_TEST(fixed.load("page.html")->generate() == "[one]");
    BOOST_TEST(reloading.load("page.html")->generate() == "[second]");
    BOOST_TEST(before->generate() == "[one]");
    folder.put("base.html", "({% block b %}{% end %})");
    BOOST_TEST(reloading.load("page.html")->generate() == "(second)");
    std::filesystem::remove(folder / "part.html");
    BOOST_TEST(error_of(reloading, "page.html") == "there is no template part.html at page.html:1");
}

/// Loads and renders by several threads at once; what came out that is none of `expected`.
std::vector<std::string>
rendered_by_threads(BaseLoader& loader, const std::vector<std::string>& expected) {
    constexpr int turns = 50;
    std::mutex mutex;
    std::vector<std::string> unexpected;
    std::vector<std::thread> threads;
    for (int number = 0; number < 4; ++number) {
        threads.emplace_back([&, number] {
            for (int turn = 0; turn < turns; ++turn) {
                if (number == 0 && turn % 10 == 5) {
                    loader.reset();
                }
                const auto made =
                    loader.load("page.html")->generate({{"names", std::vector<int>{1, 2}}});
                const std::lock_guard lock{mutex};
                if (std::find(expected.begin(), expected.end(), made) == expected.end()) {
                    unexpected.push_back(made);
                }
            }
        });
    }
    for (auto& thread : threads) {
        thread.join();
    }
    return unexpected;
}

BOOST_AUTO_TEST_CASE(several_threads_may_share_one) {
    const std::string page =
        "{% extends base.html %}{% block b %}{% for n in names %}{% include part.html %}{% end "
        "%}{% "
        "end %}";
    DictLoader loader{
        {{"page.html", page},
         {"base.html", "[{% block b %}{% end %}]"},
         {"part.html", "{{ n }},"}}};
    const auto unexpected = rendered_by_threads(loader, {"[1,2,]"});
    BOOST_TEST(unexpected.empty(), unexpected.size() << " were something else");
}

/// One that finds its texts elsewhere, as a program's own may.
class VersionedLoader final : public BaseLoader {
public:
    using BaseLoader::BaseLoader;

    void put(const std::string& name, std::string text) {
        auto& [its, version] = texts_[name];
        its = std::move(text);
        ++version;
    }
    int reads = 0;

protected:
    [[nodiscard]] Source read(const std::string& name) override {
        ++reads;
        const auto found = texts_.find(name);
        if (found == texts_.end()) {
            not_found(name);
        }
        return {found->second.first, version(name)};
    }
    [[nodiscard]] std::string version(const std::string& name) override {
        return std::to_string(texts_[name].second);
    }

private:
    std::map<std::string, std::pair<std::string, int>> texts_;
};

BOOST_AUTO_TEST_CASE(may_be_derived_from) {
    VersionedLoader loader{LoaderOptions{.auto_reload = true}};
    loader.put("page", "{% include part %}!");
    loader.put("part", "one");
    BOOST_TEST(loader.load("page")->generate() == "one!");
    BOOST_TEST(loader.load("page")->generate() == "one!");
    BOOST_TEST(loader.reads == 2);
    loader.put("part", "two");
    BOOST_TEST(loader.load("page")->generate() == "two!");
    BOOST_TEST(loader.reads == 3);
    loader.put("page", "\n{% include other %}");
    BOOST_TEST(error_of(loader, "page") == "there is no template other at page:2");
    BOOST_TEST(error_of(loader, "../page").find("page") != std::string::npos);
}

BOOST_AUTO_TEST_CASE(several_threads_may_share_one_while_its_files_change) {
    const TemporaryFolder folder;
    folder.put("page.html", "{% include part.html %}{{ len(names) }}");
    folder.put("part.html", "one");
    Loader loader{folder.path(), {.auto_reload = true}};
    std::atomic<bool> ended = false;
    std::thread writer{[&] {
        for (int turn = 0; !ended; ++turn) {
            folder.put("new.html", turn % 2 == 0 ? "another" : "one");
            std::filesystem::rename(folder / "new.html", folder / "part.html");
        }
    }};
    const auto unexpected = rendered_by_threads(loader, {"one2", "another2"});
    ended = true;
    writer.join();
    BOOST_TEST(unexpected.empty(), unexpected.size() << " were something else");
}

BOOST_AUTO_TEST_CASE(a_file_that_cannot_be_opened_is_not_said_to_be_missing) {
    const TemporaryFolder folder;
    folder.put("page.html", "text");
    const auto page = folder / "page.html";
    std::filesystem::permissions(folder.path(), std::filesystem::perms{0755});
    std::filesystem::permissions(page, std::filesystem::perms::none);
    Loader loader{folder.path()};
    const auto former = ::setfsuid(65534);  // the superuser may read all
    BOOST_CHECK_EXCEPTION(
        static_cast<void>(loader.load("page.html")),
        std::system_error,
        [&](const std::system_error& error) {
            return error.code() == std::errc::permission_denied &&
                   std::string_view{error.what()}.find(page) != std::string_view::npos;
        }
    );
    ::setfsuid(static_cast<uid_t>(former));
    std::filesystem::permissions(page, std::filesystem::perms::owner_read);
    BOOST_TEST(loader.load("page.html")->generate() == "text");
}

BOOST_AUTO_TEST_SUITE_END()

BOOST_AUTO_TEST_SUITE(autoescape)

const DictLoader::Texts texts{
    {"escaped.html", "{% autoescape xhtml_escape %}{{ name }}"},
    {"unescaped.html", "{% autoescape None %}{{ name }}"},
    {"default.html", "{{ name }}"},
    {"include.html",
     "escaped: {% include 'escaped.html' %}\nunescaped: {% include 'unescaped.html' %}\ndefault: "
     "{% include 'default.html' %}\n"},
    {"escaped_block.html",
     "{% autoescape xhtml_escape %}{% block name %}base: {{ name }}{% end %}"},
    {"unescaped_block.html", "{% autoescape None %}{% block name %}base: {{ name }}{% end %}"},
    {"escaped_extends_unescaped.html",
     "{% autoescape xhtml_escape %}{% extends \"unescaped_block.html\" %}"},
    {"escaped_overrides_unescaped.html",
     "{% autoescape xhtml_escape %}{% extends \"unescaped_block.html\" %}{% block name %}extended: "
     "{{ name }}{% end %}"},
    {"unescaped_extends_escaped.html", "{% autoescape None %}{% extends \"escaped_block.html\" %}"},
    {"unescaped_overrides_escaped.html",
     "{% autoescape None %}{% extends \"escaped_block.html\" %}{% block name %}extended: {{ name "
     "}}{% end %}"},
    {"raw_expression.html", "{% autoescape xhtml_escape %}expr: {{ name }}\nraw: {% raw name %}"},
};

std::string render(BaseLoader& loader, const std::string& file, const std::string& name) {
    return loader.load(file)->generate({{"name", name}});
}

BOOST_AUTO_TEST_CASE(off_for_the_loader_is_on_where_a_file_says_so) {
    DictLoader off{texts, {.autoescape = "None"}};
    const std::string name = "Bobby <table>s";
    BOOST_TEST(render(off, "escaped.html", name) == "Bobby &lt;table&gt;s");
    BOOST_TEST(render(off, "unescaped.html", name) == "Bobby <table>s");
    BOOST_TEST(render(off, "default.html", name) == "Bobby <table>s");
    BOOST_TEST(
        render(off, "include.html", name) ==
        "escaped: Bobby &lt;table&gt;s\nunescaped: Bobby <table>s\ndefault: Bobby <table>s\n"
    );
}

BOOST_AUTO_TEST_CASE(on_for_the_loader_is_off_where_a_file_says_so) {
    DictLoader on{texts};
    const std::string name = "Bobby <table>s";
    BOOST_TEST(render(on, "escaped.html", name) == "Bobby &lt;table&gt;s");
    BOOST_TEST(render(on, "unescaped.html", name) == "Bobby <table>s");
    BOOST_TEST(render(on, "default.html", name) == "Bobby &lt;table&gt;s");
    BOOST_TEST(
        render(on, "include.html", name) ==
        "escaped: Bobby &lt;table&gt;s\nunescaped: Bobby <table>s\ndefault: Bobby &lt;table&gt;s\n"
    );
}

BOOST_AUTO_TEST_CASE(goes_by_the_file_that_defines_a_block) {
    DictLoader loader{texts};
    BOOST_TEST(render(loader, "escaped_block.html", "<script>") == "base: &lt;script&gt;");
    BOOST_TEST(render(loader, "unescaped_block.html", "<script>") == "base: <script>");
    BOOST_TEST(render(loader, "escaped_extends_unescaped.html", "<script>") == "base: <script>");
    BOOST_TEST(
        render(loader, "escaped_overrides_unescaped.html", "<script>") == "extended: &lt;script&gt;"
    );
    BOOST_TEST(
        render(loader, "unescaped_extends_escaped.html", "<script>") == "base: &lt;script&gt;"
    );
    BOOST_TEST(
        render(loader, "unescaped_overrides_escaped.html", "<script>") == "extended: <script>"
    );
}

BOOST_AUTO_TEST_CASE(raw_prints_as_it_is) {
    DictLoader loader{texts};
    BOOST_TEST(
        render(loader, "raw_expression.html", "<>&\"") == "expr: &lt;&gt;&amp;&quot;\nraw: <>&\""
    );
}

BOOST_AUTO_TEST_CASE(may_be_any_function_of_a_text) {
    DictLoader loader{
        {{"foo.py", "{% autoescape py_escape %}s = {{ name }}\n"},
         {"bad", "{% autoescape len %}{{ 1 }}"}}};
    const Value py_escape{[](const std::string& text) { return Value{text}.repr(); }};
    const auto made = [&](const Value& name) {
        return loader.load("foo.py")->generate({{"py_escape", py_escape}, {"name", name}});
    };
    BOOST_TEST(made("<html>") == "s = '<html>'\n");
    BOOST_TEST(made("';sys.exit()") == "s = \"';sys.exit()\"\n");
    BOOST_TEST(made(Value::list({"not a string"})) == "s = \"['not a string']\"\n");
    BOOST_CHECK_THROW((void)loader.load("bad")->generate(), Error);
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace
