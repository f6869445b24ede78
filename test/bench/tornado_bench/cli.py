"""The command line: what to measure, for how long, and where the figures go."""

import argparse
import json
import signal
import sys
import time
from collections.abc import Callable
from pathlib import Path

from . import report
from .allocations import measure_allocations
from .compile_time import measure_compile_time
from .errors import BenchError
from .fetches import measure_downloads, measure_fetches
from .figures import Figure, Progress
from .handshakes import measure_handshakes
from .heads import measure_heads, measure_routes
from .idle_memory import measure_idle_memory, measure_idle_tls_memory
from .load import require_wrk
from .loop import measure_loop
from .postgresql import measure_postgresql
from .scenarios import SCENARIOS, Outcome, Scenario, objections, run_scenario
from .streams import measure_streams
from .syscalls import measure_syscalls
from .targets import Targets, install_peers, targets_of
from .templates import measure_templates
from .uploads import measure_uploads
from .web import measure_web
from .websockets import measure_websocket_broadcast, measure_websocket_echo, measure_websocket_memory

NOISE_LIMIT = 0.05  # share of the cores that others may use before we speak of it


def counted_measures(quick: bool) -> dict[str, Callable[[Targets, Progress], list[Figure]]]:
    """The measures that give figures rather than comparisons, by name."""
    requests, connections, attempts, seconds = (200, 1000, 1, 1) if quick else (2000, 10000, 3, 2)
    rounds, milliseconds = (1, 5) if quick else (11, 40)
    large, fetches = (64 << 20, 2000) if quick else (1 << 30, 40_000)
    return {
        "loop": lambda targets, progress: measure_loop(targets, rounds, milliseconds, progress),
        "echo": lambda targets, progress: measure_streams(
            "echo", targets, rounds, 10 * milliseconds, progress
        ),
        "bulk": lambda targets, progress: measure_streams("bulk", targets, rounds, 0, progress),
        "routes": lambda targets, progress: measure_routes(targets, 10 * rounds, progress),
        "heads": lambda targets, progress: measure_heads(targets, rounds, milliseconds, progress),
        "templates": lambda targets, progress: measure_templates(targets, rounds, 5 * milliseconds, progress),
        "syscalls": lambda targets, progress: measure_syscalls(targets, seconds, progress),
        "allocations": lambda targets, progress: measure_allocations(targets, requests, progress),
        "idle-memory": lambda targets, progress: measure_idle_memory(targets, connections, progress),
        "idle-tls-memory": lambda targets, progress: measure_idle_tls_memory(targets, connections, progress),
        "upload-memory": lambda targets, progress: measure_uploads(targets, large, progress),
        "fetches": lambda targets, progress: measure_fetches(targets, rounds, fetches, progress),
        "download": lambda targets, progress: measure_downloads(targets, 1 if quick else 7, large, progress),
        "postgresql": lambda targets, progress: measure_postgresql(targets, rounds, fetches // 2, progress),
        "handshakes": lambda targets, progress: measure_handshakes(targets, rounds, seconds, progress),
        "web": measure_web,
        "websocket-echo": lambda targets, progress: measure_websocket_echo(targets, min(rounds, 7), seconds, progress),
        "websocket-broadcast": lambda targets, progress: measure_websocket_broadcast(
            targets, connections, min(rounds, 7), seconds, progress
        ),
        "websocket-memory": lambda targets, progress: measure_websocket_memory(targets, connections, progress),
        "compile-time": lambda targets, progress: measure_compile_time(targets, attempts, progress),
    }


def parse(arguments: list[str]) -> argparse.Namespace:
    names = [*SCENARIOS, *counted_measures(quick=True)]
    parser = argparse.ArgumentParser(
        prog="bench",
        description="Measures the servers of a built tree against raw_epoll, the physical limit.",
    )
    parser.add_argument("--build", type=Path, default=Path("build/release"), metavar="DIR",
                        help="the build tree; nothing is built here (default: %(default)s)")
    parser.add_argument("--pairs", type=int, default=7, metavar="N",
                        help="rounds of each comparison (default: %(default)s)")
    parser.add_argument("--seconds", type=int, default=3, metavar="S",
                        help="length of each run (default: %(default)s)")
    parser.add_argument("--quick", action="store_true",
                        help="one round of one second each: shows that all works, not how fast")
    parser.add_argument("--peers", action="store_true",
                        help="install nginx and Debian's Tornado first, to have them in the tables")
    parser.add_argument("--only", action="append", choices=names, metavar="NAME",
                        help=f"measure this alone; may be repeated: {', '.join(names)}")
    parser.add_argument("--json", type=Path, metavar="FILE", help="also write every figure to FILE")
    options = parser.parse_args(arguments)
    if options.quick:
        options.pairs = options.seconds = 1
    if options.pairs < 1 or options.seconds < 1:
        parser.error("--pairs and --seconds are at least 1")
    options.only = options.only or names
    return options


class Bench:
    """One call of the bench: what it has found so far."""

    def __init__(self, options: argparse.Namespace):
        self.options = options
        self.outcomes: list[Outcome] = []
        self.figures: list[Figure] = []
        self.objections: list[str] = []
        self._start = time.monotonic()

    def progress(self, text: str) -> None:
        elapsed = int(time.monotonic() - self._start)
        print(f"[{elapsed // 60:2}:{elapsed % 60:02}] {text}", file=sys.stderr, flush=True)

    def run(self, targets: Targets) -> None:
        counted = counted_measures(self.options.quick)
        for position, name in enumerate(self.options.only, 1):
            self.progress(f"({position} of {len(self.options.only)}) {name}")
            if name in SCENARIOS:
                self.compare(SCENARIOS[name](targets, self.options.seconds))
            else:
                self.figures += counted[name](targets, self.progress)

    def compare(self, scenario: Scenario) -> None:
        outcome = run_scenario(scenario, self.options.pairs, self.progress)
        self.outcomes.append(outcome)
        self.objections += objections(outcome, judge_control=not self.options.quick)

    def print_tables(self) -> None:
        judge = not self.options.quick
        for outcome in self.outcomes:
            print("\n" + report.scenario_text(outcome, judge))
        if self.figures:
            print("\n" + report.figures_text(self.figures, judge))
        noise = self.noise()
        if noise > NOISE_LIMIT:
            share = f"{noise:.0%} of the measured cores"
            print(f"\nThe machine was not quiet: other processes took up to {share}.")
        for objection in self.objections:
            print(f"\nVOID: {objection}")

    def noise(self) -> float:
        samples = (s for outcome in self.outcomes for lane in outcome.samples.values() for s in lane)
        return max((sample.others for sample in samples), default=0.0)


def stop(*_: object) -> None:
    """Leaves through every `finally`, so that no server stays behind."""
    raise KeyboardInterrupt


def main(arguments: list[str]) -> int:
    """0: measured; 1: could not measure; 2: measured, but the figures are void."""
    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, stop)
    options = parse(arguments)
    bench = Bench(options)
    failure = 0
    try:
        require_wrk()
        if options.peers:
            install_peers()
        with targets_of(options.build) as targets:
            bench.run(targets)
    except BenchError as error:
        failure, message = 1, f"bench: {error}"
    except KeyboardInterrupt:
        failure, message = 130, "bench: stopped"
    bench.print_tables()  # what was measured until then is worth seeing
    if failure:
        print(message, file=sys.stderr)
        return failure
    if options.json:
        found = report.as_json(bench.outcomes, bench.figures, bench.objections, bench.noise())
        options.json.write_text(json.dumps(found, indent=2, ensure_ascii=False) + "\n")
    return 2 if bench.objections else 0
