"""Our servers as Python's http.client sees them."""

import email.utils
import http.client
import json
import time
import unittest

from cases import BenchServerCase, HelloworldCase


class Client(http.client.HTTPConnection):
    def fetch(self, method, path, body=None, headers=None, **settings):
        """The response and its body."""
        self.request(method, path, body, headers or {}, **settings)
        response = self.getresponse()
        return response, response.read().decode()


class HelloworldTest(HelloworldCase):
    def setUp(self):
        self.client = Client("127.0.0.1", self.server.port)
        self.addCleanup(self.client.close)

    def test_one_connection_carries_many_requests(self):
        self.client.connect()
        socket = self.client.sock
        for method, path, status in [("GET", "/", 200), ("GET", "/nowhere", 404), ("POST", "/", 405), ("GET", "/", 200)] * 25:
            response, _ = self.client.fetch(method, path)
            self.assertEqual((method, path, response.status), (method, path, status))
        self.assertIs(self.client.sock, socket)

    def test_headers_of_an_answer(self):
        response, body = self.client.fetch("GET", "/")
        self.assertEqual(response.version, 11)
        self.assertEqual(response.reason, "OK")
        self.assertEqual(body, self.BODY)
        self.assertEqual([name for name, _ in response.getheaders()], ["Server", "Content-Type", "Date", "Etag", "Content-Length"])
        self.assertTrue(response.getheader("Server").startswith("TornadoServer/"))
        self.assertEqual(response.getheader("Etag"), self.ETAG)

    def test_date_is_now(self):
        before = int(time.time())
        response, _ = self.client.fetch("GET", "/")
        after = time.time()
        date = email.utils.parsedate_to_datetime(response.getheader("Date")).timestamp()
        self.assertTrue(before <= date <= after, response.getheader("Date"))

    def test_head_carries_no_body(self):
        response, body = self.client.fetch("HEAD", "/")
        self.assertEqual((response.status, body), (405, ""))
        self.assertEqual(self.client.fetch("GET", "/")[1], self.BODY)

    def test_304_carries_no_body_and_nothing_about_it(self):
        response, body = self.client.fetch("GET", "/", headers={"If-None-Match": f'"other", W/{self.ETAG}'})
        self.assertEqual((response.status, body), (304, ""))
        self.assertEqual([name for name, _ in response.getheaders()], ["Server", "Date", "Etag"])
        self.assertEqual(self.client.fetch("GET", "/")[1], self.BODY)

    def test_chunked_body(self):
        pieces = (b"piece" * size for size in (1, 1000, 100_000))
        response, _ = self.client.fetch("POST", "/", body=pieces, encode_chunked=True, headers={"Transfer-Encoding": "chunked"})
        self.assertEqual(response.status, 405)
        self.assertEqual(self.client.fetch("GET", "/")[1], self.BODY)

    def test_connection_close_is_kept(self):
        response, _ = self.client.fetch("GET", "/", headers={"Connection": "close"})
        self.assertEqual(response.getheader("Connection"), "close")
        self.assertIsNone(self.client.sock)  # http.client closes too, as the answer says so

    def test_many_headers(self):
        headers = {f"X-Header-{number}": "value " * 10 for number in range(90)}
        response, _ = self.client.fetch("GET", "/", headers=headers)
        self.assertEqual(response.status, 200)

    def test_headers_beyond_the_limit_are_431(self):
        response, _ = self.client.fetch("GET", "/", headers={"X-Long": "x" * 65536})
        self.assertEqual(response.status, 431)

    def test_access_log_has_a_line_for_each_request(self):
        self.client.fetch("GET", "/?in=the+log")
        self.client.fetch("GET", "/not-in-the-routes")
        log = self.server.log()
        self.assertRegex(log, r"\[I \d{6} \d\d:\d\d:\d\d tornado\.access\] 200 GET /\?in=the\+log \(127\.0\.0\.1\) [\d.]+ms\n")
        self.assertRegex(log, r"\[W \d{6} \d\d:\d\d:\d\d tornado\.access\] 404 GET /not-in-the-routes \(127\.0\.0\.1\) [\d.]+ms\n")


class BenchServerTest(BenchServerCase):
    def setUp(self):
        self.client = Client("127.0.0.1", self.server.port)
        self.addCleanup(self.client.close)

    def test_handler_that_suspends_answers_as_one_that_does_not(self):
        for path in ("/", "/suspend"):
            with self.subTest(path):
                self.assertEqual(self.client.fetch("GET", path)[1], self.BODY)

    def test_json(self):
        response, body = self.client.fetch("GET", "/json")
        self.assertEqual(response.getheader("Content-Type"), "application/json; charset=UTF-8")
        self.assertEqual(json.loads(body), {"message": self.BODY})

    def test_group_of_the_path_arrives_decoded(self):
        self.assertEqual(self.client.fetch("GET", "/param/a%20b%C3%A9%2Fc")[1], "a bé/c")
        self.assertEqual(self.client.fetch("GET", "/param/a/b")[0].status, 404)


if __name__ == "__main__":
    unittest.main()
