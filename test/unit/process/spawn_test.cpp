#include "../../../libs/process/src/spawn.hpp"

#include <boost/test/unit_test.hpp>
#include <stdexcept>
#include <system_error>

#include "../../../libs/process/src/program_path.hpp"
#include "subprocess_support.hpp"

namespace {

using tornado::ioloop::IOLoop;
using tornado::process::current_environment;
using tornado::process::Environment;
using tornado::process::Subprocess;
using tornado::process::SubprocessOptions;

struct SpawnFixture : ProcessFixture {
    /// What a program writes to its standard output, which a pipe takes.
    std::string output_of(const Words& args, SubprocessOptions options = {}) {
        Pipe pipe;
        options.stdout_ = pipe.writer();
        Subprocess process{args, options};
        pipe.close_writer();
        auto output = drain(pipe.reader());
        wait(process.wait_for_exit());
        return output;
    }
    /// The error of one that cannot be started.
    static std::system_error refusal(const Words& args, const SubprocessOptions& options = {}) {
        try {
            const Subprocess process{args, options};
        } catch (const std::system_error& error) {
            BOOST_TEST(!has_children());
            return error;
        }
        throw std::logic_error{"it was started"};
    }
};

bool says(const std::system_error& error, std::string_view text) {
    return std::string_view{error.what()}.find(text) != std::string_view::npos;
}

BOOST_FIXTURE_TEST_SUITE(spawning, SpawnFixture)

// What cannot be started

BOOST_AUTO_TEST_CASE(a_program_that_is_in_no_folder_of_the_path_is_named) {
    const auto error = refusal({"no-such-program", "argument"});
    BOOST_TEST((error.code() == std::errc::no_such_file_or_directory));
    BOOST_TEST(says(error, "cannot start 'no-such-program'"));
}

BOOST_AUTO_TEST_CASE(a_file_that_does_not_exist_is_named) {
    const auto error = refusal({"/no/such/program"});
    BOOST_TEST((error.code() == std::errc::no_such_file_or_directory));
    BOOST_TEST(says(error, "cannot start '/no/such/program'"));
}

BOOST_AUTO_TEST_CASE(a_file_that_is_no_program_is_refused) {
    const TemporaryFolder folder;
    folder.put("garbage", "neither ELF nor script\n");
    BOOST_TEST((refusal({folder / "garbage"}).code() == std::errc::executable_format_error));
    folder.put("text", "#!/bin/sh\n", 0644);
    BOOST_TEST((refusal({folder / "text"}).code() == std::errc::permission_denied));
    BOOST_TEST((refusal({folder.path()}).code() == std::errc::permission_denied));
}

BOOST_AUTO_TEST_CASE(a_folder_that_cannot_be_entered_is_named) {
    const auto error = refusal({"true"}, {.cwd = "/no/such/folder"});
    BOOST_TEST((error.code() == std::errc::no_such_file_or_directory));
    BOOST_TEST(says(error, "'true' in the folder '/no/such/folder'"));
    BOOST_TEST((refusal({"true"}, {.cwd = "/dev/null"}).code() == std::errc::not_a_directory));
}

BOOST_AUTO_TEST_CASE(a_descriptor_that_is_not_open_is_refused) {
    const int closed = 1000;
    BOOST_TEST((refusal({"true"}, {.stdout_ = closed}).code() == std::errc::bad_file_descriptor));
    BOOST_TEST((refusal({"true"}, {.pass_fds = {closed}}).code() == std::errc::bad_file_descriptor)
    );
}

BOOST_AUTO_TEST_CASE(arguments_too_long_for_the_kernel_are_refused) {
    const auto error = refusal({"true", std::string(10'000'000, 'x')});
    BOOST_TEST((error.code() == std::errc::argument_list_too_long));
}

BOOST_AUTO_TEST_CASE(misuse_is_refused) {
    const auto refuses = [](const Words& args, const SubprocessOptions& options = {}) {
        BOOST_CHECK_THROW((Subprocess{args, options}), std::invalid_argument);
    };
    refuses({});
    refuses({"true", std::string("a\0b", 3)});
    refuses({"true"}, {.cwd = std::string("a\0b", 3)});
    refuses({"true"}, {.env = Environment{{"", "value"}}});
    refuses({"true"}, {.env = Environment{{"A=B", "value"}}});
    refuses({"true"}, {.env = Environment{{"A", std::string("a\0b", 3)}}});
    refuses({"true"}, {.pass_fds = {1}});
    refuses({"true"}, {.stdin_ = -1});
    refuses({"true"}, {.stdin_ = Subprocess::STDOUT});
    refuses({"true"}, {.stdout_ = Subprocess::STDOUT});
}

// What is started

BOOST_AUTO_TEST_CASE(arguments_arrive_as_they_are) {
    BOOST_TEST(
        output_of({"printf", "%s|", "a b", "", "$HOME", "'\"\\", "\xff"}) ==
        "a b||$HOME|'\"\\|\xff|"
    );
}

BOOST_AUTO_TEST_CASE(it_runs_in_the_folder_that_it_is_told) {
    const TemporaryFolder folder;
    const auto real = std::filesystem::canonical(folder.path()).string();
    BOOST_TEST(output_of({"pwd", "-P"}, {.cwd = folder.path()}) == real + "\n");
    BOOST_TEST(
        output_of({"pwd", "-P"}) ==
        std::filesystem::canonical(std::filesystem::current_path()).string() + "\n"
    );
}

BOOST_AUTO_TEST_CASE(a_relative_program_is_found_from_its_folder) {
    const TemporaryFolder folder;
    folder.put("bin/tool", "#!/bin/sh\necho tool\n");
    BOOST_TEST(output_of({"bin/tool"}, {.cwd = folder.path()}) == "tool\n");
    SubprocessOptions options{.cwd = folder.path(), .env = current_environment()};
    (*options.env)["PATH"] = "bin";
    BOOST_TEST(output_of({"tool"}, options) == "tool\n");
}

BOOST_AUTO_TEST_CASE(it_has_the_environment_that_it_is_told_and_no_more) {
    BOOST_TEST(output_of({"env"}, {.env = Environment{{"ANSWER", "4=2"}}}) == "ANSWER=4=2\n");
}

BOOST_AUTO_TEST_CASE(its_environment_is_the_programs_otherwise) {
    ::setenv("TORNADO_TEST_OF_SPAWN", "inherited", 1);
    const auto script = shell("echo $TORNADO_TEST_OF_SPAWN");
    BOOST_TEST(output_of(script) == "inherited\n");
    auto changed = current_environment();
    BOOST_TEST(changed.at("TORNADO_TEST_OF_SPAWN") == "inherited");
    changed["TORNADO_TEST_OF_SPAWN"] = "changed";
    BOOST_TEST(output_of(script, {.env = changed}) == "changed\n");
    ::unsetenv("TORNADO_TEST_OF_SPAWN");
}

BOOST_AUTO_TEST_CASE(a_program_is_looked_for_in_the_path_of_its_own_environment) {
    const TemporaryFolder folder;
    folder.put("tornado-test-tool", "#!/bin/sh\necho found\n");
    BOOST_CHECK_THROW(output_of({"tornado-test-tool"}), std::system_error);
    BOOST_TEST(
        output_of({"tornado-test-tool"}, {.env = Environment{{"PATH", folder.path()}}}) == "found\n"
    );
    // Without any, in the usual folders.
    BOOST_TEST(output_of({"echo", "x"}, {.env = Environment{}}) == "x\n");
}

BOOST_AUTO_TEST_CASE(it_leads_a_group_or_session_when_told) {
    Subprocess same{{"sleep", "1000"}};
    BOOST_TEST(::getpgid(same.pid()) == ::getpgrp());
    Subprocess group{{"sleep", "1000"}, {.new_process_group = true}};
    BOOST_TEST(::getpgid(group.pid()) == group.pid());
    BOOST_TEST(::getsid(group.pid()) == ::getsid(0));
    Subprocess session{{"sleep", "1000"}, {.start_new_session = true}};
    BOOST_TEST(::getsid(session.pid()) == session.pid());
    for (auto* process : {&same, &group, &session}) {
        process->send_signal(SIGKILL);
        wait(process->wait_for_exit(false));
    }
}

BOOST_AUTO_TEST_CASE(it_starts_with_no_signal_blocked_and_sigpipe_not_ignored) {
    sigset_t blocked;
    sigset_t former;
    ::sigemptyset(&blocked);
    ::sigaddset(&blocked, SIGTERM);
    ::pthread_sigmask(SIG_BLOCK, &blocked, &former);
    auto* const former_handler = ::signal(SIGPIPE, SIG_IGN);
    const auto status = output_of({"grep", "-E", "^Sig(Blk|Ign)", "/proc/self/status"});
    ::signal(SIGPIPE, former_handler);
    ::pthread_sigmask(SIG_SETMASK, &former, nullptr);

    const auto mask_of = [&](const std::string& name) {
        return std::stoull(status.substr(status.find(name + ":") + name.size() + 1), nullptr, 16);
    };
    BOOST_TEST(mask_of("SigBlk") == 0U);
    BOOST_TEST((mask_of("SigIgn") & (1ULL << (SIGPIPE - 1))) == 0U);
}

// Descriptors

BOOST_AUTO_TEST_CASE(its_streams_go_where_they_are_told) {
    Pipe in;
    Pipe out;
    Pipe err;
    Subprocess process{
        shell("read line; echo out $line; echo err $line >&2"),
        {.stderr_ = err.writer(), .stdin_ = in.reader(), .stdout_ = out.writer()}};
    static_cast<void>(::write(in.writer(), "x\n", 2));
    wait(process.wait_for_exit());
    out.close_writer();
    err.close_writer();
    BOOST_TEST(drain(out.reader()) == "out x\n");
    BOOST_TEST(drain(err.reader()) == "err x\n");
}

BOOST_AUTO_TEST_CASE(its_errors_may_go_where_its_output_goes) {
    BOOST_TEST(
        output_of(shell("echo out; echo err >&2"), {.stderr_ = Subprocess::STDOUT}) == "out\nerr\n"
    );
}

BOOST_AUTO_TEST_CASE(the_null_device_is_empty_and_takes_everything) {
    BOOST_TEST(
        output_of(
            shell("cat; echo gone >&2; echo end"),
            {.stderr_ = Subprocess::DEVNULL, .stdin_ = Subprocess::DEVNULL}
        ) == "end\n"
    );
}

BOOST_AUTO_TEST_CASE(its_streams_may_be_those_of_the_program_in_another_order) {
    Pipe out;
    Pipe err;
    Child child{[&](const Child&) {
        ::dup2(out.writer(), STDOUT_FILENO);
        ::dup2(err.writer(), STDERR_FILENO);
        IOLoop own;
        Subprocess process{
            shell("echo out; echo err >&2"), {.stderr_ = STDOUT_FILENO, .stdout_ = STDERR_FILENO}};
        return own.run_sync([&] { return process.wait_for_exit(); });
    }};
    BOOST_TEST(child.join() == 0);
    out.close_writer();
    err.close_writer();
    BOOST_TEST(drain(out.reader()) == "err\n");
    BOOST_TEST(drain(err.reader()) == "out\n");
}

BOOST_AUTO_TEST_CASE(a_program_without_streams_of_its_own_can_start_others) {
    Child child{[&](const Child&) {
        ::close(STDIN_FILENO);
        ::close(STDOUT_FILENO);
        ::close(STDERR_FILENO);
        Pipe pipe;  // 0 and 1
        IOLoop own;
        SubprocessOptions options{.stdin_ = Subprocess::DEVNULL, .stdout_ = pipe.writer()};
        options.stderr_ = Subprocess::STDOUT;
        Subprocess process{shell("cat; echo out; echo err >&2"), options};
        own.run_sync([&] { return process.wait_for_exit(); });
        pipe.close_writer();
        return drain(pipe.reader()) == "out\nerr\n" ? 0 : 1;
    }};
    BOOST_TEST(child.join() == 0);
}

BOOST_AUTO_TEST_CASE(it_gets_no_other_descriptor) {
    const int leaky = ::open("/dev/null", O_RDONLY);  // NOLINT(android-cloexec-open)
    const auto script = shell(
        "for n in 3 4 5 6 7 8 9 $0; do test -e /proc/self/fd/$n && echo $n; "
        "done; true"
    );
    auto args = script;
    args.push_back(std::to_string(leaky));
    // A shell that tests descriptors has none open itself.
    BOOST_TEST(output_of(args) == "");
    ::close(leaky);
}

BOOST_AUTO_TEST_CASE(it_gets_the_descriptors_that_it_shall) {
    Pipe first;
    Pipe second;
    const TemporaryFolder folder;
    auto args = shell(
        "echo one > /proc/self/fd/$0; echo two > /proc/self/fd/$1; "
        "test -e /proc/self/fd/$2 && echo leaked; true"
    );
    for (const int descriptor : {first.writer(), second.writer(), first.reader()}) {
        args.push_back(std::to_string(descriptor));
    }
    const std::vector<int> passed{second.writer(), first.writer(), second.writer()};
    BOOST_TEST(output_of(args, {.pass_fds = passed}) == "");
    first.close_writer();
    second.close_writer();
    BOOST_TEST(drain(first.reader()) == "one\n");
    BOOST_TEST(drain(second.reader()) == "two\n");
}

BOOST_AUTO_TEST_CASE(it_works_in_a_program_that_inherits_an_ignored_sigchld) {
    Child child{[](const Child&) {
        ::signal(SIGCHLD, SIG_IGN);
        IOLoop own;
        Subprocess process{shell("exit 5")};
        return own.run_sync([&] { return process.wait_for_exit(false); });
    }};
    BOOST_TEST(child.join() == 5);
}

BOOST_AUTO_TEST_SUITE_END()

BOOST_AUTO_TEST_SUITE(find_program_suite)

std::string find(const std::string& program, std::string_view path, const std::string& cwd = {}) {
    std::error_code error;
    auto found = tornado::process::find_program(program, path, cwd, error);
    return error ? "! " + std::to_string(error.value()) : found;
}

const auto not_found = "! " + std::to_string(ENOENT);
const auto not_allowed = "! " + std::to_string(EACCES);

BOOST_AUTO_TEST_CASE(the_first_folder_that_has_it_wins) {
    const TemporaryFolder folder;
    folder.put("a/tool", "");
    folder.put("b/tool", "");
    folder.put("b/other", "");
    const auto path = folder / "none" + ":" + folder / "a" + ":" + folder / "b";
    BOOST_TEST(find("tool", path) == folder / "a/tool");
    BOOST_TEST(find("other", path) == folder / "b/other");
    BOOST_TEST(find("third", path) == not_found);
}

BOOST_AUTO_TEST_CASE(what_cannot_be_executed_is_passed_over_and_remembered) {
    const TemporaryFolder folder;
    folder.put("a/tool", "", 0644);
    folder.put("b/tool/file", "");
    folder.put("c/tool", "");
    const auto unusable = folder / "a" + ":" + folder / "b";
    BOOST_TEST(find("tool", unusable + ":" + folder / "c") == folder / "c/tool");
    BOOST_TEST(find("tool", unusable + ":" + folder / "none") == not_allowed);
}

BOOST_AUTO_TEST_CASE(a_name_with_a_slash_is_taken_as_it_is) {
    BOOST_TEST(find("./tool", "/bin") == "./tool");
}

BOOST_AUTO_TEST_CASE(an_empty_entry_is_the_folder_that_it_runs_in) {
    const TemporaryFolder folder;
    folder.put("tool", "");
    for (const std::string path : {"", ":/bin", "/bin:", "/bin::/usr/bin", "."}) {
        BOOST_TEST(find("tool", path, folder.path()) == "./tool");
        BOOST_TEST(find("no-such-tool", path, folder.path()) == not_found);
    }
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace
