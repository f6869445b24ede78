"""RFC 9110, 14 and 13.1.5: parts of a file of ten bytes, `0123456789`, whose tag is "v1" and whose date is DATE."""

from rfc.case import accepts, answer, counted, get, head
from rfc.semantic_cases import AFTER, BEFORE, DATE

CONTENT = b"0123456789"
WHOLE = answer(200, CONTENT, Content_Range=None, Content_Length=b"10", Accept_Ranges=b"bytes")
NOT_SATISFIABLE = answer(416, Content_Range=b"bytes */10")


def part(first, last):
    body = CONTENT[first:last + 1]
    return answer(206, body, Content_Range=b"bytes %d-%d/10" % (first, last), Content_Length=b"%d" % len(body), Etag=b'"v1"')


def cases():
    yield from spellings()
    yield from methods()
    yield from conditions()


def spellings():
    for text, first, last in ((b"0-3", 0, 3), (b"0-0", 0, 0), (b"9-9", 9, 9), (b"5-", 5, 9), (b"-4", 6, 9), (b"-1", 9, 9), (b"3-99", 3, 9),
                              (b"9-", 9, 9), (b"1-99999999999999999999999", 1, 9), (b"2-4,", 2, 4), (b",2-4", 2, 4)):
        yield accepts(f"9110-14.1.2 bytes={text.decode()}", get(b"/file", b"Range: bytes=" + text), part(first, last))
    yield accepts("9110-14.1 the unit's name in capitals", get(b"/file", b"Range: BYTES=0-3"), part(0, 3))
    for text in (b"0-9", b"0-", b"-10", b"-11", b"-99999999999999999999999"):
        yield accepts(f"9110-14.1.2 bytes={text.decode()} is all there is", get(b"/file", b"Range: bytes=" + text), WHOLE)
    for text in (b"10-", b"10-20", b"99999999999999999999999-", b"-0"):
        yield accepts(f"9110-15.5.17 bytes={text.decode()} cannot be had", get(b"/file", b"Range: bytes=" + text), NOT_SATISFIABLE)
    for unit in (b"bytes", b"BYTES"):  # as Tornado has it; RFC 9110, 14.2, lets it be ignored
        yield accepts(f"9110-14.1.1 {unit.decode()}=9-3 ends before it begins", get(b"/file", b"Range: " + unit + b"=9-3"), NOT_SATISFIABLE)
    for text in (b"bytes", b"bytes=", b"bytes=-", b"bytes=,", b"bytes=a-b", b"bytes=+0-3", b"bytes=0x0-3", b"bytes=0-3-5", b"bytes=0 -3",
                 b"bytes=--3", b"bytes =0-3", b"bytes= 0-3", b"bytes=\t0-3", b"items=0-3", b"0-3", b"", b"bytes=0-3,x"):
        yield accepts(f"9110-14.2 {text!r} is ignored", get(b"/file", b"Range: " + text), WHOLE)
    for text in (b"0-1,4-5", b"0-1, 1-2", b"0-1,99-"):
        yield accepts(f"9110-14.2 several ranges, {text.decode()}, are ignored", get(b"/file", b"Range: bytes=" + text), WHOLE)
    yield accepts("9110-14.1.2 the last bytes of nothing", get(b"/empty", b"Range: bytes=-5"), answer(200, b"", Content_Range=None))
    yield accepts("9110-15.5.17 the first byte of nothing", get(b"/empty", b"Range: bytes=0-"), answer(416, Content_Range=b"bytes */0"))
    yield accepts("9110-14.3 a resource without ranges ignores them", get(b"/echo", b"Range: bytes=0-3"), b"GET /echo ")


def methods():
    yield accepts("9110-14.2 Range of HEAD is ignored", head(b"HEAD /file HTTP/1.1", b"Range: bytes=0-3"),
                  answer(200, head=True, Content_Range=None, Content_Length=b"10"))
    yield accepts("9110-14.2 Range of POST is ignored", counted(b"", b"Range: bytes=0-3"), b"POST /echo ")


def conditions():
    four = b"Range: bytes=0-3"
    for condition in (b'"v1"', DATE):
        yield accepts(f"9110-13.1.5 If-Range {condition.decode()}", get(b"/file", four, b"If-Range: " + condition), part(0, 3))
    for condition in (b'"v2"', b'W/"v1"', b'"v2", "v1"', b'"v1", "v2"', b"*", b"v1", b'"v1', b"", AFTER, BEFORE, b"x"):
        yield accepts(f"9110-13.1.5 If-Range {condition!r} asks for all", get(b"/file", four, b"If-Range: " + condition), WHOLE)
    yield accepts("9110-13.1.5 If-Range holds, and the range cannot be had",
                  get(b"/file", b"Range: bytes=10-", b'If-Range: "v1"'), NOT_SATISFIABLE)
    yield accepts("9110-13.1.5 If-Range does not hold, and the range could not be had",
                  get(b"/file", b"Range: bytes=10-", b'If-Range: "v2"'), WHOLE)
    yield accepts("9110-13.1.5 If-Range without Range", get(b"/file", b'If-Range: "v2"'), WHOLE)
    yield accepts("9110-13.2.2 If-None-Match goes before Range", get(b"/file", four, b'If-None-Match: "v1"'), answer(304, Etag=b'"v1"'))
    yield accepts("9110-13.2.2 If-None-Match does not match, and Range counts", get(b"/file", four, b'If-None-Match: "v2"'), part(0, 3))
    yield accepts("9110-13.2.2 If-Match goes before Range", get(b"/file", four, b'If-Match: "v2"'), answer(412))
    yield accepts("9110-13.2.2 If-Match matches, and Range counts", get(b"/file", four, b'If-Match: "v1"'), part(0, 3))
    yield accepts("9110-13.2.2 If-Modified-Since goes before Range", get(b"/file", four, b"If-Modified-Since: " + DATE), answer(304))
    for condition in (b"*x", b'*, "v1x"'):
        yield accepts(f"9110-13.1.2 If-None-Match {condition.decode()} matches nothing", get(b"/file", b"If-None-Match: " + condition), WHOLE)
        yield accepts(f"9110-13.1.1 If-Match {condition.decode()} matches nothing", get(b"/file", b"If-Match: " + condition), answer(412))
