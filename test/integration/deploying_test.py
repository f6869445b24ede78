"""What the guide to deploying sets up: its nginx block before programs that are replaced, and its systemd unit."""

import contextlib
import http.client
import re
import shutil
import signal
import ssl
import tempfile
import threading
import time
import unittest
from pathlib import Path

import programs
from client_peers_test import free_port, run_on_port

PAGE = programs.HERE.parent.parent / "doc/guide/deploying.md"
BLOG = programs.BUILD / "apps/blog/blog"
WEBSOCKET = programs.BUILD / "apps/websocket/websocket"
SYSTEMD_ANALYZE = shutil.which("systemd-analyze")
NGINX = shutil.which("nginx")
FAIL_TIMEOUT = 1  # seconds for which nginx asks no program that has failed: the page has more
AROUND = """
daemon off; master_process off; pid {folder}/pid; error_log stderr warn;
events {{ worker_connections 256; }}
http {{
    access_log off;
    client_body_temp_path {folder}; proxy_temp_path {folder}; fastcgi_temp_path {folder}; uwsgi_temp_path {folder};
    scgi_temp_path {folder};
    {block}
}}
"""


def block_of(language):
    """The first block of the page in that language."""
    return re.search(rf"^```{language}\n(.*?)^```", PAGE.read_text(), re.MULTILINE | re.DOTALL)[1]


def replaced(text, *pairs):
    """The text with each (old, new) applied, which must be there."""
    for old, new in pairs:
        if old not in text:
            raise AssertionError(f"the page has no {old!r} any more")
        text = text.replace(old, new)
    return text


class Proxy:
    """nginx as the page has it, before programs on these ports."""

    def __init__(self, folder, ports):
        self.port, plain_port = free_port(), free_port()
        made = programs.run(
            "openssl", "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes", "-days", "2",
            "-keyout", folder / "made.key", "-out", folder / "made.crt", "-subj", "/CN=example.com")
        if made.returncode != 0:
            raise AssertionError(made.stderr)
        (folder / "static").mkdir()
        (folder / "static/page.txt").write_text("a file")
        servers = re.search(r"(?: +server 127\.0\.0\.1:800\d [^\n]*\n)+", block_of("nginx"))[0]
        first = replaced(servers.splitlines(True)[0], ("fail_timeout=5s", f"fail_timeout={FAIL_TIMEOUT}s"))
        own_servers = "".join(first.replace("8001", str(port)) for port in ports)
        block = replaced(
            block_of("nginx"),
            (servers, own_servers), ("listen 443", f"listen 127.0.0.1:{self.port}"),
            ("listen 80;", f"listen 127.0.0.1:{plain_port};"), ("/etc/ssl/example.com.pem", f"{folder}/made.crt"),
            ("/etc/ssl/private/example.com.key", f"{folder}/made.key"), ("/srv/hello/static/", f"{folder}/static/"))
        config = folder / "nginx.conf"
        config.write_text(AROUND.format(folder=folder, block=block))
        self.plain_port = plain_port
        self.command = [NGINX, "-p", str(folder), "-c", str(config)]

    def connect(self):
        context = ssl._create_unverified_context()
        return http.client.HTTPSConnection("127.0.0.1", self.port, timeout=60, context=context)


