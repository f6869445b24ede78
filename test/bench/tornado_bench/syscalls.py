"""System calls per request, counted by strace while wrk keeps the server busy."""

import shutil
import signal
import subprocess
import tempfile
import time
from dataclasses import replace

from .errors import BenchError
from .figures import Figure, Progress
from .load import Load, run_wrk
from .machine import one_server
from .processes import Server, in_child, serve
from .scenarios import OURS, RAW, response_of
from .targets import Command, Targets

GROUPS = {
    "recv": {"read", "readv", "recvfrom", "recvmsg"},
    "send": {"write", "writev", "sendto", "sendmsg", "sendfile"},
    "epoll_wait": {"epoll_wait", "epoll_pwait", "epoll_pwait2"},
    "epoll_ctl": {"epoll_ctl"},
}
LOADS = {"64 connections": Load(connections=64), "64 connections, 16 pipelined": Load(64, depth=16)}


def measure_syscalls(targets: Targets, seconds: int, progress: Progress) -> list[Figure]:
    if shutil.which("strace") is None:
        raise BenchError("strace is missing: sudo apt-get install strace")
    ours = targets.helloworld()
    servers = {RAW: targets.raw_epoll(response_of(ours, "/")), OURS: ours}
    figures = []
    for title, load in LOADS.items():
        for name, command in servers.items():
            timed = replace(load, seconds=seconds)
            counts, failed, requests = count_calls(name, command, timed)
            group = f"system calls of {name}, {title}"
            figures += in_groups(group, counts, failed, requests, load.depth)
            progress(f"{group}: {sum(counts.values()) / requests:.2f} per request in all")
    return figures


def count_calls(name: str, command: Command, load: Load) -> tuple[dict[str, int], dict[str, int], int]:
    """Calls and failed calls by name, and the requests that were answered meanwhile."""
    cores = one_server()
    with serve(name, command, cores.server) as server, tempfile.NamedTemporaryFile("r") as summary:
        run_wrk(server.port, "/", replace(load, seconds=1), cores.load)
        tracer = attach(server, summary.name)
        try:
            report, _ = run_wrk(server.port, "/", load, cores.load)
        finally:
            tracer.send_signal(signal.SIGINT)  # strace lets go of the server and writes its summary
            tracer.communicate()
        return *parse_summary(summary.read()), report["requests"]


def attach(server: Server, output: str) -> subprocess.Popen:
    tracer = subprocess.Popen(
        ["strace", "-c", "-f", "-q", "-o", output, *(f"-p{pid}" for pid in server.pids())],
        stdout=subprocess.DEVNULL,
        stderr=subprocess.PIPE,
        text=True,
        preexec_fn=in_child(one_server().server),
        start_new_session=True,
    )
    deadline = time.monotonic() + 10
    while tracer.poll() is None and not is_traced(server.pid) and time.monotonic() < deadline:
        time.sleep(0.01)
    if tracer.poll() is not None:
        raise BenchError(f"strace cannot attach: {tracer.communicate()[1].strip()}")
    return tracer


def is_traced(pid: int) -> bool:
    with open(f"/proc/{pid}/status") as status:
        return any(line.startswith("TracerPid:") and line.split()[1] != "0" for line in status)


def parse_summary(text: str) -> tuple[dict[str, int], dict[str, int]]:
    """Reads strace's table, whose column of errors may be empty."""
    counts, failed = {}, {}
    for line in text.splitlines():
        fields = line.split()
        if len(fields) in (5, 6) and fields[3].isdigit() and fields[-1] != "total":
            counts[fields[-1]] = int(fields[3])
            failed[fields[-1]] = int(fields[4]) if len(fields) == 6 else 0
    if not counts:
        raise BenchError(f"strace counted nothing: {text.strip()}")
    return counts, failed


def in_groups(
    group: str, counts: dict[str, int], failed: dict[str, int], requests: int, depth: int
) -> list[Figure]:
    """Calls per request, or per batch where requests are pipelined."""
    batches, unit = requests / depth, "per request" if depth == 1 else f"per batch of {depth}"
    figures = []
    for name, members in GROUPS.items():
        total = sum(counts.get(member, 0) for member in members)
        failures = sum(failed.get(member, 0) for member in members)
        figures.append(Figure(group, name, total / batches, unit))
        if failures / batches >= 0.005:
            figures.append(Figure(group, f"{name} that failed", failures / batches, unit))
    grouped = set().union(*GROUPS.values())
    other = {name: count for name, count in counts.items() if name not in grouped}
    names = [name for name, count in sorted(other.items()) if count / batches >= 0.005]
    title = f"others ({', '.join(names)})" if names else "others"
    return [*figures, Figure(group, title, sum(other.values()) / batches, unit)]
