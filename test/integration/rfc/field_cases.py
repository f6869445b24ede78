"""RFC 9112, 5: field lines, folding; RFC 9110, 5: their names, values and lists."""

from rfc.case import HOST, accepts, answer, byte_name, get, head, refuses

ECHO = b"GET /echo "
SHOW = b"/field/X-A"


def lines():
    for title, field in {
        "a space before the colon": b"X-A : b",
        "two spaces before the colon": b"X-A  : b",
        "a tab before the colon": b"X-A\t: b",
        "no colon": b"X-A",
        "no colon but a space": b"X-A b",
        "an equals sign for the colon": b"X-A=b",
        "an empty name": b": b",
        "only a colon": b":",
        "a name in quotes": b'"X-A": b',
        "a name of two words": b"X A: b",
        "a request line": b"GET /echo HTTP/1.1",
        "a status line": b"HTTP/1.1 200 OK",
        "a semicolon for the colon": b"X-A; b",
        "a wide colon": "X-A\uff1a b".encode(),
    }.items():
        yield refuses(f"9112-5.1 {title}", get(b"/echo", field))
        yield refuses(f"9112-5.1 {title}, between others", get(b"/echo", b"X-B: c", field, b"X-D: e"))
    for byte in [*range(0x21), 0x7f, 0x80, 0xa0, 0xff, *b'"(),/;<=>?@[\\]{}']:
        if byte != ord("\n"):
            yield refuses(f"9110-5.1 {byte_name(byte)} in a field's name", get(b"/echo", b"X%cA: b" % byte))
    for mark in b"!#$%&'*+-.^_`|~09":
        yield accepts(f"9110-5.1 {chr(mark)!r} in a field's name", get(b"/field/X" + b"%%%02x" % mark + b"A", b"X%cA: b" % mark), b"b\n")
    yield accepts("9110-5.1 names ignore case", get(SHOW, b"x-a: b"), b"b\n")
    yield accepts("9110-5.1 names in capitals", get(SHOW, b"X-A: b", b"x-A: c"), b"b\nc\n")
    yield accepts("9110-5.1 a name of one letter", get(b"/field/X", b"X: b"), b"b\n")
    yield accepts("9110-5.1 a name of 1,000 letters", get(b"/field/" + b"X" * 1000, b"X" * 1000 + b": b"), b"b\n", in_bytes=False)


def values():
    for byte in [*range(0x09), 0x0b, 0x0c, *range(0x0e, 0x20), 0x7f]:
        yield refuses(f"9110-5.5 {byte_name(byte)} in a value", get(b"/echo", b"X-A: b%cc" % byte))
        yield refuses(f"9110-5.5 {byte_name(byte)} at a value's end", get(b"/echo", b"X-A: b%c" % byte))
        yield refuses(f"9110-5.5 {byte_name(byte)} as a value", get(b"/echo", b"X-A: %c" % byte))
    for mark in b'"(),/:;<=>?@[\\]{}!#$%':
        yield accepts(f"9110-5.5 {chr(mark)!r} in a value", get(SHOW, b"X-A: b%cc" % mark), b"b%cc\n" % mark)
    for title, field, value in (
        ("empty", b"X-A:", b""),
        ("only a space", b"X-A: ", b""),
        ("only tabs", b"X-A:\t\t", b""),
        ("without a space", b"X-A:b", b"b"),
        ("with a tab before it", b"X-A:\tb", b"b"),
        ("with spaces around it", b"X-A:   b  \t ", b"b"),
        ("with a space inside", b"X-A: b c", b"b c"),
        ("with a tab inside", b"X-A: b\tc", b"b\tc"),
        ("with bytes beyond ASCII", b"X-A: \xe9\x80\xff", b"\xe9\x80\xff"),
        ("that starts with a byte beyond ASCII", b"X-A:\x85b", b"\x85b"),
        ("that ends in a no-break space", b"X-A: b\xa0", b"b\xa0"),
        ("with a colon", b"X-A: b: c", b"b: c"),
        ("that is a colon", b"X-A::", b":"),
        ("in quotes", b'X-A: "b c"', b'"b c"'),
        ("of 10,000 bytes", b"X-A: " + b"b" * 10_000, b"b" * 10_000),
    ):
        yield accepts(f"9110-5.5 a value {title}", get(SHOW, field), value + b"\n", in_bytes=len(field) < 1000)
    yield accepts("9110-5.3 repeated fields keep their order", get(SHOW, b"X-A: 1", b"X-B: x", b"x-a: 2", b"X-A: 3"), b"1\n2\n3\n")
    yield accepts("9110-5.3 a repeated field of the same value", get(SHOW, b"X-A: 1", b"X-A: 1"), b"1\n1\n")
    yield accepts("9112-5 no other field", get(), ECHO)
    yield accepts("9112-5 a hundred fields", get(b"/field/X-99", *(b"X-%d: %d" % (i, i) for i in range(100))), b"99\n", in_bytes=False)


