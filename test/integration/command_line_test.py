"""What helloworld's command line says, when it is understood and when it is not."""

import contextlib
import http.client
import os
import socket
import tempfile
import unittest
from pathlib import Path

import programs
from cases import HelloworldCase


class CommandLineTest(unittest.TestCase):
    def assert_refuses(self, options, *, status, sentence):
        """It ends with this status, and says this one sentence and nothing else."""
        done = programs.run(programs.HELLOWORLD, *options)
        self.assertEqual((done.stderr, done.stdout, done.returncode), (f"helloworld: {sentence}\n", "", status))

    def test_help_lists_the_options_and_their_defaults(self):
        done = programs.run(programs.HELLOWORLD, "--help")
        self.assertEqual((done.returncode, done.stdout), (0, ""))  # on stderr, as Tornado's
        self.assertTrue(done.stderr.startswith("Usage: helloworld [OPTIONS]\n"), done.stderr)
        self.assertRegex(done.stderr, r"--port=INTEGER +run on the given port \(default 8888\)\n")
        self.assertRegex(done.stderr, r"--logging=LEVEL +")
        self.assertLessEqual(max(map(len, done.stderr.splitlines())), 80)

    def test_unknown_option(self):
        self.assert_refuses(["--nonsense"], status=2, sentence="there is no option --nonsense (--help lists all options)")

    def test_port_that_is_no_number(self):
        self.assert_refuses(["--port=http"], status=2, sentence='--port: "http" is not an integer (--help lists all options)')

    def test_port_out_of_range(self):
        for port in ("65536", "-1"):
            with self.subTest(port):
                self.assert_refuses([f"--port={port}"], status=2,
                                    sentence=f'--port: "{port}" is not an integer from 0 to 65535 (--help lists all options)')

    def test_what_is_no_option(self):
        self.assert_refuses(["8888"], status=2, sentence='what is "8888"? (--help lists all options)')

    def test_port_in_use(self):
        with socket.create_server(("127.0.0.1", 0)) as other:
            port = other.getsockname()[1]
            self.assert_refuses([f"--port={port}"], status=1,
                                sentence=f"cannot listen on 127.0.0.1 port {port}: Address already in use")

    def test_address_that_does_not_exist(self):
        done = programs.run(programs.HELLOWORLD, "--port=0", "--address=nowhere.invalid")
        self.assertEqual((done.returncode, done.stdout), (1, ""))
        self.assertRegex(done.stderr, r'^helloworld: cannot resolve "nowhere\.invalid": .+\n$')


class ClosedStreamsTest(unittest.TestCase):
    def test_what_is_logged_stays_out_of_the_programs_files(self):
        history = Path(self.enterContext(tempfile.TemporaryDirectory())) / "history"
        closed = ["sh", "-c", 'exec "$@" 0<&- 2>&-', "sh"]
        server = self.enterContext(programs.serve([*closed, str(programs.BUILD / "apps/chat/chat")], f"--history={history}"))
        with contextlib.closing(http.client.HTTPConnection(server.host, server.port, timeout=60)) as connection:
            connection.request("GET", "/nowhere")
            self.assertEqual(connection.getresponse().status, 404)
        for number in (0, 2):
            self.assertEqual(os.readlink(f"/proc/{server.pid}/fd/{number}"), "/dev/null")
        self.assertEqual(history.read_text(), "")


class PrintedAddressTest(unittest.TestCase):
    """What it prints can be opened as it stands."""

    def assert_url_works(self, address, *hosts):
        with programs.serve(programs.HELLOWORLD, f"--address={address}", "--logging=error") as server:
            self.assertIn(server.host, hosts)
            done = programs.run("curl", "--silent", "--show-error", "--globoff", server.url)
            self.assertEqual((done.stdout, done.stderr), (HelloworldCase.BODY, ""))

    def test_of_ipv4(self):
        self.assert_url_works("127.0.0.1", "127.0.0.1")

    def test_of_a_name(self):
        self.assert_url_works("localhost", "127.0.0.1", "::1")

    def test_of_all_addresses(self):
        self.assert_url_works("", "localhost")

    def test_of_ipv6(self):
        try:
            socket.create_server(("::1", 0), family=socket.AF_INET6).close()
        except OSError:
            self.skipTest("this machine has no IPv6")
        self.assert_url_works("::1", "[::1]")


if __name__ == "__main__":
    unittest.main()
