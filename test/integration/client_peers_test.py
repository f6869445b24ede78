"""Our HTTP client with servers and a proxy that nobody here wrote."""

import contextlib
import functools
import hashlib
import http.server
import os
import shutil
import socket
import subprocess
import tempfile
import threading
import time
import unittest
from pathlib import Path

import programs

CLIENT = programs.BUILD / "test/integration/http_client"
LARGE = bytes(range(256)) * 40_000
TEXT = b"Lorem ipsum dolor sit amet. " * 20_000


def line(status, body, connection="new"):
    """What our client prints for a response."""
    return f"{status} {connection} {len(body)} {hashlib.sha1(body).hexdigest()}"


def fetch(url, *options, **environment):
    """The lines that our client prints."""
    done = programs.run(CLIENT, *options, url, timeout=120, env={**os.environ, **environment})
    return done.stdout.splitlines() if done.returncode == 0 else done.stderr


HAS_CURL = "built without" not in programs.run(CLIENT, "--curl", "http://127.0.0.1:1/").stderr


class Curl:
    """The same tests of the client that leaves the work to libcurl, which takes no --produce."""

    CLIENT_OPTIONS = ["--curl"]
    BODIES = [[], ["--expect"]]


def free_port():
    with socket.create_server(("127.0.0.1", 0)) as taken:
        return taken.getsockname()[1]


@contextlib.contextmanager
def run_on_port(command, port):
    """A program that does not say when it listens: it does when somebody can connect."""
    process = subprocess.Popen(
        command, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, text=True, preexec_fn=programs.die_with_parent)
    try:
        while process.poll() is None:
            with contextlib.suppress(OSError), socket.create_connection(("127.0.0.1", port)):
                break
            time.sleep(0.02)
        if process.poll() is not None:
            raise AssertionError(f"{command[0]} does not run: {process.stderr.read()}")
        yield
    finally:
        process.terminate()
        process.communicate()


class ClientCase(unittest.TestCase):
    CLIENT_OPTIONS = []
    BODIES = [[], ["--produce"], ["--expect"], ["--produce", "--expect"]]

    def fetch(self, url, *options, **environment):
        return fetch(url, *self.CLIENT_OPTIONS, *options, **environment)


class FolderCase(ClientCase):
    @classmethod
    def setUpClass(cls):
        cls.folder = Path(cls.enterClassContext(tempfile.TemporaryDirectory()))
        (cls.folder / "large.bin").write_bytes(LARGE)
        (cls.folder / "page.txt").write_bytes(TEXT)


NGINX = """
daemon off; master_process off; pid {folder}/pid; error_log stderr warn;
events {{ worker_connections 64; }}
http {{
    access_log off; root {folder}; types {{ text/plain txt; }} gzip on; keepalive_requests 3;
    client_body_temp_path {folder}; proxy_temp_path {folder}; fastcgi_temp_path {folder}; uwsgi_temp_path {folder};
    scgi_temp_path {folder};
    server {{
        listen 127.0.0.1:{port};
        client_max_body_size 100k;
        location /secret {{ auth_basic "x"; auth_basic_user_file {folder}/users; alias {folder}/page.txt; }}
        location /moved {{ return 307 /page.txt; }}
        location /circle {{ return 302 /circle; }}
        location /echo {{ proxy_pass http://127.0.0.1:{port}/sink; }}
        location /sink {{ return 200 "taken"; }}
    }}
    server {{
        listen 127.0.0.1:{tls_port} ssl; ssl_certificate {folder}/made.crt; ssl_certificate_key {folder}/made.key;
    }}
}}
"""


