"""RFC 9112, 6 and 7: where a body ends, and what a chunked one looks like."""

from rfc.case import accepts, answer, byte_name, chunked, closes, counted, get, head, old, post, refuses

ECHO = b"GET /echo "
HELLO = b"POST /echo hello"
END = b"0\r\n\r\n"


def lengths():
    for method in (b"POST", b"PUT", b"PATCH", b"DELETE", b"GET", b"OPTIONS", b"PROPFIND"):
        sent = head(method + b" /echo HTTP/1.1", b"Content-Length: 5") + b"hello"
        yield accepts(f"9112-6.3.6 {method.decode()} with a body", sent, method + b" /echo hello")
        yield accepts(f"9112-6.3.7 {method.decode()} without a length has no body", head(method + b" /echo HTTP/1.1"), method + b" /echo ")
        yield accepts(f"9112-6.3.6 {method.decode()} with a length of 0", head(method + b" /echo HTTP/1.1", b"Content-Length: 0"),
                      method + b" /echo ")
    yield accepts("9112-6.3.6 HEAD with a body", head(b"HEAD /echo HTTP/1.1", b"Content-Length: 5") + b"hello", answer(200, head=True))
    yield accepts("9112-6.3.6 a body for what does not exist", head(b"POST /nowhere HTTP/1.1", b"Content-Length: 5") + b"hello", answer(404))
    yield accepts("9112-6.3.6 a body for a method that is not served", head(b"POST / HTTP/1.1", b"Content-Length: 5") + b"hello", answer(405))
    every_byte = bytes(range(256))
    yield accepts("9112-6.3.6 a body of every byte", counted(every_byte), b"POST /echo " + every_byte)
    yield accepts("9112-6.3.6 a body that looks like a request", counted(get()), b"POST /echo " + get())
    yield accepts("9112-6.3.6 a body that looks like chunks", counted(b"5\r\nhello\r\n" + END), b"POST /echo 5\r\nhello\r\n" + END)
    large = bytes(range(256)) * 3000
    yield accepts("9112-6.3.6 a large body", counted(large), b"POST /echo " + large, in_bytes=False)
    for length in (b"5", b"05", b"0000000000000000000000005", b" 5", b"5 ", b"\t5\t", b"5, 5", b"5,5", b"5 ,5", b"5,5,5"):
        yield accepts(f"9110-8.6 Content-Length {length!r}", post(b"hello", b"Content-Length:" + length), HELLO)
    yield accepts("9112-6.3.5 the same length twice", post(b"hello", b"Content-Length: 5", b"Content-Length: 5"), HELLO)
    yield accepts("9112-6.3.5 the same length twice, spelt otherwise", post(b"hello", b"Content-Length: 5", b"content-length: 05"), HELLO)
    for length in (b"", b" ", b"+5", b"-5", b"-0", b"+0", b"- 5", b"5.0", b"5.", b".5", b"5e0", b"0x5", b"0X5", b"x5", b"5x", b"5h", b"0b1", b"0o5",
                   b"5 5", b"5\t5", b"5;5", b"5;", b"5=", b"five", b"5,6", b"5, 6", b"6, 5", b"5,", b",5", b",", b"5,,5", b"5, ", b"5_0", b"1_0",
                   b"'5'", b'"5"', b"(5)", b"5/5", b"5-5", b"5%", b"%35", b"NaN", b"Infinity", b"null", b"true", "\u0665".encode(),
                   "\u00b2".encode(), "\uff15".encode(), b"5\xa0", b"\xa05", b"5\x85", b"5\x00", b"\x005", b"5\x0b", b"\x0c5", b"5\x7f",
                   b"5, 5, 6", b"5, +5", b"5, five"):
        yield refuses(f"9112-6.3.5 Content-Length {length!r}", post(b"hello", b"Content-Length:" + length))
    for length in (2**31, 2**32, 2**32 + 5, 2**63 - 1, 2**63, 2**64 - 1, 2**64, 2**64 + 5, 2**65, 10**30, 10**300):
        yield refuses(f"9110-8.6 Content-Length {str(length)[:40]}", post(b"hello", b"Content-Length: %d" % length), (400, 413))
    for first, second in ((b"5", b"6"), (b"6", b"5"), (b"0", b"5"), (b"5", b"0"), (b"5", b""), (b"", b"5"), (b"5", b"+5"), (b"5", b"x"),
                          (b"5", b"5, 6"), (b"5,5", b"6")):
        yield refuses(f"9112-6.3.5 two lengths {first!r} and {second!r}",
                      post(b"hello!", b"Content-Length: " + first, b"content-length: " + second))
    yield refuses("9112-6.3.5 two lengths around another field", post(b"hello", b"Content-Length: 5", b"X-A: b", b"Content-Length: 4"))
    for title, sent in {"of 5 bytes": post(b"hell", b"Content-Length: 5"), "of which nothing comes": post(b"", b"Content-Length: 5"),
                        "in chunks": chunked(b"5\r\nhel"), "without its last chunk": chunked(b"5\r\nhello\r\n"),
                        "without the blank line behind the last chunk": chunked(b"5\r\nhello\r\n0\r\n"),
                        "that ends in a chunk's size": chunked(b"5")}.items():
        yield closes(f"9112-8 a body {title}, cut off, is never answered as whole", sent, ends=True)
    yield closes("9112-8 a head that is cut off", b"GET /echo HTTP/1.1\r\nHost: local", ends=True)
    yield closes("9112-8 a request line that is cut off", b"GET /ec", ends=True)
    yield closes("9112-8 a connection without a request", b"", ends=True)
    yield closes("9112-8 blank lines and no request", b"\r\n\r\n", ends=True)
    yield closes("9112-9.6 a whole request of a client that ends its side", get(), ECHO, ends=True)
    yield closes("9112-6.3.6 more bytes than the length says are the next request",
                 post(b"hello, world\r\n\r\n", b"Content-Length: 5"), HELLO, answer(400))


