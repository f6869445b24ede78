"""The HTTP client beside plain sockets, both sides in one process: ratios, and the memory of a large download."""

import subprocess
from statistics import median

from .errors import BenchError
from .figures import Figure, Progress
from .machine import one_server
from .processes import serve
from .targets import Targets

RESPONSE = b"HTTP/1.1 200 OK\r\nContent-Type: text/html; charset=UTF-8\r\nContent-Length: 12\r\n\r\nHello, world"


def measure_fetches(targets: Targets, rounds: int, fetches: int, progress: Progress) -> list[Figure]:
    """Small fetches on kept connections, 64 at a time."""
    program = targets.program("test/bench/client_bench")
    with serve("raw_epoll", targets.raw_epoll(RESPONSE), one_server().server) as server:
        [(ours, bare, beast, (allocations,))] = lines_of([program, "--tsv", f"--port={server.port}", f"--rounds={rounds}", f"--fetches={fetches}"])
    group = "fetches of a small page, 64 at a time: ratio of the client's CPU time, its spread, and both sides"
    figures = [
        comparison(group, "beside a bare epoll client", ours, bare, "ns", 1.25),
        comparison(group, "beside a client on Beast", ours, beast, "ns", 1.0),
        Figure("allocations of a fetch", "a small page", allocations, "each"),
    ]
    for figure in figures[:2]:
        progress(f"{figure.name}: {figure.value:.2f} {figure.unit}")
    return figures


def measure_downloads(targets: Targets, rounds: int, size: int, progress: Progress) -> list[Figure]:
    program = targets.program("test/bench/download_bench")
    [(ours, plain, (memory,))] = lines_of([program, f"--rounds={rounds}", f"--megabytes={size >> 20}"])
    name = f"a body of {size >> 20} MiB"
    group = "downloads beside plain recv of 64 KiB: ratio of time, its spread, and both sides"
    figures = [
        comparison(group, name, ours, plain, "ms", round(1 / 0.9, 3)),
        Figure("peak memory of a download, beyond that before", name, memory / 1024, "MiB", 8.0),
    ]
    progress(f"{name}: {figures[0].value:.2f} {figures[0].unit}, {figures[1].value:.1f} MiB more")
    return figures


def lines_of(command: list[str]) -> list[list[list[float]]]:
    """The lines that a program prints, without their names, as lists of numbers."""
    done = subprocess.run(command, stdout=subprocess.PIPE, text=True, check=False)
    if done.returncode != 0:
        raise BenchError(f"{command[0]} failed with status {done.returncode}")
    return [[[float(number) for number in field.split()] for field in line.split("\t")[1:]] for line in done.stdout.splitlines()]


def comparison(group: str, name: str, ours: list[float], plain: list[float], unit: str, limit: float) -> Figure:
    """The median of the quotients of neighbours in time."""
    ratios = [of / to for of, to in zip(ours, plain, strict=True)]
    spread = f"{min(ratios):.2f}–{max(ratios):.2f}"
    return Figure(group, name, median(ratios), f"{spread}  {median(ours):,.0f} / {median(plain):,.0f} {unit}", limit)
