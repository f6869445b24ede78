"""Server processes: started on chosen cores, watched through /proc, always ended."""

import contextlib
import ctypes
import os
import signal
import socket
import subprocess
import tempfile
import time
from collections.abc import Callable, Iterator
from pathlib import Path

from .errors import BenchError

PR_SET_PDEATHSIG = 1
START_TIMEOUT = 15.0  # seconds
STOP_TIMEOUT = 5.0  # seconds
LIBC = ctypes.CDLL(None)


def free_port() -> int:
    """A port of the loopback address that nobody uses at this moment."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


def in_child(cores: set[int]) -> Callable[[], None]:
    """What a child does before it becomes its program: takes its cores, and dies with the runner."""

    def prepare() -> None:
        os.sched_setaffinity(0, cores)
        LIBC.prctl(PR_SET_PDEATHSIG, signal.SIGTERM)

    return prepare


def processes() -> Iterator[tuple[int, str, int, int]]:
    """Id, state, parent and session of every process there is."""
    for entry in Path("/proc").iterdir():
        if entry.name.isdigit():
            with contextlib.suppress(OSError):
                # The name, in parentheses, may itself hold spaces and parentheses.
                fields = (entry / "stat").read_text().rpartition(")")[2].split()
                yield int(entry.name), fields[0], int(fields[1]), int(fields[3])


def family(pid: int) -> list[int]:
    """`pid` and all its living descendants."""
    children: dict[int, list[int]] = {}
    for member, _, parent, _ in processes():
        children.setdefault(parent, []).append(member)
    found = [pid]
    for member in found:
        found.extend(children.get(member, []))
    return found


def cpu_seconds(pids: list[int]) -> float:
    """User and system time of all threads of `pids`, to the nanosecond (scheduler statistics)."""
    total = 0
    for pid in pids:
        for task in Path(f"/proc/{pid}/task").iterdir():
            total += int((task / "schedstat").read_text().split()[0])
    return total / 1e9


def cpu_seconds_in_ticks(pids: list[int]) -> float:
    """The same from utime and stime, which count whole clock ticks: a check of the former."""
    total = 0
    for pid in pids:
        fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
        total += int(fields[11]) + int(fields[12])
    return total / os.sysconf("SC_CLK_TCK")


def busy_seconds(cores: set[int]) -> float:
    """What all processes together have used of `cores` since boot, and what the host stole."""
    ticks = 0
    for line in Path("/proc/stat").read_text().splitlines():
        name, *fields = line.split()
        if name.startswith("cpu") and name[3:].isdigit() and int(name[3:]) in cores:
            user, nice, system, _idle, _wait, irq, softirq, steal = map(int, fields[:8])
            ticks += user + nice + system + irq + softirq + steal
    return ticks / os.sysconf("SC_CLK_TCK")


class Server:
    """A running server. Make it with `serve`, which also ends it."""

    def __init__(self, name: str, argv: list[str], port: int, cores: set[int], env: dict[str, str]):
        self.name = name
        self.port = port
        self._output = tempfile.TemporaryFile()
        try:
            self._process = subprocess.Popen(
                argv,
                stdin=subprocess.DEVNULL,
                stdout=self._output,
                stderr=subprocess.STDOUT,
                preexec_fn=in_child(cores),
                start_new_session=True,  # a Ctrl-C is for the runner, which then ends its servers
                env={**os.environ, **env},
            )
        except OSError as error:
            raise BenchError(f"cannot start {name} ({argv[0]}): {error.strerror}") from error

    @property
    def pid(self) -> int:
        return self._process.pid

    def pids(self) -> list[int]:
        return family(self.pid)

    def output(self) -> str:
        self._output.seek(0)
        return self._output.read().decode(errors="replace")

    def wait_until_listening(self) -> None:
        deadline = time.monotonic() + START_TIMEOUT
        while time.monotonic() < deadline:
            if self._process.poll() is not None:
                break
            with contextlib.suppress(OSError):
                socket.create_connection(("127.0.0.1", self.port), timeout=1).close()
                return
            time.sleep(0.02)
        raise BenchError(
            f"{self.name} does not accept connections on port {self.port}; it said:\n{self.output()}"
        )

    def require_alive(self) -> None:
        if (status := self._process.poll()) is not None:
            raise BenchError(f"{self.name} ended with status {status}; it said:\n{self.output()}")

    def wait_for_workers(self, count: int) -> None:
        """Waits until the server has forked its `count` workers."""
        deadline = time.monotonic() + START_TIMEOUT
        while len(self.pids()) < count + 1:
            if time.monotonic() > deadline:
                raise BenchError(f"{self.name} has not forked {count} workers")
            time.sleep(0.02)

    def stop(self) -> None:
        """Ends every process of the server by its id: politely, then for good."""
        for pid in self.pids():
            send_signal(pid, signal.SIGTERM)
        deadline = time.monotonic() + STOP_TIMEOUT
        while (alive := session_of(self.pid)) and time.monotonic() < deadline:
            time.sleep(0.01)
            self._process.poll()
        for pid in alive:
            send_signal(pid, signal.SIGKILL)
        self._process.wait()
        self._output.close()


def send_signal(pid: int, number: signal.Signals) -> None:
    with contextlib.suppress(ProcessLookupError):
        os.kill(pid, number)


def session_of(leader: int) -> list[int]:
    """The living processes of the session that `leader` began, orphans among them."""
    return [pid for pid, state, _, session in processes() if session == leader and state != "Z"]


@contextlib.contextmanager
def serve(
    name: str,
    command: Callable[[int], list[str]],
    cores: set[int],
    *,
    workers: int = 1,
    env: dict[str, str] | None = None,
) -> Iterator[Server]:
    """Starts `command(port)` on `cores`, yields it once it listens, and ends it in any case."""
    port = free_port()
    server = Server(name, command(port), port, cores, env or {})
    try:
        server.wait_until_listening()
        if workers > 1:
            server.wait_for_workers(workers)
        yield server
    finally:
        server.stop()
