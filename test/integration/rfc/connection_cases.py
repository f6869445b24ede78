"""RFC 9112, 9 and 11: which connections live on, pipelining, smuggling."""

from rfc.case import HOST, accepts, answer, chunked, closes, counted, get, head, old, post, refuses

ECHO = b"GET /echo "
LAST = b"0\r\n\r\n"


def persistence():
    for option in (b"close", b"Close", b"CLOSE", b" close ", b"close, x", b"x, close", b"keep-alive, close", b"close, keep-alive", b"x,close,y",
                   b",close", b"close,", b"Upgrade, close"):
        yield closes(f"9112-9.6 Connection {option.decode()!r}", get(b"/echo", b"Connection:" + option) + get(),
                     answer(200, ECHO, Connection=b"close"))
    yield closes("9112-9.6 close in the second of two fields", get(b"/echo", b"Connection: x", b"Connection: close") + get(),
                 answer(200, ECHO, Connection=b"close"))
    yield closes("9112-9.6 close in the first of two fields", get(b"/echo", b"Connection: close", b"Connection: keep-alive") + get(),
                 answer(200, ECHO, Connection=b"close"))
    for option in (b"keep-alive", b"Keep-Alive", b"x", b"", b"closed", b"xclose", b"close;x", b'"close"', b"not-close", b"close x", b"clo,se", b"TE"):
        yield accepts(f"9112-9.3 Connection {option.decode()!r}", get(b"/echo", b"Connection: " + option), answer(200, ECHO, Connection=None))
    yield accepts("9112-9.3 HTTP/1.1 persists", get(), answer(200, ECHO, Connection=None))
    yield closes("9112-9.3 HTTP/1.0 does not persist", old(b"GET /echo") + get(), answer(200, ECHO, Connection=b"close"))
    for option in (b"keep-alive", b"Keep-Alive", b"KEEP-ALIVE", b"keep-alive, x", b"x, keep-alive", b" keep-alive "):
        yield accepts(f"9112-9.3 HTTP/1.0 with Connection {option.decode()!r}", old(b"GET /echo", b"Connection:" + option),
                      answer(200, ECHO, Connection=b"Keep-Alive"))
    for option in (b"close", b"keep-alive, close", b"close, keep-alive", b"x", b"", b"keepalive", b"keep alive", b"alive"):
        yield closes(f"9112-9.3 HTTP/1.0 with Connection {option.decode()!r} does not persist", old(b"GET /echo", b"Connection: " + option) + get(),
                     answer(200, ECHO, Connection=b"close"))
    yield closes("9112-9.3 Keep-Alive without Connection", old(b"GET /echo", b"Keep-Alive: timeout=5") + get(), ECHO)
    yield accepts("9112-9.3 HTTP/1.0 with a body that persists", old(b"POST /echo", b"Content-Length: 5", b"Connection: keep-alive") + b"hello",
                  b"POST /echo hello")
    yield closes("9112-9.3 HTTP/1.0 with a body", old(b"POST /echo", b"Content-Length: 5") + b"hello", b"POST /echo hello")
    yield accepts("9112-9.3 a HEAD of HTTP/1.0 that persists", old(b"HEAD /echo", b"Connection: keep-alive"), answer(200, head=True))
    yield closes("9112-9.3 a response of HTTP/1.0 without a length ends with the connection", old(b"GET /stream", b"Connection: keep-alive"),
                 answer(200, b"one two three", Transfer_Encoding=None, Content_Length=None, Connection=b"close"))
    yield accepts("9112-9.3 an error keeps the connection", get(b"/nowhere"), answer(404))
    yield accepts("9112-9.3 a method that is not served keeps the connection", head(b"BREW /echo HTTP/1.1"), answer(405))
    yield accepts("9112-9.3 a broken handler keeps the connection", get(b"/broken"), answer(500))
    yield accepts("9112-9.3 304 keeps the connection", get(b"/strong", b'If-None-Match: "v1"'), answer(304))
    yield accepts("9112-9.3 204 keeps the connection", get(b"/status/204"), answer(204))


