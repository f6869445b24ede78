"""Many connections at once, by wrk: every request answered, every answer a good one."""

import json
import unittest

import programs
from cases import BenchServerCase

SCRIPT = programs.HERE.parent / "bench/load.lua"


class WrkTest(BenchServerCase):
    def load(self, path, *, connections, depth):
        """A second of requests, `depth` at a time on each connection."""
        done = programs.run("wrk", "-t1", f"-c{connections}", "-d1s", "--timeout", "300s", "-s", SCRIPT,
                            self.server.url + path, "--", depth, connections)
        self.assertEqual(done.returncode, 0, done.stdout + done.stderr)
        report = json.loads(done.stdout[done.stdout.index("{"):])
        self.assertGreater(report["requests"], 0)
        self.assertEqual(report["errors"], {"connect": 0, "read": 0, "write": 0, "timeout": 0, "status": 0})

    def test_64_connections(self):
        self.load("/", connections=64, depth=1)

    def test_64_connections_pipelined(self):
        self.load("/", connections=64, depth=16)

    def test_handler_that_suspends(self):
        self.load("/suspend", connections=64, depth=1)

    def test_handler_that_suspends_pipelined(self):
        self.load("/suspend", connections=64, depth=16)


class ForkedWorkersTest(WrkTest):
    """The same with two processes behind one port."""

    options = ("--logging=error", "--workers=2")


if __name__ == "__main__":
    unittest.main()