def codings():
    body = b"5\r\nhello\r\n" + END
    for coding in (b"chunked", b"Chunked", b"CHUNKED", b"chunkeD", b" chunked ", b"\tchunked\t"):
        yield accepts(f"9112-6.1 Transfer-Encoding {coding!r}", post(body, b"Transfer-Encoding:" + coding), HELLO)
    for coding in (b"", b" ", b"xchunked", b"chunkedx", b"x-chunked", b"chunk", b"chunked;q=1", b"chunked;a=b", b"chunked ; a", b'"chunked"',
                   b"'chunked'", b"identity", b"identity, chunked", b"chunked, identity", b"gzip", b"deflate", b"compress", b"x-gzip", b"br",
                   b"chunked, gzip", b"chunked, chunked", b"chunked,chunked", b"gzip, chunked, chunked", b"chunked, gzip, chunked", b",chunked",
                   b"chunked,", b", chunked", b"chunked chunked", b"chunked\tchunked", b"chunked gzip", b"chunked/1.0", b"chunked=1", b"=chunked",
                   b"(chunked)", b"chunked\x00", b"\x00chunked", b"\x0bchunked", b"chunked\x0b", b"\x0cchunked", b"chun\x01ked", b"chunked\xa0",
                   b"\xa0chunked", b"chunked\x85", b"chun\xc4\xb1ked", b"chunked\x7f", b"*", b"none", b"null", b"0", b"trailers"):
        yield refuses(f"9112-6.3.3 Transfer-Encoding {coding!r}", post(body, b"Transfer-Encoding:" + coding), (400, 501))
    for coding in (b"gzip, chunked", b"deflate, chunked", b"a, b, chunked"):
        yield refuses(f"9112-6.1 Transfer-Encoding {coding.decode()}", post(body, b"Transfer-Encoding: " + coding), 501)
    for first, second in ((b"chunked", b"chunked"), (b"chunked", b"identity"), (b"identity", b"chunked"), (b"chunked", b"gzip"),
                          (b"gzip", b"chunked"), (b"chunked", b""), (b"", b"chunked"), (b"chunked", b"x"), (b"x", b"chunked")):
        yield refuses(f"9112-6.1 two Transfer-Encodings {first.decode()!r} and {second.decode()!r}",
                      post(body, b"Transfer-Encoding: " + first, b"Transfer-encoding: " + second), (400, 501))
    for length in (b"5", b"0", b"15", b"", b"x", b"-1"):
        for order in ((b"Transfer-Encoding: chunked", b"Content-Length: " + length), (b"Content-Length: " + length, b"Transfer-Encoding: chunked")):
            names = " and ".join(field.split(b":")[0].decode() for field in order)
            yield refuses(f"9112-6.3.3 {names}, {length.decode()!r}", post(body, *order))
    yield refuses("9112-6.1 Transfer-Encoding in HTTP/1.0", old(b"POST /echo", b"Transfer-Encoding: chunked") + body)
    yield refuses("9112-6.1 Transfer-Encoding in HTTP/1.0 that keeps alive",
                  old(b"POST /echo", b"Transfer-Encoding: chunked", b"Connection: keep-alive") + body)
    for method in (b"GET", b"DELETE", b"OPTIONS", b"PUT"):
        yield accepts(f"9112-6.1 {method.decode()} in chunks", head(method + b" /echo HTTP/1.1", b"Transfer-Encoding: chunked") + body,
                      method + b" /echo hello")
    yield accepts("9112-6.1 an encoded body is no business of the server", counted(b"hello", b"Content-Encoding: x"), HELLO)


