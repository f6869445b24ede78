"""Limits: those of the server's defaults, and, in `small()`, those of a server that allows little."""

from rfc.case import accepts, answer, chunked, counted, get, head, post, refuses

SMALL = ("--max-header-size=1000", "--max-body-size=100")
LAST = b"0\r\n\r\n"


def fields(count):
    return (b"x-%d:" % i for i in range(count))


def cases():
    large = {"in_bytes": False}
    yield accepts("9112-5 a thousand fields", head(b"GET /echo HTTP/1.1", *fields(999)), b"GET /echo ", **large)
    yield refuses("6585-5 a thousand and one fields", head(b"GET /echo HTTP/1.1", *fields(1000)), 431, **large)
    yield refuses("6585-5 a hundred thousand fields", head(b"GET /echo HTTP/1.1", *[b"a:"] * 100_000), 431, **large)
    yield refuses("6585-5 a hundred thousand folded lines", get(b"/echo", b"a: b" + b"\r\n c" * 100_000), 431, **large)
    yield refuses("6585-5 a value without an end", get(b"/echo", b"a: " + b"b" * 1_000_000), 431, **large)
    yield refuses("6585-5 a name without an end", get(b"/echo", b"a" * 1_000_000), (400, 431), **large)
    yield refuses("9110-15.5.15 a target of 65,536 bytes", get(b"/" + b"a" * 65_535), 414, **large)
    yield refuses("9110-15.5.15 a target without an end", get(b"/" + b"a" * 1_000_000), 414, **large)
    yield accepts("9110-15.5.15 a target of 8,000 bytes", get(b"/echo?" + b"a" * 8_000), b"GET /echo?" + b"a" * 8_000 + b" ", **large)
    yield refuses("9112-3 a method without an end", b"A" * 1_000_000, (400, 414, 431, 501), **large)
    yield refuses("9112-2.2 blank lines without an end", b"\r\n" * 100_000, 400, **large)
    yield refuses("9110-15.5.14 a length beyond the limit", post(b"", b"Content-Length: 1000001"), 413)
    yield refuses("9110-15.5.14 a body beyond the limit", counted(b"x" * 1_000_001), 413, **large)
    yield accepts("9110-15.5.14 a body at the limit", counted(b"x" * 1_000_000), b"POST /echo " + b"x" * 1_000_000, **large)
    yield refuses("9110-15.5.14 chunks beyond the limit", chunked((b"10000\r\n" + b"x" * 65_536 + b"\r\n") * 16 + LAST), 413, **large)
    yield refuses("9110-15.5.14 a chunk beyond the limit", chunked(b"f4241\r\n"), 413)
    yield accepts("9112-7.1 a hundred thousand tiny chunks", chunked(b"1\r\nx\r\n" * 100_000 + LAST), b"POST /echo " + b"x" * 100_000, **large)
    yield accepts("9110-15.5.14 a refused body of what does not exist", counted(b"x" * 1_000_000, target=b"/nowhere"), answer(404), **large)


def small():
    """For a server that was started with SMALL."""
    at_limit = 1000 - len(get(b"/echo", b"X-A: "))
    yield accepts("6585-5 a head at the limit", get(b"/echo", b"X-A: " + b"b" * at_limit), b"GET /echo ")
    yield refuses("6585-5 a head one byte beyond the limit", get(b"/echo", b"X-A: " + b"b" * (at_limit + 1)), 431)
    yield refuses("6585-5 a head far beyond the limit", get(b"/echo", b"X-A: " + b"b" * 5000), 431)
    yield refuses("6585-5 a head of many fields beyond the limit", get(b"/echo", *[b"a:"] * 500), 431)
    yield refuses("9110-15.5.15 a target beyond the limit", get(b"/echo?" + b"a" * 1000), 414)
    yield accepts("6585-5 each head may reach the limit", get(b"/echo", b"X-A: " + b"b" * at_limit) * 3, *[b"GET /echo "] * 3)
    yield accepts("9110-15.5.14 a small body at the limit", counted(b"x" * 100), b"POST /echo " + b"x" * 100)
    yield refuses("9110-15.5.14 a small body one byte beyond the limit", counted(b"x" * 101), 413)
    yield accepts("9110-15.5.14 a chunk at the limit", chunked(b"64\r\n" + b"x" * 100 + b"\r\n" + LAST), b"POST /echo " + b"x" * 100)
    yield refuses("9110-15.5.14 a chunk one byte beyond the limit", chunked(b"65\r\n" + b"x" * 101 + b"\r\n" + LAST), 413)
    yield accepts("9110-15.5.14 chunks at the limit", chunked(b"32\r\n%b\r\n" % (b"x" * 50) * 2 + LAST), b"POST /echo " + b"x" * 100)
    yield refuses("9110-15.5.14 chunks one byte beyond the limit", chunked(b"32\r\n%b\r\n" % (b"x" * 50) * 2 + b"1\r\nx\r\n" + LAST), 413)
    yield refuses("9110-10.1.1 Expect before a body beyond the limit", post(b"", b"Content-Length: 101", b"Expect: 100-continue"), 413)
    yield accepts("9112-7.1.1 extensions do not count as body", chunked(b"1;a=b\r\nx\r\n" * 100 + LAST), b"POST /echo " + b"x" * 100)
