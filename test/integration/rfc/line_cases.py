"""RFC 9112, 2 and 3: line ends, the request line, targets, Host."""

from rfc.case import HOST, accepts, answer, byte_name, closes, get, head, old, refuses

ECHO = b"GET /echo "
TOKEN_MARKS = b"!#$%&'*+-.^_`|~"
NO_TOKEN_MARKS = b'"(),/:;<=>?@[\\]{}'


def line_ends():
    yield accepts("9112-2.2 LF alone ends lines", b"GET /echo HTTP/1.1\nHost: localhost\n\n", ECHO)
    yield accepts("9112-2.2 LF and CRLF mixed", b"GET /echo HTTP/1.1\nHost: localhost\r\nX-A: b\n\r\n", ECHO)
    yield accepts("9112-2.2 CRLF and LF mixed", b"GET /echo HTTP/1.1\r\nHost: localhost\nX-A: b\r\n\n", ECHO)
    for count in range(1, 5):
        yield accepts(f"9112-2.2 {count} blank lines before a request", b"\r\n" * count + get(), ECHO)
        yield accepts(f"9112-2.2 {count} blank lines of LF before a request", b"\n" * count + get(), ECHO)
    yield refuses("9112-2.2 five blank lines before a request", b"\r\n" * 5 + get())
    yield accepts("9112-2.2 a blank line between requests", get() + b"\r\n" + get(), ECHO, ECHO)
    yield accepts("9112-2.2 a blank line behind a body", head(b"POST /echo HTTP/1.1", b"Content-Length: 1") + b"a\r\n" + get(),
                  b"POST /echo a", ECHO)
    bare = {
        "in the method": b"G\rET /echo HTTP/1.1\r\n" + HOST + b"\r\n",
        "behind the method": b"GET\r /echo HTTP/1.1\r\n" + HOST + b"\r\n",
        "in the target": b"GET /ec\rho HTTP/1.1\r\n" + HOST + b"\r\n",
        "behind the target": b"GET /echo\r HTTP/1.1\r\n" + HOST + b"\r\n",
        "in the version": b"GET /echo HTTP/\r1.1\r\n" + HOST + b"\r\n",
        "before the request line's end": b"GET /echo HTTP/1.1\r\r\n" + HOST + b"\r\n",
        "in place of the request line's end": b"GET /echo HTTP/1.1\r" + HOST + b"\r\n",
        "in place of all line ends": b"GET /echo HTTP/1.1\rHost: localhost\r\r",
        "in a field's name": get(b"/echo", b"X-\rA: b"),
        "before a colon": get(b"/echo", b"X-A\r: b"),
        "behind a colon": get(b"/echo", b"X-A:\rb"),
        "in a field's value": get(b"/echo", b"X-A: b\rc"),
        "at a value's end": get(b"/echo", b"X-A: b\r"),
        "in place of a field's end": get(b"/echo", b"X-A: b\rX-C: d"),
        "before a request": b"\r" + get(),
        "in the blank line": b"GET /echo HTTP/1.1\r\n" + HOST + b"\r\r\n",
        "as all of a field line": get(b"/echo", b"\r"),
    }
    for where, sent in bare.items():
        yield refuses(f"9112-2.2 bare CR {where}", sent)
    for title, sent in {
        "a space": b" " + get(),
        "a tab": b"\t" + get(),
        "a line with a space": b" \r\n" + get(),
        "a line with text": b"text\r\n" + get(),
        "a NUL": b"\0" + get(),
        "a byte order mark": b"\xef\xbb\xbf" + get(),
    }.items():
        yield refuses(f"9112-2.2 {title} before a request", sent)
    yield refuses("9112-2.2 a space before the first field", head(b"GET /echo HTTP/1.1", host=b" " + HOST))
    yield refuses("9112-2.2 a tab before the first field", head(b"GET /echo HTTP/1.1", host=b"\t" + HOST))
    yield refuses("9112-2.2 a line of spaces before the first field", head(b"GET /echo HTTP/1.1", host=b"  \r\n" + HOST))
    yield refuses("9112-2.2 a request in UTF-16", get().decode().encode("utf-16"))
    yield refuses("9112-2.2 a TLS handshake", bytes.fromhex("16030100a5010000a10303") + bytes(64))
    yield refuses("9112-2.2 an SMTP greeting", b"EHLO localhost\r\n\r\n")
    yield refuses("9112-2.2 an SSH greeting", b"SSH-2.0-OpenSSH_9.2\r\n\r\n")
    yield refuses("9113-3.4 the preface of HTTP/2", b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n", (400, 505))
    yield refuses("9112-2.2 a response", b"HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n")


def versions():
    for version in ("HTTP/1", "HTTP/1.", "HTTP/.1", "HTTP/", "HTTP", "HTTP/1.10", "HTTP/11", "HTTP/11.1", "HTTP/1,1", "HTTP /1.1",
                    "HTTP/ 1.1", "HTTP/1 .1", "HTTP/1. 1", "HTTP/+1.1", "HTTP/-1.1", "HTTP/1.+1", "HTTP/1.1x", "HTTP/1.1.1", "HTTPS/1.1",
                    "HTP/1.1", "HTTPP/1.1", "http/1.1", "Http/1.1", "hTTP/1.1", "HTTP/a.b", "HTTP/01.1", "HTTP/1.01", "HTTP-1.1",
                    "HTTP\\1.1", "HTTP/1.a", "HTTP/x.1", "HTTP/\u0661.1", "1.1", "HTTP/1.1\0", "\0HTTP/1.1", "HTTP//1.1", "HTTP:1.1",
                    "ICY/1.1", "HTTP/one.one", "HTTP/1.1;"):
        yield refuses(f"9112-2.3 version {version!r}", head(b"GET /echo " + version.encode()))
    for version in ("0.0", "0.9", "2.0", "2.1", "3.0", "9.9"):
        yield refuses(f"9110-15.6.6 version HTTP/{version}", head(f"GET /echo HTTP/{version}".encode()), 505)
    for minor in range(2, 10):
        yield accepts(f"9110-2.5 minor version 1.{minor} is 1.1", head(f"GET /echo HTTP/1.{minor}".encode()), ECHO)
    yield refuses("9112-2.3 a request of HTTP/0.9", b"GET /echo\r\n\r\n")
    yield refuses("9112-2.3 a request of HTTP/0.9 with a space", b"GET /echo \r\n\r\n")


def request_lines():
    for title, line in {
        "two spaces behind the method": b"GET  /echo HTTP/1.1",
        "two spaces behind the target": b"GET /echo  HTTP/1.1",
        "a tab behind the method": b"GET\t/echo HTTP/1.1",
        "a tab behind the target": b"GET /echo\tHTTP/1.1",
        "a space at the end": b"GET /echo HTTP/1.1 ",
        "a tab at the end": b"GET /echo HTTP/1.1\t",
        "a word at the end": b"GET /echo HTTP/1.1 x",
        "no version": b"GET /echo",
        "no target": b"GET HTTP/1.1",
        "an empty target": b"GET  HTTP/1.1",
        "only a method": b"GET",
        "only a method and a space": b"GET ",
        "no method": b"/echo HTTP/1.1",
        "an empty method": b" /echo HTTP/1.1",
        "four words": b"GET /echo x HTTP/1.1",
        "a space in the target": b"GET /ec ho HTTP/1.1",
        "a vertical tab for a space": b"GET\x0b/echo HTTP/1.1",
        "a form feed for a space": b"GET\x0c/echo HTTP/1.1",
        "a no-break space for a space": b"GET\xa0/echo HTTP/1.1",
        "a NUL for a space": b"GET\0/echo HTTP/1.1",
        "all in quotes": b'"GET /echo HTTP/1.1"',
        "the parts the other way round": b"HTTP/1.1 /echo GET",
    }.items():
        yield refuses(f"9112-3 {title}", head(line))
    for mark in NO_TOKEN_MARKS:
        yield refuses(f"9112-3.1 {chr(mark)!r} in a method", head(b"GE%cT /echo HTTP/1.1" % mark))
    for byte in (0x00, 0x01, 0x08, 0x09, 0x0b, 0x0c, 0x1f, 0x7f, 0x80, 0xa0, 0xff):
        yield refuses(f"9112-3.1 {byte_name(byte)} in a method", head(b"GE%cT /echo HTTP/1.1" % byte))
    for mark in TOKEN_MARKS:
        yield accepts(f"9110-9.1 method M{chr(mark)}", head(b"M%c /echo HTTP/1.1" % mark), answer((405, 501)))
    for method in ("get", "Get", "gET", "GETX", "XGET", "FOO", "BREW", "PROPPATCH", "MKCOL", "M-SEARCH", "A" * 1000):
        yield accepts(f"9110-9.1 method {method[:20]}", head(f"{method} /echo HTTP/1.1".encode()), answer((405, 501)))


def targets():
    for byte in [*range(0x20), 0x7f]:
        yield refuses(f"9112-3.2 {byte_name(byte)} in a target", head(b"GET /ec%cho HTTP/1.1" % byte))
        yield refuses(f"9112-3.2 {byte_name(byte)} in a query", head(b"GET /echo?a%cb HTTP/1.1" % byte))
    for mark in b"!$&'()*+,;=:@-._~%":
        yield accepts(f"3986-3.3 {chr(mark)!r} in a path", get(b"/wait/a%cb" % mark), b"/wait/a%cb " % mark)
        yield accepts(f"3986-3.4 {chr(mark)!r} in a query", get(b"/echo?a%cb" % mark), b"GET /echo?a%cb " % mark)
    # Browsers send these as they are, curl sends a query as it was typed; all else that RFC 3986 leaves out is escaped.
    for mark in b"[]^|":
        yield accepts(f"9112-3.2 {chr(mark)!r} in a path", get(b"/wait/a%cb" % mark), b"/wait/a%cb " % mark)
    for mark in b"[]^|`{}\\":
        yield accepts(f"9112-3.2 {chr(mark)!r} in a query", get(b"/echo?a%cb" % mark), b"GET /echo?a%cb " % mark)
    for byte in b'"<>\\`{}\x80\xa0\xe9\xff':
        yield refuses(f"9112-3.2 {byte_name(byte)} in a path", get(b"/wait/a%cb" % byte))
    for text in (b"\x80", b"\xc3\xa9", b"\xff"):
        yield accepts(f"9112-3.2 {text!r} in a query", get(b"/echo?a" + text + b"b"), b"GET /echo?a" + text + b"b ")
    for byte in b'"<>':
        yield refuses(f"9112-3.2 {byte_name(byte)} in a query", get(b"/echo?a%cb" % byte))
    for target in (b"/echo?", b"/echo??", b"/echo?/", b"/echo?a/b?c", b"/echo?a=b&c=d", b"/echo?%00", b"/echo?%"):
        yield accepts(f"9112-3.2.1 {target.decode()}", get(target), b"GET " + target + b" ")
    for target in (b"//echo", b"/echo/", b"/./echo", b"/../echo", b"/echo/.", b"/nowhere", b"/;/echo", b"/.", b"//", b"/Echo"):
        yield accepts(f"9112-3.2.1 {target.decode()} is another resource", get(target), answer(404))
    for target in (b"/echo#", b"/echo#a", b"/echo?a#b", b"#", b"/#/echo"):
        yield refuses(f"9112-3.2 a fragment in {target.decode()}", get(target))
    for target in (b"http://localhost/echo", b"HTTP://localhost/echo", b"http://LOCALHOST/echo", b"http://localhost:80/echo",
                   b"http://localhost:/echo", b"http://127.0.0.1/echo", b"http://[::1]:80/echo",
                   b"http://other.test/echo?a"):
        yield accepts(f"9112-3.2.2 {target.decode()}", get(target), b"GET " + target + b" ")
    for target in (b"https://localhost/echo", b"HTTPS://localhost/echo", b"https://localhost:443/echo"):
        yield refuses(f"9110-7.4 {target.decode()} without TLS", get(target), 421)
    yield accepts("9112-3.2.2 an absolute target without a path", get(b"http://localhost"), b"Hello, world")
    yield accepts("9112-3.2.2 an absolute target with a query and no path", get(b"http://localhost?a"), b"Hello, world")
    yield accepts("9112-3.2.2 the target's host wins over Host", head(b"GET http://a.test:1/host HTTP/1.1", host=b"Host: b.test\r\n"),
                  b"a.test:1 a.test")
    yield closes("9112-3.2.2 an absolute target of HTTP/1.0", old(b"GET http://localhost/echo"), b"GET http://localhost/echo ")
    yield refuses("9112-3.2.2 an absolute target without Host", head(b"GET http://localhost/echo HTTP/1.1", host=b""))
    yield refuses("9112-3.2.2 an absolute target with a bad Host", head(b"GET http://localhost/echo HTTP/1.1", host=b"Host: a b\r\n"))
    for target in (b"http:/echo", b"http:///echo", b"http://", b"http:", b"http", b"http:echo", b"http://user@localhost/echo",
                   b"http://user:word@localhost/echo", b"http://:80/echo", b"http://localhost:x/echo", b"http://localhost:99999/echo",
                   b"http://[::1/echo", b"http://::1/echo", b"http://a,b/echo", b"http://a\\b/echo", b"http://a%/echo", b"http://@/echo",
                   b"ftp://localhost/echo", b"file:///echo", b"ws://localhost/echo", b"javascript:alert(1)", b"urn:a:b", b"mailto:a@b",
                   b"localhost", b"localhost:80", b"localhost/echo", b"echo", b"?a", b".", b"..", b"\\echo", b"%2fecho", b":", b"a:b",
                   b"*a", b"**", b"http//localhost/echo", b"://localhost/echo"):
        yield refuses(f"9112-3.2 target {target.decode()}", get(target))
    yield refuses("9112-3.2.4 GET *", get(b"*"))
    yield refuses("9112-3.2.4 POST *", head(b"POST * HTTP/1.1", b"Content-Length: 0"))
    yield refuses("9112-3.2.4 options *", head(b"options * HTTP/1.1"))
    yield refuses("9112-3.2.4 OPTIONS *?a", head(b"OPTIONS *?a HTTP/1.1"))
    yield refuses("9112-3.2.4 OPTIONS */", head(b"OPTIONS */ HTTP/1.1"))
    yield accepts("9112-3.2.4 OPTIONS *", head(b"OPTIONS * HTTP/1.1"), answer(204))
    yield accepts("9112-3.2.4 OPTIONS of a host", head(b"OPTIONS http://localhost HTTP/1.1"), answer(204))
    yield accepts("9112-3.2.3 CONNECT", head(b"CONNECT localhost:443 HTTP/1.1"), answer((405, 501)))
    yield accepts("9112-3.2.3 CONNECT of an IPv6 address", head(b"CONNECT [::1]:443 HTTP/1.1"), answer((405, 501)))
    for target in (b"/echo", b"localhost", b"localhost:", b":443", b"http://localhost/", b"localhost:x", b"user@localhost:443",
                   b"localhost:443/", b"localhost:443?a", b"*", b"localhost:65536", b"[::1]", b"::1:443", b"a b:443"):
        yield refuses(f"9112-3.2.3 CONNECT {target.decode()}", head(b"CONNECT " + target + b" HTTP/1.1"))


def hosts():
    yield refuses("9112-3.2 no Host", head(b"GET /echo HTTP/1.1", host=b""))
    yield closes("9112-3.2 no Host in HTTP/1.0", old(b"GET /echo"), ECHO)
    yield closes("9112-3.2 Host in HTTP/1.0", head(b"GET /host HTTP/1.0"), b"localhost localhost")
    yield refuses("9112-3.2 a bad Host in HTTP/1.0", head(b"GET /echo HTTP/1.0", host=b"Host: a b\r\n"))
    yield refuses("9112-3.2 two Hosts in HTTP/1.0", head(b"GET /echo HTTP/1.0", host=HOST + HOST))
    yield refuses("9110-4.2.1 an empty Host", head(b"GET /echo HTTP/1.1", host=b"Host:\r\n"))
    yield refuses("9110-4.2.1 an empty Host with spaces", head(b"GET /echo HTTP/1.1", host=b"Host: \t \r\n"))
    yield refuses("9110-4.2.1 an empty Host behind an absolute target", head(b"GET http://localhost/echo HTTP/1.1", host=b"Host:\r\n"))
    yield refuses("9112-5.2 Host behind a fold", head(b"GET /echo HTTP/1.1", host=b"Host:\r\n localhost\r\n"))
    yield refuses("9112-5.2 Host before a fold", head(b"GET /echo HTTP/1.1", host=b"Host: localhost\r\n \r\n"))
    for title, second in {"the same again": b"Host: localhost", "another": b"Host: other.test", "an empty one": b"Host:",
                          "one in capitals": b"HOST: localhost", "one in small letters": b"host: other.test"}.items():
        yield refuses(f"9112-3.2 two Hosts: {title}", get(b"/echo", second))
    yield refuses("9112-3.2 three Hosts", get(b"/echo", b"Host: a", b"Host: b"))
    yield refuses("9112-3.2 two Hosts around another field", get(b"/echo", b"X-A: b", b"Host: localhost"))
    for host in (b"a b", b"a\tb", b"a,b", b"a, b", b"a/b", b"a/", b"/", b"a?b", b"a#b", b"a@b", b"user:word@a", b"http://a", b"//a", b"a:b",
                 b"a:80:80", b"a::80", b"a:-1", b"a:+80", b"a:8 0", b"a: 80", b"a :80", b"a:65536", b"a:100000", b"a:0x50", b"a:80/", b":80", b":",
                 b"::1", b"::1:80", b"[::1", b"::1]", b"[]", b"[", b"]", b"[::1]a", b"[::1]:a", b"[::1]80", b"[1]", b"[:::]", b"[::g]",
                 b"[::1%25eth0]", b"[1.2.3.4]", b"[::1.2.3.256]", b"[1:2:3:4:5:6:7]", b"[1:2:3:4:5:6:7:8:9]", b"[12345::]", b"a[::1]",
                 b"[v.a]", b"[v1.]", b"[vg.a]", b"a\\b", b"a<b", b"a>b", b"a^b", b"a`b", b"a{b", b"a|b", b"a}b", b'"a"', b"a%", b"a%4", b"a%zz",
                 b"a%g0", b"\x80", "\u00e9.test".encode(), b"a\x00b", b"a\x01", b"a\x7f", b"{a}", b"*@*", b"<script>"):
        yield refuses(f"9112-3.2 Host {host!r}", head(b"GET /echo HTTP/1.1", host=b"Host: " + host + b"\r\n"))
    for host, name in {b"localhost": b"localhost", b"LOCALHOST": b"localhost", b"localhost:80": b"localhost", b"localhost:": b"localhost",
                       b"127.0.0.1:8080": b"127.0.0.1", b"[::1]": b"[::1]", b"[::1]:80": b"[::1]", b"[::ffff:1.2.3.4]": b"[::ffff:1.2.3.4]",
                       b"[1:2:3:4:5:6:7:8]": b"[1:2:3:4:5:6:7:8]", b"[v1.a:b]": b"[v1.a:b]", b"a.test.": b"a.test.", b"a-b_c~d": b"a-b_c~d",
                       b"a:0": b"a", b"a:65535": b"a", b"a:000080": b"a", b"xn--nxasmq6b.test": b"xn--nxasmq6b.test", b"%41.test": b"%41.test",
                       b"a!$&'()*+;=": b"a!$&'()*+;=", b"1": b"1", b"a..b": b"a..b"}.items():
        yield accepts(f"9112-3.2 Host {host.decode()}", head(b"GET /host HTTP/1.1", host=b"Host: " + host + b"\r\n"), host + b" " + name)
    for title, field in {"no space": b"Host:localhost", "a tab": b"Host:\tlocalhost", "spaces around": b"Host:   localhost \t",
                         "small letters": b"host: localhost", "capitals": b"HOST: localhost", "both": b"hOsT: localhost"}.items():
        yield accepts(f"9112-3.2 Host with {title}", head(b"GET /host HTTP/1.1", host=field + b"\r\n"), b"localhost localhost")
    yield accepts("9112-3.2 Host is not the first field", head(b"GET /host HTTP/1.1", host=b"X-A: b\r\n" + HOST), b"localhost localhost")
    yield refuses("9112-3.2 Host with a space before the colon", head(b"GET /echo HTTP/1.1", host=b"Host : localhost\r\n"))


def cases():
    for family in (line_ends, versions, request_lines, targets, hosts):
        yield from family()
