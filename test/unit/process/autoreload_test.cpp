#include <tornado/autoreload.hpp>

#include <sys/stat.h>

#include <boost/test/data/test_case.hpp>
#include <boost/test/unit_test.hpp>
#include <fstream>
#include <iterator>
#include <stdexcept>

#include "talk.hpp"

namespace {

namespace autoreload = tornado::autoreload;
namespace fs = std::filesystem;

/// A program in a folder of its own, which it watches as the test tells it.
struct Fixture {
    Fixture() { install("1", program); }

    /// Puts a version of the program at the path.
    static void install(const std::string& version, const std::string& path) {
        fs::copy_file(
            version == "1" ? OBEDIENT_1 : OBEDIENT_2, path, fs::copy_options::overwrite_existing
        );
    }
    static std::string content_of(const std::string& path) {
        std::ifstream file{path, std::ios::binary};
        return {std::istreambuf_iterator<char>{file}, {}};
    }

    /// Waits for its start, has it watch the files, which are made now, and run in its loop.
    ///
    /// It is not to look at files of its own accord, unless told how often, in milliseconds.
    void begin(
        Talk& talk,
        const std::vector<std::string>& files,
        const std::string& check_time = ""
    ) const {
        talk.hear("run 1");
        begin_to_run(talk, files, check_time);
    }
    void begin_to_run(
        Talk& talk,
        const std::vector<std::string>& files,
        const std::string& check_time = ""
    ) const {
        for (const auto& file : files) {
            write_file(folder / file, "old");
            talk.tell("watch " + (folder / file));
        }
        run(talk, check_time);
    }
    static void run(Talk& talk, const std::string& check_time = "") {
        talk.tell("start " + check_time);
        talk.send("run");
        talk.hear("running");
    }

    static int inotify_descriptors(Talk& talk) {
        const auto all = talk.ask("descriptors");
        int count = 0;
        for (auto at = all.find("inotify"); at != all.npos; at = all.find("inotify", at + 1)) {
            ++count;
        }
        return count;
    }

