"""The comparisons under load: which servers, which requests, and what is allowed to cost how much."""

import os
import re
import subprocess
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from dataclasses import dataclass, field, replace
from pathlib import Path
from statistics import median

from .client import fetch
from .errors import BenchError
from .load import Load, Sample, measure
from .machine import Cores, describe, one_server
from .processes import Server, serve
from .targets import Command, Targets

RAW, OURS, NGINX, PYTHON = "raw_epoll", "tornado", "nginx", "Tornado (Python)"
CONTROL_RANGE = (1.1, 1.7)  # what nginx costs next to raw_epoll on a healthy machine


@dataclass(frozen=True)
class Lane:
    """One line of a table: a server and what is asked of it."""

    name: str
    server: str
    path: str = "/"
    body: int = 0  # bytes that each request brings
    coding: str = ""  # that the client accepts


@dataclass(frozen=True)
class Ratio:
    """CPU per request of one lane over another's in the same round, and the most it may be."""

    of: str
    to: str
    limit: float | None = None


@dataclass
class Scenario:
    name: str
    title: str
    load: Load
    cores: Cores
    servers: dict[str, Command]
    lanes: list[Lane]
    ratios: list[Ratio]
    workers: dict[str, int] = field(default_factory=dict)  # of the servers that fork
    has_control: bool = False  # nginx must lie in CONTROL_RANGE
    same_size: bool = True  # the responses of ours and of raw_epoll
    note: str = ""


@dataclass
class Outcome:
    scenario: Scenario
    samples: dict[str, list[Sample]]

    def middle(self, lane: str, figure: str) -> float:
        return median(getattr(sample, figure) for sample in self.samples[lane])

    def ratios(self, ratio: Ratio) -> list[float]:
        """One quotient for each round, whose two runs were neighbours in time."""
        pairs = zip(self.samples[ratio.of], self.samples[ratio.to], strict=True)
        return [of.cpu_us / to.cpu_us for of, to in pairs]


def response_of(command: Command, path: str) -> bytes:
    with serve("the server under test", command, one_server().server) as server:
        return fetch(server.port, path)


def against_peers(
    name: str, title: str, targets: Targets, load: Load, limit: float | None, has_control: bool
) -> Scenario:
    """helloworld and whatever peers there are against the yardstick."""
    ours = targets.helloworld()
    response = response_of(ours, "/")
    body = response.partition(b"\r\n\r\n")[2]
    servers = {RAW: targets.raw_epoll(response), OURS: ours}
    for peer, command in {NGINX: targets.nginx(body), PYTHON: targets.python_tornado(body)}.items():
        if command is not None:
            servers[peer] = command
    return Scenario(
        name=name,
        title=title,
        load=load,
        cores=one_server(),
        servers=servers,
        lanes=[Lane(server, server) for server in servers],
        ratios=[Ratio(OURS, RAW, limit)]
        + [Ratio(peer, RAW) for peer in servers if peer not in (RAW, OURS)],
        has_control=has_control and NGINX in servers,
    )


def connections_64(targets: Targets, seconds: int) -> Scenario:
    load = Load(connections=64, seconds=seconds)
    title = "64 connections, helloworld"
    return against_peers("connections-64", title, targets, load, 1.15, has_control=True)


def connections_256(targets: Targets, seconds: int) -> Scenario:
    load = Load(connections=256, seconds=seconds)
    title = "256 connections, helloworld"
    return against_peers("connections-256", title, targets, load, None, has_control=False)


def pipelined(targets: Targets, seconds: int) -> Scenario:
    load = Load(connections=64, depth=16, seconds=seconds)
    title = "64 connections with 16 requests pipelined, helloworld"
    return against_peers("pipelined", title, targets, load, 1.8, has_control=False)


def suspend(targets: Targets, seconds: int) -> Scenario:
    """A handler that suspends once against its synchronous sister in the same process."""
    ours = targets.bench_server()
    plain, suspending = "synchronous", "suspends once"
    return Scenario(
        name="suspend",
        title="64 connections, a handler that suspends once (bench_server)",
        load=Load(connections=64, seconds=seconds),
        cores=one_server(),
        servers={RAW: targets.raw_epoll(response_of(ours, "/suspend")), OURS: ours},
        lanes=[Lane(RAW, RAW), Lane(plain, OURS, "/"), Lane(suspending, OURS, "/suspend")],
        ratios=[Ratio(plain, RAW), Ratio(suspending, RAW), Ratio(suspending, plain, 1.05)],
    )


