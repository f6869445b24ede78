"""IOStream beside plain system calls, both sides in a program of their own: ratios."""

import subprocess
from statistics import median

from .errors import BenchError
from .figures import Figure, Progress
from .targets import Targets

GROUPS = {
    "echo": "IOStream beside a raw epoll: ratio of the server's CPU time, its spread, and both sides",
    "bulk": "IOStream beside plain send and recv of 64 KiB: ratio of time, its spread, and both sides",
}
LIMITS = {"echo": 1.15, "bulk": round(1 / 0.9, 3)}
UNITS = {"echo": "ns/message", "bulk": "ms"}


def measure_streams(
    what: str, targets: Targets, rounds: int, milliseconds: int, progress: Progress
) -> list[Figure]:
    program = targets.program("test/bench/stream_bench")
    command = [program, what, f"--rounds={rounds}", f"--milliseconds={milliseconds}"]
    figures = []
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as running:
        for line in running.stdout:
            name, *fields = line.rstrip("\n").split("\t")
            figures.append(comparison(what, name, fields))
            progress(f"{name}: {figures[-1].value:.2f} {figures[-1].unit}")
    if running.returncode != 0:
        raise BenchError(f"{program} failed with status {running.returncode}")
    return figures


def comparison(what: str, name: str, fields: list[str]) -> Figure:
    """The median of the quotients of neighbours in time."""
    ours, plain = ([float(value) for value in field.split()] for field in fields)
    ratios = [of / to for of, to in zip(ours, plain, strict=True)]
    spread = f"{min(ratios):.2f}–{max(ratios):.2f}"
    unit = f"{spread}  {median(ours):,.0f} / {median(plain):,.0f} {UNITS[what]}"
    return Figure(GROUPS[what], name, median(ratios), unit, LIMITS[what])
