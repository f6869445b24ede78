"""RFC 9110: methods, HEAD, expectations, statuses, conditions, arguments."""

from rfc.case import accepts, answer, chunked, closes, counted, get, head, old, post, refuses

ECHO = b"GET /echo "
DATE = b"Sun, 06 Nov 1994 08:49:37 GMT"
BEFORE = b"Sun, 06 Nov 1994 08:49:36 GMT"
AFTER = b"Sun, 06 Nov 1994 08:49:38 GMT"
FORM = b"Content-Type: application/x-www-form-urlencoded"


def methods():
    for method in (b"GET", b"POST", b"PUT", b"DELETE", b"PATCH", b"OPTIONS", b"PROPFIND"):
        yield accepts(f"9110-9.3 {method.decode()}", head(method + b" /echo HTTP/1.1"), answer(200, method + b" /echo ", Allow=None))
    yield accepts("9110-9.3.2 HEAD", head(b"HEAD /echo HTTP/1.1"), answer(200, head=True, Content_Length=b"11", Content_Type=b"text/plain"))
    yield accepts("9110-9.3.2 HEAD of what does not exist", head(b"HEAD /nowhere HTTP/1.1"), answer(404, head=True))
    yield accepts("9110-9.3.2 HEAD of what does not serve it", head(b"HEAD / HTTP/1.1"), answer(405, head=True, Allow=b"GET"))
    yield accepts("9110-9.3.2 HEAD of a streamed answer", head(b"HEAD /stream HTTP/1.1"), answer(200, head=True))
    yield accepts("9110-9.3.2 HEAD of 204", head(b"HEAD /status/204 HTTP/1.1"), answer(204, head=True, Content_Length=None))
    yield accepts("9110-9.3.2 HEAD of 304", head(b"HEAD /status/304 HTTP/1.1"), answer(304, head=True))
    yield closes("9110-9.3.2 HEAD of HTTP/1.0", old(b"HEAD /echo"), answer(200, head=True))
    yield accepts("9110-9.3.2 HEAD, then GET", head(b"HEAD /echo HTTP/1.1") + get(), answer(200, head=True), ECHO)
    for method in (b"POST", b"PUT", b"DELETE", b"PATCH", b"OPTIONS", b"TRACE", b"BREW", b"PROPFIND"):
        yield accepts(f"9110-15.5.6 {method.decode()} of what serves only GET", head(method + b" / HTTP/1.1"), answer(405, Allow=b"GET"))
    yield accepts("9110-15.5.6 Allow lists all that is served", head(b"BREW /echo HTTP/1.1"),
                  answer(405, Allow=b"GET, HEAD, POST, DELETE, PATCH, PUT, OPTIONS, PROPFIND"))
    yield accepts("9110-9.3.8 TRACE", head(b"TRACE /echo HTTP/1.1", b"Cookie: a=b"), answer(405))
    yield accepts("9110-9.3.8 TRACE with a body", head(b"TRACE /echo HTTP/1.1", b"Content-Length: 5") + b"hello", answer(405))
    yield accepts("9110-9.3.7 OPTIONS * of a server", head(b"OPTIONS * HTTP/1.1"),
                  answer(204, Allow=b"GET, HEAD, POST, DELETE, PATCH, PUT, OPTIONS", Content_Type=None))
    yield closes("9110-9.3.7 OPTIONS * of HTTP/1.0", old(b"OPTIONS *"), answer((200, 204)))
    yield accepts("9110-9.3.6 a CONNECT that is refused opens no tunnel", head(b"CONNECT localhost:80 HTTP/1.1") + get(), answer(405), ECHO)


def expectations():
    hello = b"POST /echo hello"
    for value in (b"100-continue", b"100-Continue", b"100-CONTINUE", b" 100-continue "):
        yield accepts(f"9110-10.1.1 Expect {value.decode()!r}", counted(b"hello", b"Expect:" + value), hello)
    yield accepts("9110-10.1.1 Expect of a chunked request", chunked(b"5\r\nhello\r\n0\r\n\r\n", b"Expect: 100-continue"), hello)
    yield accepts("9110-10.1.1 Expect without a body", get(b"/echo", b"Expect: 100-continue"), ECHO)
    yield accepts("9110-10.1.1 Expect with an empty body", counted(b"", b"Expect: 100-continue"), b"POST /echo ")
    yield accepts("9110-10.1.1 Expect before another request", counted(b"hello", b"Expect: 100-continue") + get(), hello, ECHO)
    yield closes("9110-10.1.1 Expect of HTTP/1.0 is ignored", old(b"POST /echo", b"Content-Length: 5", b"Expect: 100-continue") + b"hello", hello)
    yield closes("9110-10.1.1 an unknown expectation of HTTP/1.0 is ignored", old(b"GET /echo", b"Expect: x"), ECHO)
    for value in (b"x", b"200-ok", b"100-continue, x", b"x, 100-continue", b"100-continue;q=1", b"100-continued", b"100", b"continue",
                  b'"100-continue"', b"100-continue=yes", b"\xe9"):
        yield refuses(f"9110-15.5.18 Expect {value!r}", counted(b"hello", b"Expect: " + value), 417)
    yield refuses("9110-10.1.1 Expect before a body that is too large", post(b"", b"Content-Length: 2000000", b"Expect: 100-continue"), 413)
    yield refuses("9110-10.1.1 Expect before a malformed length", post(b"", b"Content-Length: x", b"Expect: 100-continue"), 400)


def statuses():
    for status in (200, 201, 202, 203, 400, 401, 403, 410, 418, 451, 500, 503, 599, 299, 999):
        yield accepts(f"9110-15 status {status}", get(b"/status/%d" % status), answer(status))
    yield accepts("9110-15.3.5 204 has no body and no length", get(b"/status/204"), answer(204, Content_Length=None, Content_Type=None))
    yield accepts("9110-15.3.6 205 has no body", get(b"/status/205"), answer(205, b"", Content_Length=b"0"))
    yield accepts("9110-15.4.5 304 has no body", get(b"/status/304"), answer(304, Content_Type=None))
    yield accepts("9110-15.2 1xx is no final status", get(b"/status/100"), answer(500))
    yield accepts("9110-15.2 101 is no final status", get(b"/status/101"), answer(500))
    yield accepts("9110-15 1000 is no status", get(b"/status/1000"), answer(500))
    yield accepts("9110-15 a number that fits nowhere", get(b"/status/99999999999999999999"), answer((400, 404)))
    yield accepts("9112-7.1 an answer of unknown length is chunked", get(b"/stream"),
                  answer(200, b"one two three", Transfer_Encoding=b"chunked", Content_Length=None))
    yield closes("9112-6.3.8 an answer of unknown length to HTTP/1.0 ends with the connection", old(b"GET /stream"),
                 answer(200, b"one two three", Transfer_Encoding=None))
    yield accepts("9110-8.6 an answer as long as it says", get(b"/length/10"), answer(200, b"x" * 10, Content_Length=b"10"))
    yield closes("9112-8 an answer shorter than it says is visibly broken", get(b"/length/9") + get(), answer(200, broken=True))
    yield closes("9112-8 an answer longer than it says is visibly broken", get(b"/length/11") + get(), answer(200, broken=True))
    yield accepts("9110-15.6.1 a handler that fails", get(b"/broken"), answer(500))
    yield closes("9112-8 a handler that fails behind its head is visibly broken", get(b"/broken-later") + get(), answer(200, broken=True))
    yield accepts("9112-7.1 a large answer", get(b"/bytes/1000000"), b"x" * 1_000_000, in_bytes=False)
    yield accepts("9110-15.5.5 an unknown path", get(b"/nowhere"), answer(404))


