"""WebSocket servers under the same load: CPU per message, and memory of idle connections."""

import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from statistics import median

from .errors import BenchError
from .figures import Figure, Progress
from .idle_memory import SPARE_DESCRIPTORS, raise_descriptor_limit, settled_memory
from .machine import one_server
from .processes import Server, cpu_seconds, in_child, serve
from .targets import Command, Targets

RAW, OURS, BEAST = "raw epoll", "tornado", "Beast"
ECHO_LIMITS = {64: 1.15, 65536: 1.3}
BROADCAST_LIMIT = 1.3
IDLE_LIMIT = 1536
DEFLATE_LIMIT = 4096


def servers_of(targets: Targets) -> dict[str, Command]:
    programs = {
        RAW: ("raw_websocket_echo", "--port {}"),
        OURS: ("websocket_echo_server", "--port={} --logging=error"),
        BEAST: ("beast_websocket_echo", "--port {}"),
    }

    def command(program: str, options: str) -> Command:
        path = targets.program(f"test/bench/{program}")
        return lambda port: [path, *options.format(port).split()]

    return {name: command(*what) for name, what in programs.items()}


class Client:
    """websocket_load, with all its connections open."""

    def __init__(self, running: subprocess.Popen):
        self._running = running
        self._expect("ready")

    def _expect(self, what: str) -> str:
        line = self._running.stdout.readline().strip()
        if not line or (what == "ready" and line != what):
            raise BenchError(f"websocket_load does not say {what}, but {line!r}")
        return line

    def _go(self) -> None:
        self._running.stdin.write("\n")
        self._running.stdin.flush()

    def work(self) -> int:
        """Lets it do its work; returns how many messages came."""
        self._go()
        return int(self._expect("how many messages came"))


@contextmanager
def client(targets: Targets, server: Server, *options: str) -> Iterator[Client]:
    program = targets.program("test/bench/websocket_load")
    with subprocess.Popen(
        [program, f"--port={server.port}", *options], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True,
        preexec_fn=in_child(one_server().load),
    ) as running:
        try:
            yield Client(running)
        finally:
            running.terminate()


def cpu_per_message(targets: Targets, server: Server, *options: str) -> float:
    """Nanoseconds."""
    with client(targets, server, *options) as load:
        before = cpu_seconds(server.pids())
        messages = load.work()
        return (cpu_seconds(server.pids()) - before) / messages * 1e9


def compare(
    targets: Targets, names: list[str], rounds: int, options: list[str]
) -> dict[str, list[float]]:
    """The servers' CPU per message in each round, in an order that turns round from one to the next."""
    commands = servers_of(targets)
    found: dict[str, list[float]] = {name: [] for name in names}
    for number in range(rounds):
        for name in names if number % 2 == 0 else names[::-1]:
            with serve(name, commands[name], one_server().server) as server:
                cpu_per_message(targets, server, *options, "--seconds=1")
                found[name].append(cpu_per_message(targets, server, *options))
    return found


def ratio(group: str, name: str, found: dict[str, list[float]], of: str, to: str, limit: float | None) -> Figure:
    """The median of the quotients of neighbours in time."""
    ratios = [ours / theirs for ours, theirs in zip(found[of], found[to], strict=True)]
    unit = f"{min(ratios):.2f}–{max(ratios):.2f}  {median(found[of]):,.0f} / {median(found[to]):,.0f} ns"
    return Figure(group, f"{name}: {of} / {to}", median(ratios), unit, limit)


def measure_websocket_echo(targets: Targets, rounds: int, seconds: int, progress: Progress) -> list[Figure]:
    group = "WebSocket echo, 64 connections: ratio of the server's CPU per message, its spread, and both sides"
    figures = []
    for size, limit in ECHO_LIMITS.items():
        found = compare(targets, [RAW, OURS, BEAST], rounds, [f"--size={size}", f"--seconds={seconds}"])
        name = f"messages of {size:,} bytes"
        figures += [
            ratio(group, name, found, OURS, RAW, limit),
            ratio(group, name, found, OURS, BEAST, 1.0),
            ratio(group, name, found, BEAST, RAW, None),
        ]
        for figure in figures[-3:]:
            progress(f"{figure.name}: {figure.value:.2f} {figure.unit}")
    return figures


def measure_websocket_broadcast(
    targets: Targets, connections: int, rounds: int, seconds: int, progress: Progress
) -> list[Figure]:
    raise_descriptor_limit(connections + SPARE_DESCRIPTORS)
    options = ["--mode=broadcast", f"--connections={connections}", f"--seconds={seconds}"]
    found = compare(targets, [RAW, OURS], rounds, options)
    group = "WebSocket broadcast: ratio of the server's CPU per delivery, its spread, and both sides"
    figure = ratio(group, f"64 bytes to {connections:,} connections", found, OURS, RAW, BROADCAST_LIMIT)
    progress(f"{figure.name}: {figure.value:.2f} {figure.unit}")
    return [figure]


def measure_websocket_memory(targets: Targets, connections: int, progress: Progress) -> list[Figure]:
    raise_descriptor_limit(connections + SPARE_DESCRIPTORS)
    cases = [
        ("plain, nothing sent", ["--size=0"], IDLE_LIMIT),
        ("plain, a message of 64 KiB echoed", ["--size=65536"], IDLE_LIMIT),
        ("deflate as agreed by default, 8 KiB echoed", ["--path=/deflate", "--deflate", "--size=8192"], DEFLATE_LIMIT),
        ("deflate with context takeover, 600 bytes echoed", ["--path=/takeover", "--deflate", "--size=600"], DEFLATE_LIMIT),
        ("deflate with context takeover, 60 KiB echoed", ["--path=/takeover", "--deflate", "--size=61440"], 36 * 1024),
    ]
    group = f"memory of {connections:,} idle WebSockets"
    figures = []
    for name, options, limit in cases:
        with serve(OURS, servers_of(targets)[OURS], one_server().server) as server:
            growth = growth_for(targets, server, connections, options) / connections
        figures.append(Figure(group, name, growth, "bytes each", limit))
        progress(f"{name}: {growth:,.0f} bytes per connection")
    return figures


def growth_for(targets: Targets, server: Server, connections: int, options: list[str]) -> int:
    """Bytes by which the server has grown once all connections are idle and it has calmed down."""
    with client(targets, server, "--mode=idle", "--connections=20", *options) as load:
        load.work()  # touches the pages that any first connection touches
    before = settled_memory(server)
    with client(targets, server, "--mode=idle", f"--connections={connections}", *options) as load:
        load.work()
        return settled_memory(server) - before
