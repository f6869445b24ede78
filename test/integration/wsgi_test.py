"""wsgi_host with sites of Flask, Django and Python's own; and an application of ours under gunicorn and wsgiref."""

import concurrent.futures
import contextlib
import http.client
import importlib.util
import json
import os
import re
import signal
import socket
import subprocess
import tempfile
import threading
import time
import unittest
import urllib.parse
from pathlib import Path

import programs

HOST = programs.BUILD / "apps/wsgi_host/wsgi_host"
SITES = programs.HERE / "wsgi"
MODULE = programs.BUILD / "test/integration/wsgi_hello.abi3.so"


def installed(module):
    found = importlib.util.find_spec(module) is not None
    return unittest.skipUnless(found, f"python3-{module} is not installed")


class Client:
    """One connection, which keeps cookies."""

    def __init__(self, server):
        self._connection = http.client.HTTPConnection(server.host, server.port, timeout=60)
        self._cookies = {}

    def close(self):
        self._connection.close()

    def __call__(self, method, path, body=None, **fields):
        headers = {name.replace("_", "-"): value for name, value in fields.items()}
        if self._cookies:
            headers["Cookie"] = "; ".join(f"{name}={value}" for name, value in self._cookies.items())
        self._connection.request(method, path, body, headers)
        response = self._connection.getresponse()
        response.text = response.read().decode("latin-1")
        for cookie in response.headers.get_all("Set-Cookie", []):
            name, _, value = cookie.partition(";")[0].partition("=")
            self._cookies[name] = value
        return response


class SiteTest(unittest.TestCase):
    site = None
    options = ()

    def setUp(self):
        if self.site is None:
            self.skipTest("a base")
        self.server = self.enterContext(programs.serve(HOST, f"--chdir={SITES}", *self.options, self.site))
        self.ask = Client(self.server)
        self.addCleanup(self.ask.close)


@installed("flask")
class FlaskTest(SiteTest):
    site = "flask_site:app"
    options = ("--xheaders",)

    def test_pages(self):
        self.assertEqual(self.ask("GET", "/?name=%3Cb%3E").text, "<h1>Hello, &lt;b&gt;!</h1>")
        missing = self.ask("GET", "/missing")
        self.assertEqual((missing.status, missing.text), (404, "no such page here"))
        self.assertEqual(self.ask("HEAD", "/").headers["Content-Length"], "22")
        self.assertEqual(self.ask("DELETE", "/").status, 405)

    def test_sessions(self):
        self.assertEqual([self.ask("GET", "/visits").text for _ in range(3)], ["1", "2", "3"])

    def test_forms(self):
        answer = self.ask("POST", "/form", "name=J%C3%BCrgen", Content_Type="application/x-www-form-urlencoded")
        self.assertEqual(answer.status, 302)
        self.assertEqual(answer.headers["Location"], "/?name=J%C3%BCrgen")

    def test_uploads(self):
        boundary = "frontier"
        body = (
            f'--{boundary}\r\nContent-Disposition: form-data; name="note"\r\n\r\nnoted\r\n'
            f'--{boundary}\r\nContent-Disposition: form-data; name="file"; filename="a.bin"\r\n\r\n'
        ).encode() + bytes(3_000_000) + f"\r\n--{boundary}--\r\n".encode()
        answer = self.ask("POST", "/upload", body, Content_Type=f"multipart/form-data; boundary={boundary}")
        self.assertEqual(json.loads(answer.text), {"name": "a.bin", "size": 3_000_000, "note": "noted"})

    def test_json(self):
        answer = self.ask("POST", "/json", json.dumps({"numbers": [1, 2, 3]}), Content_Type="application/json")
        self.assertEqual(json.loads(answer.text), {"sum": 6})

    def test_bodies_in_chunks(self):
        self.assertEqual(self.ask("PUT", "/length", iter([b"x" * 1000] * 10)).text, "10000")
        self.assertEqual(self.ask("PUT", "/length", iter([b"x" * 100_000] * 30)).text, "3000000")

    def test_streams_and_files(self):
        self.assertEqual(self.ask("GET", "/stream").text, "".join(f"line {i}\n" for i in range(1000)))
        source = (SITES / "flask_site.py").read_text()
        self.assertEqual(self.ask("GET", "/file").text, source)
        self.assertEqual(self.ask("GET", "/file", Range="bytes=4-8").text, source[4:9])

    def test_errors(self):
        self.assertEqual(self.ask("GET", "/fail").status, 500)
        self.assertEqual(self.ask("GET", "/").status, 200)
        self.assertIn("RuntimeError: the page fails", self.server.log())

    def test_proxies(self):
        answer = self.ask("GET", "/scheme", X_Forwarded_For="192.0.2.9", X_Forwarded_Proto="https", Host="example.com")
        self.assertEqual(answer.text, "https 192.0.2.9 https://example.com/")


