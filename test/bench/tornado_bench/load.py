"""One run of wrk against a server, and what it cost the server."""

import json
import os
import shutil
import signal
import subprocess
import time
from dataclasses import dataclass
from pathlib import Path

from .errors import BenchError
from .processes import Server, busy_seconds, cpu_seconds, cpu_seconds_in_ticks, in_child

SCRIPT = Path(__file__).parent.parent / "load.lua"


@dataclass(frozen=True)
class Load:
    """How the requests are sent."""

    connections: int = 64
    depth: int = 1  # requests written at once on a connection
    seconds: int = 3
    tls: Path | None = None  # OpenSSL's configuration for the client's end of TLS
    body: int = 0  # bytes of the body of each POST; 0: GETs
    coding: str = ""  # that the client accepts


@dataclass(frozen=True)
class Sample:
    """What one run has shown."""

    requests: int
    requests_per_second: float
    p99_ms: float
    cpu_us: float  # of the server and its workers, for each request
    busy: float  # cores the server used on average
    response_bytes: float
    others: float  # share of the measured cores that other processes took
    errors: str  # what wrk complained about; empty when all went well
    clock_mismatch: float  # scheduler statistics against clock ticks, as a share


def require_wrk() -> str:
    """The path of wrk."""
    wrk = shutil.which("wrk")
    if wrk is None:
        raise BenchError("wrk is missing: sudo apt-get install wrk")
    return wrk


def run_wrk(port: int, path: str, load: Load, cores: set[int]) -> tuple[dict, float]:
    """What load.lua printed, and the CPU seconds wrk itself used."""
    argv = [require_wrk(), "-t1", f"-c{load.connections}", f"-d{load.seconds}s", "--timeout", "10s"]
    scheme = "https" if load.tls else "http"
    argv += ["-s", str(SCRIPT), f"{scheme}://127.0.0.1:{port}{path}", "--"]
    argv += [str(load.depth), str(load.connections), str(load.body), *([load.coding] if load.coding else [])]
    process = subprocess.Popen(
        argv,
        env=os.environ | ({"OPENSSL_CONF": str(load.tls)} if load.tls else {}),
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        preexec_fn=in_child(cores),
        start_new_session=True,
    )
    assert process.stdout is not None  # it is a pipe
    try:
        output = process.stdout.read().decode()  # ends when wrk does
        _, status, usage = os.wait4(process.pid, 0)
        process.returncode = os.waitstatus_to_exitcode(status)
    finally:
        if process.returncode is None:
            process.send_signal(signal.SIGKILL)
            process.wait()
        process.stdout.close()
    if process.returncode != 0 or "{" not in output:
        raise BenchError(f"wrk failed: {output.strip()}")
    report = json.loads(output[output.index("{") :])
    return report, usage.ru_utime + usage.ru_stime


def measure(server: Server, path: str, load: Load, cores: set[int], watched: set[int]) -> Sample:
    """Runs the load from `cores` and charges the server's CPU time to the requests it answered."""
    pids = server.pids()
    busy_before, clock_before = busy_seconds(watched), time.monotonic()
    cpu_before, ticks_before = cpu_seconds(pids), cpu_seconds_in_ticks(pids)
    report, wrk_cpu = run_wrk(server.port, path, load, cores)
    server.require_alive()
    cpu, ticks = cpu_seconds(pids) - cpu_before, cpu_seconds_in_ticks(pids) - ticks_before
    wall = time.monotonic() - clock_before
    others = busy_seconds(watched) - busy_before - cpu - wrk_cpu

    requests = report["requests"]
    if requests == 0:
        raise BenchError(f"{server.name} answered no request; it said:\n{server.output()}")
    complaints = [f"{count} {kind}" for kind, count in report["errors"].items() if count]
    return Sample(
        requests=requests,
        requests_per_second=requests / report["seconds"],
        p99_ms=report["p99_us"] / 1000,
        cpu_us=cpu / requests * 1e6,
        busy=cpu / report["seconds"],
        response_bytes=report["bytes"] / requests,
        others=max(0.0, others / (wall * len(watched))),
        errors=", ".join(complaints),
        clock_mismatch=max(0.0, abs(cpu - ticks) - 0.02 * len(pids)) / cpu,
    )
