"""apps/fetch on a terminal and off it, against Python's http.server."""

import gzip
import http.server
import os
import pty
import re
import socket
import tempfile
import termios
import threading
import time
import unittest
from pathlib import Path

import programs

FETCH = programs.BUILD / "apps/fetch/fetch"


class Handler(http.server.BaseHTTPRequestHandler):
    """Python's own speaks HTTP/1.0 and closes, unless told otherwise."""

    def do_GET(self):
        self.server.heard.append((self.path, dict(self.headers)))
        path = self.path.partition("example.com")[2] or self.path  # as a proxy hears it
        if path == "/moved":
            self.answer(302, b"", ("Location", "/hello"))
        elif path == "/slow":
            self.answer(200, b"x" * 3_000_000)
        elif path == "/cut":
            self.send_response(200)
            self.send_header("Content-Length", "100")
            self.end_headers()
            self.wfile.write(b"x" * 10)
        elif path == "/zipped":
            self.answer(200, gzip.compress(b"x" * 2_000_000 + os.urandom(2_100_000)), ("Content-Encoding", "gzip"))
        elif path == "/huge":
            self.send_response(200)
            self.send_header("Content-Length", str(256 << 20))
            self.end_headers()
            for _ in range(256):
                self.wfile.write(bytes(1 << 20))
        elif path == "/silent":
            self.wfile.write(b"HTTP/1.0 200 OK\r\n\r\nHel")
            self.server.over.wait()
        elif path == "/mute":
            self.server.over.wait()
        elif path == "/controls":
            self.send_response(404, "N\xc2\x9b31m\xc4\x9b\x9cO")  # U+009B, U+011B, and a byte that is no UTF-8
            self.send_header("X-Test", "a\xc2\x85b")
            self.send_header("Content-Length", "0")
            self.end_headers()
        elif path == "/hello":
            self.answer(200, b"Hello\n", ("X-Test", "yes"))
        else:
            self.answer(404, b"nothing here\n")

    def answer(self, status, body, *headers):
        self.send_response(status)
        self.send_header("Content-Length", str(len(body)))
        for name, value in headers:
            self.send_header(name, value)
        self.end_headers()
        half = len(body) // 2
        self.wfile.write(body[:half])
        if half > 1_000_000:
            self.wfile.flush()
            time.sleep(0.7)  # a bar is drawn only after half a second
        self.wfile.write(body[half:])

    def log_message(self, *_):
        pass


class Server(http.server.ThreadingHTTPServer):
    def handle_error(self, *_):
        """Clients that go in the middle of a response are what some tests are about."""


