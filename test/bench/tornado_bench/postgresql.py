"""The PostgreSQL driver beside libpq alone, both sides in one process: ratios of CPU time."""

import subprocess
import sys
import tempfile
from pathlib import Path

from .errors import BenchError
from .fetches import comparison, lines_of
from .figures import Figure, Progress
from .targets import Targets

SERVERS = Path(__file__).resolve().parents[2] / "unit/database/servers.py"
GROUP = "queries of PostgreSQL beside a bare libpq pipeline: ratio of the client's CPU time, its spread, and both sides"
LIMIT = 1.3


def measure_postgresql(targets: Targets, rounds: int, queries: int, progress: Progress) -> list[Figure]:
    """Over TCP and over a UNIX socket. Nothing, where there is no server or the driver was left out."""
    if not (targets.build / "test/bench/postgresql_bench").exists():
        progress("left out: it needs libpq")
        return []
    program = targets.program("test/bench/postgresql_bench")
    figures = []
    with tempfile.TemporaryDirectory() as folder, subprocess.Popen(
        [sys.executable, "-B", SERVERS, folder, "postgresql"], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    ) as server:
        _, state, *rest = server.stdout.readline().split()
        if state == "missing":
            progress("left out: postgresql is not installed")
            return []
        if state != "ready":
            raise BenchError(f"PostgreSQL does not start: {' '.join(rest)}")
        for way, url in zip(("TCP", "a UNIX socket"), rest[:2], strict=True):
            [(ours, bare)] = lines_of([program, url, f"--rounds={rounds}", f"--queries={queries}"])
            figures.append(comparison(GROUP, f"one row by key, 16 at a time on 4 connections, over {way}", ours, bare, "ns", LIMIT))
            progress(f"over {way}: {figures[-1].value:.2f} {figures[-1].unit}")
    return figures