def pipelining():
    yield accepts("9112-9.3.2 two requests at once", get() + get(b"/echo?2"), ECHO, b"GET /echo?2 ")
    many = [b"/echo?%d" % i for i in range(200)]
    yield accepts("9112-9.3.2 two hundred requests at once", b"".join(get(target) for target in many),
                  *(b"GET " + target + b" " for target in many), in_bytes=False)
    waiting = [b"/wait/%d" % i if i % 2 else b"/echo?%d" % i for i in range(50)]
    yield accepts("9112-9.3.2 answers come in the order of the requests", b"".join(get(target) for target in waiting),
                  *(target + b" " if i % 2 else b"GET " + target + b" " for i, target in enumerate(waiting)), in_bytes=False)
    yield accepts("9112-9.3.2 bodies between requests", counted(b"one") + get() + chunked(b"3\r\ntwo\r\n" + LAST) + get(),
                  b"POST /echo one", ECHO, b"POST /echo two", ECHO)
    yield accepts("9112-9.3.2 HEAD between requests", get() + head(b"HEAD /echo HTTP/1.1") + get(), ECHO, answer(200, head=True), ECHO)
    yield accepts("9112-9.3.2 a streamed answer between others", get() + get(b"/stream") + get(), ECHO, b"one two three", ECHO)
    yield accepts("9112-9.3.2 errors between others", get() + get(b"/nowhere") + head(b"BREW /echo HTTP/1.1") + get(b"/broken") + get(),
                  ECHO, answer(404), answer(405), answer(500), ECHO)
    yield accepts("9112-9.3.2 204 and 304 between others", get(b"/status/204") + get(b"/status/304") + get(), answer(204), answer(304), ECHO)
    yield accepts("9112-9.3.2 HTTP/1.0 that persists between others", get() + old(b"GET /echo", b"Connection: keep-alive") + get(), ECHO, ECHO, ECHO)
    yield closes("9112-9.3.2 nothing behind close is answered", get() + get(b"/echo", b"Connection: close") + get() + get(), ECHO, ECHO)
    yield closes("9112-9.3.2 nothing behind HTTP/1.0 is answered", get() + old(b"GET /echo") + get() + get(), ECHO, ECHO)
    yield closes("9112-9.3.2 nothing behind a malformed request is answered", get() + b"nonsense\r\n\r\n" + get(), ECHO, answer(400))
    yield closes("9112-9.3.2 nothing behind a malformed body is answered", get() + chunked(b"x\r\n") + get(), ECHO, answer(400))
    yield closes("9112-9.3.2 nothing behind a broken answer is answered", get() + get(b"/broken-later") + get(), ECHO, answer(200, broken=True))
    yield closes("9112-9.6 a large answer before a broken one to HTTP/1.0", get(b"/bytes/900000") + old(b"GET /broken-later"), b"x" * 900_000,
                 answer(200, broken=True), in_bytes=False)
    yield closes("9112-9.3.2 a waiting request before a malformed one", get(b"/wait/1") + b"nonsense\r\n\r\n", b"/wait/1 ", answer(400))
    yield closes("9112-9.3.2 requests of a client that ends its side", get(b"/wait/1") + get(b"/wait/2"), b"/wait/1 ", b"/wait/2 ", ends=True)
    yield closes("9112-9.3.2 a whole request before one that is cut off", get() + b"GET /ec", ECHO, ends=True)


