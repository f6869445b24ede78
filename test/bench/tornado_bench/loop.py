"""The loop beside Asio's own ways to do the same, in one process: ratios of CPU time."""

import subprocess

from .errors import BenchError
from .figures import Figure, Progress, paired
from .targets import Targets

GROUP = "the loop beside Asio: ratio of CPU time, its spread, and both sides"
READY = "awaiting a future that is done"

# What may cost how much of Asio's way.
LIMITS = {
    "callback, 100 ready": 1.0,
    "callback, 1 ready": 1.0,
    "callback from another thread": 1.0,
    "suspension, 100 ready": 0.5,
    "suspension, 1 ready": 0.5,
    "chain of 8 coroutines": 0.4,
    "chain of 8 that suspends": 0.4,
    "spawned coroutine": 0.2,
    "timer, 10 pending": 0.2,
    "timer, 100,000 pending": 0.2,
    "turn, 100,000 or 10 timers": 1.05,  # no more, within what such a measurement can tell
}


def measure_loop(targets: Targets, rounds: int, milliseconds: int, progress: Progress) -> list[Figure]:
    program = targets.program("test/bench/loop_bench")
    command = [program, "--tsv", f"--rounds={rounds}", f"--milliseconds={milliseconds}"]
    figures = []
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as running:
        for line in running.stdout:
            name, *fields = line.rstrip("\n").split("\t")
            found = ready_figures(fields) if name == "ready" else [paired(GROUP, name, fields, LIMITS[name])]
            figures += found
            progress("; ".join(f"{figure.name}: {figure.value:.2f} {figure.unit}" for figure in found))
    if running.returncode != 0:
        raise BenchError(f"{program} failed with status {running.returncode}")
    return figures


def ready_figures(fields: list[str]) -> list[Figure]:
    count, allocations, suspended, nanoseconds = (float(field) for field in fields)
    return [
        Figure(READY, "allocations", allocations, f"of {count:,.0f}", 0),
        Figure(READY, "suspensions", suspended, f"of {count:,.0f}", 0),
        Figure(READY, "CPU time", nanoseconds, "ns"),
    ]