def conditions():
    same, other, changed, failed = answer(200, b"document"), answer(200, b"document"), answer(304, Etag=b'"v1"'), answer(412)
    for tags in (b'"v1"', b'W/"v1"', b'"a", "v1"', b'"v1", "a"', b'"a",W/"v1","b"', b"*", b'"a,b", "v1"', b'"", "v1"'):
        yield accepts(f"9110-13.1.2 If-None-Match {tags.decode()}", get(b"/strong", b"If-None-Match: " + tags), changed)
        weak = get(b"/weak", b"If-None-Match: " + tags)
        yield accepts(f"9110-13.1.2 If-None-Match {tags.decode()} of a weak tag", weak, answer(304, Etag=b'W/"v1"'))
    for tags in (b'"v2"', b'W/"v2"', b'"V1"', b"v1", b'""', b'"a", "b"', b'"v1', b'v1"', b'"v1x"', b'" v1"', b"",
                 b'"a" "v1"', b'x"v1"', b'w/"v1"', b'W/ "v1"', b'"v1"x', b'x, "v1"'):
        yield accepts(f"9110-13.1.2 If-None-Match {tags.decode()!r} does not match", get(b"/strong", b"If-None-Match: " + tags), same)
    yield accepts("9110-13.1.2 If-None-Match in two fields", get(b"/strong", b'If-None-Match: "a"', b'If-None-Match: "v1"'), changed)
    yield accepts("9110-13.1.2 If-None-Match of HEAD", head(b"HEAD /strong HTTP/1.1", b'If-None-Match: "v1"'), answer(304, head=True))
    yield accepts("9110-13.1.2 If-None-Match where there is no tag", get(b"/dated", b'If-None-Match: "v1"'), same)
    yield accepts("9110-13.1.2 If-None-Match * where there is no tag", get(b"/dated", b"If-None-Match: *"), answer(304, Etag=None))
    for tags in (b'"v1"', b'"a", "v1"', b'"v1", "a"', b"*"):
        yield accepts(f"9110-13.1.1 If-Match {tags.decode()}", get(b"/strong", b"If-Match: " + tags), same)
    for tags in (b'"v2"', b'W/"v1"', b'"a", "b"', b'"V1"', b'""', b'w/"v1"', b'"a" "v1"', b'x"v1"'):
        yield accepts(f"9110-13.1.1 If-Match {tags.decode()} fails", get(b"/strong", b"If-Match: " + tags), failed)
    yield accepts("9110-13.1.1 If-Match of a weak tag fails", get(b"/weak", b'If-Match: "v1"'), failed)
    yield accepts("9110-13.1.1 If-Match of a weak tag with itself fails", get(b"/weak", b'If-Match: W/"v1"'), failed)
    yield accepts("9110-13.1.1 If-Match * of a weak tag", get(b"/weak", b"If-Match: *"), same)
    yield accepts("9110-13.1.1 If-Match of HEAD", head(b"HEAD /strong HTTP/1.1", b'If-Match: "v2"'), answer(412, head=True))
    for date in (DATE, AFTER, b"Sunday, 06-Nov-94 08:49:37 GMT", b"Sun Nov  6 08:49:37 1994"):
        yield accepts(f"9110-13.1.3 If-Modified-Since {date.decode()}", get(b"/dated", b"If-Modified-Since: " + date), answer(304))
        yield accepts(f"9110-13.1.4 If-Unmodified-Since {date.decode()}", get(b"/dated", b"If-Unmodified-Since: " + date), same)
    yield accepts("9110-13.1.3 If-Modified-Since an earlier date", get(b"/dated", b"If-Modified-Since: " + BEFORE), same)
    yield accepts("9110-13.1.4 If-Unmodified-Since an earlier date", get(b"/dated", b"If-Unmodified-Since: " + BEFORE), failed)
    for date in (b"Sun, 06 Nov 1994 10:49:37 +0200", b"Sun, 06 Nov 1994 08:49:37 UTC", b"Sun, 06 Nov 1994 08:49:37 Z", b"06 Nov 1994 08:49:37 GMT",
                 b"Sun, 6 Nov 1994 8:49:37 GMT", b"sun, 06 nov 1994 08:49:37 GMT", b"Xyz, 06 Nov 1994 08:49:37 GMT", b"Sun, 06-Nov-94 08:49:37 GMT"):
        earlier = date.replace(b"1994", b"1993").replace(b"94 ", b"93 ")
        yield accepts(f"9110-13.1.3 If-Modified-Since {date.decode()} is no HTTP-date", get(b"/dated", b"If-Modified-Since: " + date), same)
        yield accepts(f"9110-13.1.4 If-Unmodified-Since {earlier.decode()} is no HTTP-date", get(b"/dated", b"If-Unmodified-Since: " + earlier), same)
    for date in (b"", b"x", b"0", b"-1", b"yesterday", b"Sun, 06 Nov 1994", b"Sun, 32 Nov 1994 08:49:37 GMT", b"1994-11-06T08:49:37Z",
                 b"Sun, 06 Xyz 1994 08:49:37 GMT", b"Sun, 06 Nov 1994 25:49:37 GMT", DATE + b", " + DATE):
        yield accepts(f"9110-13.1.3 If-Modified-Since {date.decode()!r} is ignored", get(b"/dated", b"If-Modified-Since: " + date), same)
        yield accepts(f"9110-13.1.4 If-Unmodified-Since {date.decode()!r} is ignored", get(b"/dated", b"If-Unmodified-Since: " + date), same)
    yield accepts("9110-13.1.3 If-Modified-Since of POST is ignored", counted(b"hello", b"If-Modified-Since: " + DATE), b"POST /echo hello")
    yield accepts("9110-13.1.3 If-Modified-Since where there is no date", get(b"/echo", b"If-Modified-Since: " + DATE), ECHO)
    yield accepts("9110-13.1.4 If-Unmodified-Since where there is no date", get(b"/echo", b"If-Unmodified-Since: " + BEFORE), ECHO)
    yield accepts("9110-13.2.2 If-None-Match goes before If-Modified-Since: it matches",
                  get(b"/strong", b'If-None-Match: "v1"', b"If-Modified-Since: " + BEFORE), changed)
    yield accepts("9110-13.2.2 If-None-Match goes before If-Modified-Since: it does not match",
                  get(b"/strong", b'If-None-Match: "v2"', b"If-Modified-Since: " + AFTER), same)
    yield accepts("9110-13.2.2 If-Match goes before If-Unmodified-Since: it matches",
                  get(b"/strong", b'If-Match: "v1"', b"If-Unmodified-Since: " + BEFORE), other)
    yield accepts("9110-13.2.2 If-Match goes before If-Unmodified-Since: it does not match",
                  get(b"/strong", b'If-Match: "v2"', b"If-Unmodified-Since: " + AFTER), failed)
    yield accepts("9110-13.2.2 If-Match goes before If-None-Match: both match",
                  get(b"/strong", b'If-Match: "v1"', b'If-None-Match: "v1"'), changed)
    yield accepts("9110-13.2.2 If-Match goes before If-None-Match: it does not match",
                  get(b"/strong", b'If-Match: "v2"', b'If-None-Match: "v1"'), failed)
    yield accepts("9110-13.2.1 a condition does not turn an error into success", get(b"/nowhere", b'If-None-Match: "v1"'), answer(404))
    yield accepts("9110-13.2.1 If-Match does not turn an error into another", get(b"/nowhere", b'If-Match: "v1"'), answer(404))


