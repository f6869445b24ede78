#include <tornado/wsgi/python_app.hpp>

#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <boost/test/unit_test.hpp>
#include <string>
#include <tornado/wsgi/wsgi_container.hpp>

#include "../log_capture.hpp"
#include "../temporary_folder.hpp"

namespace wsgi = tornado::wsgi;

namespace {

struct Modules {
    Modules() {
        write(
            "good_site.py",
            "def app(e, s): pass\nnumber = 1\ndef make(): return app\n"
            "class site: app = staticmethod(app)\nasync def asgi(a, b, c): pass\n"
            "def broken(): raise KeyError('broken')\n"
        );
        write("broken_site.py", "raise KeyError('in the module')\n");
        write("needy_site.py", "import no_such_dependency\n");
        write("wrong_site.py", "def app(:\n");
        write(
            "signal_site.py",
            "import faulthandler, signal\nfaulthandler.register(signal.SIGUSR2)\n"
            "signal.signal(signal.SIGUSR1, print)\ndef app(e, s): pass\n"
        );
        write("application_site.py", "def application(e, s): pass\n");
    }
    void write(const std::string& name, const std::string& text) {
        write_file(folder.path() + "/" + name, text);
    }
    wsgi::PythonApp load(const std::string& name) {
        return wsgi::PythonApp::load(name, {.path = {folder.path()}});
    }
    std::string sentence(const std::string& name) {
        try {
            load(name);
        } catch (const wsgi::LoadError& error) {
            return error.what();
        }
        return "it was loaded";
    }
    std::string traceback(const std::string& name) {
        try {
            load(name);
        } catch (const wsgi::LoadError& error) {
            return error.traceback();
        }
        return "it was loaded";
    }

    TemporaryFolder folder;
};

bool contains(const std::string& text, std::string_view part) {
    return text.find(part) != text.npos;
}

}  // namespace

BOOST_FIXTURE_TEST_SUITE(python_app, Modules)

BOOST_AUTO_TEST_CASE(is_found_by_module_and_attribute) {
    BOOST_CHECK_NO_THROW(load("good_site:app"));
    BOOST_CHECK_NO_THROW(load("good_site:site.app"));
    BOOST_CHECK_NO_THROW(load("good_site:make()"));
    BOOST_CHECK_NO_THROW(load("application_site"));
}

BOOST_AUTO_TEST_CASE(that_is_misnamed_gets_a_sentence_alone) {
    BOOST_TEST(contains(sentence("no_such_site:app"), "there is no Python module no_such_site"));
    BOOST_TEST(contains(sentence("no.such.site:app"), "there is no Python module no.such.site"));
    BOOST_TEST(contains(sentence("good_site:ap"), "has no ap; it has app"));
    // A module of Python's own comes before one that has its name.
    BOOST_TEST(contains(sentence("site:app"), "/site.py) has no app"));
    BOOST_TEST(contains(sentence("sys:app"), "module sys has no app"));
    BOOST_TEST(contains(sentence("good_site:number"), "cannot be called, being of type int"));
    BOOST_TEST(contains(sentence("good_site:number()"), "name it without ()"));
    BOOST_TEST(contains(sentence("good_site:asgi"), "ASGI"));
    for (const std::string name : {"", ":app", "good_site:", "good_site.py", "dir/good_site:app"}) {
        BOOST_TEST(contains(sentence(name), "named as module:attribute"));
        BOOST_TEST(traceback(name).empty());
    }
    BOOST_TEST(traceback("no_such_site:app").empty());
    BOOST_TEST(traceback("good_site:ap").empty());
}

BOOST_AUTO_TEST_CASE(that_fails_by_itself_has_a_traceback) {
    BOOST_TEST(contains(sentence("broken_site:app"), "broken_site cannot be imported"));
    BOOST_TEST(contains(traceback("broken_site:app"), "KeyError: 'in the module'"));
    BOOST_TEST(contains(traceback("broken_site:app"), "broken_site.py"));
    BOOST_TEST(contains(traceback("needy_site:app"), "no_such_dependency"));
    BOOST_TEST(contains(traceback("wrong_site:app"), "SyntaxError"));
    BOOST_TEST(contains(traceback("good_site:broken()"), "KeyError: 'broken'"));
}

BOOST_AUTO_TEST_CASE(that_handles_signals_is_told_that_it_does_not) {
    const LogCapture logged;
    load("signal_site:app");
    BOOST_TEST(logged.count("signal_site handles SIGUSR1, in vain") == 1);
    BOOST_TEST(logged.size() == 1U);
    load("good_site:app");
    BOOST_TEST(logged.size() == 1U);
}

BOOST_AUTO_TEST_CASE(of_source_is_one_of_its_globals) {
    BOOST_CHECK_NO_THROW(wsgi::PythonApp::from_source("def app(e, s): pass", "app"));
    BOOST_CHECK_THROW(wsgi::PythonApp::from_source("x = 1"), wsgi::LoadError);
    BOOST_CHECK_THROW(wsgi::PythonApp::from_source("def"), wsgi::LoadError);
}

BOOST_AUTO_TEST_CASE(files_of_modules_are_known) {
    load("good_site:app");
    const auto files = wsgi::loaded_python_files();
    BOOST_TEST(std::ranges::count_if(files, [](const auto& file) {
                   return file.ends_with("/good_site.py");
               }) == 1);
    BOOST_TEST(std::ranges::none_of(files, [](const auto& file) {
        return contains(file, "/wsgiref/");
    }));
}

BOOST_AUTO_TEST_CASE(does_not_go_along_into_a_forked_process) {
    const auto app = load("good_site:app");
    wsgi::WSGIContainer container{app};
    const auto child = ::fork();
    if (child == 0) {
        int told = 0;
        try {
            static_cast<void>(wsgi::PythonApp::load("good_site:app"));
        } catch (const std::logic_error& error) {
            told += contains(error.what(), "fork first") ? 1 : 0;
        }
        try {
            wsgi::WSGIContainer another{app};
        } catch (const std::logic_error&) {
            ++told;
        }
        ::_exit(told == 2 ? 0 : 1);
    }
    int status = -1;
    BOOST_TEST(::waitpid(child, &status, 0) == child);
    BOOST_TEST(status == 0);
}

BOOST_AUTO_TEST_SUITE_END()