def chunks():
    for coded in (b"5\r\nhello\r\n", b"05\r\nhello\r\n", b"00000005\r\nhello\r\n", b"0000000000000005\r\nhello\r\n",
                  b"00000000000000000000000000000005\r\nhello\r\n", b"1\r\nh\r\n4\r\nello\r\n",
                  b"1\r\nh\r\n1\r\ne\r\n1\r\nl\r\n1\r\nl\r\n1\r\no\r\n"):
        yield accepts(f"9112-7.1 chunks {coded[:24]!r}", chunked(coded + END), HELLO)
    for size in (b"a", b"A", b"0a", b"0A"):
        yield accepts(f"9112-7.1 a chunk of {size.decode()}", chunked(size + b"\r\n0123456789\r\n" + END), b"POST /echo 0123456789")
    for size in (b"1f", b"1F", b"1a", b"1b", b"1c", b"1d", b"1e"):
        data = b"x" * int(size, 16)
        yield accepts(f"9112-7.1 a chunk of {size.decode()}", chunked(size + b"\r\n" + data + b"\r\n" + END), b"POST /echo " + data)
    for last in (b"0", b"00", b"000", b"0000000000000000"):
        yield accepts(f"9112-7.1 last chunk {last.decode()}", chunked(b"5\r\nhello\r\n" + last + b"\r\n\r\n"), HELLO)
    yield accepts("9112-7.1 no chunk but the last", chunked(END), b"POST /echo ")
    yield accepts("9112-7.1 data that hold line ends", chunked(b"6\r\n\r\n0\r\n\r\r\n" + END), b"POST /echo \r\n0\r\n\r")
    yield accepts("9112-7.1 data of every byte", chunked(b"100\r\n" + bytes(range(256)) + b"\r\n" + END), b"POST /echo " + bytes(range(256)))
    yield accepts("9112-7.1 a thousand chunks", chunked(b"1\r\nx\r\n" * 1000 + END), b"POST /echo " + b"x" * 1000, in_bytes=False)
    large = b"x" * 300_000
    yield accepts("9112-7.1 a large chunk", chunked(b"%x\r\n" % len(large) + large + b"\r\n" + END), b"POST /echo " + large, in_bytes=False)
    for size in (b"", b" ", b" 5", b"\t5", b"5 ", b"5\t", b"+5", b"-5", b"-0", b"+0", b"0x5", b"0X5", b"x5", b"5x", b"5h", b"g", b"G", b"5g", b"5.0", b"5,5",
                 b"5 5", b"5_0", b"'5'", b'"5"', b"%35", b"five", b"5=", b"5:", b"5\x00", b"\x005", b"5\x0b", b"5\xa0", "\u0665".encode(),
                 "\uff15".encode(), b"5\r", b"\r5", b"5\x7f"):
        yield refuses(f"9112-7.1 chunk size {size!r}", chunked(size + b"\r\nhello\r\n" + END))
    for size in (b"7fffffffffffffff", b"8000000000000000", b"ffffffffffffffff", b"FFFFFFFFFFFFFFFF", b"10000000000000000", b"10000000000000005",
                 b"fffffffffffffffff", b"ffffffffffffffffffffffffffffffff", b"f" * 1000, b"7fffffff", b"80000000", b"ffffffff", b"100000000",
                 b"100000005"):
        yield refuses(f"9112-7.1 chunk size {size[:34].decode()}", chunked(size + b"\r\nhello\r\n" + END), (400, 413), in_bytes=len(size) < 100)
    for title, coded in {
        "LF behind the size": b"5\nhello\r\n" + END,
        "CR behind the size": b"5\rhello\r\n" + END,
        "nothing behind the size": b"5hello\r\n" + END,
        "LF behind the data": b"5\r\nhello\n" + END,
        "CR behind the data": b"5\r\nhello\r" + END,
        "nothing behind the data": b"5\r\nhello" + END,
        "a space behind the data": b"5\r\nhello \r\n" + END,
        "two line ends behind the data": b"5\r\nhello\r\n\r\n" + END,
        "more data than the size": b"4\r\nhello\r\n" + END,
        "less data than the size": b"6\r\nhello\r\n" + END,
        "far less data than the size": b"9\r\nhello\r\n" + END,
        "LF behind the last chunk": b"5\r\nhello\r\n0\n\r\n",
        "LF for the last line": b"5\r\nhello\r\n0\r\n\n",
        "LF alone at the end": b"5\r\nhello\r\n0\n\n",
        "all line ends LF": b"5\nhello\n0\n\n",
        "bare CR in the last line": b"5\r\nhello\r\n0\r\n\r\r\n",
        "no chunks at all": b"hello",
        "a blank line before the first chunk": b"\r\n5\r\nhello\r\n" + END,
        "a space before the last chunk": b"5\r\nhello\r\n 0\r\n\r\n",
        "a negative last chunk": b"5\r\nhello\r\n-0\r\n\r\n",
    }.items():
        yield refuses(f"9112-7.1 {title}", chunked(coded + b"X" * 9))
    yield accepts("9112-7.1 two thousand chunks with sizes of eight digits", chunked((b"00000010\r\n" + b"x" * 16 + b"\r\n") * 2000 + END),
                  b"POST /echo " + b"x" * 32_000, in_bytes=False)