def arguments():
    for query, body in {b"a=b": b"[b]", b"a=b&a=c": b"[b][c]", b"a=": b"[]", b"a": b"[]", b"a=+b+": b"[ b ]", b"a=%20b": b"[ b]", b"a=b=c": b"[b=c]",
                        b"&&a=b&&": b"[b]", b"a=b;a=c": b"[b;a=c]", b"%61=b": b"[b]", b"a=%c3%a9": "[é]".encode(), b"a=%": b"[%]",
                        b"a=%z": b"[%z]", b"a=%4": b"[%4]", b"a=%zz": b"[%zz]", b"a=%00": b"[]", b"a=%0d%0a": b"[\r\n]", b"": b"", b"=b": b"",
                        b"A=b": b"", b"a=\xc3\xa9": "[é]".encode()}.items():
        yield accepts(f"whatwg-urlencoded {query!r}", get(b"/args?" + query), body if query != b"a=%00" else answer(200))
    for query in (b"a=%ff", b"a=%c3", b"a=%c3%28", b"a=%ed%a0%80", b"a=%f5%80%80%80", b"a=%c0%80", b"a=\xff"):
        yield accepts(f"3629-3 {query!r} is no UTF-8", get(b"/args?" + query), answer(400))
    yield accepts("3629-3 a path's group that is no UTF-8", get(b"/group/%ff"), answer(400))
    yield accepts("3986-2.4 a group is decoded once", get(b"/group/%2525%2f%2F"), b"%25//")
    yield accepts("whatwg-urlencoded a form", counted(b"a=b+c&a=d", FORM, target=b"/args"), b"[b c][d]")
    yield accepts("whatwg-urlencoded a form behind the query", counted(b"a=2", FORM, target=b"/args?a=1"), b"[1][2]")
    yield accepts("whatwg-urlencoded a chunked form", chunked(b"3\r\na=b\r\n0\r\n\r\n", FORM, target=b"/args"), b"[b]")
    yield accepts("9110-8.3 a form's type in capitals", counted(b"a=b", FORM.upper().replace(b"CONTENT-TYPE", b"Content-Type"), target=b"/args"), b"[b]")
    yield accepts("9110-8.3 a form's type with a parameter", counted(b"a=b", FORM + b"; charset=utf-8", target=b"/args"), b"[b]")
    yield accepts("9110-8.3 a body of another type is no form", counted(b"a=b", b"Content-Type: text/plain", target=b"/args"), b"")
    yield accepts("9110-8.3 a body without a type is no form", counted(b"a=b", target=b"/args"), b"")
    yield accepts("9110-8.4 a form with a coding", counted(b"a=b", FORM, b"Content-Encoding: gzip", target=b"/args"), answer(400))
    part = b'--x\r\nContent-Disposition: form-data; name="a"\r\n\r\nb\r\n'
    multipart = b"Content-Type: multipart/form-data; boundary=x"
    yield accepts("7578-4 a multipart form", counted(part + b"--x--\r\n", multipart, target=b"/args"), b"[b]")
    yield accepts("7578-4 two parts of one name", counted(part * 2 + b"--x--\r\n", multipart, target=b"/args"), b"[b][b]")
    yield accepts("7578-4 a hundred parts", counted(part * 100 + b"--x--\r\n", multipart, target=b"/args"), b"[b]" * 100, in_bytes=False)
    yield accepts("7578-4 a hundred and one parts", counted(part * 101 + b"--x--\r\n", multipart, target=b"/args"), answer(400), in_bytes=False)
    yield accepts("2046-5.1 a multipart form without its end", counted(part, multipart, target=b"/args"), answer(400))
    yield accepts("2046-5.1 a multipart form without a boundary", counted(part, b"Content-Type: multipart/form-data", target=b"/args"), answer(400))
    yield accepts("2046-5.1 a part without a head", counted(b"--x\r\nb\r\n--x--\r\n", multipart, target=b"/args"), answer(400))
    yield accepts("7578-4.2 a part without a name", counted(b"--x\r\nX-A: b\r\n\r\nb\r\n--x--\r\n", multipart, target=b"/args"), answer(400))


def cases():
    for family in (methods, expectations, statuses, conditions, arguments):
        yield from family()