@unittest.skipUnless(NGINX, "nginx is not installed")
class NginxTest(unittest.TestCase):
    def proxy(self, *ports):
        folder = Path(self.enterContext(tempfile.TemporaryDirectory()))
        proxy = Proxy(folder, ports)
        checked = programs.run(*proxy.command, "-t")
        self.assertEqual(checked.returncode, 0, checked.stderr)
        self.enterContext(run_on_port(proxy.command, proxy.port))
        return proxy

    def ask(self, proxy, path, headers=()):
        connection = self.enterContext(contextlib.closing(proxy.connect()))
        connection.request("GET", path, headers={"Host": "example.com", **dict(headers)})
        response = connection.getresponse()
        return response.status, response, response.read().decode()

    def test_it_serves_pages_and_files_and_sends_the_others_to_https(self):
        server = self.enterContext(programs.serve(programs.HELLOWORLD))
        proxy = self.proxy(server.port)
        self.assertEqual(self.ask(proxy, "/")[2], "Hello, world")
        status, response, text = self.ask(proxy, "/static/page.txt?v=1")
        self.assertEqual((status, text), (200, "a file"))
        self.assertIn("max-age=315360000", response.getheader("Cache-Control"))
        plain = self.enterContext(contextlib.closing(http.client.HTTPConnection("127.0.0.1", proxy.plain_port, timeout=60)))
        plain.request("GET", "/a?b", headers={"Host": "example.com"})
        moved = plain.getresponse()
        self.assertEqual((moved.status, moved.getheader("Location")), (301, "https://example.com/a?b"))

    @unittest.skipUnless(BLOG.exists(), "the blog was not built")
    def test_the_program_hears_who_the_client_is_and_how_it_came(self):
        folder = self.enterContext(tempfile.TemporaryDirectory())
        server = self.enterContext(programs.serve(BLOG, "--xheaders", f"--database=sqlite:{folder}/blog.db"))
        proxy = self.proxy(server.port)
        lies = {"X-Real-Ip": "192.0.2.7", "X-Forwarded-For": "192.0.2.7", "X-Scheme": "http", "X-Forwarded-Proto": "http"}
        status, _, feed = self.ask(proxy, "/feed", lies)
        self.assertEqual(status, 200)
        self.assertIn('href="https://example.com/feed"', feed)
        server.send_signal(signal.SIGTERM)  # an answer may be here before the line in the log
        self.assertEqual(server.wait(), 0)
        self.assertIn("GET /feed (127.0.0.1)", server.log())

    def test_websockets_go_through(self):
        server = self.enterContext(programs.serve(WEBSOCKET, "--xheaders"))
        proxy = self.proxy(server.port)
        status, response = self.ask_upgrade(proxy)
        self.assertEqual(status, 101)
        self.assertEqual(response.getheader("Sec-WebSocket-Accept"), "s3pPLMBiTxaQ9kYGzzhZRbK+xOo=")

    def ask_upgrade(self, proxy):
        connection = self.enterContext(contextlib.closing(proxy.connect()))
        connection.request("GET", "/socket", headers={
            "Host": "example.com", "Origin": "https://example.com", "Upgrade": "websocket", "Connection": "Upgrade",
            "Sec-WebSocket-Version": "13", "Sec-WebSocket-Key": "dGhlIHNhbXBsZSBub25jZQ=="})
        response = connection.getresponse()
        return response.status, response

    def test_no_request_is_lost_while_one_program_after_the_other_is_replaced(self):
        servers = [programs.Server([str(programs.HELLOWORLD), "--port=0"]) for _ in range(2)]
        for server in servers:
            self.addCleanup(server.stop)
        proxy = self.proxy(*[server.port for server in servers])
        answers, over = [], threading.Event()

        def ask_again_and_again():
            with contextlib.closing(proxy.connect()) as connection:
                while not over.is_set():
                    connection.request("GET", "/", headers={"Host": "example.com"})
                    response = connection.getresponse()
                    answers.append((response.status, response.read()))

        clients = [threading.Thread(target=ask_again_and_again) for _ in range(4)]
        for client in clients:
            client.start()
        try:
            for server in servers:
                self.wait_for_more(answers)
                server.send_signal(signal.SIGTERM)
                self.assertEqual(server.wait(), 0)
                self.wait_for_more(answers)
                again = programs.Server([str(programs.HELLOWORLD), f"--port={server.port}"])
                self.addCleanup(again.stop)
                self.wait_for_more(answers)
                time.sleep(2 * FAIL_TIMEOUT)  # until nginx comes back to this one
        finally:
            over.set()
            for client in clients:
                client.join()
        self.assertEqual(set(answers), {(200, b"Hello, world")})

    def wait_for_more(self, answers):
        """Until some more have come, whatever they are."""
        enough = len(answers) + 50
        while len(answers) < enough:
            self.assertGreater(threading.active_count(), 4, "the clients have failed")
            time.sleep(0.01)


@unittest.skipUnless(SYSTEMD_ANALYZE, "systemd is not installed")
class SystemdTest(unittest.TestCase):
    def test_the_unit_is_one(self):
        with tempfile.TemporaryDirectory() as folder:
            unit = Path(folder) / "hello@.service"
            unit.write_text(replaced(block_of("ini"), ("/usr/local/bin/hello", str(programs.HELLOWORLD))))
            checked = programs.run(SYSTEMD_ANALYZE, "verify", "--man=no", Path(folder) / "hello@8001.service")
            self.assertEqual((checked.returncode, checked.stderr), (0, ""))


if __name__ == "__main__":
    unittest.main()
