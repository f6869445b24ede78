"""What an idle keep-alive connection costs the server in resident memory."""

import re
import resource
import ssl
import time
from contextlib import ExitStack
from pathlib import Path

from .client import Client, fetch, trusting
from .errors import BenchError
from .figures import Figure, Progress
from .machine import one_server
from .processes import Server, serve
from .scenarios import NGINX, OURS, RAW, response_of
from .targets import Targets

LIMIT = 1024  # bytes per connection
TLS_LIMIT = 17 * 1024
SPARE_DESCRIPTORS = 200
SETTLED_FOR = 2.0  # seconds without a change
PATIENCE = 20.0  # seconds


def measure_idle_memory(targets: Targets, connections: int, progress: Progress) -> list[Figure]:
    raise_descriptor_limit(connections + SPARE_DESCRIPTORS)
    ours = targets.helloworld()
    response = response_of(ours, "/")
    servers = {RAW: targets.raw_epoll(response), OURS: ours}
    if nginx := targets.nginx(response.partition(b"\r\n\r\n")[2]):
        servers[NGINX] = nginx
    figures = []
    for name, command in servers.items():
        with serve(name, command, one_server().server) as server:
            growth = growth_for(server, connections) / connections
        progress(f"idle memory of {name}: {growth:.0f} bytes per connection")
        group = f"memory of {connections:,} idle connections"
        figures.append(Figure(group, name, growth, "bytes each", LIMIT if name == OURS else None))
    return figures


def measure_idle_tls_memory(targets: Targets, connections: int, progress: Progress) -> list[Figure]:
    """The same for connections over TLS."""
    raise_descriptor_limit(connections + SPARE_DESCRIPTORS)
    servers = {OURS: targets.secure_bench_server()}
    if nginx := targets.nginx(b"Hello, world!", tls=True):
        servers[NGINX] = nginx
    figures = []
    for name, command in servers.items():
        with serve(name, command, one_server().server) as server:
            growth = growth_for(server, connections, trusting()) / connections
        progress(f"idle memory of {name} over TLS: {growth:.0f} bytes per connection")
        group = f"memory of {connections:,} idle TLS connections"
        figures.append(Figure(group, name, growth, "bytes each", TLS_LIMIT if name == OURS else None))
    return figures


def raise_descriptor_limit(needed: int) -> None:
    """For the runner and, by inheritance, for the servers."""
    _, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    if hard != resource.RLIM_INFINITY and hard < needed:
        raise BenchError(f"{needed} file descriptors are needed, the limit is {hard} (ulimit -Hn)")
    resource.setrlimit(resource.RLIMIT_NOFILE, (hard, hard))


def growth_for(server: Server, connections: int, tls: ssl.SSLContext | None = None) -> int:
    """Bytes by which the server has grown once all connections are idle and it has calmed down."""
    for _ in range(100):
        fetch(server.port, "/", tls)  # touches the pages that any first request touches
    before = settled_memory(server)
    with ExitStack() as stack:
        clients = []
        for _ in range(connections):
            clients.append(stack.enter_context(Client(server.port, tls)))
            clients[-1].get("/")
        after = settled_memory(server)
        closed = sum(not client.still_open() for client in clients)
    if closed:
        raise BenchError(f"{server.name} has closed {closed} of its {connections} idle connections")
    return after - before


def settled_memory(server: Server) -> int:
    """Resident bytes, once they have not changed for a while, or patience is over."""
    start = changed = time.monotonic()
    value = resident_bytes(server)
    while (now := time.monotonic()) - changed < SETTLED_FOR and now - start < PATIENCE:
        time.sleep(0.1)
        if (current := resident_bytes(server)) != value:
            value, changed = current, time.monotonic()
    return value


def resident_bytes(server: Server) -> int:
    """Exact, unlike the counters in /proc/PID/statm, which the kernel brings up to date lazily."""
    total = 0
    for pid in server.pids():
        rollup = Path(f"/proc/{pid}/smaps_rollup").read_text()
        total += sum(map(int, re.findall(r"^Rss: +(\d+) kB", rollup, re.MULTILINE))) * 1024
    return total