@installed("django")
class DjangoTest(SiteTest):
    site = "django_site"

    def test_forms(self):
        page = self.ask("GET", "/").text
        token = re.search('name="csrfmiddlewaretoken" value="(.*?)"', page)[1]
        kind = "application/x-www-form-urlencoded"
        self.assertEqual(self.ask("POST", "/", "name=Ann", Content_Type=kind).status, 403)
        body = urllib.parse.urlencode({"csrfmiddlewaretoken": token, "name": "Ann & Bob"})
        self.assertIn("Hello, Ann &amp; Bob!", self.ask("POST", "/", body, Content_Type=kind).text)
        body = urllib.parse.urlencode({"csrfmiddlewaretoken": token, "name": "x" * 21})
        self.assertIn("at most 20", self.ask("POST", "/", body, Content_Type=kind).text)

    def test_sessions(self):
        self.assertEqual([self.ask("GET", "/visits").text for _ in range(3)], ["1", "2", "3"])

    def test_bodies_in_chunks(self):
        for count in (10, 12):  # to both sides of what is kept in memory
            self.assertEqual(self.ask("PUT", "/length", iter([bytes(100_000)] * count)).text, f"{count}00000")

    def test_streams_and_files(self):
        self.assertEqual(self.ask("GET", "/stream").text, "".join(f"line {i}\n" for i in range(1000)))
        self.assertEqual(self.ask("GET", "/file").text, (SITES / "django_site.py").read_text())

    def test_errors(self):
        self.assertEqual(self.ask("GET", "/fail").status, 500)
        self.assertEqual(self.ask("GET", "/missing").status, 404)
        self.assertEqual(self.ask("GET", "/").status, 200)


class EchoTest(SiteTest):
    site = "plain_site:echo"

    def test_what_the_validator_has_passed(self):
        self.assertEqual(self.ask("POST", "/a%20b", b"body").text, "POST /a b body")
        self.assertEqual(self.ask("GET", "/").text, "GET / ")

    def test_many_clients(self):
        def ask(first):
            client = Client(self.server)
            try:
                return [client("PUT", f"/{number}", str(number).encode()).text for number in range(first, first + 20)]
            finally:
                client.close()

        with concurrent.futures.ThreadPoolExecutor(20) as clients:
            for first, answers in zip(range(0, 1000, 20), clients.map(ask, range(0, 1000, 20))):
                self.assertEqual(answers, [f"PUT /{number} {number}" for number in range(first, first + 20)])

    def test_clients_that_go_leave_no_trace(self):
        for cut in range(0, 60, 3):
            with socket.create_connection((self.server.host, self.server.port)) as connection:
                connection.sendall(b"POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 9\r\n\r\nabcdefghi"[:cut])
        self.assertEqual(self.ask("GET", "/").text, "GET / ")
        self.assertNotIn("Traceback", self.server.log())


