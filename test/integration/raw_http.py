"""The least of an HTTP client: bytes out as they are, and answers in as they come."""

import socket
from dataclasses import dataclass


@dataclass
class Answer:
    """One response. The names of its headers are in lower case; `body` is without its framing."""

    status: int
    headers: dict
    body: bytes


class Connection:
    """A connection to 127.0.0.1, for a `with` block. It waits for the server as long as it takes."""

    def __init__(self, port):
        self._socket = socket.create_connection(("127.0.0.1", port))
        self._socket.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        self._reader = self._socket.makefile("rb")

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self._reader.close()
        self._socket.close()

    def send(self, data):
        self._socket.sendall(data)

    def end_sending(self):
        """Says to the server that nothing more will come, and goes on reading."""
        self._socket.shutdown(socket.SHUT_WR)

    def read_answer(self, *, has_body=True):
        """The next response, or None where the server closes instead."""
        status_line = self._reader.readline()
        if not status_line:
            return None
        headers = {}
        while (line := self._reader.readline().strip()):
            name, _, value = line.decode("latin-1").partition(":")
            headers[name.lower()] = value.strip()
        status = int(status_line.split()[1])
        without_body = not has_body or status < 200 or status in (204, 304)
        length = 0 if without_body else int(headers.get("content-length", 0))
        return Answer(status, headers, self._reader.read(length))

    def read_answers(self):
        """All responses until the server closes."""
        answers = []
        while (answer := self.read_answer()):
            answers.append(answer)
        return answers
