"""All that a server says to a case, read as leniently as a client can, so that servers can be compared."""

import re
from dataclasses import dataclass

from rfc.case import get
from rfc.wire import Client

LAST = get(b"/group/last", b"Connection: close")
WAITS = "waits"
SECONDS = 1  # until a peer that says nothing, and does not close, is taken to wait for more


@dataclass
class Said:
    """A response, its fields in their order. `whole` tells whether its body ended as it should."""

    status: int
    fields: list
    body: bytes
    whole: bool

    def __repr__(self):
        return f"{self.status}{'' if self.whole else ' broken'} {self.fields} {self.body[:60]!r}"


def transcript(case, port, seconds=SECONDS):
    """The responses to a case and, behind it, to a request that closes; WAITS at the end when the server does not close."""
    data = b""
    with Client(port) as client:
        client.socket.settimeout(seconds)
        waits = []
        try:
            client.send(case.sent + (b"" if case.ends else LAST))
            if case.ends:
                client.end_sending()
            while piece := client.socket.recv(65536):
                data += piece
        except ConnectionError:
            pass
        except TimeoutError:
            waits = [WAITS]
    heads = [answer.head for answer in case.answers]
    said = []
    while data:
        response, data = take_response(data, len(said) < len(heads) and heads[len(said)])
        if response.status >= 200:
            said.append(response)
    return said + waits


def take_response(data, to_head):
    """The response at the data's start, and what follows it."""
    head, _, rest = data.partition(b"\r\n\r\n")
    line, *lines = head.split(b"\r\n")
    status = int(line.split(b" ")[1])
    fields = [tuple(part.strip().decode("latin-1") for part in field.split(b":", 1)) for field in lines]
    named = {name.lower(): value for name, value in fields}
    if to_head or status < 200 or status in (204, 304):
        return Said(status, fields, b"", True), rest
    if "chunked" in named.get("transfer-encoding", ""):
        return take_chunks(status, fields, rest)
    size = int(named.get("content-length", len(rest)))
    return Said(status, fields, rest[:size], len(rest) >= size), rest[size:]


def take_chunks(status, fields, rest):
    body = b""
    while match := re.match(rb"([0-9a-fA-F]+)\r\n", rest):
        size = int(match[1], 16)
        body += rest[match.end():match.end() + size]
        rest = rest[match.end() + size + 2:]
        if size == 0:
            return Said(status, fields, body, True), rest
    return Said(status, fields, body, False), rest
