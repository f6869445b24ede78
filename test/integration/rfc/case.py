"""What a case of the suite is: bytes that are sent, and what must come back."""

from dataclasses import dataclass, field

HOST = b"Host: localhost\r\n"


@dataclass(frozen=True)
class Expected:
    """One response. `fields` names values that must be there, or None for a field that must not; `head` says that the request was HEAD."""

    status: tuple
    body: bytes | None = None
    fields: dict = field(default_factory=dict)
    head: bool = False
    broken: bool = False


@dataclass(frozen=True)
class Case:
    """The name begins with the section that the case is about: of RFC 9110 or 9112, or of another document.

    `answers` are all the responses that come. Where the connection must live on, `is_open`, another request behind it is answered.
    `ends` says that the client ends its side after what it has sent.
    """

    name: str
    sent: bytes
    answers: tuple
    is_open: bool
    ends: bool = False
    in_bytes: bool = True


def answer(status, body=None, *, head=False, broken=False, **fields):
    """A response with that status, or one of those. A field's name is written with underscores."""
    statuses = status if isinstance(status, tuple) else (status,)
    names = {name.replace("_", "-"): value for name, value in fields.items()}
    return Expected(statuses, body, names, head, broken)


def accepts(name, sent, *answers, **settings):
    """The connection lives on. Each answer is a body, for 200, or what answer() makes."""
    return Case(name, sent, tuple(a if isinstance(a, Expected) else answer(200, a) for a in answers), True, **settings)


def closes(name, sent, *answers, **settings):
    """The same, and the server closes behind the last one."""
    return Case(name, sent, tuple(a if isinstance(a, Expected) else answer(200, a) for a in answers), False, **settings)


def refuses(name, sent, status=400, **settings):
    """One answer that says so, and nothing behind it is read as a request."""
    return Case(name, sent, (answer(status),), False, **settings)


def head(line, *fields, host=HOST):
    """A request's head; lines and fields come without their line ends."""
    return line + b"\r\n" + host + b"".join(f + b"\r\n" for f in fields) + b"\r\n"


def get(target=b"/echo", *fields):
    return head(b"GET " + target + b" HTTP/1.1", *fields)


def old(line, *fields):
    """A request of HTTP/1.0, which needs no Host."""
    return head(line + b" HTTP/1.0", *fields, host=b"")


def post(body=b"", *fields, target=b"/echo"):
    """A request with these fields, which frame its body, and no others."""
    return head(b"POST " + target + b" HTTP/1.1", *fields) + body


def counted(body, *fields, target=b"/echo"):
    return post(body, b"Content-Length: %d" % len(body), *fields, target=target)


def chunked(coded, *fields, target=b"/echo"):
    """A request whose body is already in chunks."""
    return post(coded, b"Transfer-Encoding: chunked", *fields, target=target)


def byte_name(byte):
    return f"0x{byte:02x}"
