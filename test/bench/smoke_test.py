"""Sees that the bench can measure what this tree has built, at its quickest. What the figures are is no concern here.

The environment variable TORNADO_BUILD names the tree, build/release unless told otherwise.
"""

import json
import os
import subprocess
import sys
import tempfile
import unittest
from pathlib import Path

BENCH = Path(__file__).resolve().parent
BUILD = Path(os.environ.get("TORNADO_BUILD", BENCH.parent.parent / "build/release"))

# One of each kind; the other comparisons differ from these only in their load.
MEASURED = [
    *("connections-64", "suspend-pipelined", "workers", "https", "file", "handshakes", "routes", "heads"),
    *("loop", "echo", "templates", "syscalls", "allocations", "idle-memory", "fetches", "download", "compile-time"),
    *("static-small", "gzip", "web", "websocket-echo", "websocket-broadcast", "websocket-memory", "postgresql"),
]


class SmokeTest(unittest.TestCase):
    def test_each_kind_of_figure_can_be_measured(self):
        with tempfile.NamedTemporaryFile("r") as figures:
            command = [sys.executable, "-B", BENCH / "run", "--build", BUILD, "--quick", "--json", figures.name]
            done = subprocess.run([*command, *(f"--only={name}" for name in MEASURED)], check=False)
            self.assertIn(done.returncode, (0, 2), "0 and 2 say that it has measured; 2, that the figures are void")
            self.assertTrue(json.load(figures))


if __name__ == "__main__":
    unittest.main()
