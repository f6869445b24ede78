"""All of web: arguments, paths, statuses, headers, cookies, errors, forms, files, compression: the same requests to our web_app and to Tornado's.

What one makes the other must accept; all else must be equal but for what `comparable` leaves out.
"""

import contextlib
import gzip
import html
import http.client
import itertools
import os
import re
import tempfile
import unittest
import urllib.parse
from pathlib import Path

import programs
from cases import ServerCase
from tornado_web_exchanges import DIFFERENCES, EXCHANGES

ROBOTS = "User-agent: *\nDisallow: /\n"
FILES = {
    "robots.txt": ROBOTS,
    "page.html": "<p>" + "text " * 1000 + "</p>",
    "a b.css": "a { }",
    "dir/index.html": "the index",
    "dir/photo.png": "\x01 no photo",
    "archive.tar.gz": "no archive",
    "noending": "what is it",
    "empty.txt": "",
    "large.txt": "line\n" * 100_000,
}
DATE = 1_000_000_000
SECRET = "It's a secret to everybody"
VALUES = ["", "a", "value", "a|b:c;d,e", "\u00e9\u20ac", "x" * 3000, "spaces  and\ttabs", '"quoted"', "1234", "2|1:0|"]

# Paths and headers for GET and HEAD.
REQUESTS = [
    *(("/static/" + urllib.parse.quote(name), {}) for name in FILES),
    ("/robots.txt", {}), ("/favicon.ico", {}), ("/static/nothing", {}), ("/static/", {}), ("/static/dir", {}), ("/static/dir/", {}),
    ("/folders/dir/", {}), ("/folders/dir", {}), ("/folders/dir/nothing/", {}),
    ("/static/../secret", {}), ("/static/..%2fsecret", {}), ("/static/%2e%2e/secret", {}), ("/static//etc/passwd", {}),
    ("/static/%2fetc/passwd", {}), ("/static/robots.txt%00", {}), ("/static/%ff", {}), ("/static/dir/../robots.txt", {}),
    ("/static/robots.txt?v=1", {}), ("/static/robots.txt?a=1", {}),
    *(("/static/robots.txt", {"Range": value}) for value in [
        "bytes=0-9", "bytes=5-", "bytes=-4", "bytes=0-", "bytes=0-25", "bytes=0-1000", "bytes=26-", "bytes=100-200", "bytes=-0",
        "bytes=-1000", "bytes=10-3", "bytes=0-1,3-4", "nonsense", "items=0-3", "bytes=a-b", "bytes=25-25"]),
    ("/static/empty.txt", {"Range": "bytes=0-"}), ("/static/large.txt", {"Range": "bytes=200000-399999"}),
    *(("/static/robots.txt", {"If-Modified-Since": value}) for value in [
        "Sun, 09 Sep 2001 01:46:40 GMT", "Sun, 09 Sep 2001 01:46:39 GMT", "Sun, 09 Sep 2001 01:46:41 GMT"]),
    *(("/static/robots.txt", {"If-None-Match": value}) for value in ["*", '"other"', 'W/"other", "another"']),
    ("/addslash", {}), ("/addslash/", {}), ("/addslash?a=b", {}), ("/removeslash", {}), ("/removeslash/", {}),
    ("/removeslash/?a=b", {}), ("/old/a/b?c=d", {}), ("/user", {}), ("/user?a=b%20c", {}), ("/cookie", {}),
    ("/cookie", {"Cookie": "user=forged"}), ("/cookie", {"Cookie": 'user="2|1:0|10:1300000000|4:user|4:YQ==|00"'}),
    ("/text?size=1023", {"Accept-Encoding": "gzip"}), ("/text?size=1024", {"Accept-Encoding": "gzip"}),
    ("/text?size=5000", {"Accept-Encoding": "gzip, deflate"}), ("/text?size=5000", {"Accept-Encoding": "br"}),
    ("/text?size=5000", {}), ("/static/page.html", {"Accept-Encoding": "gzip"}), ("/static/dir/photo.png", {"Accept-Encoding": "gzip"}),
]


def has_tornado():
    return programs.run(programs.PYTHON, "-c", "import tornado.web").returncode == 0


