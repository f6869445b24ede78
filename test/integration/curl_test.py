"""helloworld as curl sees it."""

import tempfile
import unittest

import programs
from cases import HelloworldCase

UPLOAD = b"x" * 2_000_000  # curl asks with `Expect: 100-continue` before it sends as much


class CurlTest(HelloworldCase):
    def curl(self, *options, path="/", data=None):
        """curl's standard output: the answer's head and body, then a line of what --write-out asks for."""
        done = programs.run("curl", "--silent", "--show-error", "--include", "--max-time", 300, *options,
                            self.server.url + path, text=False, input=data)
        self.assertEqual(done.returncode, 0, done.stderr.decode())
        return done.stdout.decode()

    def status(self, *options, **settings):
        answer = self.curl("--output", "/dev/null", "--write-out", "%{http_code}", *options, **settings)
        return int(answer)

    def test_get(self):
        head, _, body = self.curl().partition("\r\n\r\n")
        self.assertEqual(body, self.BODY)
        self.assertTrue(head.startswith("HTTP/1.1 200 OK\r\n"), head)
        self.assertIn("Content-Type: text/html; charset=UTF-8", head)
        self.assertIn(f"Content-Length: {len(self.BODY)}", head)
        self.assertIn(f"Etag: {self.ETAG}", head)

    def test_verbs_the_handler_does_not_have_are_405(self):
        self.assertEqual(self.status("--head"), 405)
        for verb in ("POST", "PUT", "DELETE", "PATCH", "OPTIONS", "BREW"):
            with self.subTest(verb):
                self.assertEqual(self.status("--request", verb), 405)

    def test_unknown_path_is_404(self):
        self.assertIn("404: Not Found", self.curl(path="/nowhere"))

    def test_query_is_no_part_of_the_route(self):
        self.assertEqual(self.status(path="/?name=%C3%A9&empty="), 200)

    def test_http_1_0_closes_after_the_answer(self):
        answer = self.curl("--http1.0")
        self.assertIn("200 OK", answer)
        self.assertTrue(answer.endswith(self.BODY), answer)

    def test_one_connection_serves_several_urls(self):
        url = self.server.url
        first, *others = self.curl("--no-include", "--write-out", " %{num_connects}\n", url + "/", url + "/?again").splitlines()
        self.assertEqual([first, *others], [f"{self.BODY} 1", f"{self.BODY} 0", f"{self.BODY} 0"])

    def test_same_etag_is_304_without_a_body(self):
        head, _, body = self.curl("--header", f"If-None-Match: {self.ETAG}").partition("\r\n\r\n")
        self.assertTrue(head.startswith("HTTP/1.1 304 Not Modified\r\n"), head)
        self.assertEqual(body, "")
        self.assertEqual(self.status("--header", 'If-None-Match: "other"'), 200)

    def test_etag_file_of_curl_is_understood(self):
        with tempfile.NamedTemporaryFile() as kept:
            self.curl("--etag-save", kept.name)
            self.assertEqual(self.status("--etag-compare", kept.name), 304)

    def test_large_form_that_nobody_takes_is_not_asked_for(self):
        answer = self.curl("--data-binary", "@-", "--expect100-timeout", 300, data=UPLOAD)
        self.assertTrue(answer.startswith("HTTP/1.1 405 "), answer)

    def test_chunked_upload(self):
        answer = self.curl("--upload-file", "-", "--expect100-timeout", 300, data=UPLOAD)
        self.assertIn("HTTP/1.1 405 ", answer)

    def test_multipart_upload(self):
        self.assertEqual(self.status("--form", "field=value", "--form", "file=@-", data=UPLOAD), 405)

    def test_connection_goes_on_after_an_upload(self):
        """The bytes of a body that no handler looks at are not taken for the next request."""
        each = ["--silent", "--output", "/dev/null", "--write-out", "%{http_code} %{num_connects}\n", "--header", "Expect:"]
        statuses = self.curl("--no-include", *each, "--data-binary", "@-", self.server.url + "/", "--next", *each, data=UPLOAD)
        self.assertEqual(statuses.splitlines(), ["405 1", "200 0"])


if __name__ == "__main__":
    unittest.main()
