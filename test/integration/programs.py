"""Programs of the build tree, started on ports that the kernel picks, and always ended.

The environment variable TORNADO_BUILD names the tree, build/release unless told otherwise.
"""

import contextlib
import ctypes
import os
import signal
import subprocess
import tempfile
from pathlib import Path

PR_SET_PDEATHSIG = 1
PYTHON = "/usr/bin/python3"
HERE = Path(__file__).resolve().parent
BUILD = Path(os.environ.get("TORNADO_BUILD", HERE.parent.parent / "build/release"))
HELLOWORLD = BUILD / "apps/helloworld/helloworld"
SECUREHELLO = BUILD / "apps/securehello/securehello"
BENCH_SERVER = BUILD / "test/bench/bench_server"
RFC_APP = BUILD / "test/integration/rfc_app"
WEB_APP = BUILD / "test/integration/web_app"
LIBC = ctypes.CDLL(None)


def die_with_parent():
    """For a child, before it becomes its program: it shall not outlive a test that is killed."""
    LIBC.prctl(PR_SET_PDEATHSIG, signal.SIGKILL)


def written(log):
    """What programs have written to this file so far, whose place they share: a seek would have them write over what they wrote."""
    return os.pread(log.fileno(), os.fstat(log.fileno()).st_size, 0).decode(errors="replace")


class Server:
    """A program that says `Listening on http://HOST:PORT`, or another scheme, when it does; made by `serve`."""

    def __init__(self, command):
        self._log = tempfile.TemporaryFile()
        self._process = subprocess.Popen(
            command, stdout=subprocess.PIPE, stderr=self._log, text=True, preexec_fn=die_with_parent)
        first_line = self._process.stdout.readline()  # or nothing, when the program has ended
        _, listening, self.url = first_line.strip().rpartition("Listening on ")
        if not listening:
            self._process.kill()
            self._process.communicate()
            raise AssertionError(f"{command[0]} does not listen: {first_line}{self.log()}")
        self.host, _, port = self.url.partition("://")[2].rpartition(":")
        self.port = int(port)
        self.pid = self._process.pid
        self._has_ended = False

    def read_line(self):
        """The next line of what it says."""
        return self._process.stdout.readline().strip()

    def send_signal(self, number):
        self._process.send_signal(number)

    def log(self):
        """What the program has written to stderr so far."""
        return written(self._log)

    def wait(self):
        """Waits until the program has ended by itself, or by a signal that was sent, and gives its status."""
        self._process.communicate()
        self._has_ended = True
        return self._process.returncode

    def stop(self):
        """Ends the program by its id. Fails if it had ended before, or does not take SIGTERM."""
        if self._has_ended:
            self._log.close()
            return
        ended_before = self._process.poll()
        self._process.terminate()
        self._process.communicate()
        log, status = self.log(), self._process.returncode
        self._log.close()
        if ended_before is not None or status not in (0, -signal.SIGTERM):
            raise AssertionError(f"the server ended with status {status}; it said:\n{log}")


@contextlib.contextmanager
def serve(program, *options):
    """A server with its address in `url`, `host` and `port`, running for the length of a `with` block."""
    command = program if isinstance(program, list) else [str(program)]
    server = Server([*command, "--port=0", *options])
    try:
        yield server
    finally:
        server.stop()


def run(*command, text=True, **settings):
    """Runs a command to its end, whatever its status, and keeps what it prints."""
    return subprocess.run(
        [str(part) for part in command],
        stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=text, preexec_fn=die_with_parent, check=False, **settings)
