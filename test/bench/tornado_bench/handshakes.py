"""What full TLS handshakes cost a server, next to nginx with the same certificate."""

import re
import subprocess
from statistics import median

from .errors import BenchError
from .figures import Figure, Progress
from .machine import one_server
from .processes import Server, cpu_seconds, in_child, serve
from .scenarios import NGINX, OURS
from .targets import Targets

LIMIT = 1 / 0.95  # CPU seconds for a handshake, next to nginx's
COUNT = re.compile(r"^(\d+) connections in [\d.]+ real seconds", re.MULTILINE)


def measure_handshakes(targets: Targets, rounds: int, seconds: int, progress: Progress) -> list[Figure]:
    servers = {OURS: targets.secure_bench_server()}
    if nginx := targets.nginx(b"Hello, world!", tls=True):
        servers[NGINX] = nginx
    costs: dict[str, list[float]] = {name: [] for name in servers}
    for number in range(rounds):
        for name in list(servers) if number % 2 == 0 else list(servers)[::-1]:
            with serve(name, servers[name], one_server().server) as server:
                shake_hands(server, 1)  # warms up
                costs[name].append(shake_hands(server, seconds))
        latest = "; ".join(f"{name} {values[-1]:.0f}" for name, values in costs.items())
        progress(f"round {number + 1} of {rounds}: CPU µs/handshake: {latest}")
    group = "full TLS handshakes, one after the other"
    figures = [Figure(group, name, median(values), "CPU µs each") for name, values in costs.items()]
    if NGINX in costs:
        ratio = median(ours / theirs for ours, theirs in zip(costs[OURS], costs[NGINX], strict=True))
        figures.append(Figure(group, f"{OURS} / {NGINX}", ratio, "", LIMIT))
    return figures


def shake_hands(server: Server, seconds: int) -> float:
    """CPU microseconds of the server for each of the handshakes of `openssl s_time`."""
    before = cpu_seconds(server.pids())
    argv = ["openssl", "s_time", "-connect", f"127.0.0.1:{server.port}", "-new", "-time", str(seconds)]
    done = subprocess.run(
        argv, capture_output=True, text=True, check=False, preexec_fn=in_child(one_server().load)
    )
    server.require_alive()
    counts = COUNT.findall(done.stdout)
    if done.returncode != 0 or not counts or int(counts[-1]) == 0:
        raise BenchError(f"openssl s_time failed: {done.stdout}{done.stderr}")
    return (cpu_seconds(server.pids()) - before) / int(counts[-1]) * 1e6