class HostTest(unittest.TestCase):
    def ask(self, server, path="/"):
        client = Client(server)
        try:
            return client("GET", path).text
        finally:
            client.close()

    def test_factories(self):
        with programs.serve(HOST, f"--chdir={SITES}", "plain_site:make()") as server:
            self.assertEqual(self.ask(server), "Hello, world!")

    def test_the_guide_s_commands(self):
        guide = (programs.HERE.parents[1] / "doc/guide/wsgi.md").read_text()
        names = re.findall(r'^wsgi_host .*?(hello:[\w()]+)', guide, re.MULTILINE)
        self.assertEqual(names, ["hello:app", "hello:create_app()", "hello:app"])
        with tempfile.TemporaryDirectory() as folder:
            Path(folder, "hello.py").write_text((SITES / "plain_site.py").read_text() + "\napp = hello\ncreate_app = make\n")
            for name in names[:2]:
                with programs.serve(HOST, f"--chdir={folder}", name) as server:
                    self.assertEqual(self.ask(server), "Hello, world!")

    def test_python_s_own_demonstration(self):
        with programs.serve(HOST, "wsgiref.simple_server:demo_app") as server:
            self.assertTrue(self.ask(server).startswith("Hello world!"))

    def test_a_peer_that_has_gone_is_an_exception(self):
        with programs.serve(HOST, f"--chdir={SITES}", "plain_site:writes_to_nobody") as server:
            self.assertEqual(self.ask(server), "BrokenPipeError")
            self.assertEqual(self.ask(server), "BrokenPipeError")

    def test_processes(self):
        options = (f"--chdir={SITES}", "--processes=2", "--threads=1", "plain_site:about")
        with programs.serve(HOST, *options) as server:
            pid, _, multiprocess, multithread, folder = self.ask(server).split()
            self.assertNotEqual(int(pid), server.pid)
            self.assertEqual((multiprocess, multithread, folder), ("True", "False", str(SITES)))

    def test_limits(self):
        options = ("--max_body_size=1", "--max_waiting=0", "--threads=1", "--stream_bodies", "--end_timeout=0")
        with programs.serve(HOST, f"--chdir={SITES}", *options, "plain_site:hangs") as server:
            with socket.create_connection((server.host, server.port)) as connection:
                connection.sendall(b"POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 2000000\r\n\r\n")
                self.assertIn(b" 413 ", connection.makefile("rb").readline())
            with socket.create_connection((server.host, server.port)) as connection:
                connection.sendall(b"GET / HTTP/1.1\r\nHost: a\r\n\r\n")
                self.assertEqual(server.read_line(), "hanging")
                self.assertIn("503", self.ask(server))
            server.send_signal(signal.SIGTERM)
            server.wait()

    def test_mount_traceback_and_times(self):
        options = ("--client_timeout=5", "--debug", "--end_timeout=0", "--script_name=/blog", "--threads=1", "--timeout=1", "--wait_timeout=1")
        with programs.serve(HOST, f"--chdir={SITES}", *options, "plain_site:fails_and_hangs_when_asked") as server:
            self.assertEqual(self.ask(server, "/blog/a"), "/blog /a")
            self.assertIn("404", self.ask(server, "/a"))
            failure = self.ask(server, "/blog/fail")
            self.assertIn("ValueError: on purpose", failure)
            self.assertIn("in fails_and_hangs_when_asked", failure)
            self.assertIn("503", self.ask(server, "/blog/hang"))
            self.assertIn("503", self.ask(server, "/blog/waits-for-its-thread"))
            server.send_signal(signal.SIGTERM)
            server.wait()

    def test_a_virtual_environment(self):
        with tempfile.TemporaryDirectory() as folder:
            made = programs.run(programs.PYTHON, "-m", "venv", "--without-pip", folder)
            if made.returncode != 0:
                self.skipTest("python3-venv is not installed")
            with programs.serve(HOST, f"--chdir={SITES}", f"--virtualenv={folder}", "plain_site:about") as server:
                self.assertEqual(self.ask(server).split()[1], folder)

    def test_reload(self):
        with tempfile.TemporaryDirectory() as folder:
            site = Path(folder, "changing_site.py")

            def write(word):
                new = site.with_suffix(".new")
                new.write_text(f"def app(environ, start_response):\n    start_response('200 OK', [])\n    return [b'{word}']\n")
                os.replace(new, site)

            write("before")
            with programs.serve(HOST, f"--chdir={folder}", "--reload", "changing_site:app") as server:
                self.assertEqual(self.ask(server), "before")
                write("after--")
                server.port = int(server.read_line().rpartition(":")[2])
                self.assertEqual(self.ask(server), "after--")

    def test_reload_sees_what_is_imported_later(self):
        with tempfile.TemporaryDirectory() as folder:
            module = Path(folder, "later_module.py")

            def write(word):
                new = module.with_suffix(".new")
                new.write_text(f"word = b'{word}'\n")
                os.replace(new, module)

            write("before")
            Path(folder, "site_of_it.py").write_text((SITES / "plain_site.py").read_text())
            with programs.serve(HOST, f"--chdir={folder}", "--reload", "site_of_it:imports_later") as server:
                self.assertEqual(self.ask(server), "before")
                # It is looked for each second. A change before that is one that nobody has to see.
                line = []
                reader = threading.Thread(target=lambda: line.append(server.read_line()))
                reader.start()
                number = 0
                while not line:
                    number += 1
                    write(f"after {number}")
                    reader.join(0.5)
                server.port = int(line[0].rpartition(":")[2])
                self.assertIn("after", self.ask(server))

    def test_sigterm_ends_it_though_a_request_hangs(self):
        options = (f"--chdir={SITES}", "--drain_timeout=1", "--end_timeout=1")
        with programs.serve(HOST, *options, "plain_site:hangs") as server, socket.socket() as connection:
            connection.connect((server.host, server.port))
            connection.sendall(b"GET / HTTP/1.1\r\nHost: a\r\n\r\n")
            self.assertEqual(server.read_line(), "hanging")
            begun = time.monotonic()
            server.send_signal(signal.SIGTERM)
            self.assertEqual(server.wait(), 1)
            self.assertLess(time.monotonic() - begun, 20)
            self.assertIn("does not end GET /", server.log())

    def test_sigterm_ends_it_though_a_request_of_nobody_hangs(self):
        with programs.serve(HOST, f"--chdir={SITES}", "--end_timeout=1", "plain_site:hangs") as server:
            with socket.create_connection((server.host, server.port)) as connection:
                connection.sendall(b"GET / HTTP/1.1\r\nHost: a\r\n\r\n")
                self.assertEqual(server.read_line(), "hanging")
            server.send_signal(signal.SIGTERM)
            self.assertEqual(server.wait(), 1)
            self.assertIn("does not end GET /", server.log())

    def test_a_worker_whose_threads_hang_is_replaced(self):
        options = (f"--chdir={SITES}", "--processes=2", "--threads=1", "--hang_timeout=1", "--end_timeout=0")
        with programs.serve(HOST, *options, "plain_site:hangs_when_asked") as server:
            for _ in range(3):
                with socket.create_connection((server.host, server.port)) as connection:
                    connection.sendall(b"GET /hang HTTP/1.1\r\nHost: a\r\n\r\n")
                    with contextlib.suppress(ConnectionResetError):
                        self.assertEqual(connection.recv(1), b"")
            self.assertIn("does not end GET /hang", server.log())
            self.assertEqual(self.ask(server), "Hello, world!")

    def test_a_worker_that_the_application_ends_is_replaced(self):
        with programs.serve(HOST, f"--chdir={SITES}", "--processes=2", "plain_site:ends_when_asked") as server:
            for _ in range(3):
                with socket.create_connection((server.host, server.port)) as connection:
                    connection.sendall(b"GET /end HTTP/1.1\r\nHost: a\r\n\r\n")
                    with contextlib.suppress(ConnectionResetError):
                        self.assertEqual(connection.recv(1), b"")
            self.assertEqual(self.ask(server), "Hello, world!")
            server.send_signal(signal.SIGTERM)
            self.assertEqual(server.wait(), 0)

    def test_children_that_the_application_forks_do_not_stay(self):
        with programs.serve(HOST, f"--chdir={SITES}", "plain_site:forks") as server:
            for _ in range(3):
                self.assertEqual(self.ask(server), "parent")
            server.send_signal(signal.SIGTERM)
            self.assertEqual(server.wait(), 0)
            socket.create_server((server.host, server.port)).close()

    def test_sigterm_ends_it_though_a_thread_goes_on(self):
        with programs.serve(HOST, f"--chdir={SITES}", "plain_site:make_with_thread()") as server:
            self.assertEqual(self.ask(server), "Hello, world!")
            server.send_signal(signal.SIGTERM)
            self.assertEqual(server.wait(), 0)
            self.assertIn("threads of Python do not end, and are left alone: scheduler", server.log())

    def test_sigterm_lets_requests_in_flight_end(self):
        with programs.serve(HOST, f"--chdir={SITES}", "plain_site:waits_for_a_line") as server:
            with socket.create_connection((server.host, server.port)) as connection:
                connection.sendall(b"GET / HTTP/1.1\r\nHost: a\r\n\r\n")
                port = int(server.read_line())
                server.send_signal(signal.SIGTERM)
                with self.assertRaises(OSError):  # when it does not listen any more
                    while True:
                        socket.create_connection((server.host, server.port)).close()
                socket.create_connection(("127.0.0.1", port)).close()
                self.assertIn(b"answered", connection.makefile("rb").read())
            self.assertEqual(server.wait(), 0)

    def run_and_fail(self, *options, status=1):
        ended = programs.run(HOST, "--port=0", f"--chdir={SITES}", *options)
        self.assertEqual(ended.returncode, status)
        return ended.stderr

    def test_typing_errors_get_a_sentence(self):
        for name, sentence in [
            ("plain_sit:hello", "there is no Python module plain_sit"),
            ("plain_site:helo", f"the Python module plain_site ({SITES / 'plain_site.py'}) has no helo"),
            ("plain_site:number", "plain_site:number is no WSGI application"),
            ("plain_site.py", "a WSGI application is named as module:attribute"),
        ]:
            error = self.run_and_fail(name)
            self.assertTrue(error.startswith(f"wsgi_host: {sentence}"), error)
            self.assertNotIn("Traceback", error)

    def test_errors_in_the_module_get_a_traceback(self):
        error = self.run_and_fail("plain_site:fails_in_factory()")
        self.assertIn("RuntimeError: the factory fails", error)
        self.assertIn("Traceback", error)

    def test_what_is_no_virtual_environment_is_refused(self):
        with tempfile.TemporaryDirectory() as folder:
            error = self.run_and_fail(f"--virtualenv={folder}", "plain_site:hello")
            self.assertIn("is no virtual environment: it has no pyvenv.cfg", error)
            Path(folder, "pyvenv.cfg").write_text("home = /usr/bin\nversion = 2.7.18\n")
            error = self.run_and_fail(f"--virtualenv={folder}", "plain_site:hello")
            self.assertIn("is one of Python 2.7.18", error)

    def test_wrong_options_are_told_once_whatever_the_number_of_workers(self):
        for option, sentence, status in [
            ("--threads=0", "--threads must be 1 or more", 2),
            ("--script_name=blog", "--script_name begins with /", 2),
            ("--wait_timeout=-1", "--wait_timeout is in seconds", 2),
            ("--drain_timeout=-1", "--drain_timeout is in seconds", 2),
            ("--max_body_size=-1", "--max_body_size must be 0 or more", 2),
            ("--virtualenv=/nonexistent", "is no virtual environment", 1),
        ]:
            error = self.run_and_fail("--processes=2", option, "plain_site:hello", status=status)
            self.assertEqual(error.count(sentence), 1, error)

    def test_options_behind_the_name(self):
        ended = programs.run(HOST, "plain_site:hello", "--port=0")
        self.assertEqual(ended.returncode, 2)
        self.assertIn("behind the options", ended.stderr)

    def test_workers_that_cannot_load_end_at_once(self):
        error = self.run_and_fail("--processes=2", "plain_sit:hello")
        self.assertEqual(error.count("there is no Python module plain_sit"), 1)

    def test_no_name(self):
        ended = programs.run(HOST)
        self.assertEqual(ended.returncode, 2)
        self.assertIn("name one application", ended.stderr)


