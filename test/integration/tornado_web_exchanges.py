"""Requests to the handlers of tornado_web_handlers.py and web/handlers.cpp: (method, path, headers, body)."""

import urllib.parse

FORM = {"Content-Type": "application/x-www-form-urlencoded"}
JSON = {"Content-Type": "application/json"}


def multipart(*parts, boundary="bound", end=True):
    body = b"".join(b"--%s\r\n%s\r\n\r\n%s\r\n" % (boundary.encode(), head.encode(), content) for head, content in parts)
    return body + b"--%s--\r\n" % boundary.encode() if end else body


def query(target, /, **values):
    return f"{target}?{urllib.parse.urlencode(values)}"


QUERIES = [
    "", "a=1", "a=1&a=2&b=3", "a=+x+&b=%20y%20", "a=%C3%A9&b=%E2%82%AC", "a=", "a", "a=&a=1", "a==&b=%3D", "a=1;b=2", "a=%", "a=%zz",
    "a=%41%00%42", "a=x%0Ay%09z", "a=%01%02", "&&a=1&&", "%61=1", "a=1&b=2&a=3", "a+b=1", "a[]=1", "a=%2B+%2B", "b=%22'%3C%3E",
]
FORMS = [b"a=1", b"a=1&a=2", b"a=+x+&b=%20", b"a=%C3%A9", b"a=", b"a", b"", b"a=%00", b"a=1&b=2;c=3", b"%61=%31"]
COOKIES = [
    "a=1", "a=1; b=2", "a=1;b=2", "a=\"quoted\"", "a=\"q \\\"x\\\" \\054\"", "a=1; a=2", "a", "a=", "=1", "; ;a=1", "a=1=2", "session=a b",
    "b=[x]; a=(y)", "a=1, b=2", "A=1", "a=%20", "$Version=1; a=1", "a=\"unfinished; b=2", "long=" + "x" * 3000,
]
ETAG = '"da39a3ee5e6b4b0d3255bfef95601890afd80709"'  # of nothing
CODES = [200, 201, 202, 203, 206, 226, 299, 301, 400, 401, 402, 404, 409, 410, 418, 422, 429, 451, 500, 501, 503, 504, 599, 799]
TYPES = ["text/plain", "text/html; charset=UTF-8", "application/json", "application/javascript", "application/xml", "image/png",
         "image/svg+xml", "application/octet-stream", "application/atom+xml", "x"]

# Where ours is meant to answer otherwise: the request, our status, and what its head or body then says; why.
MULTIPART = {"Content-Type": "multipart/form-data; boundary=bound"}
DIFFERENCES = [
    (("GET", "/h/moved/a%20b/end?c=d", {}, None), 302, "/to/a%20b?c=d"),  # an address with a space is none
    (("GET", query("/h/header", name="X-One", set="\u00e9"), {}, None), 200, "\u00c3\u00a9"),  # bytes go out as they are: UTF-8
    (("PUT", query("/h/cookies", name="c", value="\u00e9"), {}, None), 200, 'c="\\303\\251"'),  # so do they in cookies
    (("GET", "/h/cookies", {"Cookie": "a=\xe9"}, None), 200, "a=\xe9"),  # and come as they are
    (("GET", "http://else.where/h/request?a=b", {}, None), 200, "/h/request"),  # RFC 9112, 3.2.2: servers must accept it
    (("GET", "/h/arguments?b=<>", {}, None), 400, ""),  # clients escape these: RFC 3986, 2.2
    (("POST", "/h/json", JSON, b"NaN"), 500, ""),  # that is not JSON: RFC 8259, 6
    (("POST", "/h/json", JSON, b"1e400"), 200, '{"got": null}'),  # neither is the Infinity that Python makes of it
    (("GET", "/h/error?kind=http&code=418", {}, None), 418, "I&#x27;m a"),  # as Tornado 6.5 escapes it
    *(((method, "/h/etag?own=" + own, {"If-None-Match": '"own"'}, None), 304, "own")  # a handler's own Etag counts too
      for method in ("GET", "HEAD") for own in ("%22own%22", "W/%22own%22")),
    (("GET", query("/h/type", type="text/plain", vary="Accept-Encoding"), {"Accept-Encoding": "gzip"}, None), 200, "Accept-Encoding"),
    (("GET", query("/h/type", type="text/plain"), {"Accept-Encoding": "GZIP"}, None), 200, "gzip"),  # RFC 9110, 8.4.1: case does not count
    (("GET", query("/h/type", type="TEXT/PLAIN"), {"Accept-Encoding": "gzip"}, None), 200, "gzip"),  # nor in types: RFC 9110, 8.3.1
    (("GET", query("/h/type", type="text/event-stream"), {"Accept-Encoding": "gzip"}, None), 200, "xxx"),  # each would keep a compressor
    (("POST", "/h/files", MULTIPART, multipart(('Content-Disposition: form-data; name="a"', b"\r\n--bound"))), 400, ""),  # a part without a head
    (("POST", "/h/files", MULTIPART, b"preamble\r\n" + multipart(('Content-Disposition: form-data; name="a"', b"1"))), 200, "a = 1"),
    (("POST", "/h/files", MULTIPART, b""), 200, ""),  # nothing has been sent, rather than half a form
]