def extensions():
    for extension in (b";a", b";a=b", b"; a", b";a ;b", b" ;a", b" ; a = b", b";a=b;c=d", b';a="b"', b';a="b c"', b';a="b;c"', b';a="b\\"c"', b';a=""',
                      b"\t;\ta\t=\tb", b";a=b;c", b';a="\xe9"', b";!#$%&'*+-.^_`|~=1", b';a="b,c=d\\\\"', b";a;a;a;a", b";" + b"a" * 1000):
        yield accepts(f"9112-7.1.1 extension {extension[:20]!r}", chunked(b"5" + extension + b"\r\nhello\r\n" + END), HELLO,
                      in_bytes=len(extension) < 100)
    yield accepts("9112-7.1.1 extension of the last chunk", chunked(b"5\r\nhello\r\n0;a=b\r\n\r\n"), HELLO)
    for extension in (b";", b"; ", b";;", b";;a", b";a;", b";=", b";=b", b";a=", b";a= ", b";a=;b", b"; a b", b";a b", b";a=b c", b';a="b', b';a="b"c', b';a=b"',
                      b';"a"=b', b";a,b", b";a=b,c", b";a=(b)", b";a[b]", b";a/b", b";a=b/c", b" a", b"=b", b",a", b" a=b", b";\xe9", b";a=\xe9"):
        yield refuses(f"9112-7.1.1 extension {extension!r}", chunked(b"5" + extension + b"\r\nhello\r\n" + END))
    for byte in (0x00, 0x01, 0x08, 0x0a, 0x0b, 0x0c, 0x0d, 0x1f, 0x7f):
        yield refuses(f"9112-7.1.1 {byte_name(byte)} in an extension", chunked(b"5;a%cb\r\nhello\r\n" % byte + END))
        yield refuses(f"9112-7.1.1 {byte_name(byte)} in a quoted extension", chunked(b'5;a="b%cc"\r\nhello\r\n' % byte + END))
    yield refuses("9112-7.1.1 a line end in an extension", chunked(b"5;a\r\n=b\r\nhello\r\n" + END))
    yield accepts("9112-7.1.1 an extension on each of three thousand chunks", chunked(b"1;a=b\r\nx\r\n" * 3000 + END), b"POST /echo " + b"x" * 3000,
                  in_bytes=False)
    yield refuses("9112-7.1.1 extensions beyond reason", chunked(b"5;" + b"a" * 10_000 + b"\r\nhello\r\n" + END), in_bytes=False)
    yield refuses("9112-7.1.1 extensions of many chunks beyond reason", chunked((b"1;" + b"a" * 100 + b"\r\nx\r\n") * 100 + END), in_bytes=False)