@unittest.skipUnless(shutil.which("nginx"), "nginx is not installed")
class NginxTest(FolderCase):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        folder, cls.port, cls.tls_port = cls.folder, free_port(), free_port()
        (folder / "users").write_text("user:{PLAIN}pass\n")
        made = programs.run(
            "openssl", "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes", "-days", "2",
            "-keyout", folder / "made.key", "-out", folder / "made.crt", "-subj", "/CN=localhost",
            "-addext", "subjectAltName=DNS:localhost")
        if made.returncode != 0:
            raise AssertionError(made.stderr)
        (folder / "nginx.conf").write_text(NGINX.format(folder=folder, port=cls.port, tls_port=cls.tls_port))
        cls.enterClassContext(run_on_port(["nginx", "-p", str(folder), "-c", str(folder / "nginx.conf")], cls.port))
        cls.url = f"http://127.0.0.1:{cls.port}"

    def test_connection_is_kept_until_the_server_ends_it(self):
        connections = [found.split()[1] for found in self.fetch(self.url + "/page.txt", "--count=7")]
        self.assertEqual(connections, ["new", "kept", "kept", "new", "kept", "kept", "new"])

    def test_compressed_and_plain_bodies(self):
        self.assertEqual(self.fetch(self.url + "/page.txt"), [line(200, TEXT)])
        self.assertEqual(self.fetch(self.url + "/large.bin"), [line(200, LARGE)])

    def test_credentials(self):
        self.assertEqual(self.fetch(self.url + "/secret", "--user=user:pass"), [line(200, TEXT)])
        self.assertTrue(self.fetch(self.url + "/secret", "--user=user:no")[0].startswith("401 "))
        self.assertTrue(self.fetch(self.url + "/secret", "--user=user:pass", "--auth-mode=digest")[0].startswith("401 "))

    def test_redirects(self):
        self.assertEqual(self.fetch(self.url + "/moved"), [line(200, TEXT, "kept")])
        self.assertTrue(self.fetch(self.url + "/circle")[0].startswith("302 "))

    def test_bodies(self):
        for options in self.BODIES:
            with self.subTest(options):
                self.assertEqual(self.fetch(self.url + "/echo", "--method=POST", "--body=90000", *options), [line(200, b"taken")])

    def test_body_that_is_refused(self):
        for options in self.BODIES:
            with self.subTest(options):
                self.assertTrue(self.fetch(self.url + "/echo", "--method=POST", "--body=3000000", *options)[0].startswith("413 "))

    def test_head(self):
        self.assertEqual(self.fetch(self.url + "/page.txt", "--method=HEAD"), [line(200, b"")])

    def test_https(self):
        url = f"https://localhost:{self.tls_port}/large.bin"
        self.assertEqual(self.fetch(url, f"--ca-certs={self.folder / 'made.crt'}", "--count=2"), [line(200, LARGE), line(200, LARGE, "kept")])
        self.assertIn("certificate", self.fetch(url))


@unittest.skipUnless(shutil.which("node"), "node is not installed")
class NodeTest(ClientCase):
    @classmethod
    def setUpClass(cls):
        cls.server = cls.enterClassContext(programs.serve(["node", str(programs.HERE / "client/node_server.mjs")]))

    def fetch(self, path, *options):
        return super().fetch(f"{self.server.url}/{path}", *options)

    def test_codings(self):
        for coding in "gzip", "deflate", "rawdeflate", "br":
            with self.subTest(coding):
                self.assertEqual(self.fetch(coding), [line(200, TEXT)])

    def test_chunks_and_trailers(self):
        body = "".join(f"line {number}\n" for number in range(1000)).encode()
        self.assertEqual(self.fetch("chunks", "--count=2"), [line(200, body), line(200, body, "kept")])

    def test_bodies(self):
        sent = b"b" * 1_000_000
        for options in self.BODIES:
            with self.subTest(options):
                found = self.fetch("echo", "--method=PUT", "--body=1000000", "--count=2", *options)
                self.assertEqual(found, [line(200, sent), line(200, sent, "kept")])

    def test_early_answer(self):
        self.assertEqual(self.fetch("refuse", "--method=POST", "--body=9000000"), [line(413, b"too much")])

    def test_early_hints(self):
        self.assertEqual(self.fetch("hints"), [line(200, b"after hints")])


class QuietHandler(http.server.SimpleHTTPRequestHandler):
    def log_message(self, *_):
        pass


class PythonTest(FolderCase):
    """Python's http.server speaks HTTP/1.0."""

    def test_body_that_ends_with_the_connection(self):
        handler = functools.partial(QuietHandler, directory=self.folder)
        with http.server.ThreadingHTTPServer(("127.0.0.1", 0), handler) as server:
            threading.Thread(target=server.serve_forever, daemon=True).start()
            url = f"http://127.0.0.1:{server.server_port}"
            self.assertEqual(self.fetch(url + "/large.bin", "--count=2"), [line(200, LARGE)] * 2)
            self.assertTrue(self.fetch(url + "/none")[0].startswith("404 new "))
            self.assertTrue(self.fetch(url + "/", "--method=POST", "--body=10")[0].startswith("501 "))
            server.shutdown()


class TornadoTest(ClientCase):
    @classmethod
    def setUpClass(cls):
        cls.server = cls.enterClassContext(
            programs.serve([programs.PYTHON, "-B", str(programs.HERE / "client/tornado_server.py")]))

    def test_compressed_body(self):
        body = b"Tornado says hello. " * 1000
        self.assertEqual(self.fetch(self.server.url, "--count=2"), [line(200, body), line(200, body, "kept")])

    def test_chunks(self):
        body = "".join(f"line {number}\n" for number in range(1000)).encode()
        self.assertEqual(self.fetch(self.server.url + "/chunks"), [line(200, body)])

    def test_bodies(self):
        sent = b"b" * 500_000
        for options in self.BODIES:
            with self.subTest(options):
                found = self.fetch(self.server.url, "--method=PUT", "--body=500000", *options)
                self.assertEqual(found, [line(200, sent)])

    def test_cookies_live_through_redirects(self):
        self.assertEqual(self.fetch(self.server.url + "/cookie", "--count=2"), [line(200, b"2", "kept"), line(200, b"4", "kept")])


