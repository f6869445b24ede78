#include "../../../libs/process/tool/command_line.hpp"

#include <pty.h>
#include <sys/stat.h>

#include <boost/test/data/test_case.hpp>
#include <boost/test/unit_test.hpp>
#include <csignal>

#include "talk.hpp"

namespace {

namespace fs = std::filesystem;

/// A program that is a shell script, and the tool around it.
struct Fixture {
    void write_script(const std::string& commands) const { write_script(program, commands); }
    static void write_script(const std::string& path, const std::string& commands) {
        write_file(path + ".new", "#!/bin/sh\n" + commands + "\n");
        fs::permissions(path + ".new", fs::perms::owner_all);
        fs::rename(path + ".new", path);
    }
    /// The tool's command line: these options, then the program with its arguments.
    [[nodiscard]] std::vector<std::string>
    around(std::vector<std::string> options, const std::vector<std::string>& arguments = {}) const {
        options.insert(options.begin(), AUTORELOAD);
        options.push_back(program);
        options.insert(options.end(), arguments.begin(), arguments.end());
        return options;
    }

    TemporaryFolder folder;
    std::string program = folder / "program";
};

/// Sleeps until a signal comes, and says that it is there.
const std::string says_running = "echo running $$ ; exec sleep 1000";

BOOST_FIXTURE_TEST_SUITE(tornado_autoreload, Fixture)

BOOST_AUTO_TEST_CASE(a_program_that_has_changed_runs_again_with_the_same_arguments) {
    write_script("printf 'one [%s] [%s] [%s] [%s]\\n' \"$@\"; exec sleep 1000");
    Talk talk{around({}, {"arg1", "--arg2", "-m", "arg 3"})};
    talk.hear("one [arg1] [--arg2] [-m] [arg 3]");
    write_script("printf 'two [%s] [%s] [%s] [%s]\\n' \"$@\"; exec sleep 1000");
    talk.hear("tornado-autoreload: " + program + " modified; starting again");
    talk.hear("two [arg1] [--arg2] [-m] [arg 3]");
}

BOOST_AUTO_TEST_CASE(a_watched_path_is_a_reason_too) {
    write_script("echo \"runs with $(cat " + (folder / "sub/file") + ")\"; exec sleep 1000");
    fs::create_directory(folder / "sub");
    write_file(folder / "sub/file", "old");
    Talk talk{around({"--watch", folder / "sub", "--watch=" + (folder / "later"), "--"})};
    talk.hear("there is no " + (folder / "later") + " yet; it is waited for");
    talk.hear("runs with old");
    write_file(folder / "sub/file", "new");
    talk.hear("runs with new");
    write_file(folder / "later", "");
    talk.hear((folder / "later") + " modified; starting again");
    talk.hear("runs with new");
}

BOOST_AUTO_TEST_CASE(a_program_that_has_failed_is_run_again_at_the_next_change) {
    write_script("exit 3");
    Talk talk{around({})};
    talk.hear("the program exited with status 3; waiting for a change");
    write_script("kill -SEGV $$");
    talk.hear("the program was killed by signal 11 (Segmentation fault); waiting for a change");
    write_script("echo well");
    talk.hear("well");
    talk.hear("the program exited with status 0; waiting for a change");
}

BOOST_AUTO_TEST_CASE(until_success_it_restarts_and_then_ends) {
    write_script("echo reloading; exit 1");
    Talk talk{around({"--until-success"})};
    talk.hear("reloading");
    talk.hear("waiting for a change");
    write_script("echo exiting cleanly");
    talk.hear("exiting cleanly");
    BOOST_TEST(talk.join() == 0);
}

BOOST_AUTO_TEST_CASE(the_end_that_a_restart_brings_about_is_no_success) {
    write_script("trap 'exit 0' TERM; echo one; while :; do sleep 0.01; done");
    Talk talk{around({"--until-success"})};
    talk.hear("one");
    write_script("echo two; exit 4");
    talk.hear("two");
    talk.hear("the program exited with status 4; waiting for a change");
}

BOOST_AUTO_TEST_CASE(a_program_that_reloads_itself_keeps_its_wrapper) {
    fs::copy_file(OBEDIENT_1, program);
    write_file(folder / "file", "old");
    Talk talk{around({}, {"arg"})};
    talk.hear("run 1 of version 1: [" + program + "] [arg]");
    talk.tell("watch " + (folder / "file"));
    talk.tell("start");
    talk.send("run");
    talk.hear("running");
    write_file(folder / "file", "new");
    talk.hear((folder / "file") + " modified; restarting");
    talk.hear("run 2 of version 1: [" + program + "] [arg]");
    talk.send("exit 5");
    talk.hear("the program exited with status 5; waiting for a change");
}

BOOST_AUTO_TEST_CASE(the_executable_of_a_program_that_reloads_itself_is_the_wrappers_alone) {
    fs::copy_file(OBEDIENT_1, program);
    Talk talk{around({})};
    talk.hear("run 1");
    talk.tell("start");
    talk.send("run");
    talk.hear("running");
    fs::copy_file(OBEDIENT_2, program + ".new");
    fs::rename(program + ".new", program);
    talk.hear("run 1 of version 2");  // in a new process: the other has not counted on
    BOOST_TEST(talk.heard().find("restarting") == std::string::npos);
}

BOOST_AUTO_TEST_CASE(a_program_in_the_path_is_watched_there) {
    write_script(folder / "somewhere", "echo one; exec sleep 1000");
    const std::string path = std::getenv("PATH");
    Talk talk{{AUTORELOAD, "somewhere"}, {{"PATH", folder.path() + ":" + path}}};
    talk.hear("one");
    write_script(folder / "somewhere", "echo two; exec sleep 1000");
    talk.hear("two");
}

BOOST_AUTO_TEST_CASE(a_program_that_is_not_complete_is_waited_for) {
    write_script("echo one; exec sleep 1000");
    Talk talk{around({})};
    talk.hear("one");
    fs::remove(program);
    write_file(program, "#!/bin/sh\necho two\n");
    talk.hear(program + " modified; waiting for " + program + " to be complete");
    fs::permissions(program, fs::perms::owner_all);
    talk.hear("two");
}

BOOST_AUTO_TEST_CASE(a_program_that_cannot_be_started_again_is_waited_for) {
    write_script("echo one; exec sleep 1000");
    Talk talk{around({})};
    talk.hear("one");
    write_file(program + ".new", "#!/nonsense\n");
    fs::permissions(program + ".new", fs::perms::owner_all);
    fs::rename(program + ".new", program);
    talk.hear(
        "tornado-autoreload: cannot start '" + program +
        "': No such file or directory; waiting for a change"
    );
    write_script("echo two");
    talk.hear("two");
}

BOOST_AUTO_TEST_CASE(a_program_that_ignores_sigterm_is_killed_after_the_grace_time) {
    write_script("trap '' TERM; echo one; while :; do sleep 1; done");
    Talk talk{around({"--grace", "0.05"})};
    talk.hear("one");
    write_script("echo two");
    talk.hear("the program takes too long to end; killing it");
    talk.hear("two");
}

BOOST_AUTO_TEST_CASE(a_program_may_take_its_time_to_end) {
    write_script("trap 'echo ends well; exit 0' TERM; echo one; while :; do sleep 0.01; done");
    Talk talk{around({})};
    talk.hear("one");
    write_script("echo two");
    talk.hear("ends well");
    talk.hear("two");
}

BOOST_AUTO_TEST_SUITE_END()

BOOST_FIXTURE_TEST_SUITE(tornado_autoreload_build, Fixture)

BOOST_AUTO_TEST_CASE(it_runs_first_and_after_each_change) {
    write_file(folder / "source", "one");
    const auto build =
        "echo building; { echo '#!/bin/sh'; echo \"echo runs $(cat source); exec sleep 1000\"; } > "
        "new && "
        "chmod +x new && mv new program";
    Talk talk{
        around({"--build", "cd " + folder.path() + "; " + build, "--watch", folder / "source"})};
    talk.hear("building");
    talk.hear("runs one");
    write_file(folder / "source", "two");
    talk.hear((folder / "source") + " modified; building again");
    talk.hear("building");
    talk.hear("runs two");
}

BOOST_AUTO_TEST_CASE(one_that_fails_is_shown_and_the_program_goes_on_until_the_next_change) {
    write_script("echo running; trap 'echo ends; exit 0' TERM; while :; do sleep 0.01; done");
    write_file(folder / "source", "true");
    Talk talk{around({"--build", ". " + (folder / "source"), "--watch", folder / "source"})};
    talk.hear("running");
    write_file(folder / "source", "echo what a mistake; exit 2");
    talk.hear("what a mistake");
    talk.hear("the build exited with status 2; waiting for a change, while the program runs on");
    BOOST_TEST(talk.heard().find("ends") == std::string::npos);
    write_file(folder / "source", "true");
    talk.hear("ends");
    talk.hear("running");
}

BOOST_AUTO_TEST_CASE(the_first_may_fail_before_there_is_a_program) {
    write_file(folder / "source", "exit 1");
    Talk talk{around({"--build", ". " + (folder / "source"), "--watch", folder / "source"})};
    talk.hear("the build exited with status 1; waiting for a change");
    write_script("echo running");
    write_file(folder / "source", "true");
    talk.hear("running");
}

BOOST_AUTO_TEST_CASE(a_change_during_one_makes_another) {
    write_script("echo running; exec sleep 1000");
    write_file(folder / "source", "");
    const auto gate = folder / "gate";
    BOOST_REQUIRE(::mkfifo(gate.c_str(), S_IRUSR | S_IWUSR) == 0);
    Talk talk{
        around({"--build", "echo building; read -r go < " + gate, "--watch", folder / "source"})};
    talk.hear("building");
    write_file(folder / "source", "new");
    write_file(gate, "go on\n");
    talk.hear((folder / "source") + " modified during the build; building again");
    talk.hear("building");
    write_file(gate, "go on\n");
    talk.hear("running");
}

BOOST_AUTO_TEST_CASE(what_it_writes_itself_makes_no_other) {
    write_script("echo running; exec sleep 1000");
    fs::create_directory(folder / "src");
    write_file(folder / "src/source", "");
    const auto log = folder / "src/log";
    Talk talk{around({"--build", "echo building; echo $$ >> " + log, "--watch", folder / "src"})};
    talk.hear("building");
    talk.hear(log + " modified during the build; building again");  // it may be anybody's
    talk.hear("building");
    talk.hear("running");
    write_file(folder / "src/source", "new");
    talk.hear((folder / "src/source") + " modified; building again");
    talk.hear("building");
    const auto so_far = talk.heard().size();
    talk.hear("running");
    BOOST_TEST(talk.heard().find("building", so_far) == std::string::npos);
}

BOOST_AUTO_TEST_SUITE_END()

BOOST_FIXTURE_TEST_SUITE(tornado_autoreload_signals, Fixture)

BOOST_DATA_TEST_CASE(
    go_on_to_the_program_and_end_both,
    boost::unit_test::data::make({SIGINT, SIGTERM, SIGHUP}),
    signal
) {
    write_script("trap 'echo told; exit 9' INT TERM HUP; echo running; while :; do sleep 0.01; done"
    );
    Talk talk{around({})};
    talk.hear("running");
    ::kill(talk.pid(), signal);
    talk.hear("told");
    BOOST_TEST(talk.join() == 9);
}

BOOST_AUTO_TEST_CASE(that_kill_the_program_show_in_the_exit_status) {
    write_script(says_running);
    Talk talk{around({})};
    talk.hear("running");
    ::kill(talk.pid(), SIGTERM);
    BOOST_TEST(talk.join() == 128 + SIGTERM);
}

BOOST_AUTO_TEST_CASE(end_it_while_it_waits) {
    write_script("exit 3");
    Talk talk{around({})};
    talk.hear("waiting for a change");
    ::kill(talk.pid(), SIGINT);
    BOOST_TEST(talk.join() == 128 + SIGINT);
}

BOOST_AUTO_TEST_CASE(of_the_terminal_reach_the_program_once) {
    write_script(
        "trap 'count=x$count; echo told $count' INT; trap 'echo ends with $count; exit' TERM; "
        "echo running; while :; do sleep 0.01; done"
    );
    auto arguments = around({});
    int terminal = -1;
    const pid_t pid = ::forkpty(&terminal, nullptr, nullptr, nullptr);
    BOOST_REQUIRE(pid >= 0);
    if (pid == 0) {
        ::execl(arguments[0].c_str(), arguments[0].c_str(), arguments[1].c_str(), nullptr);
        ::_exit(99);
    }
    auto hear = [&, heard = std::string{}](const std::string& text) mutable {
        char buffer[256];
        while (heard.find(text) == heard.npos) {
            const auto size = ::read(terminal, buffer, sizeof buffer);
            BOOST_REQUIRE_MESSAGE(
                size > 0, "it has ended without saying " << text << ", after " << heard
            );
            heard.append(buffer, static_cast<std::size_t>(size));
        }
    };
    hear("running");
    BOOST_REQUIRE(::write(terminal, "\x03", 1) == 1);  // Ctrl-C
    hear("told x\r\n");
    ::kill(pid, SIGTERM);  // comes after all that the tool has sent
    hear("ends with x\r\n");
    int status = 0;
    ::waitpid(pid, &status, 0);
    BOOST_TEST(WIFEXITED(status));
    ::close(terminal);
}

BOOST_AUTO_TEST_CASE(end_a_build_and_all_that_it_has_started) {
    write_script(says_running);
    Talk talk{around({"--build", "echo building; sleep 1000 | sleep 1000; echo never"})};
    talk.hear("building");
    ::kill(talk.pid(), SIGTERM);
    BOOST_TEST(talk.join() == 128 + SIGTERM);  // heard out: nobody holds the pipe
    BOOST_TEST(talk.heard().find("never") == std::string::npos);
}

BOOST_AUTO_TEST_SUITE_END()

BOOST_FIXTURE_TEST_SUITE(tornado_autoreload_command_line, Fixture)

struct Refused {
    std::vector<std::string> arguments;
    std::string sentence;
    int status = 2;
};
std::ostream& operator<<(std::ostream& out, const Refused& refused) {
    return out << refused.sentence;
}

const std::string lists = " (--help lists all options)";
const Refused refused[] = {
    {{"--nonsense", "true"}, "there is no option --nonsense" + lists},
    {{"--buidl=make", "true"}, "there is no option --buidl" + lists},
    {{"-x", "true"}, "there is no option -x" + lists},
    {{}, "there is no program to run" + lists},
    {{"--until-success"}, "there is no program to run" + lists},
    {{"--until-success=yes", "true"}, "--until-success takes no value" + lists},
    {{"--build"}, "--build needs a command" + lists},
    {{"--build=", "true"}, "--build needs a command" + lists},
    {{"--build", "a", "--build", "b", "true"},
     "--build is given twice: join the commands by &&" + lists},
    {{"--watch"}, "--watch needs a path" + lists},
    {{"--grace", "long", "true"}, "--grace: \"long\" is no number of seconds" + lists},
    {{"--grace", "-1", "true"}, "--grace: \"-1\" is no number of seconds" + lists},
    {{"--grace", "nan", "true"}, "--grace: \"nan\" is no number of seconds" + lists},
    {{"nosuch-program"}, "cannot start 'nosuch-program': No such file or directory", 127},
    {{"/nosuch/program"}, "cannot start '/nosuch/program': No such file or directory", 127},
    {{"/dev/null"}, "cannot start '/dev/null': Permission denied", 126},
};

BOOST_DATA_TEST_CASE(a_mistake_gets_one_sentence, refused, mistake) {
    auto arguments = mistake.arguments;
    arguments.insert(arguments.begin(), AUTORELOAD);
    Talk talk{arguments};
    BOOST_TEST(talk.join() == mistake.status);
    BOOST_TEST(talk.heard() == "tornado-autoreload: " + mistake.sentence + "\n");
}

BOOST_AUTO_TEST_CASE(help_lists_the_options) {
    Talk talk{{AUTORELOAD, "--help"}};
    BOOST_TEST(talk.join() == 0);
    BOOST_TEST(talk.heard() == tornado::process::tool::usage);
}

BOOST_AUTO_TEST_CASE(options_end_at_the_program_or_at_two_dashes) {
    using tornado::process::tool::parse;
    const auto first = parse({"--build", "make x", "--grace=1.5", "program", "--watch", "--", "a"});
    BOOST_TEST(first.build == "make x");
    BOOST_TEST(first.grace.count() == 1500);
    BOOST_TEST((first.program == std::vector<std::string>{"program", "--watch", "--", "a"}));
    BOOST_TEST(first.watch.empty());
    const auto second = parse({"--watch=a", "--watch", "-b", "--", "-program"});
    BOOST_TEST((second.watch == std::vector<std::string>{"a", "-b"}));
    BOOST_TEST((second.program == std::vector<std::string>{"-program"}));
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace
