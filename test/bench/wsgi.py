#!/usr/bin/python3
"""Requests per CPU second of wsgi_host, and of Debian's gunicorn with its sync worker, on the same application.

Both have one process for requests, and get the same requests from the same client, on a new connection each, as gunicorn's
sync worker keeps none. Then wsgi_host once more on connections that go on, which is what browsers and proxies use. The
client's own time does not count: what is counted is that of the server's processes, from /proc.
"""

import argparse
import http.client
import socket
import statistics
import subprocess
import sys
from pathlib import Path

HERE = Path(__file__).resolve().parent
sys.path.insert(0, str(HERE.parent / "integration"))

import programs  # noqa: E402

SITES = programs.HERE / "wsgi"
REQUEST = b"GET / HTTP/1.1\r\nHost: localhost\r\nAccept: */*\r\nUser-Agent: bench\r\n\r\n"


def cpu_seconds(pids):
    tasks = [task for pid in pids for task in Path(f"/proc/{pid}/task").iterdir()]
    return sum(int(task.joinpath("schedstat").read_text().split()[0]) for task in tasks) / 1e9


def read_response(connection):
    response = http.client.HTTPResponse(connection)
    response.begin()
    if response.status != 200 or response.read() != b"Hello, world!":
        raise SystemExit("the server does not answer as it should")


def ask_anew(address, count):
    for _ in range(count):
        with socket.create_connection(address) as connection:
            connection.sendall(REQUEST)
            read_response(connection)


def ask_on_kept_connections(address, count):
    connections = [socket.create_connection(address) for _ in range(10)]
    for _ in range(count // len(connections)):
        for connection in connections:
            connection.sendall(REQUEST)
        for connection in connections:
            read_response(connection)
    for connection in connections:
        connection.close()


def rate(ask, address, pids, count):
    before = cpu_seconds(pids)
    ask(address, count)
    return count / (cpu_seconds(pids) - before)


class Gunicorn:
    """One sync worker, on a socket that it inherits."""

    def __enter__(self):
        self._listener = socket.create_server(("127.0.0.1", 0))
        self.address = self._listener.getsockname()
        self._process = subprocess.Popen(
            [programs.PYTHON, "-m", "gunicorn", f"--bind=fd://{self._listener.fileno()}", "--workers=1",
             "--log-level=error", "plain_site:hello"],
            cwd=SITES, pass_fds=[self._listener.fileno()], preexec_fn=programs.die_with_parent)
        ask_anew(self.address, 10)
        children = Path(f"/proc/{self._process.pid}/task/{self._process.pid}/children").read_text()
        self.pids = [self._process.pid, *map(int, children.split())]
        return self

    def __exit__(self, *_):
        self._process.terminate()
        self._process.wait()
        self._listener.close()


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rounds", type=int, default=7)
    parser.add_argument("--requests", type=int, default=3000, help="of each kind, in each round")
    options = parser.parse_args()
    host = programs.BUILD / "apps/wsgi_host/wsgi_host"
    ratios, kept_ratios = [], []
    quiet = "--logging=warning"  # gunicorn logs no requests either
    with Gunicorn() as gunicorn, programs.serve(host, f"--chdir={SITES}", quiet, "plain_site:hello") as ours:
        address = (ours.host, ours.port)
        ask_anew(address, 10)
        for _ in range(options.rounds):
            theirs = rate(ask_anew, gunicorn.address, gunicorn.pids, options.requests)
            anew = rate(ask_anew, address, [ours.pid], options.requests)
            kept = rate(ask_on_kept_connections, address, [ours.pid], 3 * options.requests)
            ratios.append(anew / theirs)
            kept_ratios.append(kept / theirs)
            print(f"requests per CPU second: gunicorn {theirs:.0f}, wsgi_host {anew:.0f}, on kept connections {kept:.0f}")
    for name, found in (("", ratios), (", on kept connections", kept_ratios)):
        print(f"wsgi_host / gunicorn{name}: {statistics.median(found):.2f} ({min(found):.2f} to {max(found):.2f})")
    return 0 if statistics.median(ratios) >= 1 else 1


if __name__ == "__main__":
    sys.exit(main())