def suspend_pipelined(targets: Targets, seconds: int) -> Scenario:
    """The same under pipelining, where the kernel's share no longer hides a small difference."""
    scenario = suspend(targets, seconds)
    scenario.name = "suspend-pipelined"
    scenario.title = "64 connections, 16 pipelined, a handler that suspends once (bench_server)"
    scenario.load = replace(scenario.load, depth=16)
    scenario.ratios = [Ratio(ratio.of, ratio.to) for ratio in scenario.ratios]
    return scenario


def two_workers(targets: Targets, seconds: int) -> Scenario:
    """Two forked workers against one, in the same place: both share the one serving core."""
    one, two = targets.bench_server(1), targets.bench_server(2)
    response = response_of(one, "/")
    servers = {
        RAW: targets.raw_epoll(response),
        "raw_epoll, 2 workers": targets.raw_epoll(response, 2),
        "one process": one,
        "2 workers": two,
    }
    return Scenario(
        name="workers",
        title="64 connections, two forked workers (bench_server)",
        load=Load(connections=64, seconds=seconds),
        cores=one_server(),
        servers=servers,
        lanes=[Lane(server, server) for server in servers],
        ratios=[
            Ratio("raw_epoll, 2 workers", RAW),
            Ratio("2 workers", "raw_epoll, 2 workers"),
            Ratio("2 workers", "one process", 1.05),
        ],
        workers={"raw_epoll, 2 workers": 2, "2 workers": 2},
        note="both workers share the serving core: this shows what forking costs, not how it scales",
    )


def watchdog(targets: Targets, seconds: int) -> Scenario:
    """A loop whose watchdog looks forty times a second against one without, pipelined to show more."""
    without, watched = targets.bench_server(), targets.bench_server(blocking_threshold=100)
    off, on = "no watchdog", "threshold of 100 ms"
    return Scenario(
        name="watchdog",
        title="64 connections, 16 pipelined, a loop that is watched (bench_server)",
        load=Load(connections=64, depth=16, seconds=seconds),
        cores=one_server(),
        servers={RAW: targets.raw_epoll(response_of(without, "/")), off: without, on: watched},
        lanes=[Lane(RAW, RAW), Lane(off, off), Lane(on, on)],
        ratios=[Ratio(off, RAW), Ratio(on, off, 1.01)],
    )


def cipher_of(command: Command, client: Path) -> str:
    """What a client with this configuration and the server agree on, and the size of the server's key."""
    with serve("the server under test", command, one_server().server) as server:
        argv = ["openssl", "s_client", "-connect", f"127.0.0.1:{server.port}"]
        done = subprocess.run(
            argv, input="", capture_output=True, text=True, check=False, env=os.environ | {"OPENSSL_CONF": str(client)}
        )
    cipher = re.search(r"^New, (\S+), Cipher is (\S+)$", done.stdout, re.MULTILINE)
    key = re.search(r"^Peer signature type: (\S+)$", done.stdout, re.MULTILINE)
    bits = re.search(r"^Server public key is (\d+) bit$", done.stdout, re.MULTILINE)
    if cipher is None or key is None or bits is None or cipher[2] == "(NONE)":
        raise BenchError(f"openssl s_client failed: {done.stdout}{done.stderr}")
    return f"{cipher[1]}, {cipher[2]}, {key[1]} of {bits[1]} bits"


def https(targets: Targets, seconds: int) -> Scenario:
    """Over TLS against nginx, which has the same certificate and the same library."""
    servers = {OURS: targets.secure_bench_server()}
    if nginx := targets.nginx(b"Hello, world!", tls=True):
        servers[NGINX] = nginx
    client = targets.tls_client()
    ciphers = {cipher_of(server, client) for server in servers.values()}
    if len(ciphers) > 1:
        raise BenchError(f"the servers use different ciphers: {', '.join(sorted(ciphers))}")
    return Scenario(
        name="https",
        title=f"64 connections over TLS ({ciphers.pop()}), hello world (bench_server)",
        load=Load(connections=64, seconds=seconds, tls=client),
        cores=one_server(),
        servers=servers,
        lanes=[Lane(server, server) for server in servers],
        ratios=[Ratio(OURS, NGINX, 1.0)] if NGINX in servers else [],
    )