def ask(server, method, path, headers=None, body=None):
    connection = http.client.HTTPConnection("127.0.0.1", server.port, timeout=30)
    with contextlib.closing(connection):
        connection.putrequest(method, path, skip_accept_encoding=True, skip_host="Host" in (headers or {}))
        for name, value in (headers or {}).items():
            connection.putheader(name, value)
        if body is not None:
            if "Content-Type" not in (headers or {}):
                connection.putheader("Content-Type", "application/x-www-form-urlencoded")
            connection.putheader("Content-Length", str(len(body)))
        connection.endheaders(body)
        response = connection.getresponse()
        return response, response.read()


def comparable(response, body, method):
    """What must be equal of a response."""
    fields = {name.lower(): value for name, value in response.getheaders()}
    for name in ("date", "server", "connection", "expires", "allow"):
        fields.pop(name, None)
    # All cookies, without the moment at which those that are deleted have expired.
    cookies = response.headers.get_all("Set-Cookie", [])
    fields["set-cookie"] = "\n".join(re.sub(r"(=\"\"; expires=)[^;]*", r"\1", cookie) for cookie in cookies)
    etag = fields.get("etag", "")
    fields["etag"] = etag.removeprefix("W/")  # ours says that what is compressed is not the same
    if fields.get("content-encoding") == "gzip":
        fields.pop("content-length", None)
        fields.pop("transfer-encoding", None)
        body = gzip.decompress(body) if method != "HEAD" and body else body
    if method == "HEAD":
        fields.pop("content-length", None)
        fields.pop("transfer-encoding", None)
    return response.status, fields, body


@unittest.skipUnless(has_tornado(), "python3-tornado is not installed")
class TornadoWebPeerTest(ServerCase):
    program = programs.WEB_APP

    @classmethod
    def setUpClass(cls):
        folder = Path(cls.enterClassContext(tempfile.TemporaryDirectory())) / "root"
        for name, content in FILES.items():
            (folder / name).parent.mkdir(parents=True, exist_ok=True)
            (folder / name).write_text(content)
            os.utime(folder / name, (DATE, DATE))
        (folder.parent / "secret").write_text("secret")
        folders = (f"--static-path={folder}", f"--template-path={programs.HERE / 'web/templates'}")
        cls.options = (*folders, "--logging=critical")
        super().setUpClass()
        cls.peer = cls.enterClassContext(programs.serve(
            [programs.PYTHON, "-B", str(programs.HERE / "tornado_web_peer.py")], *folders))

    def test_equal_answers(self):
        for (path, headers), method in itertools.product(REQUESTS, ["GET", "HEAD"]):
            if method == "HEAD" and (headers.get("Accept-Encoding") and path.startswith("/static/")
                                     or not path.startswith(("/static/", "/folders/", "/text"))):
                continue  # Tornado's HEAD does not tell that a GET would be compressed; others have no HEAD
            if method == "HEAD" and "Range" in headers:
                continue  # Tornado answers with a part, where only GET knows parts (RFC 9110, 14.2)
            with self.subTest(path=path, headers=headers, method=method):
                theirs, ours = (comparable(*ask(server, method, path, headers), method) for server in (self.peer, self.server))
                self.assertEqual(ours, theirs)

    def test_equal_answers_of_handlers(self):
        for method, path, headers, body in EXCHANGES:
            with self.subTest(method=method, path=path, headers=headers, body=body):
                theirs, ours = (comparable(*ask(server, method, path, headers, body), method) for server in (self.peer, self.server))
                self.assertEqual(ours, theirs)

    def test_other_answers_where_they_are_meant(self):
        for exchange, status, text in DIFFERENCES:
            with self.subTest(exchange):
                method, path, headers, body = exchange
                theirs, ours = (comparable(*ask(server, method, path, headers, body), method) for server in (self.peer, self.server))
                self.assertNotEqual(ours, theirs)
                self.assertEqual(ours[0], status)
                self.assertIn(text, "\n".join([*ours[1].values(), ours[2].decode("latin-1")]))

    def test_forms_have_the_token_of_the_cookie(self):
        for server in (self.peer, self.server):
            response, body = ask(server, "GET", "/h/render?page=xsrf.html")
            token = response.getheader("Set-Cookie").partition(";")[0].removeprefix("_xsrf=").strip('"')
            field = f'<input type="hidden" name="_xsrf" value="{token}"/>'
            self.assertEqual(body.decode(), html.escape(field) + field + field)
            headers = {"Cookie": f"_xsrf={token}"}
            response, body = ask(server, "GET", "/h/render?page=xsrf.html", headers)
            self.assertIsNone(response.getheader("Set-Cookie"))
            masked = re.search(r'value="(2\|[^"]*)"', body.decode())[1]
            self.assertNotEqual(masked, token)
            for reader in (self.peer, self.server):
                form = urllib.parse.urlencode({"_xsrf": masked}).encode()
                self.assertEqual(ask(reader, "POST", "/xsrf", headers, form)[1], b"changed")

    def test_conditions_on_each_others_etags(self):
        for name in FILES:
            path = "/static/" + urllib.parse.quote(name)
            etag = ask(self.peer, "GET", path)[0].getheader("Etag")
            self.assertEqual(ask(self.server, "GET", path, {"If-None-Match": etag})[0].status, 304)

    def test_signed_values_go_both_ways(self):
        for value, version, name in itertools.product(VALUES, [1, 2], ["user", "a b"]):
            for maker, reader in itertools.permutations([self.peer, self.server]):
                with self.subTest(value=value, version=version, name=name, ours=maker is self.server):
                    query = urllib.parse.urlencode({"name": name, "value": value, "version": version})
                    text = ask(maker, "GET", "/sign?" + query)[1].decode()
                    for asked, expected in [(name, value), (name + "x", "(nothing)")]:
                        query = urllib.parse.urlencode({"name": asked, "text": text})
                        self.assertEqual(ask(reader, "GET", "/verify?" + query)[1].decode(), expected)
                    query = urllib.parse.urlencode({"name": name, "text": text[:-1] + ("0" if text[-1] != "0" else "1")})
                    self.assertEqual(ask(reader, "GET", "/verify?" + query)[1].decode(), "(nothing)")

    def test_values_are_the_same_to_the_byte(self):
        code = "\n".join([
            "import sys, tornado.web",
            "text, version = sys.argv[1:]",
            "moment = int(text.split('|')[1] if version == '1' else text.split('|')[2].partition(':')[2])",
            f"print(tornado.web.create_signed_value({SECRET!r}, 'user', 'anna', version=int(version),"
            " clock=lambda: moment).decode())"])
        for version in ("1", "2"):
            ours = ask(self.server, "GET", f"/sign?name=user&value=anna&version={version}")[1].decode()
            self.assertEqual(programs.run(programs.PYTHON, "-c", code, ours, version).stdout.strip(), ours)

    def test_signed_cookies_go_both_ways(self):
        for maker, reader in itertools.permutations([self.peer, self.server]):
            token = ask(self.server, "GET", "/xsrf")[1].decode()
            headers = {"Cookie": f"_xsrf={token}", "X-XSRFToken": token}
            set_cookie = ask(maker, "PUT", "/cookie?user=anna", headers)[0].getheader("Set-Cookie")
            cookie = set_cookie.partition(";")[0]
            self.assertEqual(ask(reader, "GET", "/cookie", {"Cookie": cookie})[1], b"anna")
            self.assertEqual(ask(reader, "GET", "/user", {"Cookie": cookie})[1], b"anna")
            self.assertEqual(ask(reader, "GET", "/cookie", {"Cookie": cookie + "0"})[1], b"(nobody)")

    def test_xsrf_tokens_go_both_ways(self):
        tokens = [ask(server, "GET", "/xsrf")[1].decode() for server in (self.peer, self.server) for _ in range(3)]
        tokens += ["8f7a3c8ba9c6f8d3c5d65b8b8f7d6c01", "no-hex", "2|00000000|", "2|0|0|0", "3|a|b|1", ""]
        for cookie, sent in itertools.product(tokens, tokens):
            headers = {"Cookie": f"_xsrf={cookie}"} if cookie else {}
            body = urllib.parse.urlencode({"_xsrf": sent}).encode()
            with self.subTest(cookie=cookie, sent=sent):
                theirs, ours = (ask(server, "POST", "/xsrf", headers, body)[0].status for server in (self.peer, self.server))
                self.assertEqual(ours, theirs)
                if sent and cookie == sent and not sent.startswith(("2|0", "3|")):
                    self.assertEqual(ours, 200)

    def test_masked_tokens_are_each_others(self):
        for maker, masker, reader in itertools.product([self.peer, self.server], repeat=3):
            token = ask(maker, "GET", "/xsrf")[1].decode()
            masked = ask(masker, "GET", "/xsrf", {"Cookie": f"_xsrf={token}"})[1].decode()
            self.assertNotEqual(masked, token)
            headers = {"Cookie": f"_xsrf={token}", "X-XSRFToken": masked}
            self.assertEqual(ask(reader, "POST", "/xsrf", headers, b"")[1], b"changed")


if __name__ == "__main__":
    unittest.main()
