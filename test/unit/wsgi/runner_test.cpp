#include <tornado/wsgi.hpp>

#include <string>

#include "fixture.hpp"

BOOST_AUTO_TEST_SUITE(runner)

BOOST_FIXTURE_TEST_CASE(lets_others_run_while_an_iterator_runs_no_python, WSGITest) {
    serve(R"(
import functools
state = {}
def application(environ, start_response):
    if environ["PATH_INFO"] == "/stop":
        state["stop"] = None
        return text(start_response, "stopped")
    start_response("200 OK", [("Content-Type", "text/plain")])
    return iter(functools.partial(state.get, "stop", b""), None)
)");
    auto client = connect();
    client.send(get("/"));
    BOOST_TEST(fetch("/stop").body == "stopped");
    BOOST_TEST(client.read_response().code == 200);
}

BOOST_FIXTURE_TEST_CASE(ends_what_an_application_forks_as_python_would, WSGITest) {
    serve(R"(
import os
def forks(path):
    pid = os.fork()
    if pid != 0:
        return pid
    if path == "/exit":
        sys.exit()
    if path == "/exit/3":
        sys.exit(3)
    if path == "/exit/text":
        sys.exit("the child's last words")
    if path == "/raise":
        raise KeyError("in the child")
    return 0

class Body:
    def __init__(self, path):
        self.path = path
        self.pids = []
    def __iter__(self):
        return self
    def __next__(self):
        if self.pids:
            raise StopIteration
        self.pids.append(forks(self.path))
        return str(os.waitstatus_to_exitcode(os.waitpid(self.pids[0], 0)[1])).encode() if self.pids[0] else b""

def application(environ, start_response):
    if environ["QUERY_STRING"] == "yield":
        start_response("200 OK", [("Content-Type", "text/plain")])
        return Body(environ["PATH_INFO"])
    pid = forks(environ["PATH_INFO"])
    status = os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1]) if pid else "the child's"
    return text(start_response, str(status))
)");
    for (const std::string when : {"", "?yield"}) {
        BOOST_TEST(fetch("/return" + when).body == "0");
        BOOST_TEST(fetch("/exit" + when).body == "0");
        BOOST_TEST(fetch("/exit/3" + when).body == "3");
        BOOST_TEST(fetch("/exit/text" + when).body == "1");
        BOOST_TEST(fetch("/raise" + when).body == "1");
    }
}

BOOST_AUTO_TEST_SUITE_END()