@unittest.skipUnless(MODULE.exists(), "wsgi_hello is not installed")
class ModuleTest(unittest.TestCase):
    """The same answers, whoever serves."""

    @classmethod
    def setUpClass(cls):
        files = cls.enterClassContext(tempfile.TemporaryDirectory())
        cls.file = os.urandom(3_000_000)
        Path(files, "large.bin").write_bytes(cls.file)
        # Python then complains of memory that is used without its lock.
        cls.environment = {**os.environ, "PYTHONPATH": str(MODULE.parent), "PYTHONMALLOC": "debug", "WSGI_HELLO_FILES": files}

    def check(self, host, port, log):
        class Address:
            pass

        address = Address()
        address.host, address.port = host, port
        ask = Client(address)
        self.addCleanup(ask.close)
        self.assertEqual(ask("GET", "/?name=Ann").text, "Hello, Ann")
        self.assertEqual(ask("HEAD", "/").headers["Content-Length"], "12")
        self.assertEqual(ask("POST", "/", "name=Bob", Content_Type="application/x-www-form-urlencoded").text, "posted Bob")
        answer = ask("GET", "/path/foo%20bar%C3%A9")
        self.assertEqual(answer.text.encode("latin-1"), "foo baré http".encode())
        self.assertEqual(answer.headers["X-Remote"], "127.0.0.1")
        self.assertEqual(answer.headers["Set-Cookie"], "seen=yes; Path=/")
        self.assertEqual(ask("PUT", "/size", bytes(1_000_000)).text, "1000000")
        self.upload_at_the_same_time(address)
        self.assertEqual(ask("GET", "/large/3000000").text, "x" * 3_000_000)
        self.assertEqual(ask("GET", "/static/large.bin").text.encode("latin-1"), self.file)
        part = ask("GET", "/static/large.bin", Range="bytes=1000000-1999999")
        self.assertEqual((part.status, part.text.encode("latin-1")), (206, self.file[1_000_000:2_000_000]))
        self.assertEqual(ask("HEAD", "/static/large.bin").headers["Content-Length"], "3000000")
        self.assertEqual(ask("GET", "/missing").status, 404)
        self.assertEqual(ask("GET", "/sleep").status, 500)
        self.assertEqual(ask("GET", "/flush").status, 500)
        self.assertEqual(ask("GET", "/").text, "Hello, world")
        for sentence in ("awaits something that is not ready", "flush() before finish() needs a loop"):
            self.assertIn(sentence, log())

    def upload_at_the_same_time(self, address):
        def upload(number):
            ask = Client(address)
            try:
                return [ask("PUT", "/size", bytes(200_000 + number)).text for _ in range(5)]
            finally:
                ask.close()

        with concurrent.futures.ThreadPoolExecutor(4) as uploads:
            for number, answers in enumerate(uploads.map(upload, range(4))):
                self.assertEqual(answers, [str(200_000 + number)] * 5)

    def start(self, *command):
        """A Python program that says on its first line where it listens; its log goes to a file."""
        log = tempfile.TemporaryFile("w+")
        self.addCleanup(log.close)
        process = subprocess.Popen(
            [programs.PYTHON, *command], stdout=subprocess.PIPE, stderr=log, text=True,
            env=self.environment, preexec_fn=programs.die_with_parent)

        def stop():
            process.send_signal(signal.SIGTERM)
            process.communicate()

        self.addCleanup(stop)

        def read():
            log.seek(0)
            return log.read()

        return process, read

    def test_under_wsgiref(self):
        process, log = self.start("-u", "-c", """
from wsgiref.simple_server import make_server
from wsgiref.validate import validator
import wsgi_hello
server = make_server("127.0.0.1", 0, validator(wsgi_hello.application))
print(server.server_port)
server.serve_forever()
""")
        self.check("127.0.0.1", int(process.stdout.readline()), log)

    def test_errors_of_the_client(self):
        ended = programs.run(programs.PYTHON, "-c", '''
import io, wsgi_hello

environ = {"REQUEST_METHOD": "PUT", "PATH_INFO": "/size", "HTTP_HOST": "a", "wsgi.input": io.BytesIO(b"abc")}
wsgi_hello.application({**environ, "HTTP_X": "a\\x01"}, lambda status, headers: print(status))
try:
    wsgi_hello.application({**environ, "CONTENT_LENGTH": "9"}, print)
except ConnectionResetError as error:
    print(error)
''', env=self.environment)
        self.assertEqual(ended.stdout, "400 Bad Request\nthe client went before its request was complete\n")
        self.assertIn("400 PUT /size ()", ended.stderr)

    def test_a_server_on_a_socket_or_an_ipv6_address_is_a_host(self):
        ended = programs.run(programs.PYTHON, "-c", '''
import io, wsgi_hello

for name, port in [("/run/g.sock", ""), ("/run/g.sock", "80"), ("::1", "8000"), ("fe80::1%eth0", "80"), ("", ""), ("here", "80")]:
    environ = {"REQUEST_METHOD": "GET", "PATH_INFO": "/", "SERVER_NAME": name, "SERVER_PORT": port, "wsgi.input": io.BytesIO()}
    wsgi_hello.application(environ, lambda status, headers: print(status))
''', env=self.environment)
        self.assertEqual(ended.stdout, "200 OK\n" * 6, ended.stderr)

    def test_an_environ_may_hold_names_beyond_latin_1(self):
        ended = programs.run(programs.PYTHON, "-c", r'''
import io, wsgi_hello

environ = {"REQUEST_METHOD": "GET", "PATH_INFO": "/", "HTTP_HOST": "a", "wsgi.input": io.BytesIO()}
foreign = {"\u0142": "1", "HTTP_\u0142": "2", "\udcff": "3"}
print(*wsgi_hello.application({**foreign, **environ}, lambda status, headers: print(status)))
''', env=self.environment)
        self.assertEqual(ended.stdout, "200 OK\nb'Hello, world'\n", ended.stderr)

    def test_large_responses_are_not_in_memory_as_a_whole(self):
        ended = programs.run(programs.PYTHON, "-c", '''
import resource, wsgi_hello

def get(path):
    environ = {"REQUEST_METHOD": "GET", "PATH_INFO": path, "HTTP_HOST": "a"}
    body = wsgi_hello.application(environ, lambda status, headers: None)
    sizes = [len(piece) for piece in body]
    print(sum(sizes), max(sizes), next(iter(body), None))
    body.close()

def most():
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * 1024

get("/static/large.bin")
before = most()
with open(FILES + "/huge.bin", "wb") as file:
    file.truncate(200_000_000)
get("/static/huge.bin")
print(most() - before < 50_000_000)
get("/large/100000000")
print(most() - before < 250_000_000)  # the handler and its buffer have one each
'''.replace("FILES", repr(self.environment["WSGI_HELLO_FILES"])), env=self.environment)
        self.assertEqual(ended.stdout.splitlines(), [
            "3000000 65536 None", "200000000 65536 None", "True", "100000000 65536 None", "True"], ended.stderr)

    def test_a_process_ends_while_a_daemon_thread_serves(self):
        ended = programs.run(programs.PYTHON, "-c", """
import threading, time, wsgi_hello

reading = threading.Event()

class Slow:
    def read(self, size):
        reading.set()
        while True:
            time.sleep(0.001)

environ = {"REQUEST_METHOD": "PUT", "PATH_INFO": "/size", "CONTENT_LENGTH": "9", "HTTP_HOST": "a", "wsgi.input": Slow()}
threading.Thread(target=wsgi_hello.application, args=(environ, print), daemon=True).start()
reading.wait()
""", env=self.environment)
        self.assertEqual((ended.returncode, ended.stderr), (0, ""))

    def listening(self):
        """A socket for gunicorn to inherit, so that nobody has to guess when it is up."""
        listener = socket.create_server(("127.0.0.1", 0))
        self.addCleanup(listener.close)
        return listener

    def serve_by_gunicorn(self, *options, check=None, variables=None):
        listener = self.listening()
        log = tempfile.TemporaryFile("w+")
        self.addCleanup(log.close)
        process = subprocess.Popen(
            [programs.PYTHON, "-m", "gunicorn", f"--bind=fd://{listener.fileno()}", *options, "wsgi_hello:application"],
            stdout=log, stderr=log, pass_fds=[listener.fileno()],
            env={**self.environment, **(variables or {})}, preexec_fn=programs.die_with_parent)

        def stop():
            process.send_signal(signal.SIGTERM)
            process.wait()

        self.addCleanup(stop)

        def read():
            log.seek(0)
            return log.read()

        (check or self.check)(*listener.getsockname(), read)

    @installed("gunicorn")
    def test_under_gunicorn(self):
        self.serve_by_gunicorn("--workers=2")

    @installed("gunicorn")
    def test_bodies_in_chunks_under_gunicorn(self):
        def check(host, port, log):
            connection = http.client.HTTPConnection(host, port)
            self.addCleanup(connection.close)
            connection.request("PUT", "/size", iter([bytes(100_000)] * 10))
            self.assertEqual(connection.getresponse().read(), b"1000000", log())

        self.serve_by_gunicorn(check=check)

    @installed("gunicorn")
    def test_the_path_begins_with_where_gunicorn_has_mounted_it(self):
        def check(host, port, log):
            connection = http.client.HTTPConnection(host, port)
            self.addCleanup(connection.close)
            connection.request("GET", "/path/foo")
            self.assertEqual(connection.getresponse().read(), b"foo http", log())

        self.serve_by_gunicorn(check=check, variables={"SCRIPT_NAME": "/path"})

    @installed("gunicorn")
    def test_under_gunicorn_with_threads(self):
        self.serve_by_gunicorn("--threads=4")

    @installed("gunicorn")
    def test_under_gunicorn_that_loads_before_it_forks(self):
        self.serve_by_gunicorn("--preload")


if __name__ == "__main__":
    unittest.main()