    TemporaryFolder folder;
    std::string program = folder / "program";
};

BOOST_FIXTURE_TEST_SUITE(autoreload_restart, Fixture)

BOOST_AUTO_TEST_CASE(a_changed_file_starts_the_program_again_with_the_same_arguments) {
    Talk talk{{program, "arg1", "", "--arg2", "-m", "arg 3"}};
    begin(talk, {"file"});
    write_file(folder / "file", "new");
    talk.hear((folder / "file") + " modified; restarting");
    // The second run has the first one's environment: it counts there.
    BOOST_TEST(
        talk.hear("run 2") ==
        "run 2 of version 1: [" + program + "] [arg1] [] [--arg2] [-m] [arg 3]"
    );
    talk.send("exit 3");
    BOOST_TEST(talk.join() == 3);  // it has kept its process
}

BOOST_AUTO_TEST_CASE(it_may_start_again_and_again) {
    Talk talk{{program}};
    begin(talk, {"file"});
    write_file(folder / "file", "new");
    talk.hear("run 2");
    talk.tell("watch " + (folder / "file"));
    run(talk);
    write_file(folder / "file", "newer");
    talk.hear("run 3");
}

BOOST_AUTO_TEST_CASE(hooks_run_in_order_and_what_they_throw_is_logged) {
    Talk talk{{program}};
    begin(talk, {"file"});
    talk.tell("hook first");
    talk.tell("bad_hook no good");
    talk.tell("hook last");
    write_file(folder / "file", "new");
    talk.hear("restarting");
    talk.hear("hook first");
    talk.hear("Exception in reload hook: ");
    talk.hear("hook last");
    talk.hear("run 2");
    BOOST_TEST(talk.heard().find("no good") != std::string::npos);
}

BOOST_AUTO_TEST_CASE(what_the_program_has_printed_is_not_lost) {
    Talk talk{{program}};
    begin(talk, {"file"});
    talk.tell("print the end of the first run ");
    write_file(folder / "file", "new");
    talk.hear("run 2");
    BOOST_TEST(talk.heard().find("the end of the first run ") < talk.heard().find("run 2"));
}

BOOST_AUTO_TEST_CASE(listening_sockets_close_and_only_descriptors_from_before_the_start_are_kept) {
    write_file(folder / "early", "");
    write_file(folder / "late", "");
    Talk talk{{program}};
    talk.hear("run 1");
    talk.tell("leak " + (folder / "early"));
    begin_to_run(talk, {"file"});
    talk.tell("leak " + (folder / "late"));
    const auto port = talk.ask("listen 0");
    const auto before = talk.ask("descriptors");
    BOOST_TEST(before.find(folder / "late") != before.npos);
    BOOST_TEST(before.find("socket:") != before.npos);
    write_file(folder / "file", "new");
    talk.hear("run 2");
    const auto after = talk.ask("descriptors");
    BOOST_TEST(after.find(folder / "early") != after.npos);
    BOOST_TEST(after.find(folder / "late") == after.npos);
    BOOST_TEST(after.find("socket:") == after.npos);
    BOOST_TEST(after.find("anon_inode") == after.npos);
    BOOST_TEST(talk.ask("listen " + port.substr(port.find(' ') + 1)) == port);
}

BOOST_AUTO_TEST_CASE(the_signal_mask_is_that_of_the_start) {
    Talk talk{{program}};
    begin(talk, {"file"});
    talk.tell("block");
    BOOST_TEST(talk.ask("blocks") == "yes");
    write_file(folder / "file", "new");
    talk.hear("run 2");
    BOOST_TEST(talk.ask("blocks") == "no");
}

BOOST_AUTO_TEST_CASE(wait_at_the_end_of_a_program_runs_it_again) {
    write_file(folder / "file", "old");
    Talk talk{{program}, {{"TELL_WATCHES", "1"}}};
    talk.hear("run 1");
    talk.send("wait " + (folder / "file"));
    talk.hear("watching " + folder.path());
    write_file(folder / "file", "new");
    talk.hear("run 2");
}

BOOST_AUTO_TEST_CASE(wait_takes_over_from_a_loop_that_has_ended) {
    Talk talk{{program}};
    begin(talk, {"first"});
    talk.send("stop");
    write_file(folder / "second", "old");
    talk.send("wait " + (folder / "second"));
    write_file(folder / "first", "new");
    talk.hear((folder / "first") + " modified; restarting");
    talk.hear("run 2");
}

BOOST_AUTO_TEST_CASE(a_second_start_does_nothing) {
    Talk talk{{program}};
    begin(talk, {"file"});
    talk.tell("start");
    BOOST_TEST(inotify_descriptors(talk) == 1);
    write_file(folder / "file", "new");
    talk.hear("run 2");
}

BOOST_AUTO_TEST_CASE(in_forked_workers_it_does_nothing_and_says_so) {
    Talk talk{{program}};
    talk.hear("run 1");
    talk.tell("fork");
    talk.send("start");
    talk.hear("autoreload does nothing in forked workers: run tornado-autoreload");
    BOOST_TEST(inotify_descriptors(talk) == 0);
    talk.tell("wait " + (folder / "file"));  // and has returned
    talk.send("exit 0");
}

BOOST_AUTO_TEST_SUITE_END()

BOOST_FIXTURE_TEST_SUITE(autoreload_executable, Fixture)

BOOST_AUTO_TEST_CASE(one_that_is_replaced_by_rename_is_run) {
    Talk talk{{program}};
    begin(talk, {});
    install("2", program + ".new");
    fs::rename(program + ".new", program);
    talk.hear(program + " modified; restarting");
    talk.hear("run 2 of version 2");
}

BOOST_AUTO_TEST_CASE(one_that_is_written_anew_is_run_once_it_is_complete) {
    const auto content = content_of(OBEDIENT_2);
    Talk talk{{program}};
    begin(talk, {});
    // As linkers do: the old one goes, the new one grows, then it may be executed.
    fs::remove(program);
    std::ofstream file{program, std::ios::binary};
    file << content.substr(0, content.size() / 2) << std::flush;
    talk.hear(program + " modified; waiting for " + program + " to be complete");
    file << content.substr(content.size() / 2);
    fs::permissions(program, fs::perms::owner_all);
    file << std::flush;
    talk.tell("print still version 1\n");  // whoever holds it open may write more
    file.close();
    talk.hear("run 2 of version 2");
}

BOOST_AUTO_TEST_CASE(one_that_is_too_short_is_not_run) {
    const auto content = content_of(OBEDIENT_2);
    Talk talk{{program}};
    begin(talk, {});
    write_file(program + ".new", content.substr(0, content.size() / 2));
    fs::permissions(program + ".new", fs::perms::owner_all);
    fs::rename(program + ".new", program);
    talk.hear("waiting for " + program + " to be complete");
    install("2", program + ".new");
    fs::rename(program + ".new", program);
    talk.hear("run 2 of version 2");
}

BOOST_AUTO_TEST_CASE(one_that_may_not_be_executed_yet_is_waited_for) {
    Talk talk{{program}};
    begin(talk, {});
    install("2", program + ".new");
    fs::permissions(program + ".new", fs::perms::owner_read | fs::perms::owner_write);
    fs::rename(program + ".new", program);
    talk.hear("waiting for " + program + " to be complete");
    fs::permissions(program, fs::perms::owner_all);
    talk.hear("run 2 of version 2");
}

BOOST_AUTO_TEST_CASE(one_that_has_vanished_holds_back_the_changes_of_files) {
    Talk talk{{program}};
    begin(talk, {"file"});
    fs::remove(program);
    write_file(folder / "file", "new");
    talk.hear((folder / "file") + " modified; waiting for " + program + " to be complete");
    install("2", program);
    talk.hear("run 2 of version 2");
}

BOOST_AUTO_TEST_CASE(one_that_cannot_be_executed_is_logged_and_the_old_one_goes_on) {
    Talk talk{{program}};
    begin(talk, {});
    talk.tell("block");
    talk.tell("hook again");
    write_file(program + ".new", "neither script nor program");
    fs::permissions(program + ".new", fs::perms::owner_all);
    fs::rename(program + ".new", program);
    talk.hear("hook again");
    talk.hear("cannot restart " + program + ": Exec format error");
    BOOST_TEST(talk.ask("blocks") == "yes");
    install("2", program + ".new");
    fs::rename(program + ".new", program);
    talk.hear("hook again");
    talk.hear("run 2 of version 2");
}

BOOST_AUTO_TEST_CASE(one_that_was_replaced_before_the_start_is_run) {
    Talk talk{{program}};
    talk.hear("run 1");
    install("2", program + ".new");
    fs::rename(program + ".new", program);
    run(talk);
    talk.hear("run 2 of version 2");
}

BOOST_AUTO_TEST_SUITE_END()

BOOST_FIXTURE_TEST_SUITE(autoreload_watch, Fixture)

BOOST_AUTO_TEST_CASE(a_file_saved_by_rename_has_changed) {
    Talk talk{{program}};
    begin(talk, {"file"});
    save_by_rename(folder / "file", "new");
    talk.hear((folder / "file") + " modified; restarting");
}

BOOST_AUTO_TEST_CASE(a_file_written_to_has_changed_whatever_its_size_and_time_say) {
    Talk talk{{program}};
    begin(talk, {"file"});
    struct stat status {};
    ::stat((folder / "file").c_str(), &status);
    write_file(folder / "file", "OLD");
    const timespec times[] = {status.st_atim, status.st_mtim};
    ::utimensat(AT_FDCWD, (folder / "file").c_str(), times, 0);
    talk.hear((folder / "file") + " modified; restarting");
}

BOOST_AUTO_TEST_CASE(a_file_that_vanishes_is_waited_for) {
    Talk talk{{program}};
    begin(talk, {"a", "b"});
    fs::remove(folder / "a");
    write_file(folder / "b", "new");
    talk.hear((folder / "b") + " modified; restarting");  // and nothing of a
    talk.hear("run 2");
    talk.tell("watch " + (folder / "a"));
    run(talk);
    write_file(folder / "a", "new");
    talk.hear((folder / "a") + " modified; restarting");
}

BOOST_AUTO_TEST_CASE(a_file_that_vanishes_and_comes_back_has_changed) {
    Talk talk{{program}};
    begin(talk, {"file"});
    fs::remove(folder / "file");
    write_file(folder / "file", "old");
    talk.hear((folder / "file") + " modified; restarting");
}

BOOST_AUTO_TEST_CASE(a_file_may_come_with_its_folders) {
    Talk talk{{program}};
    talk.hear("run 1");
    talk.tell("watch " + (folder / "a/b/file"));
    run(talk);
    fs::create_directories(folder / "a/b");
    write_file(folder / "a/b/file", "new");
    talk.hear((folder / "a/b/file") + " modified; restarting");
}

BOOST_AUTO_TEST_CASE(a_file_whose_folder_is_replaced_has_changed) {
    fs::create_directories(folder / "other/a/b/c");  // not beside the program, which is watched too
    Talk talk{{program}};
    begin(talk, {"other/a/b/c/file"});
    fs::create_directories(folder / "other/new/b/c");
    write_file(folder / "other/new/b/c/file", "a new text");
    fs::rename(folder / "other/a", folder / "other/old");
    fs::rename(folder / "other/new", folder / "other/a");
    talk.hear((folder / "other/a/b/c/file") + " modified; restarting");
}

BOOST_AUTO_TEST_CASE(a_change_between_watch_and_start_counts) {
    write_file(folder / "file", "old");
    Talk talk{{program}};
    talk.hear("run 1");
    talk.tell("watch " + (folder / "file"));
    write_file(folder / "file", "changed");
    run(talk);
    talk.hear((folder / "file") + " modified; restarting");
}

BOOST_AUTO_TEST_CASE(a_change_of_permissions_or_a_second_name_is_none) {
    Talk talk{{program}};
    begin(talk, {"a", "b"});
    fs::permissions(folder / "a", fs::perms::owner_all);
    fs::create_hard_link(folder / "a", folder / "c");
    write_file(folder / "b", "new");
    talk.hear((folder / "b") + " modified; restarting");
}

BOOST_AUTO_TEST_CASE(relative_paths_are_those_of_the_call) {
    fs::create_directory(folder / "other");
    write_file(folder / "file", "old");
    Talk talk{{program}};
    talk.hear("run 1");
    talk.tell("directory " + folder.path());
    talk.tell("watch ./other/../file");
    talk.tell("watch other/");
    talk.tell("directory /");
    run(talk);
    write_file(folder / "file", "new");
    talk.hear("/file modified; restarting");
    talk.hear("run 2");
}

BOOST_AUTO_TEST_CASE(a_link_stands_for_its_target) {
    fs::create_directory(folder / "there");
    write_file(folder / "there/target", "old");
    fs::create_symlink("there/target", folder / "link");
    fs::create_symlink("link", folder / "file");
    Talk talk{{program}};
    talk.hear("run 1");
    talk.tell("watch " + (folder / "file"));
    run(talk);
    write_file(folder / "there/target", "new");
    talk.hear((folder / "file") + " modified; restarting");
}

BOOST_AUTO_TEST_CASE(a_link_on_the_way_that_leads_elsewhere_is_a_change) {
    for (const auto* release : {"1", "2"}) {
        fs::create_directory(folder / release);
        write_file(folder / release + "/file", release);
    }
    fs::create_directory_symlink("1", folder / "current");
    Talk talk{{program}};
    talk.hear("run 1");
    talk.tell("watch " + (folder / "current/file"));
    run(talk);
    fs::create_directory_symlink("2", folder / "next");
    fs::rename(folder / "next", folder / "current");
    talk.hear((folder / "current/file") + " modified; restarting");
}

BOOST_AUTO_TEST_SUITE_END()

/// With a folder that is watched, and holds a file below another folder.
struct FolderFixture : Fixture {
    FolderFixture() {
        fs::create_directories(folder / "watched/sub");
        write_file(folder / "watched/sub/file", "old");
        write_file(folder / "watched/z", "old");
        talk.hear("run 1");
        talk.tell("watch " + (folder / "watched"));
        run(talk);
    }
    void expect_change_of(const std::string& name) {
        talk.hear((folder / "watched/" + name) + " modified; restarting");
    }
    Talk talk{{program}};
};

BOOST_FIXTURE_TEST_SUITE(autoreload_watch_folder, FolderFixture)

BOOST_AUTO_TEST_CASE(a_file_far_below_counts) {
    write_file(folder / "watched/sub/file", "new");
    expect_change_of("sub/file");
}

BOOST_AUTO_TEST_CASE(a_new_file_in_a_new_folder_counts) {
    fs::create_directories(folder / "watched/a/b/c");
    write_file(folder / "watched/a/b/c/file", "new");
    expect_change_of("a/b/c/file");
}

BOOST_AUTO_TEST_CASE(a_file_that_is_removed_counts) {
    fs::remove(folder / "watched/sub/file");
    expect_change_of("sub/file");
}

BOOST_AUTO_TEST_CASE(a_folder_that_is_moved_in_counts) {
    fs::create_directories(folder / "elsewhere/b");
    write_file(folder / "elsewhere/b/file", "new");
    fs::rename(folder / "elsewhere", folder / "watched/a");
    expect_change_of("a/b/file");
}

BOOST_AUTO_TEST_CASE(what_editors_keep_there_and_empty_folders_do_not_count) {
    for (const auto* name : {".a.swp", "a~", "#a#", ".git", "sub/.#file"}) {
        write_file((folder / "watched/") + name, "1");
        write_file((folder / "watched/") + name, "2");
    }
    fs::create_directory(folder / "watched/empty");
    write_file(folder / "watched/z", "new");
    expect_change_of("z");
}

BOOST_AUTO_TEST_CASE(of_several_files_the_first_is_named) {
    talk.send("hold");
    talk.hear("holding");
    write_file(folder / "watched/sub/file", "new");
    write_file(folder / "watched/z", "new");
    talk.send("go on");
    talk.hear((folder / "watched/sub/file") + " and 1 more modified; restarting");
}

BOOST_AUTO_TEST_CASE(one_that_vanishes_is_waited_for) {
    fs::rename(folder / "watched", folder / "away");
    fs::create_directory(folder / "watched");
    write_file(folder / "watched/z", "new and longer");
    fs::create_directory(folder / "watched/sub");
    fs::rename(folder / "away/sub/file", folder / "watched/sub/file");
    expect_change_of("z");  // the other file is the old one
}

BOOST_AUTO_TEST_CASE(links_in_it_may_lead_out_and_in_circles) {
    talk.send("stop");
    fs::create_directory(folder / "outside");
    write_file(folder / "outside/file", "old");
    fs::create_directory_symlink(folder.path(), folder / "watched/sub/circle");
    fs::create_symlink(folder / "outside/file", folder / "watched/link");
    fs::create_directory(folder / "more");
    fs::create_directory_symlink(folder / "watched", folder / "more/watched");
    talk.tell("watch " + (folder / "more"));
    run(talk);
    write_file(folder / "outside/file", "new");
    talk.hear("/link");
}

BOOST_AUTO_TEST_CASE(events_beyond_the_kernels_queue_are_made_up_for) {
    std::ifstream limit{"/proc/sys/fs/inotify/max_queued_events"};
    int events = 0;
    limit >> events;
    talk.send("hold");
    talk.hear("holding");
    for (int index = 0; index <= events / 2; ++index) {  // each makes two
        write_file(folder / "watched/.a", "1");
        fs::remove(folder / "watched/.a");
    }
    write_file(folder / "watched/sub/file", "new");
    talk.send("go on");
    expect_change_of("sub/file");
}

BOOST_AUTO_TEST_SUITE_END()

const std::string shortages[] = {"NO_INOTIFY", "NO_INOTIFY_WATCHES"};

BOOST_FIXTURE_TEST_SUITE(autoreload_polling, Fixture)

BOOST_DATA_TEST_CASE(without_inotify_it_looks_at_the_files_and_says_so_once, shortages, shortage) {
    fs::create_directory(folder / "watched");
    write_file(folder / "watched/file", "old");
    Talk talk{{program}, {{shortage, "1"}}};
    begin(talk, {"file"}, "10");
    talk.tell("watch " + (folder / "watched"));
    write_file(folder / "watched/file", "newer");
    talk.hear((folder / "watched/file") + " modified; restarting");
    talk.hear("run 2");
    const std::string line =
        "cannot rely on being told of changed files, so they are looked at every 10 ms";
    const auto first = talk.heard().find(line);
    BOOST_TEST(first != std::string::npos);
    BOOST_TEST(talk.heard().find(line, first + 1) == std::string::npos);

    run(talk, "10");
    install("2", program + ".new");
    fs::rename(program + ".new", program);
    talk.hear(program + " modified; restarting");
    talk.hear("run 3 of version 2");
}

BOOST_AUTO_TEST_SUITE_END()

BOOST_AUTO_TEST_SUITE(autoreload_misuse)

BOOST_AUTO_TEST_CASE(of_any_kind_is_refused_at_once) {
    BOOST_CHECK_THROW(autoreload::start(tornado::ioloop::Duration::zero()), std::invalid_argument);
    BOOST_CHECK_THROW(autoreload::watch(""), std::invalid_argument);
    BOOST_CHECK_THROW(autoreload::add_reload_hook(nullptr), std::invalid_argument);
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace
