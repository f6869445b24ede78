"""The same requests to our helloworld and to Tornado's, where Debian's python3-tornado is installed.

Everything in an answer but the date and Tornado's version has to be equal, except where DIFFERENT says why it is not.
"""

import unittest

import programs
from cases import HelloworldCase
from raw_http import Connection

HOST = b"Host: localhost\r\n"
ETAG = HelloworldCase.ETAG.encode()


def request(line, *headers, body=b""):
    return b"".join([line, b"\r\n", HOST, *(header + b"\r\n" for header in headers), b"\r\n", body])


EQUAL = {
    "GET": request(b"GET / HTTP/1.1"),
    "GET with a query": request(b"GET /?a=b&a=%20 HTTP/1.1"),
    "GET with a body": request(b"GET / HTTP/1.1", b"Content-Length: 4", body=b"body"),
    "GET that closes": request(b"GET / HTTP/1.1", b"Connection: close"),
    "GET of HTTP/1.0 that keeps alive": request(b"GET / HTTP/1.0", b"Connection: keep-alive"),
    "unknown path": request(b"GET /nowhere HTTP/1.1"),
    "HEAD": request(b"HEAD / HTTP/1.1"),
    "HEAD of an unknown path": request(b"HEAD /nowhere HTTP/1.1"),
    "OPTIONS": request(b"OPTIONS / HTTP/1.1"),
    "unknown method": request(b"BREW / HTTP/1.1"),
    "POST of a form": request(b"POST / HTTP/1.1", b"Content-Type: application/x-www-form-urlencoded",
                              b"Content-Length: 7", body=b"a=b&c=d"),
    "POST without a body": request(b"POST / HTTP/1.1", b"Content-Length: 0"),
    "POST in chunks": request(b"POST / HTTP/1.1", b"Transfer-Encoding: chunked", body=b"4\r\nbody\r\n0\r\n\r\n"),
    "PUT": request(b"PUT / HTTP/1.1", b"Content-Length: 4", body=b"body"),
    "the same Etag": request(b"GET / HTTP/1.1", b"If-None-Match: " + ETAG),
    "the same Etag, weak": request(b"GET / HTTP/1.1", b"If-None-Match: W/" + ETAG),
    "the same Etag among others": request(b"GET / HTTP/1.1", b'If-None-Match: "a", ' + ETAG + b', "b"'),
    "any Etag": request(b"GET / HTTP/1.1", b"If-None-Match: *"),
    "another Etag": request(b"GET / HTTP/1.1", b'If-None-Match: "a"'),
    "header on two lines": request(b"GET / HTTP/1.1", b"X-A: b", b"X-A: c"),
}

# For each request: Tornado's status (None: it closes without a word), ours, and why. Headers and bodies are not compared.
DIFFERENT = {
    "GET of HTTP/1.0": (
        request(b"GET / HTTP/1.0"), 200, 200, "we say `Connection: close`, as we close"),
    "version that does not exist": (
        request(b"GET / HTTP/2.5"), 400, 505, "RFC 9110, 15.6.6"),
    "no Host": (
        b"GET / HTTP/1.1\r\n\r\n", 200, 400, "RFC 9112, 3.2; Tornado 6.5 refuses it too"),
    "two hosts": (
        request(b"GET / HTTP/1.1", b"Host: other"), 200, 400, "RFC 9112, 3.2; Tornado 6.5 refuses it too"),
    "target in absolute form": (
        request(b"GET http://localhost/ HTTP/1.1"), 404, 200, "RFC 9112, 3.2.2"),
    "no request line": (
        b"nonsense\r\n\r\n", 400, 400, "we add Date, `Connection: close` and a body that says why (RFC 9110, 15.5)"),
    "length that is no number": (
        request(b"GET / HTTP/1.1", b"Content-Length: 4x", body=b"body"), 400, 400, "as above"),
    "space before a colon": (
        request(b"GET / HTTP/1.1", b"X-A : b"), 200, 400, "RFC 9112, 5.1"),
    "length and chunks": (
        request(b"POST / HTTP/1.1", b"Content-Length: 4", b"Transfer-Encoding: chunked", body=b"0\r\n\r\n"), 400, 400, "as above"),
    "headers beyond the limit": (
        request(b"GET / HTTP/1.1", b"X-Long: " + b"x" * 65536), None, 431, "RFC 6585; Tornado closes"),
}


def has_tornado():
    return programs.run(programs.PYTHON, "-c", "import tornado.web").returncode == 0


@unittest.skipUnless(has_tornado(), "python3-tornado is not installed")
class TornadoPeerTest(HelloworldCase):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.peer = cls.enterClassContext(programs.serve([programs.PYTHON, "-B", str(programs.HERE / "tornado_peer.py")]))

    def answers(self, request):
        """Tornado's and ours."""
        return tuple(self.answer(server, request) for server in (self.peer, self.server))

    def answer(self, server, request):
        with Connection(server.port) as connection:
            connection.send(request)
            return connection.read_answer(has_body=not request.startswith(b"HEAD"))

    def test_equal_answers(self):
        for title, sent in EQUAL.items():
            with self.subTest(title):
                theirs, ours = self.answers(sent)
                for answer in (theirs, ours):
                    answer.headers["date"] = "a date" if "date" in answer.headers else "none"
                    answer.headers["server"] = answer.headers["server"].partition("/")[0]
                if ours.status == 405:  # RFC 9110, 15.5.6: which methods are allowed, and Tornado does not say
                    self.assertEqual(ours.headers.pop("allow"), "GET")
                self.assertEqual(ours.status, theirs.status)
                self.assertEqual(list(ours.headers.items()), list(theirs.headers.items()))
                self.assertEqual(ours.body, theirs.body)

    def test_known_differences(self):
        for title, (sent, expected_of_tornado, expected_of_us, reason) in DIFFERENT.items():
            with self.subTest(title, reason=reason):
                theirs, ours = self.answers(sent)
                self.assertEqual(ours.status, expected_of_us)
                self.assertEqual(theirs and theirs.status, expected_of_tornado)


if __name__ == "__main__":
    unittest.main()