def file(targets: Targets, seconds: int) -> Scenario:
    """write_file() against nginx's sendfile; raw_epoll copies the same bytes from its memory."""
    content = targets.scratch / "file"
    content.write_bytes(b"0123456789abcdef" * 65536)
    ours = targets.file_server(content)
    servers = {RAW: targets.raw_epoll(response_of(ours, "/file")), OURS: ours}
    if (nginx := targets.nginx_with_file(content)) is not None:
        servers[NGINX] = nginx
    return Scenario(
        name="file",
        title="8 connections, a file of 1 MiB: write_file (file_server)",
        load=Load(connections=8, seconds=seconds),
        cores=one_server(),
        servers=servers,
        lanes=[Lane(server, server, "/file") for server in servers],
        ratios=[Ratio(OURS, NGINX, 1.1), Ratio(OURS, RAW)] if NGINX in servers else [Ratio(OURS, RAW)],
    )


def static(targets: Targets, seconds: int, size: int, connections: int, limit: float) -> Scenario:
    """StaticFileHandler against nginx's sendfile, which keeps the file open too."""
    content = targets.scratch / "file"
    content.write_bytes(b"0123456789abcdef" * (size // 16))
    servers = {OURS: targets.bench_server()}
    lanes = [Lane(OURS, OURS, "/static/file")]
    if (nginx := targets.nginx_with_file(content, cached=True)) is not None:
        servers[NGINX] = nginx
        lanes.append(Lane(NGINX, NGINX, "/file"))
    return Scenario(
        name="",
        title=f"{connections} connections, a static file of {size >> 10:,} KiB (bench_server)",
        load=Load(connections=connections, seconds=seconds),
        cores=one_server(),
        servers=servers,
        lanes=lanes,
        ratios=[Ratio(OURS, NGINX, limit)] if NGINX in servers else [],
        same_size=False,
    )


def static_small(targets: Targets, seconds: int) -> Scenario:
    return replace(static(targets, seconds, 1 << 10, 64, 1.0), name="static-small")


def static_large(targets: Targets, seconds: int) -> Scenario:
    return replace(static(targets, seconds, 1 << 20, 8, 1.05), name="static-large")


def compressed(targets: Targets, seconds: int) -> Scenario:
    """Ten KiB compressed by the transform, and by a handler that does nothing but call zlib."""
    ours = targets.bench_server(compress=True)
    return Scenario(
        name="gzip",
        title="8 connections, 10 KiB of text, compressed (bench_server)",
        load=Load(connections=8, seconds=seconds),
        cores=one_server(),
        servers={OURS: ours},
        lanes=[
            Lane("as it is", OURS, "/text"),
            Lane("gzip", OURS, "/text", coding="gzip"),
            Lane("zlib alone", OURS, "/zlib"),
        ],
        ratios=[Ratio("gzip", "zlib alone", 1.05), Ratio("as it is", "zlib alone")],
        same_size=False,
    )


def json(targets: Targets, seconds: int) -> Scenario:
    """A small object as JSON beside plain text, pipelined, where the kernel's share is small."""
    return Scenario(
        name="json",
        title="64 connections, 16 pipelined, a small object as JSON (bench_server)",
        load=Load(connections=64, depth=16, seconds=seconds),
        cores=one_server(),
        servers={OURS: targets.bench_server()},
        lanes=[Lane("plain text", OURS), Lane("JSON", OURS, "/json")],
        ratios=[Ratio("JSON", "plain text")],
        same_size=False,
        note="the difference of their CPU times may be 0.3 µs",
    )


def post(targets: Targets, seconds: int) -> Scenario:
    """A POST of 1 KiB that is echoed, against raw_epoll's hello world: all that a body adds, both ways."""
    ours = targets.bench_server()
    return Scenario(
        name="post",
        title="64 connections, POST of 1 KiB echoed, next to hello world (bench_server)",
        load=Load(connections=64, seconds=seconds),
        cores=one_server(),
        servers={RAW: targets.raw_epoll(response_of(ours, "/")), OURS: ours},
        lanes=[Lane(RAW, RAW), Lane("hello", OURS), Lane("echo", OURS, "/echo", body=1024)],
        ratios=[Ratio("hello", RAW), Ratio("echo", RAW, 1.5)],
        same_size=False,
    )


def upload(targets: Targets, seconds: int) -> Scenario:
    """A body of 1 MiB that is read and thrown away, against nginx, which reads it into memory."""
    servers = {OURS: targets.bench_server()}
    if (nginx := targets.nginx_that_reads(2 << 20)) is not None:
        servers[NGINX] = nginx
    return Scenario(
        name="upload",
        title="8 connections, POST of 1 MiB, discarded (bench_server)",
        load=Load(connections=8, seconds=seconds),
        cores=one_server(),
        servers=servers,
        lanes=[Lane(server, server, "/discard", body=1 << 20) for server in servers],
        ratios=[Ratio(OURS, NGINX, 1.11)] if NGINX in servers else [],
        note="1.11 of nginx's CPU time is 0.9 of its throughput for each second of it",
    )


SCENARIOS: dict[str, Callable[[Targets, int], Scenario]] = {
    "connections-64": connections_64,
    "connections-256": connections_256,
    "pipelined": pipelined,
    "suspend": suspend,
    "suspend-pipelined": suspend_pipelined,
    "watchdog": watchdog,
    "workers": two_workers,
    "https": https,
    "file": file,
    "post": post,
    "upload": upload,
    "static-small": static_small,
    "static-large": static_large,
    "gzip": compressed,
    "json": json,
}


def run_scenario(scenario: Scenario, rounds: int, progress: Callable[[str], None]) -> Outcome:
    """Measures every lane once in each round, in an order that turns round from one to the next."""
    outcome = Outcome(scenario, {lane.name: [] for lane in scenario.lanes})
    for number in range(rounds):
        order = scenario.lanes if number % 2 == 0 else scenario.lanes[::-1]
        for lane, sample in run_round(scenario, order):
            outcome.samples[lane.name].append(sample)
        latest = {lane: samples[-1].cpu_us for lane, samples in outcome.samples.items()}
        figures = [f"{lane} {cpu_us:.2f}" for lane, cpu_us in latest.items()]
        progress(f"round {number + 1} of {rounds}: CPU µs/request: {'; '.join(figures)}")
    return outcome


def run_round(scenario: Scenario, order: list[Lane]) -> Iterator[tuple[Lane, Sample]]:
    """One sample of each lane, from processes that live for this round alone."""
    cores = scenario.cores
    with ExitStack() as stack:
        servers: dict[str, Server] = {}
        for name, command in scenario.servers.items():
            count = scenario.workers.get(name, 1)
            servers[name] = stack.enter_context(serve(name, command, cores.server, workers=count))
        for lane in order:
            server = servers[lane.server]
            load = replace(scenario.load, body=lane.body, coding=lane.coding)
            measure(server, lane.path, replace(load, seconds=1), cores.load, cores.all)
            yield lane, measure(server, lane.path, load, cores.load, cores.all)


def objections(outcome: Outcome, judge_control: bool) -> list[str]:
    """Why these figures must not be used; empty when they may."""
    found = []
    for lane, samples in outcome.samples.items():
        errors = sorted({sample.errors for sample in samples if sample.errors})
        if errors:
            found.append(f"{outcome.scenario.name}: {lane}: wrk saw errors: {'; '.join(errors)}")
        if max(sample.clock_mismatch for sample in samples) > 0.05:
            found.append(f"{outcome.scenario.name}: {lane}: the two clocks for CPU time disagree")
    found += different_sizes(outcome)
    if outcome.scenario.has_control and judge_control:
        ratio = median(outcome.ratios(Ratio(NGINX, RAW)))
        low, high = CONTROL_RANGE
        if not low <= ratio <= high:
            found.append(f"nginx, the control, is at {ratio:.2f} of raw_epoll, not in {low}–{high}")
    return found


def different_sizes(outcome: Outcome) -> list[str]:
    """Lanes of ours whose responses are not as long as the yardstick's."""
    if RAW not in outcome.samples or not outcome.scenario.same_size:
        return []
    expected = outcome.middle(RAW, "response_bytes")
    # wrk counts the bytes of responses under way at its end, too: of large ones, that is much.
    most = max(0.5, expected * 0.002)
    return [
        f"{outcome.scenario.name}: {lane}: responses of {size:.0f} bytes, raw_epoll's of {expected:.0f}"
        for lane in outcome.samples
        if lane not in (NGINX, PYTHON)
        and abs((size := outcome.middle(lane, "response_bytes")) - expected) > most
    ]


def placement(scenario: Scenario) -> str:
    return f"server on {describe(scenario.cores.server)}, wrk on {describe(scenario.cores.load)}"

