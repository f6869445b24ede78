"""Allocations per request in steady state, counted by a preloaded malloc."""

import struct
from pathlib import Path

from .client import Client
from .figures import Figure, Progress
from .machine import one_server
from .processes import serve
from .targets import Targets

PATHS = {
    "void get()": "/",
    "Future<void> get() that suspends once": "/suspend",
    "void get() that writes JSON": "/json",
    "void get(std::string) of /param/([^/]+)": "/param/value",
}
COUNTERS = struct.Struct("=QQ")  # what alloc_count.cpp keeps: allocations, bytes


def measure_allocations(targets: Targets, requests: int, progress: Progress) -> list[Figure]:
    """Each path on one keep-alive connection: as many requests to warm up, then as many counted."""
    file = targets.scratch / "allocations"
    library = targets.program("test/bench/liballoc_count.so")
    env = {"LD_PRELOAD": library, "ALLOC_COUNT_FILE": str(file)}
    figures = []
    with serve("bench_server", targets.bench_server(), one_server().server, env=env) as server:
        for title, path in PATHS.items():
            allocations, size = count(server.port, path, requests, file)
            group = f"allocations of {title}"
            figures.append(Figure(group, "allocations", allocations, "per request"))
            figures.append(Figure(group, "bytes asked for", size, "per request"))
            progress(f"{group}: {allocations:.3f} per request")
    return figures


def count(port: int, path: str, requests: int, file: Path) -> tuple[float, float]:
    with Client(port) as client:
        for _ in range(requests):
            client.get(path)
        allocations, size = COUNTERS.unpack(file.read_bytes())
        for _ in range(requests):
            client.get(path)
        allocations_after, size_after = COUNTERS.unpack(file.read_bytes())
    return (allocations_after - allocations) / requests, (size_after - size) / requests
