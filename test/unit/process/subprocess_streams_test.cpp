#include <tornado/process/subprocess.hpp>

#include <boost/test/unit_test.hpp>
#include <stdexcept>

#include "subprocess_support.hpp"

namespace {

using tornado::Future;
using tornado::process::Subprocess;

BOOST_FIXTURE_TEST_SUITE(subprocess_streams, ProcessFixture)

BOOST_AUTO_TEST_CASE(one_can_talk_with_it) {
    Subprocess process{
        shell("while read line; do echo \"heard $line\"; done; echo end >&2"),
        {.stderr_ = Subprocess::STDOUT,
         .stdin_ = Subprocess::STREAM,
         .stdout_ = Subprocess::STREAM}};
    process.stdin().write("hello\n");
    BOOST_TEST(wait(process.stdout().read_until("\n")) == "heard hello\n");
    process.stdin().write("you\n");
    BOOST_TEST(wait(process.stdout().read_until("\n")) == "heard you\n");
    process.stdin().close();  // which it sees
    BOOST_TEST(wait(process.stdout().read_until_close()) == "end\n");
    BOOST_TEST(wait(process.wait_for_exit()) == 0);
}

BOOST_AUTO_TEST_CASE(each_standard_stream_has_its_own) {
    Subprocess process{
        shell("cat; echo err >&2"),
        {.stderr_ = Subprocess::STREAM,
         .stdin_ = Subprocess::STREAM,
         .stdout_ = Subprocess::STREAM}};
    process.stdin().write("out");
    process.stdin().close();
    BOOST_TEST(wait(process.stdout().read_until_close()) == "out");
    BOOST_TEST(wait(process.stderr().read_until_close()) == "err\n");
    wait(process.wait_for_exit());
}

BOOST_AUTO_TEST_CASE(much_goes_through_it_in_both_directions_at_once) {
    Subprocess process{{"cat"}, {.stdin_ = Subprocess::STREAM, .stdout_ = Subprocess::STREAM}};
    const std::string sent(8 * 1024 * 1024, 'x');
    const auto feed = [](Subprocess& fed, const std::string& food) -> Future<void> {
        co_await fed.stdin().write(food);
        fed.stdin().close();
    };
    const auto feeding = feed(process, sent);
    BOOST_TEST((wait(process.stdout().read_until_close()) == sent));
    wait(feeding);
    wait(process.wait_for_exit());
}

BOOST_AUTO_TEST_CASE(writing_to_one_that_has_ended_is_a_closed_stream) {
    Subprocess process{{"true"}, {.stdin_ = Subprocess::STREAM}};
    wait(process.wait_for_exit());
    const auto written = process.stdin().write("too late");
    until([&] { return written.done(); });
    BOOST_CHECK_EXCEPTION(
        written.result(),
        tornado::iostream::StreamClosedError,
        [](const tornado::iostream::StreamClosedError& error) {
            return error.real_error() == std::errc::broken_pipe;
        }
    );
}

BOOST_AUTO_TEST_CASE(a_stream_that_was_not_asked_for_is_refused) {
    Subprocess process{{"true"}, {.stdout_ = Subprocess::DEVNULL}};
    BOOST_CHECK_THROW(process.stdin().close(), std::logic_error);
    BOOST_CHECK_THROW(process.stdout().close(), std::logic_error);
    BOOST_CHECK_THROW(process.stderr().close(), std::logic_error);
    wait(process.wait_for_exit());
}

BOOST_AUTO_TEST_CASE(its_destruction_closes_its_streams) {
    {
        const Subprocess process{
            {"cat"}, {.stdin_ = Subprocess::STREAM, .stdout_ = Subprocess::STREAM}};
    }
    until([] { return !has_children(); });  // it reads the end of its input
}

BOOST_AUTO_TEST_CASE(one_does_not_hold_the_streams_of_another) {
    Subprocess first{{"cat"}, {.stdin_ = Subprocess::STREAM}};
    Waiter second;
    first.stdin().close();
    BOOST_TEST(wait(first.wait_for_exit()) == 0);
    second.let_go();
    wait(second.process().wait_for_exit());
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace
