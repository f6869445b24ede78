"""A client that takes nothing on trust: it reads responses by the letter of RFC 9112, and says what is wrong with them."""

import re
import socket

STATUS_LINE = re.compile(rb"HTTP/1\.1 ([1-9]\d\d) ([\t\x20-\x7e\x80-\xff]*)\r\n")
FIELD_LINE = re.compile(rb"([!#$%&'*+\-.^_`|~0-9A-Za-z]+): ?((?:[\x21-\x7e\x80-\xff](?:[\t\x20-\x7e\x80-\xff]*[\x21-\x7e\x80-\xff])?)?)\r\n")
DATE = re.compile(rb"(Mon|Tue|Wed|Thu|Fri|Sat|Sun), \d\d (Jan|Feb|Mar|Apr|May|Jun|Jul|Aug|Sep|Oct|Nov|Dec) \d{4} \d\d:\d\d:\d\d GMT")
CHUNK_SIZE = re.compile(rb"[0-9a-f]+\r\n")
AT_MOST_SECONDS = 60  # a net under a server that never answers: no verdict depends on it


class Wrong(AssertionError):
    """What came is no response, or not a whole one."""


class Response:
    """A response. `fields` has names in lower case, and lists of values."""

    def __init__(self, status):
        self.status = status
        self.fields = {}
        self.body = b""
        self.broken = None

    def first(self, name):
        values = self.fields.get(name)
        return values[0] if values else None

    def closes(self):
        return b"close" in [option.strip().lower() for value in self.fields.get("connection", []) for option in value.split(b",")]

    def __repr__(self):
        return f"<{self.status} {self.fields} {self.body[:100]!r}{' broken: ' + self.broken if self.broken else ''}>"


class Client:
    """A connection to 127.0.0.1, for a `with` block."""

    def __init__(self, port, *, receive_buffer=None):
        self.socket = socket.socket()
        if receive_buffer is not None:
            self.socket.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, receive_buffer)
        self.socket.settimeout(AT_MOST_SECONDS)
        self.socket.connect(("127.0.0.1", port))
        self.socket.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        self._reader = self.socket.makefile("rb")

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self._reader.close()
        self.socket.close()

    def send(self, data, piece=None):
        """Sends the data, in pieces of that many bytes."""
        for start in range(0, len(data), piece or max(len(data), 1)):
            self.socket.sendall(data[start:start + (piece or len(data))])

    def end_sending(self):
        self.socket.shutdown(socket.SHUT_WR)

    def is_at_end(self):
        """Whether the server has closed, with nothing before that. Waits until something comes."""
        try:
            return self._reader.peek(1) == b""
        except ConnectionResetError:
            return True

    def read(self, *, to_head=False):
        """The next response that is no interim one; None where the server closes instead."""
        while not self.is_at_end():
            response = self.read_one(to_head)
            if response.status >= 200 or response.status == 101:
                return response
        return None

    def read_one(self, to_head=False):
        """The next response, an interim one too."""
        line = self._reader.readline()
        match = STATUS_LINE.fullmatch(line)
        if match is None:
            raise Wrong(f"no status line: {line!r}")
        response = Response(int(match[1]))
        while (line := self._reader.readline()) != b"\r\n":
            match = FIELD_LINE.fullmatch(line)
            if match is None:
                raise Wrong(f"no field line: {line!r}")
            response.fields.setdefault(match[1].decode().lower(), []).append(match[2])
        self._check_head(response)
        try:
            self._read_body(response, to_head)
        except (Wrong, ConnectionResetError) as error:
            response.broken = str(error)
        return response

    def _check_head(self, response):
        lengths = response.fields.get("content-length", [])
        codings = response.fields.get("transfer-encoding", [])
        if response.status < 200:
            if lengths or codings:
                raise Wrong("RFC 9110, 8.6: an interim response with a length")
            return
        for name in ("date", "content-length", "transfer-encoding", "content-type", "etag", "last-modified", "server"):
            if len(response.fields.get(name, [])) > 1:
                raise Wrong(f"two fields {name}")
        if not DATE.fullmatch(response.first("date") or b""):
            raise Wrong(f"RFC 9110, 6.6.1: date {response.first('date')}")
        if lengths and codings:
            raise Wrong("RFC 9112, 6.2: a length and a transfer coding")
        if lengths and not lengths[0].isdigit():
            raise Wrong(f"length {lengths[0]}")
        if codings and codings != [b"chunked"]:
            raise Wrong(f"transfer coding {codings}")
        if response.status == 204 and (lengths or codings):
            raise Wrong("RFC 9110, 8.6: 204 with a length")
        if response.status == 405 and "allow" not in response.fields:
            raise Wrong("RFC 9110, 15.5.6: 405 without Allow")

    def _read_body(self, response, to_head):
        if to_head or response.status < 200 or response.status in (204, 304):
            return
        if response.first("transfer-encoding"):
            self._read_chunks(response)
        elif (length := response.first("content-length")) is not None:
            response.body = self._reader.read(int(length))
            if len(response.body) != int(length):
                raise Wrong("the body ends early")
        else:
            response.body = self._reader.read()

    def _read_chunks(self, response):
        while True:
            line = self._reader.readline()
            if not CHUNK_SIZE.fullmatch(line):
                raise Wrong(f"no chunk size: {line!r}")
            size = int(line, 16)
            data = self._reader.read(size)
            response.body += data
            if len(data) != size or self._reader.read(2) != b"\r\n":
                raise Wrong("a chunk ends early")
            if size == 0:
                return