def smuggling():
    inner = get(b"/nowhere")
    body = LAST + inner
    length = b"Content-Length: %d" % len(body)
    for title, fields in {
        "a length and chunks": (length, b"Transfer-Encoding: chunked"),
        "chunks and a length": (b"Transfer-Encoding: chunked", length),
        "chunks in small letters": (length, b"transfer-encoding: chunked"),
        "chunks in capitals": (length, b"TRANSFER-ENCODING: CHUNKED"),
        "chunks behind a tab": (length, b"Transfer-Encoding:\tchunked"),
        "chunks without a space": (length, b"Transfer-Encoding:chunked"),
        "chunks behind a fold": (length, b"Transfer-Encoding:\r\n chunked"),
        "chunks before a fold": (length, b"Transfer-Encoding: chunked\r\n "),
        "chunks split by a fold": (length, b"Transfer-Encoding: chu\r\n nked"),
        "nothing but chunks behind a fold": (b"Transfer-Encoding:\r\n chunked",),
        "nothing but chunks before a fold": (b"Transfer-Encoding: chunked\r\n ",),
        "nothing but a length behind a fold": (b"Content-Length:\r\n %d" % len(body),),
        "a space before the colon": (length, b"Transfer-Encoding : chunked"),
        "a tab before the colon": (length, b"Transfer-Encoding\t: chunked"),
        "LF before the colon": (length, b"Transfer-Encoding\n: chunked"),
        "CR before the colon": (length, b"Transfer-Encoding\r: chunked"),
        "CRLF before the colon": (length, b"Transfer-Encoding\r\n: chunked"),
        "NUL before the colon": (length, b"Transfer-Encoding\0: chunked"),
        "a vertical tab before the value": (length, b"Transfer-Encoding: \x0bchunked"),
        "a vertical tab behind the value": (length, b"Transfer-Encoding: chunked\x0b"),
        "a form feed before the value": (length, b"Transfer-Encoding:\x0cchunked"),
        "a backspace": (length, b"Transfer-Encoding: xchunked\x08"),
        "CR behind the value": (length, b"Transfer-Encoding: chunked\r"),
        "CR before the value": (length, b"Transfer-Encoding:\rchunked"),
        "another field's CR": (length, b"X-A: b\rTransfer-Encoding: chunked"),
        "another field's LF": (length, b"X-A: b\nTransfer-Encoding: chunked"),
        "quotes": (length, b'Transfer-Encoding: "chunked"'),
        "single quotes": (length, b"Transfer-Encoding: 'chunked'"),
        "a coding that is none": (length, b"Transfer-Encoding: x"),
        "identity": (length, b"Transfer-Encoding: identity"),
        "two codings": (length, b"Transfer-Encoding: chunked", b"Transfer-Encoding: x"),
        "two codings, the other way round": (length, b"Transfer-Encoding: x", b"Transfer-Encoding: chunked"),
        "an empty coding": (length, b"Transfer-Encoding:"),
        "a list": (length, b"Transfer-Encoding: x, chunked"),
        "a list behind": (length, b"Transfer-Encoding: chunked, x"),
        "a parameter": (length, b"Transfer-Encoding: chunked;x"),
        "letters beyond ASCII": (length, b"Transfer-Encoding: chun\xe2\x84\xaaed"),
        "chunks twice": (length, b"Transfer-Encoding: chunked", b"Transfer-Encoding: chunked"),
        "a length of 0 and chunks": (b"Content-Length: 0", b"Transfer-Encoding: chunked"),
        "lengths that differ": (length, b"Content-Length: 0"),
        "lengths that differ, the other way round": (b"Content-Length: 0", length),
        "a length with a sign": (length.replace(b": ", b": +"),),
        "a length in hexadecimal": (b"Content-Length: 0x%x" % len(body),),
        "a length with a space before the colon": (b"Content-Length : %d" % len(body),),
        "a length with a NUL before the colon": (b"Content-Length\0: %d" % len(body),),
        "a length with a word behind it": (length + b" x",),
        "a length behind a fold": (b"Content-Length: 0\r\n %d" % len(body),),
        "a length in a list": (length + b", 0",),
        "a length behind another field's CR": (b"X-A: b\r" + length,),
        "a length with a vertical tab": (b"Content-Length:\x0b%d" % len(body),),
    }.items():
        yield refuses(f"9112-11.2 {title}", post(body, *fields), (400, 501))
    for title, coded in {
        "a chunk's size with a sign": b"+0\r\n\r\n", "a chunk's size in 0x": b"0x0\r\n\r\n", "a size with a space": b"0 \r\n\r\n",
        "a size behind LF": b"\n0\r\n\r\n", "LF in an extension": b"2;\nxx\r\n0\r\n\r\n", "CR in an extension": b"2;a\rxx\r\n0\r\n\r\n",
        "LF behind a size": b"2\nxx\r\n0\r\n\r\n", "LF behind data": b"2\r\nxx\n0\r\n\r\n", "two bytes in place of CRLF": b"2\r\nxxyy0\r\n\r\n",
        "LF at the end": b"0\r\n\n", "LF behind the last chunk": b"0\n\r\n", "a size too large": b"ffffffffffffffff0\r\n\r\n",
        "a size that overflows to 0": b"10000000000000000\r\n\r\n", "a trailer's bare CR": b"0\r\nX: y\r\rGET / HTTP/1.1\r\n\r\n",
        "a trailer's space before the colon": b"0\r\nX : y\r\n\r\n", "a trailer's LF": b"0\r\nX: y\n\r\n",
    }.items():
        yield refuses(f"9112-11.2 {title}", chunked(coded + inner), (400, 413, 501))
    for method in (b"GET", b"DELETE", b"OPTIONS"):
        sent = head(method + b" /echo HTTP/1.1", b"Content-Length: %d" % len(inner)) + inner
        yield accepts(f"9112-11.2 a body of {method.decode()} is no request", sent, method + b" /echo " + inner)
    sent = head(b"HEAD /echo HTTP/1.1", b"Content-Length: %d" % len(inner)) + inner
    yield accepts("9112-11.2 a body of HEAD is no request", sent, answer(200, head=True))
    sent = head(b"GET /status/304 HTTP/1.1", b"Content-Length: %d" % len(inner)) + inner
    yield accepts("9112-11.2 a body of what is answered with 304 is no request", sent, answer(304))
    sent = head(b"BREW /nowhere HTTP/1.1", b"Content-Length: %d" % len(inner)) + inner
    yield accepts("9112-11.2 a body of what nobody serves is no request", sent, answer((404, 405)))
    yield accepts("9112-11.2 Content_Length is no length", post(get(), b"Content_Length: 5"), b"POST /echo ", ECHO)
    yield accepts("9112-11.2 Transfer_Encoding is no coding", post(get(), b"Transfer_Encoding: chunked"), b"POST /echo ", ECHO)
    yield accepts("9112-11.2 X-Content-Length is no length", post(get(), b"X-Content-Length: 5"), b"POST /echo ", ECHO)
    yield accepts("9112-11.2 Content-Lengths is no length", post(get(), b"Content-Lengths: 5"), b"POST /echo ", ECHO)
    yield accepts("9112-11.1 encoded line ends split no answer", get(b"/group/%0d%0aX-A:%20b%0d%0a%0d%0a"),
                  answer(200, b"\r\nX-A: b\r\n\r\n", X_A=None))
    yield refuses("9112-11.2 a second request line in a head", head(b"GET /echo HTTP/1.1", b"GET /nowhere HTTP/1.1"))
    yield refuses("9112-11.2 a request behind bare CRs", b"GET /echo HTTP/1.1\r\n" + HOST + b"X-A: b\r\r" + get())
    yield closes("9112-11.2 bytes of a refused request", post(b"x" * 1000 + inner, b"Content-Length: x"), answer(400))
    yield closes("9112-11.2 a request behind an expectation that is refused", post(inner, b"Expect: x", b"Content-Length: 9"), answer(417))


def cases():
    for family in (persistence, pipelining, smuggling):
        yield from family()