def folding():
    """A server may refuse a folded line or put spaces in its place (RFC 9112, 5.2); ours, as Tornado, does the latter, but for the fields that frame or
    route a message."""
    folded = HOST + b"X-A: b"
    for title, tail, value in (
        ("a space", b"\r\n c\r\n", b"b c"),
        ("a tab", b"\r\n\tc\r\n", b"b c"),
        ("spaces", b"\r\n    c\r\n", b"b c"),
        ("a space behind a tab", b"\t\r\n c\r\n", b"b c"),
        ("LF and a space", b"\n c\r\n", b"b c"),
        ("two folds", b"\r\n c\r\n d\r\n", b"b c d"),
        ("a colon behind it", b"\r\n c: d\r\n", b"b c: d"),
        ("nothing behind it", b"\r\n \r\n", b"b"),
    ):
        yield accepts(f"9112-5.2 folded by {title}", b"GET /field/X-A HTTP/1.1\r\n" + folded + tail + b"\r\n", value + b"\n")
    yield accepts("9112-5.2 a fold hides no field", b"GET /field/X-C HTTP/1.1\r\n" + folded + b"\r\n X-C: d\r\n\r\n", b"")
    yield accepts("9112-5.2 a value that begins behind a fold", head(b"GET /field/X-A HTTP/1.1", b"X-A:\r\n b"), b"b\n")
    for byte in (0x00, 0x0b, 0x7f):
        yield refuses(f"9112-5.2 {byte_name(byte)} behind a fold", get(b"/echo", b"X-A: b\r\n c%c" % byte))
    yield refuses("9112-5.2 bare CR behind a fold", get(b"/echo", b"X-A: b\r\n c\rd"))
    for title, field in {
        "Connection": b"Connection:\r\n close", "Connection's list": b"Connection: close,\r\n x", "Expect": b"Expect:\r\n 100-continue",
        "Upgrade": b"Upgrade:\r\n websocket", "Content-Length": b"Content-Length:\r\n 0", "Content-Length's end": b"Content-Length: 0\r\n ",
    }.items():
        yield refuses(f"9112-5.2 a fold in {title}", get(b"/echo", field))
    yield refuses("9112-3.2 Host of two folded words", head(b"GET /echo HTTP/1.1", host=b"Host: a\r\n b\r\n"))
    yield refuses("9112-6.2 Content-Length of two folded numbers", get(b"/echo", b"Content-Length: 0\r\n 0"))


def other_fields():
    yield accepts("6265-4.2 a cookie", get(b"/cookie", b"Cookie: a=b; c=d"), b"b")
    yield accepts("6265-4.2 a cookie in quotes", get(b"/cookie", b'Cookie: a="b c"'), b"b c")
    yield accepts("9113-8.2.3 cookies in two fields", get(b"/cookie", b"Cookie: c=d", b"Cookie: a=b"), b"b")
    yield accepts("6265-4.2 no cookie of that name", get(b"/cookie", b"Cookie: c=d"), b"none")
    yield accepts("6265-4.2 rubbish for cookies", get(b"/cookie", b"Cookie: ;;=;a;,,{}"), answer(200))
    yield accepts("9110-7.8 Upgrade to what we do not speak", get(b"/echo", b"Connection: Upgrade, HTTP2-Settings", b"Upgrade: h2c",
                                                               b"HTTP2-Settings: AAMAAABkAAQAAP__"), ECHO)
    yield accepts("9110-7.8 Upgrade without Connection", get(b"/echo", b"Upgrade: websocket"), ECHO)
    yield accepts("9110-12.5 Accept that nothing fits", get(b"/echo", b"Accept: image/png", b"Accept-Charset: x", b"Accept-Encoding: *;q=0"), ECHO)
    yield accepts("9110-10.1.4 TE", get(b"/echo", b"TE: trailers, deflate;q=0.5", b"Connection: TE"), ECHO)
    yield accepts("9110-7.6.2 Max-Forwards", get(b"/echo", b"Max-Forwards: 0"), ECHO)
    yield accepts("9110-14.2 Range where there are no ranges", get(b"/echo", b"Range: bytes=0-1"), ECHO)
    yield accepts("9110-14.2 Range that is malformed", get(b"/echo", b"Range: bytes=9-1,x"), ECHO)
    yield accepts("9110-6.5.2 Trailer announced by a request without a body", get(b"/echo", b"Trailer: X-A"), ECHO)


def cases():
    for family in (lines, values, folding, other_fields):
        yield from family()