EXCHANGES = [
    # Templates
    *(("GET", query("/h/render", page=page, **more), headers, None)
      for page in ("home.html", "entry.html", "archive.html", "compose.html", "feed.xml", "chat.html")
      for more in ({}, {"user": "<anna>", "error": "<x>"}, {"entries": 0})
      for headers in ({}, {"Accept-Language": "de;q=0.5, en-US"})),
    ("GET", query("/h/render", page="names.html", a="<1>") + "&b=1&b=2", {"X-One": "1&2"}, None),
    *((method, query("/h/render", page=page), {}, None)
      for page in ("two_bodies.html", "no_place.html", "error.html", "broken.html", "nowhere.html") for method in ("GET", "HEAD")),
    ("HEAD", query("/h/render", page="home.html"), {}, None), ("GET", "/h/render_string", {}, None),
    ("GET", query("/h/render", page="home.html"), {"Accept-Encoding": "gzip"}, None),
    # Arguments
    *(("GET", f"/h/arguments?{text}", {}, None) for text in QUERIES),
    *(("POST", "/h/arguments?a=q", FORM, body) for body in FORMS),
    *(("PUT", "/h/arguments", FORM, body) for body in FORMS[:3]),
    ("PATCH", "/h/arguments", FORM, b"a=1"),
    ("POST", "/h/arguments", JSON, b"a=1"),
    ("POST", "/h/arguments", {"Content-Type": "application/x-www-form-urlencoded; charset=utf-8"}, b"a=1"),
    ("POST", "/h/arguments", {}, b"a=1"),
    ("POST", "/h/arguments", FORM, b"a=%FF"),
    ("GET", "/h/arguments?a=%FF", {}, None),
    ("GET", "/h/arguments?a=%C3", {}, None),
    ("GET", "/h/arguments?c=%FF", {}, None),
    ("GET", "/h/required", {}, None),
    ("GET", "/h/required?name=", {}, None),
    ("GET", "/h/required?name=x", {}, None),
    ("POST", "/h/required?name=x", FORM, b""),
    ("POST", "/h/required", FORM, b"name=y"),
    # Paths
    *(("GET", f"/h/path/{path}", {}, None) for path in [
        "a/b", "/", "a/", "/b", "a%20b/c+d", "%C3%A9/x", "a%2Fb/c", "%41/b", "a%/b", "a%zz/b", "%FF/x", "a/b?c=d", "a;x/b", "a/b/c",
        "%2E%2E/x", "a/b%3Fc"]),
    *(("GET", f"/h/optional/{path}", {}, None) for path in ["ab", "ab/12", "ab/", "AB", "ab/x"]),
    *(("GET", f"/h/named/{path}", {}, None) for path in ["2001/ab", "2001/", "99/x", "2001/a%20b/c", "2001/%C3%A9"]),
    ("GET", "/h/nowhere", {}, None), ("POST", "/h/nowhere", {}, b""), ("HEAD", "/h/nowhere", {}, None), ("GET", "/h/path", {}, None),
    ("GET", "/H/PATH/a/b", {}, None), ("GET", "//h/path/a/b", {}, None), ("GET", "/h/gone", {}, None), ("POST", "/h/gone", {}, b""),
    ("GET", "/h/url", {}, None), ("GET", "/h/moved/a/b/end", {}, None), ("GET", "/h/moved/a-b/end?c=d", {}, None),
    ("GET", "/h/moved//elsewhere/end", {}, None),
    # Statuses, headers and methods
    *(("GET", f"/h/status?code={code}", {}, None) for code in CODES),
    *(("GET", query("/h/status", code=code, reason="Our Reason"), {}, None) for code in (200, 299, 404, 500)),
    ("HEAD", "/h/status?code=404", {}, None),
    *(("GET", f"/h/empty?code={code}", {}, None) for code in (204, 304)),
    *(("GET", query("/h/header", name=name, set=value), {}, None) for name, value in [
        ("X-One", "1"), ("x-one", "1"), ("X-One", "a, b"), ("Content-Type", "text/plain"), ("Etag", '"own"'),
        ("Content-Language", "de"), ("Cache-Control", "no-store"), ("Set-Cookie", "a=1"), ("X-Weird_Name", "x"), ("Content-Length", "7"),
        ("Date", "today"), ("Vary", "Origin"), ("Location", "/x")]),
    ("GET", "/h/header?name=X-Many&add=1&add=2&add=3", {}, None),
    ("GET", "/h/header?name=X-Many&set=1&add=2", {}, None),
    ("GET", "/h/header?name=X-Many&set=1&set=2", {}, None),
    ("GET", "/h/header?name=X&set=1&clear=X", {}, None),
    ("GET", "/h/header?name=X&clear=Content-Type", {}, None),
    ("GET", "/h/header?name=X&clear=Not-There", {}, None),
    *((method, "/h/methods", {}, b"" if method in ("POST", "PUT", "PATCH") else None)
      for method in ("GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS", "TRACE", "PROPFIND", "get", "Get", "CONNECTED")),
    *((method, "/h/json", {}, None) for method in ("PUT", "DELETE", "OPTIONS", "HEAD", "PURGE")),
    *((method, "/h/body", {"Content-Type": "text/plain"}, body) for method in ("PUT", "POST", "PATCH", "DELETE")
      for body in (b"", b"text", b"\x00\xff", b"x" * 70_000)),
    ("GET", "/h/request?a=b&c", {"X-One": "one", "X-Many": "a"}, None),
    ("GET", "/h/request?", {}, None),
    ("GET", "/h/request?a=%20+", {"x-one": "  spaces  "}, None),
    # Cookies
    *(("GET", "/h/cookies", {"Cookie": value}, None) for value in COOKIES),
    ("GET", "/h/cookies", {}, None),
    *(("PUT", query("/h/cookies", name="c", value=value), {}, None) for value in [
        "1", "", "a b", 'quo"te', "semi;colon", "comma,", "back\\slash", "equals=", "2|1:0|x", "a/b", "~!#$%&'*+-.^_`|", "a\tb"]),
    *(("PUT", query("/h/cookies", name="c", value="1", **more), {}, None) for more in [
        {"domain": "example.com"}, {"path": "/x"}, {"secure": 1}, {"httponly": 1}, {"samesite": "Lax"}, {"max_age": 60}, {"max_age": -1},
        {"expires": 1_000_000_000}, {"secure": 1, "httponly": 1, "samesite": "None", "path": "/y"}, {"again": "2"}]),
    *(("PUT", query("/h/cookies", name=name, value="1"), {}, None) for name in ["a b", "a;b", "a=b", "", "a\u00e9", "a[0]"]),
    ("DELETE", "/h/cookies?name=a", {"Cookie": "a=1; b=2"}, None),
    ("DELETE", "/h/cookies?name=nothing", {}, None),
    ("DELETE", "/h/cookies?name=a&path=/x", {}, None),
    ("DELETE", "/h/cookies", {"Cookie": "a=1; b=2"}, None),
    ("DELETE", "/h/cookies", {}, None),
    # JSON, redirects, errors
    *(("GET", query("/h/json", text=text), {}, None) for text in ["", "text", "\u00e9\u20ac\U0001f600", "</script>", "\"\\", "\x07", "a\nb"]),
    *(("POST", "/h/json", JSON, body) for body in [
        b"{}", b"[1, 2.0, 1e3, -0]", b'"\\u00e9\\ud83d\\ude00"', b"null", b"", b"{", b'{"a": 1, "a": 2}', b"\xff", b"12345678901234567890",
        b"0.1", b" [ ] "]),
    *(("GET", query("/h/redirect", url=url), {}, None) for url in [
        "/x", "x", "http://example.com/", "//example.com", "/a b", "/\u00e9", "?a=b", "", "/a?b=c#d"]),
    ("GET", "/h/redirect?url=/x&permanent=1", {}, None),
    *(("GET", f"/h/redirect?url=/x&status={status}", {}, None) for status in (300, 301, 303, 307, 308, 399, 400, 200)),
    ("POST", "/h/redirect?url=/x", FORM, b""),
    *(("GET", f"/h/error?kind=http&code={code}", {}, None) for code in (400, 401, 403, 404, 405, 409, 500, 501, 503, 599, 799)),
    *(("GET", f"/h/error?kind={kind}&code={code}", {}, None) for kind in ("message", "reason", "send") for code in (400, 404, 500, 799)),
    *(("GET", f"/h/error?kind={kind}", {}, None) for kind in ("missing", "exception", "finish", "finish_text", "twice", "write", "clear")),
    *(("GET", f"/h/own_error?code={code}", {}, None) for code in (400, 404, 500)),
    ("GET", "/h/prepare", {}, None), ("GET", "/h/prepare?finish=1", {}, None), ("GET", "/h/prepare?raise=1", {}, None),
    ("GET", "/h/prepare?redirect=1", {}, None), ("POST", "/h/prepare?finish=1", FORM, b"a=b"), ("PUT", "/h/prepare?finish=1", {}, b""),
    ("PUT", "/h/prepare", {}, b""),
    ("GET", "/h/defaults", {}, None), ("GET", "/h/defaults?raise=1", {}, None), ("POST", "/h/defaults", {}, b""),
    # Bodies, Etags, forms
    *((method, f"/h/flush?{text}", {}, None) for method in ("GET", "HEAD") for text in [
        "count=0", "count=1", "count=3", "count=3&end=end", "count=2&size=10&length=20", "count=0&end=end", "count=2&size=0",
        "count=1&size=70000"]),
    *((method, f"/h/etag?{text}", headers, None) for method in ("GET", "HEAD") for text, headers in [
        ("text=a", {}), ("", {}), ("", {"If-None-Match": ETAG}), ("", {"If-None-Match": "W/" + ETAG}), ("", {"If-None-Match": "*"}),
        ("", {"If-None-Match": '"x", ' + ETAG}), ("", {"If-None-Match": '"x"'}), ("", {"If-None-Match": ETAG.strip('"')}),
        ("", {"If-None-Match": ""}), ("text=a", {"If-None-Match": ETAG}), ("own=%22own%22", {}), ("own=%22own%22", {"If-None-Match": '"other"'})]),
    ("GET", "/h/no_etag", {"If-None-Match": "*"}, None),
    ("GET", "/h/no_etag", {}, None),
    *(("GET", query("/h/type", type=kind), {"Accept-Encoding": "gzip"}, None) for kind in TYPES),
    *(("GET", query("/h/type", type="text/plain", **more), {"Accept-Encoding": "gzip"}, None) for more in [
        {"vary": "Origin"}, {"vary": "A, B"}, {"encoding": "br"}, {"encoding": "identity"}, {"size": 10},
        {"size": 1023}, {"size": 1024}]),
    *(("GET", query("/h/type", type="text/plain"), {"Accept-Encoding": value}, None) for value in [
        "deflate", "gzip, br", "gzip;q=0.5", "x-gzip", ""]),
    ("GET", "/h/flush?count=3&size=2000", {"Accept-Encoding": "gzip"}, None),
    ("HEAD", query("/h/type", type="text/plain"), {}, None),
    *(("POST", "/h/files", {"Content-Type": f"multipart/form-data; boundary={boundary}"}, body) for boundary, body in [
        ("bound", multipart(('Content-Disposition: form-data; name="a"', b"1"), ('Content-Disposition: form-data; name="a"', b"2"))),
        ("bound", multipart(('Content-Disposition: form-data; name="f"; filename="x.txt"\r\nContent-Type: text/plain', b"content"))),
        ("bound", multipart(('Content-Disposition: form-data; name="f"; filename="x.txt"', b""))),
        ("bound", multipart(('Content-Disposition: form-data; name="f"; filename=""\r\nContent-Type: application/octet-stream', b""))),
        ("bound", multipart(('Content-Disposition: form-data; name="f"; filename="a\\"b.txt"', b"1"))),
        ("bound", multipart(('Content-Disposition: form-data; name="f"; filename="\u00e9.txt"', b"1"))),
        ("bound", multipart(("Content-Disposition: form-data; name=\"f\"; filename*=UTF-8''%C3%A9.txt", b"1"))),
        ("bound", multipart(('content-disposition: form-data; name=a', b"1"))),
        ('"bound"', multipart(('Content-Disposition: form-data; name="a"', b"1"))),
        ("bound", multipart(("Content-Disposition: form-data", b"1"))),
        ("bound", multipart(("X: y", b"1"))),
        ("bound", multipart(('Content-Disposition: attachment; name="a"', b"1"))),
        ("bound", multipart(('Content-Disposition: form-data; name="a"', b"1"), end=False)),
        ("bound", b"--bound--\r\n"), ("other", multipart(('Content-Disposition: form-data; name="a"', b"1")))]),
    ("POST", "/h/files", {"Content-Type": "multipart/form-data"}, b"--x--\r\n"),
    ("POST", "/h/files", FORM, b"a=1&b=2"),
    *((method, "/h/stream", {}, body) for method in ("PUT", "POST") for body in (b"", b"text", b"x" * 200_000)),
    ("POST", "/h/stream", FORM, b"a=1"),
    ("PUT", "/h/stream?refuse=1", {}, b"x"),
    # Hosts
    *(("GET", "/h/host", {"Host": host}, None) for host in [
        "our.example", "our.example:80", "OUR.example", "not.our.example", "our.example.com", "ourxexample", "127.0.0.1", "[::1]:80"]),
    ("GET", "/h/status", {"Host": "our.example"}, None),
]
