"""apps/webspider on a small site."""

import http.server
import threading
import time
import unittest

import programs

WEBSPIDER = programs.BUILD / "apps/webspider/webspider"

SITE = {
    "/docs/": '<html><a href="one.html">1</a> <A\nclass="x" HREF=\'two.html#part\'>2</A> <a href=/docs/three>3</a>'
              '<a href="/elsewhere">no</a> <a href="http://example.invalid/">no</a> <a name="x">no</a> <abbr href="no">',
    "/docs/one.html": '<a href="two.html?a=1&amp;b=2">more</a><a href="./">up</a><a href="gone">gone</a>',
    "/docs/two.html": '<a href="../docs/one.html#again">',
    "/docs/two.html?a=1&b=2": "no links, and an <a that never ends",
    "/docs/three": '<a href="deep/er/page">',
    "/docs/deep/er/page": '<a href="../../one.html"><a href="mailto:somebody@example.com">',
    "/elsewhere": "never fetched",
    **{f"/docs/deep/er/{number}": "" for number in range(30)},
}
SITE["/docs/deep/er/page"] += "".join(f'<a href="{number}">' for number in range(30))


class Handler(http.server.BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"

    def do_GET(self):
        with self.server.changed:
            self.server.heard.append(self.path)
            self.server.busy += 1
            self.server.most = max(self.server.most, self.server.busy)
            self.server.changed.notify_all()
            if self.path.rpartition("/")[2].isdigit():  # there are many of these to come
                self.server.changed.wait_for(lambda: self.server.most >= self.server.wanted, timeout=30)
        time.sleep(0.05 if self.server.wanted else 0)  # for one too many
        with self.server.changed:
            self.server.busy -= 1
        body = SITE.get(self.path)
        self.send_response(404 if body is None else 200)
        self.send_header("Content-Type", "text/html")
        self.send_header("Content-Length", str(len(body or "")))
        self.end_headers()
        self.wfile.write((body or "").encode())

    def log_message(self, *_):
        pass


class WebspiderTest(unittest.TestCase):
    def setUp(self):
        self.server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.server.daemon_threads = True
        self.server.heard = []
        self.server.busy = self.server.most = self.server.wanted = 0
        self.server.changed = threading.Condition()
        threading.Thread(target=self.server.serve_forever, daemon=True).start()
        self.addCleanup(self.server.server_close)
        self.addCleanup(self.server.shutdown)
        self.url = f"http://127.0.0.1:{self.server.server_port}"

    def test_fetches_each_page_once(self):
        done = programs.run(WEBSPIDER, f"--base-url={self.url}/docs/", timeout=120)
        self.assertEqual(done.returncode, 1, done.stderr)
        pages = sorted([path for path in SITE if path.startswith("/docs/")] + ["/docs/gone"])
        self.assertEqual(sorted(self.server.heard), pages)
        lines = done.stdout.splitlines()
        self.assertEqual(sorted(line for line in lines if line.startswith("fetching")), [f"fetching {self.url}{page}" for page in pages])
        self.assertRegex(done.stdout, rf"Done in [\d.]+ seconds, fetched {len(pages) - 1} URLs\.\nUnable to fetch {self.url}/docs/gone\n$")

    def test_ends_well_when_nothing_is_amiss(self):
        done = programs.run(WEBSPIDER, f"--base-url={self.url}/docs/three", timeout=120)
        self.assertEqual((done.returncode, done.stderr), (0, ""))
        self.assertEqual(self.server.heard, ["/docs/three"])

    def test_takes_its_url_as_an_argument(self):
        done = programs.run(WEBSPIDER, f"{self.url}/docs/three", timeout=120)
        self.assertEqual((done.returncode, done.stderr), (0, ""))
        self.assertEqual(self.server.heard, ["/docs/three"])

    def test_mistakes_on_the_command_line(self):
        for options in ["--concurrency=0"], ["--concurrency=-1"], [self.url, self.url]:
            with self.subTest(options):
                done = programs.run(WEBSPIDER, *options, timeout=20)
                self.assertEqual((done.returncode, done.stdout), (2, ""))
                self.assertRegex(done.stderr, "^webspider: .*--help")
        self.assertEqual(self.server.heard, [])

    def test_fetches_as_many_at_a_time_as_it_may(self):
        for options, most in ([], 10), (["--concurrency=3"], 3):
            with self.subTest(options):
                self.server.most = 0
                self.server.wanted = most
                programs.run(WEBSPIDER, *options, f"{self.url}/docs/", timeout=120)
                self.assertEqual(self.server.most, most)


if __name__ == "__main__":
    unittest.main()
