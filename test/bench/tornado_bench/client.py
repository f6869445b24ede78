"""A plain HTTP client on one keep-alive connection: exact counts and raw bytes, which wrk cannot give."""

import re
import socket
import ssl

from .errors import BenchError

CONTENT_LENGTH = re.compile(rb"\r\ncontent-length: *(\d+)", re.IGNORECASE)
TIMEOUT = 10.0  # seconds
REQUEST = "GET {path} HTTP/1.1\r\nHost: 127.0.0.1:{port}\r\n\r\n"  # byte for byte what wrk sends


class Client:
    def __init__(self, port: int, tls: ssl.SSLContext | None = None):
        self._port = port
        self._socket = socket.create_connection(("127.0.0.1", port), timeout=TIMEOUT)
        self._socket.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        if tls is not None:
            self._socket = tls.wrap_socket(self._socket)

    def __enter__(self) -> "Client":
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def close(self) -> None:
        self._socket.close()

    def get(self, path: str) -> bytes:
        """The whole response as it came, which must be a 200 with a Content-Length."""
        self._socket.sendall(REQUEST.format(path=path, port=self._port).encode())
        received = b""
        while True:
            piece = self._socket.recv(65536)
            received += piece
            head, blank, body = received.partition(b"\r\n\r\n")
            length = CONTENT_LENGTH.search(head) if blank else None
            if length and len(body) == int(length[1]):
                break
            if not piece or (blank and not length) or (length and len(body) > int(length[1])):
                raise BenchError(f"GET {path}: not one response with a length: {received[:300]!r}")
        if not received.startswith(b"HTTP/1.1 200 "):
            raise BenchError(f"GET {path}: not a 200: {received[:300]!r}")
        return received

    def still_open(self) -> bool:
        """Whether the server has neither closed the connection nor sent anything more."""
        self._socket.setblocking(False)
        try:
            if isinstance(self._socket, ssl.SSLSocket):
                self._socket.recv(1)  # a peek is not possible, and nothing is to come
            else:
                self._socket.recv(1, socket.MSG_PEEK)
        except (BlockingIOError, ssl.SSLWantReadError):
            return True
        except OSError:
            pass
        finally:
            self._socket.settimeout(TIMEOUT)
        return False


def fetch(port: int, path: str, tls: ssl.SSLContext | None = None) -> bytes:
    with Client(port, tls) as client:
        return client.get(path)


def trusting() -> ssl.SSLContext:
    """For a server whose certificate nobody has signed."""
    context = ssl.create_default_context()
    context.check_hostname = False
    context.verify_mode = ssl.CERT_NONE
    return context