def trailers():
    for title, fields in {"one field": b"X-A: b\r\n", "two fields": b"X-A: b\r\nX-C: d\r\n", "an empty value": b"X-A:\r\n",
                          "the same twice": b"X-A: b\r\nX-A: b\r\n", "Content-Length": b"Content-Length: 9\r\n",
                          "Transfer-Encoding": b"Transfer-Encoding: gzip\r\n", "Host": b"Host: a b\r\n", "Connection": b"Connection: close\r\n",
                          "Content-Type": b"Content-Type: a/b\r\n", "a folded line": b"X-A: b\r\n c\r\n"}.items():
        yield accepts(f"9112-7.1.2 trailers: {title}", chunked(b"5\r\nhello\r\n0\r\n" + fields + b"\r\n"), HELLO)
    for title, fields in {"no colon": b"X-A\r\n", "a space before the colon": b"X-A : b\r\n", "an empty name": b": b\r\n", "a space in the name": b"X A: b\r\n",
                          "a NUL": b"X-A: b\0\r\n", "bare CR": b"X-A: b\rc\r\n", "a space first": b" X-A: b\r\n", "LF": b"X-A: b\n",
                          "a request": b"GET /echo HTTP/1.1\r\nHost: localhost\r\n", "a chunk": b"5\r\nhello\r\n"}.items():
        yield refuses(f"9112-7.1.2 trailers: {title}", chunked(b"5\r\nhello\r\n0\r\n" + fields + b"\r\n"))
    yield refuses("9112-7.1.2 trailers beyond reason", chunked(b"0\r\nX-A: " + b"b" * 100_000 + b"\r\n\r\n"), (400, 431), in_bytes=False)
    yield refuses("9112-7.1.2 trailers without number", chunked(b"0\r\n" + b"a:b\r\n" * 100_000 + b"\r\n"), (400, 431), in_bytes=False)


def cases():
    for family in (lengths, codings, chunks, extensions, trailers):
        yield from family()
