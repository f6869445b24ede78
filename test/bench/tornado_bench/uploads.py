"""How much memory the server takes for an upload that is larger than it may take."""

import re
import socket
from pathlib import Path

from .client import fetch
from .errors import BenchError
from .figures import Figure, Progress
from .machine import one_server
from .processes import Server, serve
from .scenarios import OURS
from .targets import Targets

LIMIT = 16.0  # MiB
PIECE = b"0123456789abcde\n" * 65536  # 1 MiB
BOUNDARY = "--------boundary"


def measure_uploads(targets: Targets, size: int, progress: Progress) -> list[Figure]:
    """The most that the server held at once, beyond what it held before; `size` bytes come in one request."""
    figures = []
    for name, path, head, tail, kind in [
        ("body, discarded", "/discard", b"", b"", "application/octet-stream"),
        ("form, its file to disk", "/form", form_head(), form_tail(), f"multipart/form-data; boundary={BOUNDARY}"),
    ]:
        with serve(OURS, targets.bench_server(), one_server().server) as server:
            fetch(server.port, "/")
            before = peak_memory(server)
            send(server, path, kind, head, size, tail)
            growth = (peak_memory(server) - before) / 1024
        progress(f"upload of {size >> 20} MiB: {name}: {growth:.1f} MiB more")
        figures.append(Figure(f"peak memory of an upload of {size >> 20} MiB", name, growth, "MiB", LIMIT))
    return figures


def form_head() -> bytes:
    return (f"--{BOUNDARY}\r\nContent-Disposition: form-data; name=\"file\"; filename=\"large\"\r\n"
            "Content-Type: application/octet-stream\r\n\r\n").encode()


def form_tail() -> bytes:
    return f"\r\n--{BOUNDARY}--\r\n".encode()


def send(server: Server, path: str, kind: str, head: bytes, size: int, tail: bytes) -> None:
    with socket.create_connection(("127.0.0.1", server.port), timeout=60) as connection:
        length = len(head) + size + len(tail)
        connection.sendall(
            f"POST {path} HTTP/1.1\r\nHost: 127.0.0.1\r\nContent-Type: {kind}\r\nContent-Length: {length}\r\n\r\n".encode()
        )
        connection.sendall(head)
        for _ in range(size // len(PIECE)):
            connection.sendall(PIECE)
        connection.sendall(tail)
        answer = connection.recv(65536)
    if not answer.startswith(b"HTTP/1.1 200 "):
        raise BenchError(f"POST {path}: not a 200: {answer[:300]!r}")


def peak_memory(server: Server) -> int:
    """In KiB: the resident memory of all its processes, at their largest."""
    status = [Path(f"/proc/{pid}/status").read_text() for pid in server.pids()]
    return sum(int(found[1]) for text in status if (found := re.search(r"^VmHWM:\s+(\d+) kB", text, re.MULTILINE)))