class FetchTest(unittest.TestCase):
    def setUp(self):
        self.server = Server(("127.0.0.1", 0), Handler)
        self.server.heard = []
        self.server.over = threading.Event()
        self.addCleanup(self.server.over.set)
        threading.Thread(target=self.server.serve_forever, daemon=True).start()
        self.addCleanup(self.server.server_close)
        self.addCleanup(self.server.shutdown)
        self.url = f"http://127.0.0.1:{self.server.server_port}"
        self.folder = Path(self.enterContext(tempfile.TemporaryDirectory()))

    @staticmethod
    def environment(**more):
        """Without the proxies of whoever runs the tests."""
        clean = {name: value for name, value in os.environ.items() if not name.lower().endswith("_proxy")}
        return {**clean, **more}

    def fetch(self, *options, **environment):
        done = programs.run(FETCH, *options, env=self.environment(**environment))
        return done.returncode, done.stdout, done.stderr

    def assert_ends(self, done, status, stdout, stderr):
        self.assertEqual((done[0], done[1]), (status, stdout), done)
        self.assertRegex(done[2], stderr)

    def test_prints_the_body(self):
        self.assertEqual(self.fetch(self.url + "/hello"), (0, "Hello\n", ""))
        self.assertEqual(self.fetch(self.url.removeprefix("http://") + "/hello"), (0, "Hello\n", ""))

    def test_prints_the_headers(self):
        status, out, _ = self.fetch("--print-headers", "--print-body=false", self.url + "/hello")
        self.assertEqual(status, 0)
        self.assertTrue(out.startswith("HTTP 200 OK\n"), out)
        self.assertIn("X-Test: yes\n", out)
        self.assertNotIn("Hello", out)
        out = self.fetch("--print-headers", "--print-body=false", self.url + "/zipped")[1]
        self.assertIn("Content-Encoding: gzip\n", out)
        self.assertNotIn("X-Consumed", out)

    def test_fetches_several(self):
        self.assertEqual(self.fetch(self.url + "/hello", self.url + "/hello")[1], "Hello\nHello\n")

    def test_saves_to_a_file(self):
        file = self.folder / "saved"
        self.assertEqual(self.fetch(f"-o={file}", self.url + "/slow"), (0, "", ""))
        self.assertEqual(file.read_bytes(), b"x" * 3_000_000)

    def test_saves_to_a_file_that_is_a_word_of_its_own(self):
        file = self.folder / "saved"
        self.assertEqual(self.fetch("--print-headers=false", "-o", str(file), self.url + "/hello"), (0, "", ""))
        self.assertEqual(file.read_bytes(), b"Hello\n")
        self.assert_ends(self.fetch("-o"), 2, "", "^.*--o")

    def test_leaves_the_file_when_there_is_no_response(self):
        file = self.folder / "saved"
        file.write_text("precious")
        self.assertEqual(self.fetch(f"-o={file}", "http://127.0.0.1:1/")[0], 3)
        self.assertEqual(file.read_text(), "precious")

    def test_leaves_the_file_when_the_status_is_not_good(self):
        file = self.folder / "saved"
        file.write_text("precious")
        self.assert_ends(self.fetch(f"-o={file}", self.url + "/none"), 1, "", "HTTP 404 Not Found")
        self.assertEqual([path.name for path in self.folder.iterdir()], ["saved"])
        self.assertEqual(file.read_text(), "precious")

    def test_leaves_the_file_when_the_body_is_cut_off(self):
        file = self.folder / "saved"
        file.write_text("precious")
        part = re.escape(str(file)) + "\\.part"
        self.assert_ends(self.fetch(f"-o={file}", self.url + "/cut"), 3, "", rf"Stream closed.*\nfetch: what came of it is in {part}\n$")
        self.assertEqual(file.read_text(), "precious")
        self.assertEqual((self.folder / "saved.part").read_text(), "x" * 10)

    def test_replaces_a_file_as_it_is(self):
        file, link = self.folder / "saved", self.folder / "link"
        file.write_text("old")
        file.chmod(0o600)
        link.symlink_to(file)
        self.assertEqual(self.fetch(f"-o={link}", self.url + "/hello"), (0, "", ""))
        self.assertEqual(file.read_text(), "Hello\n")
        self.assertEqual(file.stat().st_mode & 0o777, 0o600)
        self.assertEqual(sorted(path.name for path in self.folder.iterdir()), ["link", "saved"])

    def test_says_when_it_cannot_write(self):
        self.assert_ends(self.fetch("-o=/dev/full", self.url + "/slow"), 3, "", "cannot write /dev/full: No space left")
        self.assert_ends(self.fetch("-o=/nowhere/at/all", self.url + "/hello"), 3, "", "cannot write /nowhere/at/all: No such file")

    def test_standard_output_that_is_closed_is_not_the_connection(self):
        done = programs.run("/bin/sh", "-c", 'exec "$0" "$@" >&-', FETCH, self.url + "/hello", env=self.environment())
        self.assertEqual(done.returncode, 3)
        self.assertRegex(done.stderr, "cannot write standard output: Bad file descriptor")

    def test_follows_redirects_unless_told_not_to(self):
        self.assertEqual(self.fetch(self.url + "/moved"), (0, "Hello\n", ""))
        self.assert_ends(self.fetch("--follow-redirects=false", self.url + "/moved"), 1, "", "HTTP 302 Found")

    def test_status_that_is_not_good(self):
        done = self.fetch(self.url + "/none", self.url + "/hello")
        self.assert_ends(done, 1, "nothing here\nHello\n", rf"^fetch: {self.url}/none: HTTP 404 Not Found\n$")

    def test_nobody_there(self):
        with socket.create_server(("127.0.0.1", 0)) as taken:
            port = taken.getsockname()[1]
        done = self.fetch(f"http://127.0.0.1:{port}/", self.url + "/hello")
        self.assert_ends(done, 3, "Hello\n", rf"^fetch: http://127.0.0.1:{port}/: .*Connection refused\n$")

    def test_response_that_is_cut_off(self):
        self.assert_ends(self.fetch(self.url + "/cut"), 3, "x" * 10, "fetch: .*/cut: HTTP 599: Stream closed")

    def test_urls_that_are_none(self):
        for url in "ftp://a/", "http://", "http://a:b/":
            with self.subTest(url):
                self.assert_ends(self.fetch(url), 3, "", "^fetch: ")

    def test_mistakes_on_the_command_line(self):
        late = [self.url + "/hello", "-o=saved"], [self.url + "/hello", "-o", "saved"], [self.url, "--print-headers"]
        proxies = [[f"--http-proxy={proxy}", "a", "b"] for proxy in ("localhost:99999", "https://localhost:1", "socks5://localhost:1")]
        for options in [], ["--nonsense", "a"], ["-o=x", "a", "b"], ["--timeout=-1", "a"], *late, *proxies:
            with self.subTest(options):
                self.assert_ends(self.fetch(*options), 2, "", "^fetch: .*--help")

    def memory(self, path):
        """The most KiB that a download takes."""
        process = programs.subprocess.Popen([FETCH, "-o=/dev/null", self.url + path], env=self.environment(), preexec_fn=programs.die_with_parent)
        _, status, usage = os.wait4(process.pid, 0)
        process.returncode = os.waitstatus_to_exitcode(status)
        self.assertEqual(process.returncode, 0)
        return usage.ru_maxrss

    def test_takes_no_memory_for_a_long_body(self):
        self.assertLess(self.memory("/huge") - self.memory("/hello"), 8 * 1024)

    def test_proxy(self):
        proxy = self.url.removeprefix("http://")
        self.assertEqual(self.fetch(f"--http-proxy={proxy}", "http://example.com/hello"), (0, "Hello\n", ""))
        self.assertEqual(self.server.heard[-1][0], "http://example.com/hello")
        self.assertEqual(self.fetch(f"--http-proxy=http://me:secret@{proxy}/", "http://example.com/hello")[0], 0)
        self.assertEqual(self.server.heard[-1][1]["Proxy-Authorization"], "Basic bWU6c2VjcmV0")

    def test_credentials_of_a_proxy_are_percent_encoded(self):
        proxy = self.url.removeprefix("http://")
        self.fetch(f"--http-proxy=me:p%40ss@{proxy}", "http://example.com/hello")
        self.assertEqual(self.server.heard[-1][1]["Proxy-Authorization"], "Basic bWU6cEBzcw==")
        self.fetch("http://example.com/hello", http_proxy=f"me:p%40ss@{proxy}")
        self.assertEqual(self.server.heard[-1][1]["Proxy-Authorization"], "Basic bWU6cEBzcw==")

    def test_proxy_that_is_none_fails_who_would_use_it(self):
        hello = 0, "Hello\n", ""
        proxy = self.url.removeprefix("http://")
        self.assertEqual(self.fetch(self.url + "/hello", https_proxy="https://localhost"), hello)
        self.assertEqual(self.fetch(self.url + "/hello", ALL_PROXY="socks5://localhost:1", no_proxy="127.0.0.1"), hello)
        self.assertEqual(self.fetch(f"--http-proxy={proxy}", "http://example.com/hello", ALL_PROXY="socks5://localhost:1"), hello)
        self.assert_ends(self.fetch(self.url + "/hello", ALL_PROXY="socks5://localhost:1"), 3, "", "fetch: http.*: ALL_PROXY: ")

    def test_tunnel_of_the_environment(self):
        self.assert_ends(self.fetch("https://localhost/", https_proxy="http://127.0.0.1:1"), 3, "", "fetch: https.*Connection refused")

    def test_server_that_falls_silent(self):
        self.assert_ends(self.fetch("--timeout=1", self.url + "/mute", self.url + "/hello"), 3, "Hello\n", "/mute: nothing came for too long")
        file = self.folder / "saved"
        self.assert_ends(self.fetch("--timeout=1", f"-o={file}", self.url + "/silent"), 3, "", "/silent: nothing came for too long")
        self.assertEqual((self.folder / "saved.part").read_text(), "Hel")

    def test_proxy_of_the_environment(self):
        self.assertEqual(self.fetch("http://example.com/hello", http_proxy=self.url), (0, "Hello\n", ""))
        self.assertEqual(self.fetch(self.url + "/hello", http_proxy="127.0.0.1:1", no_proxy="127.0.0.1"), (0, "Hello\n", ""))
        self.assertEqual(self.fetch(self.url + "/hello", HTTP_PROXY="127.0.0.1:1"), (0, "Hello\n", ""))
        self.assertEqual(self.fetch(self.url + "/hello", http_proxy="127.0.0.1:1")[0], 3)

    def test_certificate_of_nobody_known(self):
        folder = self.folder
        options = f"--certfile={folder / 'a.crt'}", f"--keyfile={folder / 'a.key'}", "--http_port=0", "--logging=error"
        with programs.serve(programs.SECUREHELLO, *options) as server:
            self.assert_ends(self.fetch(server.url), 3, "", "fetch: https.*certificate")
            self.assertEqual(self.fetch("--validate-cert=false", server.url)[0], 0)

    def test_server_does_not_steer_the_terminal(self):
        primary, secondary = pty.openpty()
        self.addCleanup(os.close, primary)
        with open(secondary, "w") as terminal:
            options = "--print-headers", self.url + "/controls"
            programs.subprocess.run([FETCH, *options], stdout=terminal, stderr=terminal, check=False, env=self.environment())
        shown = os.read(primary, 65536)
        self.assertIn(b"HTTP 404 N\\x9b31m\xc4\x9b\\x9cO\r\n", shown)
        self.assertIn(b"X-Test: a\\x85b\r\n", shown)
        self.assertIn(b"/controls: HTTP 404 N\\x9b31m\xc4\x9b\\x9cO\r\n", shown)
        done = programs.run(FETCH, self.url + "/controls", text=False, env=self.environment())
        self.assertIn(b": HTTP 404 N\xc2\x9b31m", done.stderr)  # as it came

    def shown(self, path, columns=0):
        """What a terminal shows of a download."""
        primary, secondary = pty.openpty()
        self.addCleanup(os.close, primary)
        if columns:
            termios.tcsetwinsize(secondary, (24, columns))
        with open(secondary, "w") as terminal:
            done = programs.subprocess.run(
                [FETCH, f"-o={self.folder / 'saved'}", self.url + path], stderr=terminal, check=False, env=self.environment())
        self.assertEqual(done.returncode, 0)
        return os.read(primary, 65536).decode()

    def test_bar_on_a_terminal(self):
        shown = self.shown("/slow")
        self.assertRegex(shown, r"\r\[#{20}\.{20}\]  50 %, 1\.5 MB|\r\[#+\.+\] +\d+ %")
        self.assertRegex(shown, r"\r\[#{40}\] 100 %, 3\.0 MB, [\d.]+ MB/s +\r\n$")
        self.assertRegex(self.shown("/slow", 46), r"\r\[#{10}\] 100 %, 3\.0 MB, [\d.]+ MB/s +\r\n$")

    def test_bar_of_a_compressed_body_has_no_end(self):
        shown = self.shown("/zipped")
        self.assertRegex(shown, r"\r4\.1 MB, [\d.]+ MB/s +\r\n$")
        self.assertNotIn("%", shown)


if __name__ == "__main__":
    unittest.main()