TINYPROXY = """
Port {port}
Listen 127.0.0.1
Timeout 60
Allow 127.0.0.1
ConnectPort {tls_port}
MaxClients 20
LogLevel Critical
{more}
"""


@unittest.skipUnless(shutil.which("tinyproxy"), "tinyproxy is not installed")
class TinyproxyTest(ClientCase):
    @classmethod
    def setUpClass(cls):
        cls.folder = Path(cls.enterClassContext(tempfile.TemporaryDirectory()))
        cls.origin = cls.enterClassContext(programs.serve(programs.HELLOWORLD, "--logging=error"))
        cls.secure = cls.enterClassContext(programs.serve(
            programs.SECUREHELLO, f"--certfile={cls.folder / 'a.crt'}", f"--keyfile={cls.folder / 'a.key'}", "--http_port=0",
            "--logging=error"))

    @contextlib.contextmanager
    def proxy(self, more=""):
        port = free_port()
        config = self.folder / "proxy.conf"
        config.write_text(TINYPROXY.format(port=port, tls_port=self.secure.port, more=more))
        with run_on_port(["tinyproxy", "-d", "-c", str(config)], port):
            yield f"--proxy-port={port}"

    def secure_fetch(self, *options, **environment):
        url = f"https://localhost:{self.secure.port}/"
        return self.fetch(url, f"--ca-certs={self.folder / 'a.crt'}", *options, **environment)

    def test_http(self):
        with self.proxy() as proxy:
            self.assertEqual(self.fetch(self.origin.url, proxy), [line(200, b"Hello, world")])

    def test_tunnel(self):
        with self.proxy() as proxy:
            body = b"Hello, secure world"
            self.assertEqual(self.secure_fetch(proxy, "--count=2"), [line(200, body), line(200, body, "kept")])

    def test_proxies_of_the_environment(self):
        body = b"Hello, secure world"
        with self.proxy() as proxy:
            port = proxy.partition("=")[2]
            self.assertEqual(self.secure_fetch("--env-proxy", https_proxy=f"127.0.0.1:{port}"), [line(200, body)])
            self.assertEqual(self.fetch(self.origin.url, "--env-proxy", http_proxy=f"127.0.0.1:{port}"), [line(200, b"Hello, world")])
        self.assertIn("onnect", self.secure_fetch("--env-proxy", https_proxy=f"127.0.0.1:{port}"))
        self.assertEqual(self.secure_fetch("--env-proxy", https_proxy=f"127.0.0.1:{port}", no_proxy="localhost"), [line(200, body)])
        self.assertEqual(self.secure_fetch(https_proxy=f"127.0.0.1:{port}"), [line(200, body)])

    def test_tunnel_that_is_refused(self):
        with self.proxy() as proxy:
            self.assertIn("the proxy opens no tunnel to localhost:1: 403", self.fetch("https://localhost:1/", proxy))

    def test_credentials(self):
        with self.proxy("BasicAuth me secret") as proxy:
            self.assertTrue(self.fetch(self.origin.url, proxy)[0].startswith("407 "))
            self.assertEqual(self.fetch(self.origin.url, proxy, "--proxy-user=me:secret"), [line(200, b"Hello, world")])
            self.assertIn("407", self.secure_fetch(proxy))
            self.assertEqual(self.secure_fetch(proxy, "--proxy-user=me:secret"), [line(200, b"Hello, secure world")])


@unittest.skipUnless(HAS_CURL, "libcurl is not installed")
class CurlNginxTest(Curl, NginxTest):
    pass


@unittest.skipUnless(HAS_CURL, "libcurl is not installed")
class CurlNodeTest(Curl, NodeTest):
    pass


@unittest.skipUnless(HAS_CURL, "libcurl is not installed")
class CurlPythonTest(Curl, PythonTest):
    pass


@unittest.skipUnless(HAS_CURL, "libcurl is not installed")
class CurlTornadoTest(Curl, TornadoTest):
    pass


@unittest.skipUnless(HAS_CURL, "libcurl is not installed")
class CurlTinyproxyTest(Curl, TinyproxyTest):
    pass


if __name__ == "__main__":
    unittest.main()
