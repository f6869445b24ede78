"""file_upload and file_uploader: what is sent, well meant and not, and the page in headless Chromium on a phone and on a desk."""

import concurrent.futures
import contextlib
import http.client
import json
import os
import pty
import re
import signal
import socket
import subprocess
import tempfile
import time
import unittest
import urllib.parse
from pathlib import Path

import programs
from browser import SIZES, Browser
from chromium_test import read_png

FILE_UPLOAD = programs.BUILD / "apps/file_upload/file_upload"
FILE_UPLOADER = programs.BUILD / "apps/file_uploader/file_uploader"
TOKEN = "0123456789abcdef0123456789abcdef"
HEADERS = {"Cookie": f"_xsrf={TOKEN}", "X-XSRFToken": TOKEN}
MEGABYTE = 1_000_000
READY = "document.getElementById('state').dataset.state === 'online'"
AWAY = "document.getElementById('state').dataset.state === 'offline'"


def ask(server, method, path, body=None, headers=HEADERS):
    """Status, head and body of an answer; JSON is taken apart."""
    connection = http.client.HTTPConnection(server.host, server.port, timeout=60)
    with contextlib.closing(connection):
        connection.request(method, path, body, headers, encode_chunked=hasattr(body, "__next__"))
        response = connection.getresponse()
        content = response.read()
        if content and response.getheader("Content-Type", "").startswith("application/json"):
            content = json.loads(content)
        return response.status, response, content


def put(server, name, content=b"content", **settings):
    return ask(server, "PUT", "/files/" + urllib.parse.quote(name, safe=""), content, **settings)


def form(parts):
    """Head and body of a form from (field, file name or None, content)."""
    body = b"".join(
        b'--x\r\nContent-Disposition: form-data; name="' + field.encode() + b'"'
        + (b'; filename="' + name + b'"' if name is not None else b"") + b"\r\n\r\n" + content + b"\r\n"
        for field, name, content in parts) + b"--x--\r\n"
    return HEADERS | {"Content-Type": "multipart/form-data; boundary=x"}, body


def post(server, *parts):
    headers, body = form(parts)
    return ask(server, "POST", "/files", body, headers)


def listed(server):
    return ask(server, "GET", "/files")[2]["files"]


def head_of_put(server, name, length, *lines):
    """A connection on which the head of a PUT has been sent, and nothing more."""
    connection = socket.create_connection((server.host, server.port), timeout=60)
    connection.sendall("\r\n".join([
        f"PUT /files/{name} HTTP/1.1", "Host: x", f"Cookie: _xsrf={TOKEN}", f"X-XSRFToken: {TOKEN}", f"Content-Length: {length}",
        *lines, "", ""]).encode())
    return connection


def read_all(connection):
    answer = b""
    with contextlib.suppress(ConnectionResetError):
        while piece := connection.recv(65536):
            answer += piece
    return answer


def memory(pid):
    """The most memory that the process has had, in bytes."""
    return int(re.search(r"VmHWM:\s+(\d+) kB", Path(f"/proc/{pid}/status").read_text()).group(1)) * 1024


class UploadCase(unittest.TestCase):
    options = ()

    def setUp(self):
        self.folder = Path(self.enterContext(tempfile.TemporaryDirectory()))
        self.come = self.folder / "come"
        self.server = self.enterContext(programs.serve(FILE_UPLOAD, f"--folder={self.come}", "--logging=warning", *self.options))

    def names(self):
        return sorted(path.name for path in self.come.iterdir() if path.is_file())

    def half_done(self):
        return list((self.come / ".incoming").iterdir())

    def wait_until(self, condition):
        end = time.monotonic() + 60
        while not condition():
            self.assertLess(time.monotonic(), end, self.server.log())
            time.sleep(0.01)

    def source(self, name, content=b"content"):
        path = self.folder / name
        path.write_bytes(content)
        return path


class PutTest(UploadCase):
    def test_a_file_is_stored_listed_and_sent(self):
        content = os.urandom(300_000)
        status, response, answer = put(self.server, "a b.bin", content)
        self.assertEqual((status, response.getheader("Location")), (201, "/files/a%20b.bin"))
        self.assertEqual((answer["name"], answer["size"], answer["url"]), ("a b.bin", 300_000, "/files/a%20b.bin"))
        self.assertEqual([{key: file[key] for key in answer} for file in listed(self.server)], [answer])
        self.assertEqual((self.come / "a b.bin").read_bytes(), content)
        status, response, sent = ask(self.server, "GET", answer["url"])
        self.assertEqual((status, sent), (200, content))
        self.wait_until(lambda: not self.half_done())

    def test_what_is_sent_back_is_no_page_of_this_site(self):
        url = put(self.server, "été.html", b"<script>alert(1)</script>")[2]["url"]
        response = ask(self.server, "GET", url)[1]
        self.assertEqual(response.getheader("Content-Disposition"), "attachment; filename*=UTF-8''%C3%A9t%C3%A9.html")
        self.assertEqual(response.getheader("Content-Security-Policy"), "default-src 'none'; sandbox")
        self.assertEqual(response.getheader("X-Content-Type-Options"), "nosniff")

    def test_no_file_takes_the_place_of_another(self):
        for expected in ("x.tar", "x (2).tar", "x (3).tar"):
            self.assertEqual(put(self.server, "x.tar", expected.encode())[2]["name"], expected)
            self.assertEqual((self.come / expected).read_bytes(), expected.encode())

    def test_conditions_are_held_to_the_file_that_has_the_name(self):
        self.assertEqual(put(self.server, "x", b"1", headers=HEADERS | {"If-Match": "*"})[0], 412)
        self.assertEqual(put(self.server, "x", b"1", headers=HEADERS | {"If-None-Match": "*"})[2]["name"], "x")
        response = ask(self.server, "GET", "/files/x")[1]
        tag, date = response.getheader("Etag"), response.getheader("Last-Modified")
        status, _, answer = put(self.server, "x", b"2", headers=HEADERS | {"If-None-Match": "*"})
        self.assertEqual((status, answer), (412, {"error": "The file is not as you know it"}))
        for condition, status in (
                ({"If-None-Match": tag}, 412), ({"If-None-Match": '"other"'}, 201), ({"If-Match": tag}, 201), ({"If-Match": '"other"'}, 412),
                ({"If-Unmodified-Since": date}, 201), ({"If-Unmodified-Since": "Sun, 06 Nov 1994 08:49:37 GMT"}, 412)):
            with self.subTest(condition):
                self.assertEqual(put(self.server, "x", b"2", headers=HEADERS | condition)[0], status)
        self.assertEqual(self.names(), ["x", "x (2)", "x (3)", "x (4)"])
        self.assertEqual((self.come / "x").read_bytes(), b"1")
        self.wait_until(lambda: not self.half_done())

    def test_who_asks_for_a_new_name_is_its_only_owner(self):
        new = HEADERS | {"If-None-Match": "*"}
        with concurrent.futures.ThreadPoolExecutor(20) as pool:
            statuses = [future.result()[0] for future in
                        [pool.submit(put, self.server, "same", b"x" * 100_000, headers=new) for _ in range(20)]]
        self.assertEqual(sorted(statuses), [201] + [412] * 19)
        self.assertEqual(self.names(), ["same"])

    def test_a_part_of_a_file_is_refused(self):
        status, _, answer = put(self.server, "x", b"content", headers=HEADERS | {"Content-Range": "bytes 0-6/14"})
        self.assertEqual((status, answer), (400, {"error": "Files are taken whole: leave Content-Range out"}))
        self.assertEqual(self.names(), [])

    def test_many_of_one_name_at_once(self):
        with concurrent.futures.ThreadPoolExecutor(20) as pool:
            names = [future.result()[2]["name"] for future in
                     [pool.submit(put, self.server, "same", b"x" * 100_000) for _ in range(20)]]
        self.assertEqual(sorted(names), sorted(["same", *(f"same ({number})" for number in range(2, 21))]))

    def test_bodies_in_chunks_and_empty_ones(self):
        pieces = (b"x" * 70_000 for _ in range(20))
        self.assertEqual(put(self.server, "chunks", pieces, headers=HEADERS | {"Transfer-Encoding": "chunked"})[2]["size"], 1_400_000)
        self.assertEqual(put(self.server, "empty", b"")[2]["size"], 0)
        self.assertEqual(ask(self.server, "GET", "/files/empty")[2], b"")

    def test_files_of_other_centuries_are_listed(self):
        put(self.server, "future")
        os.utime(self.come / "future", (99_999_999_999,) * 2)
        put(self.server, "past")
        os.utime(self.come / "past", (-9_999_999_999,) * 2)
        self.assertEqual([(file["name"], file["time"]) for file in listed(self.server)],
                         [(name, (self.come / name).stat().st_mtime_ns // 1_000_000) for name in ("future", "past")])

    def test_an_address_that_leads_nowhere_has_a_page_that_leads_back(self):
        status, response, content = ask(self.server, "GET", "/nothing")
        self.assertEqual((status, response.getheader("Content-Type")), (404, "text/html; charset=UTF-8"))
        self.assertIn(b'<meta name="viewport"', content)
        self.assertIn(b'<a href="/">', content)

    def test_a_monitor_that_asks_by_head_gets_no_405(self):
        put(self.server, "x")
        for path in ("/", "/files", "/files/x"):
            self.assertEqual(ask(self.server, "HEAD", path)[0:3:2], (200, b""))

    def test_the_latest_comes_first(self):
        for name in ("b", "c", "a"):
            put(self.server, name)
            time.sleep(0.02)  # file systems count in ticks
        self.assertEqual([file["name"] for file in listed(self.server)], ["a", "c", "b"])

    def test_without_the_token_nothing_is_taken(self):
        for headers in ({}, {"Cookie": f"_xsrf={TOKEN}"}, HEADERS | {"X-XSRFToken": TOKEN[::-1]}):
            status, _, answer = put(self.server, "x", b"", headers=headers)
            self.assertEqual((status, list(answer)), (403, ["error"]))
            self.assertEqual(ask(self.server, "POST", "/files", b"", headers)[0], 403)
        self.wait_until(lambda: not self.half_done())
        self.assertEqual(self.names(), [])

    def test_a_client_that_goes_leaves_nothing(self):
        with head_of_put(self.server, "half", 1000) as connection:
            connection.sendall(b"x" * 500)
            self.wait_until(self.half_done)
        self.wait_until(lambda: not self.half_done())
        self.assertEqual((self.names(), listed(self.server)), ([], []))
        self.assertNotIn("Traceback", self.server.log())

    def test_a_client_that_goes_while_it_is_sent_a_file_ends_itself_alone(self):
        (self.come / "large").touch()
        os.truncate(self.come / "large", 64 << 20)
        for _ in range(30):
            with socket.create_connection((self.server.host, self.server.port), timeout=60) as connection:
                connection.sendall(b"GET /files/large HTTP/1.1\r\nHost: x\r\n\r\n")
                connection.recv(1000)
        self.assertEqual([file["name"] for file in listed(self.server)], ["large"])

    def test_only_files_that_have_come_are_sent(self):
        (self.folder / "secret").write_text("secret")
        (self.come / ".hidden").write_text("hidden")
        (self.come / "link").symlink_to(self.folder / "secret")
        for path in ("/files/.hidden", "/files/.incoming", "/files/..%2Fsecret", "/files/../secret", "/files/%2e%2e/secret",
                     "/files/nothing", "/files/a%2Fb", "/files//etc/passwd"):
            with self.subTest(path):
                self.assertEqual(ask(self.server, "GET", path)[0], 404)
        self.assertEqual(ask(self.server, "GET", "/files/link")[0], 403)
        self.assertEqual(listed(self.server), [])
        self.assertEqual(ask(self.server, "POST", "/files/x", b"x")[0], 405)
        self.assertEqual(ask(self.server, "PUT", "/files", b"x")[0], 405)


# What clients call files, and what these are called here.
NAMES = {
    "photo.jpg": "photo.jpg", "../../etc/passwd": "passwd", "/etc/passwd": "passwd", "C:\\Users\\me\\x.txt": "x.txt",
    "..": "file", ".": "file", "...": "file", ".bashrc": "bashrc", "a/": "file", "  spaces  ": "spaces", "dots...": "dots",
    "a\0b": "ab", "line\r\nbreak": "linebreak", "tab\tbed": "tabbed", 'a<b>c:d"e|f?g*h': "a_b_c_d_e_f_g_h",
    "photo\u202egpj.exe": "photogpj.exe", "\ufeffbom\u200b": "bom", "été 日本 😀.txt": "été 日本 😀.txt", "-rf": "-rf", "%2e%2e%2fx": "%2e%2e%2fx",
    "co\u2060ver\u00ad.txt": "cover.txt", "\u200d\u3000\u061c": "file", "👩\u200d💻.txt": "👩\u200d💻.txt",
    "con": "_con", "Aux.txt": "_Aux.txt", "com1 .log": "_com1 .log", "console": "console", "com10": "com10",
    "x" * 300 + ".jpeg": "x" * 195 + ".jpeg", "é" * 200 + ".txt": "é" * 98 + ".txt", "a." + "b" * 300: "a." + "b" * 198,
}


class NamesTest(UploadCase):
    def test_by_put(self):
        for name, expected in NAMES.items():
            if name in (".", ".."):
                continue  # the URL is another without them
            with self.subTest(name):
                self.assertEqual(put(self.server, name)[2]["name"], expected)
                (self.come / expected).unlink()

    def test_by_a_form(self):
        for name, expected in NAMES.items():
            if set(name) & set('\0\r\n"\\'):
                continue  # these stand otherwise in a form
            with self.subTest(name):
                self.assertEqual(post(self.server, ("f", name.encode(), b"x"))[2]["files"][0]["name"], expected)
                (self.come / expected).unlink()

    def test_of_what_is_no_utf_8(self):
        self.assertEqual(post(self.server, ("f", b"caf\xe9.txt", b"x"))[2]["files"][0]["name"], "caf_.txt")
        self.assertEqual(ask(self.server, "PUT", "/files/%ff", b"x")[0], 400)

    def test_long_ones_that_are_there_already(self):
        for number in range(3):
            name = put(self.server, "x" * 300 + ".jpeg")[2]["name"]
            self.assertEqual((len(name), name.endswith(".jpeg")), (200, True))
        self.assertEqual(len(self.names()), 3)


class FormTest(UploadCase):
    def test_files_of_all_fields_are_stored(self):
        status, _, answer = post(self.server, ("a", b"one.txt", b"1"), ("text", None, b"no file"), ("b", b"two.txt", b"22"),
                                 ("a", b"one.txt", b"333"), ("c", b"", b""))
        self.assertEqual(status, 201)
        self.assertEqual({file["name"]: file["size"] for file in answer["files"]}, {"one.txt": 1, "one (2).txt": 3, "two.txt": 2})
        self.wait_until(lambda: not self.half_done())

    def test_what_is_no_form_with_files_is_refused(self):
        self.assertEqual(post(self.server)[0:3:2], (400, {"error": "The form has no file"}))
        self.assertEqual(post(self.server, ("a", None, b"x"))[0], 400)
        self.assertEqual(ask(self.server, "POST", "/files", b"a=b", HEADERS | {"Content-Type": "application/x-www-form-urlencoded"})
                         [0:3:2], (415, {"error": "That is no form with files"}))
        headers, body = form([("a", b"cut", b"x" * 1000)])
        self.assertEqual(ask(self.server, "POST", "/files", body[:500], headers)[0], 400)
        self.assertEqual(post(self.server, ("a", None, b"x" * 2 * MEGABYTE))[0], 413)
        self.wait_until(lambda: not self.half_done())
        self.assertEqual(self.names(), [])

    def test_curl(self):
        path = self.source("from curl.txt", b"x" * 100_000)
        cookie = ("--silent", "--show-error", "--cookie", f"_xsrf={TOKEN}", "--header", f"X-XSRFToken: {TOKEN}")
        done = programs.run("curl", *cookie, "--form", f"a=@{path}", self.server.url + "/files")
        self.assertEqual(json.loads(done.stdout)["files"][0]["size"], 100_000)
        done = programs.run("curl", *cookie, "--upload-file", path, self.server.url + "/files/")
        self.assertEqual(json.loads(done.stdout)["name"], "from curl (2).txt")


class LimitsTest(UploadCase):
    options = ("--max-file-megabytes=2", "--max-megabytes=5")

    def test_they_are_told(self):
        answer = ask(self.server, "GET", "/files")[2]
        self.assertEqual((answer["max_file_size"], answer["room"]), (2 * MEGABYTE, 5 * MEGABYTE))

    def test_what_is_too_large_is_refused_before_it_is_sent(self):
        with head_of_put(self.server, "x", 2 * MEGABYTE + 1, "Expect: 100-continue") as connection:
            answer = read_all(connection)
        self.assertTrue(answer.startswith(b"HTTP/1.1 413 "), answer)
        self.assertIn(b"The file is larger than 2 MB", answer)
        self.assertEqual(put(self.server, "x", b"x" * 2 * MEGABYTE)[0], 201)

    def test_a_file_is_never_promised_more_than_all_may_take(self):
        with programs.serve(FILE_UPLOAD, f"--folder={self.folder}/other", "--max-megabytes=5") as server:
            self.assertEqual(ask(server, "GET", "/files")[2]["max_file_size"], 5 * MEGABYTE)

    def test_what_turns_out_too_large_is_not_kept(self):
        with head_of_put(self.server, "x", 0) as _:
            pass
        pieces = b"".join(b"fffff\r\n" + b"x" * 0xFFFFF + b"\r\n" for _ in range(3)) + b"0\r\n\r\n"
        with socket.create_connection((self.server.host, self.server.port), timeout=60) as connection:
            connection.sendall(f"PUT /files/chunked HTTP/1.1\r\nHost: x\r\nCookie: _xsrf={TOKEN}\r\nX-XSRFToken: {TOKEN}\r\n"
                               "Transfer-Encoding: chunked\r\n\r\n".encode())
            with contextlib.suppress(ConnectionError):
                connection.sendall(pieces)
            self.assertTrue(read_all(connection).startswith(b"HTTP/1.1 413 "))
        self.assertEqual(post(self.server, ("a", b"large", b"x" * (2 * MEGABYTE + 1)))[0], 413)
        self.assertNotIn("chunked", self.names())
        self.assertNotIn("large", self.names())
        self.wait_until(lambda: not self.half_done())

    def test_what_there_is_no_room_for_is_refused(self):
        for _ in range(2):
            self.assertEqual(put(self.server, "x", b"x" * 2 * MEGABYTE)[0], 201)
        status, _, answer = put(self.server, "x", b"x" * 1_500_000)
        self.assertEqual((status, answer), (507, {"error": "There is no room left for this"}))
        self.assertEqual(put(self.server, "x", b"x" * 900_000)[0], 201)
        (self.come / "x").unlink()
        self.assertEqual(put(self.server, "x", b"x" * 1_500_000)[0], 201)

    def test_a_client_that_missed_the_answer_can_ask(self):
        put(self.server, "x", headers={**HEADERS, "X-Upload-Key": "one"})
        headers, body = form([("a", b"y", b"1"), ("a", b"z", b"2")])
        ask(self.server, "POST", "/files", body, {**headers, "X-Upload-Key": "two"})
        for key, names in (("one", ["x"]), ("two", ["y", "z"]), ("three", [])):
            come = ask(self.server, "GET", "/files", headers={"X-Upload-Key": key})[2]["come"]
            self.assertEqual([file["name"] for file in come], names)
        self.assertNotIn("come", ask(self.server, "GET", "/files")[2])

    def test_files_without_bytes_take_room_too(self):
        before = ask(self.server, "GET", "/files")[2]["room"]
        self.assertEqual(put(self.server, "nothing", b"")[0], 201)
        self.assertEqual(post(self.server, ("a", b"none", b""), ("a", b"nil", b""))[0], 201)
        self.assertEqual(ask(self.server, "GET", "/files")[2]["room"], before - 3 * 4096)

    def test_a_name_has_a_thousand_files_at_most(self):
        put(self.server, "many", b"")
        for number in range(2, 1001):
            (self.come / f"many ({number})").touch()
        self.assertEqual(put(self.server, "many", b"")[::2], (409, {"error": "There are too many files of this name"}))

    def test_what_is_on_its_way_has_its_room(self):
        with head_of_put(self.server, "a", 2 * MEGABYTE) as first, head_of_put(self.server, "b", 2 * MEGABYTE) as second:
            for connection in (first, second):
                connection.sendall(b"x")
            self.wait_until(lambda: len(self.half_done()) == 2)
            self.assertEqual(ask(self.server, "GET", "/files")[2]["room"], MEGABYTE)
            self.assertEqual(put(self.server, "x", b"x" * 1_500_000)[0], 507)
        self.wait_until(lambda: not self.half_done())
        self.assertEqual(put(self.server, "x", b"x" * 1_500_000)[0], 201)


class LongRunTest(unittest.TestCase):
    def test_a_gibibyte_does_not_grow_the_memory(self):
        with tempfile.TemporaryDirectory() as name:
            folder = Path(name)
            small, large = folder / "small", folder / "large"
            small.write_bytes(b"x")
            large.touch()
            os.truncate(large, 1 << 30)
            with programs.serve(FILE_UPLOAD, f"--folder={folder}/come", "--logging=warning") as server:
                for way in ([], ["--put"]):
                    with self.subTest(way):
                        least = self.memory_of_uploader(server, *way, small)
                        before = memory(server.pid)
                        most = self.memory_of_uploader(server, *way, large)
                        self.assertEqual((folder / "come/large").stat().st_size, 1 << 30)
                        (folder / "come/large").unlink()
                        self.assertLess(memory(server.pid) - before, 32 << 20)
                        self.assertLess(most - least, 32 << 20)

    def memory_of_uploader(self, server, *arguments):
        command = [str(FILE_UPLOADER), f"--url={server.url}", *map(str, arguments)]
        process = subprocess.Popen(command, stdout=subprocess.DEVNULL, preexec_fn=programs.die_with_parent)
        _, status, usage = os.wait4(process.pid, 0)
        process.returncode = status
        self.assertEqual(status, 0)
        return usage.ru_maxrss * 1024

    def test_sigterm_lets_an_upload_end(self):
        with tempfile.TemporaryDirectory() as folder:
            server = programs.Server([str(FILE_UPLOAD), "--port=0", f"--folder={folder}", "--drain-timeout=60"])
            with head_of_put(server, "late", 1000) as connection:
                connection.sendall(b"x" * 500)
                while not list((Path(folder) / ".incoming").iterdir()):
                    time.sleep(0.01)
                server.send_signal(signal.SIGTERM)
                while True:
                    try:
                        socket.create_connection((server.host, server.port), timeout=60).close()
                    except ConnectionRefusedError:
                        break
                    time.sleep(0.01)
                connection.sendall(b"x" * 500)
                self.assertTrue(read_all(connection).startswith(b"HTTP/1.1 201 "))
            self.assertEqual(server.wait(), 0)
            self.assertEqual((Path(folder) / "late").stat().st_size, 1000)

    def test_what_a_crash_has_left_is_removed_after_a_day(self):
        with tempfile.TemporaryDirectory() as folder:
            incoming = Path(folder) / ".incoming"
            incoming.mkdir()
            for name, age in (("old", 90_000), ("new", 3600)):
                (incoming / name).touch()
                os.utime(incoming / name, (time.time() - age,) * 2)
            with programs.serve(FILE_UPLOAD, f"--folder={folder}"):
                self.assertEqual([path.name for path in incoming.iterdir()], ["new"])


class UploaderTest(UploadCase):
    options = ("--max-file-megabytes=2",)

    def send(self, *arguments):
        return programs.run(FILE_UPLOADER, f"--url={self.server.url}", *arguments)

    def test_both_ways(self):
        one, two = self.source("one é.txt", b"1"), self.source('t"wo', b"22")
        done = self.send(one, two)
        self.assertEqual((done.returncode, done.stderr), (0, ""))
        self.assertEqual(done.stdout, f"{one}: 1 B, stored as one é.txt\n{two}: 2 B, stored as t%22wo\n")
        done = self.send("--put", one, two)
        self.assertEqual(done.stdout, f"{one}: 1 B, stored as one é (2).txt\n{two}: 2 B, stored as t_wo\n")
        self.assertEqual((self.come / "one é.txt").read_bytes(), b"1")

    def test_a_form_of_many_files(self):
        done = self.send(*(self.source(f"{number}.txt", b"x") for number in range(150)))
        self.assertEqual((done.returncode, done.stderr, len(done.stdout.splitlines())), (0, "", 150))
        done = self.send(*(self.source(f"{number}.txt", b"x") for number in range(501)))
        self.assertEqual((done.returncode, done.stderr), (1, "file_uploader: The form cannot be read, or has more than 500 files\n"))

    def test_a_terminal_shows_how_far_it_is(self):
        path = self.source("photo", b"x" * 1_500_000)
        ours, theirs = pty.openpty()
        process = subprocess.Popen([str(FILE_UPLOADER), f"--url={self.server.url}", "--put", str(path)], stdout=subprocess.PIPE,
                                   stderr=theirs, preexec_fn=programs.die_with_parent)
        os.close(theirs)
        shown = b""
        with contextlib.suppress(OSError):
            while piece := os.read(ours, 65536):
                shown += piece
        os.close(ours)
        process.communicate()
        self.assertEqual(process.returncode, 0)
        self.assertRegex(shown.decode(), r"photo \[#{30}\] 100 %  1\.5 MB of 1\.5 MB, [\d.]+ [kMG]?B/s")

    def test_mistakes_have_a_sentence(self):
        large = self.source("large", b"x" * (2 * MEGABYTE + 1))
        for arguments, sentence in (
                ([], "name the files to send (--help lists all options)"),
                (["/nowhere"], "cannot read /nowhere: No such file or directory"),
                ([self.folder], f"cannot read {self.folder}: Is a directory"),
                (["--put", large], "The file is larger than 2 MB"),
                ([large], "Files may have 2 MB each, and 20000 MB together"),
                (["--puts", large], "there is no option --puts; did you mean --put? (--help lists all options)")):
            with self.subTest(sentence):
                done = self.send(*arguments)
                self.assertEqual((done.stdout, done.stderr), ("", f"file_uploader: {sentence}\n"))
                self.assertEqual(done.returncode, 2 if "--help" in sentence else 1)
        self.wait_until(lambda: not self.half_done())
        self.assertEqual(self.names(), [])

    def test_servers_that_are_none_have_a_sentence(self):
        path = self.source("x")
        with socket.create_server(("127.0.0.1", 0)) as other:
            port = other.getsockname()[1]
        for url, sentence in ((f"http://127.0.0.1:{port}", "Connection refused"), (f"{self.server.url}/nowhere", "404"),
                              ("http://nowhere.invalid", "nowhere.invalid"), ("ftp://x", "ftp"), ("http://", "http")):
            with self.subTest(url):
                done = programs.run(FILE_UPLOADER, f"--url={url}", path)
                self.assertEqual((done.stdout, done.returncode, done.stderr.count("\n")), ("", 1, 1), done.stderr)
                self.assertTrue(done.stderr.startswith("file_uploader: "), done.stderr)
                self.assertIn(sentence, done.stderr)


class CommandLineTest(unittest.TestCase):
    def test_help(self):
        for program, options in ((FILE_UPLOAD, ("folder", "max-file-megabytes", "port", "xheaders")), (FILE_UPLOADER, ("put", "url"))):
            done = programs.run(program, "--help")
            self.assertEqual((done.returncode, done.stdout), (0, ""))
            for option in options:
                self.assertIn(f"--{option}", done.stderr)

    def test_mistakes_have_a_sentence(self):
        with tempfile.TemporaryDirectory() as folder:
            taken = Path(folder) / "taken"
            taken.touch()
            for option, start in (("8888", 'what is "8888"?'), ("--foldr=x", "there is no option --foldr"),
                                  ("--max-megabytes=0", "--max-file-megabytes and --max-megabytes are more than 0"),
                                  ("--max-megabytes=-1", '--max-megabytes: '), ("--port=99999", '--port: "99999" is not an integer from 0 to 65535'),
                                  (f"--folder={taken}", f"cannot keep files in {taken}: Not a directory"),
                                  ("--folder=", "--folder is empty: it names"), ("--site=/nowhere", "there is no page in /nowhere")):
                with self.subTest(option):
                    done = programs.run(FILE_UPLOAD, *([] if "folder" in option else [f"--folder={folder}/come"]), option)
                    self.assertEqual(done.returncode, 1 if start.startswith(("cannot", "there is no page")) else 2)
                    self.assertTrue(done.stderr.startswith(f"file_upload: {start}"), done.stderr)
                    self.assertEqual((done.stdout, done.stderr.count("\n")), ("", 1), done.stderr)


class PageTest(UploadCase):
    options = ("--max-file-megabytes=100",)

    @classmethod
    def setUpClass(cls):
        cls.browser = cls.enterClassContext(Browser())

    def open(self, device="desktop", **settings):
        page = self.browser.open(self.server.url + "/", device, context=self.browser.new_person(), **settings)
        page.wait_for(READY)
        self.addCleanup(page.close)
        return page

    def wait_for_stored(self, page, *names):
        page.wait_for(f"JSON.stringify([...document.querySelectorAll('#stored bdi')].map(e => e.textContent).sort()) === "
                      f"JSON.stringify({json.dumps(sorted(names))})")

    def slow_down(self, page, rate):
        page.call("Network.emulateNetworkConditions", offline=False, latency=0, downloadThroughput=-1, uploadThroughput=rate)

    def test_files_are_sent_each_by_itself(self):
        page, other = self.open(), self.open("phone")
        page.choose_files("#files", self.source("a.txt", b"a"), self.source("b & c.txt", b"bb"), self.source("100%.txt", b"ccc"))
        self.wait_for_stored(page, "a.txt", "b & c.txt", "100%.txt")
        page.wait_for("document.querySelectorAll('.transfer.done').length === 3")
        self.assertEqual(self.names(), ["100%.txt", "a.txt", "b & c.txt"])
        self.assertIn("has come", page.text("#news"))
        other.evaluate("document.dispatchEvent(new Event('visibilitychange'))")
        self.wait_for_stored(other, "a.txt", "b & c.txt", "100%.txt")
        self.assertEqual(page.complaints + other.complaints, [])

    def test_files_are_sent_in_one_form(self):
        page = self.open("phone")
        page.click("[value=form]")
        page.choose_files("#files", self.source("a.txt"), self.source("b.txt"))
        self.wait_for_stored(page, "a.txt", "b.txt")
        self.assertEqual(page.texts(".transfer .name"), ["2 files"])
        self.assertEqual(page.complaints, [])

    def test_progress_is_shown_and_an_upload_can_be_cancelled(self):
        page = self.open()
        self.slow_down(page, 4 * MEGABYTE)
        page.choose_files("#files", self.source("large.bin", b"x" * 50 * MEGABYTE))
        page.wait_for("document.querySelector('progress')?.value > 0.01")
        page.wait_for("/MB of 50 MB, .*\\/s, .* left/.test(document.querySelector('.detail').textContent)")
        page.click(".cancel")
        page.wait_for("document.querySelector('.transfer.failed') !== null")
        self.assertEqual(page.text(".detail"), "Cancelled")
        self.wait_until(lambda: not self.half_done())
        self.slow_down(page, -1)
        page.click(".again")
        self.wait_for_stored(page, "large.bin")
        self.assertEqual((self.come / "large.bin").stat().st_size, 50 * MEGABYTE)

    def test_an_upload_begins_again_when_the_network_is_back(self):
        page = self.open("phone")
        self.slow_down(page, 4 * MEGABYTE)
        page.choose_files("#files", self.source("large.bin", b"x" * 20 * MEGABYTE))
        page.wait_for("document.querySelector('progress')?.value > 0.01")
        page.set_offline(True)
        page.wait_for("/No connection: it begins again/.test(document.querySelector('.detail').textContent)")
        page.wait_for(AWAY)
        page.set_offline(False)
        self.wait_for_stored(page, "large.bin")
        page.wait_for(READY)
        self.assertEqual((self.come / "large.bin").stat().st_size, 20 * MEGABYTE)

    def test_an_upload_begins_again_after_a_restart_of_the_server(self):
        first = programs.Server([str(FILE_UPLOAD), "--port=0", f"--folder={self.come}", "--drain-timeout=0"])
        self.server = first
        page = self.open()
        self.slow_down(page, 4 * MEGABYTE)
        page.choose_files("#files", self.source("large.bin", b"x" * 20 * MEGABYTE))
        page.wait_for("document.querySelector('progress')?.value > 0.01")
        first.stop()
        page.wait_for("/No connection: it begins again/.test(document.querySelector('.detail').textContent)")
        self.slow_down(page, -1)
        with programs.serve(FILE_UPLOAD, f"--port={first.port}", f"--folder={self.come}"):
            self.wait_for_stored(page, "large.bin")
            page.wait_for("document.querySelector('.transfer.done') !== null")

    def test_what_is_too_large_or_refused_says_why(self):
        page = self.open()
        large = self.source("large.bin", b"")
        os.truncate(large, 100 * MEGABYTE + 1)
        page.choose_files("#files", large)
        page.wait_for("document.querySelector('.transfer.failed') !== null")
        self.assertEqual(page.text(".detail"), "large.bin is larger than 100 MB")
        self.assertEqual((page.text(".cancel"), page.evaluate("document.querySelector('.again').hidden")), ("Hide", True))
        page.click(".cancel")
        page.wait_for("document.querySelector('.transfer') === null")
        self.assertEqual(self.names(), [])

    def test_what_the_server_has_no_room_for_says_so(self):
        self.server = self.enterContext(programs.serve(FILE_UPLOAD, f"--folder={self.folder}/small", "--max-megabytes=21"))
        page = self.open()
        self.assertEqual(put(self.server, "other.bin", b"x" * 15 * MEGABYTE)[0], 201)
        page.choose_files("#files", self.source("large.bin", b"x" * 20 * MEGABYTE))
        page.wait_for("document.querySelector('.transfer.failed') !== null")
        self.assertEqual(page.text(".detail"), "There is no room left for this")
        self.assertEqual([file["name"] for file in listed(self.server)], ["other.bin"])

    def test_an_answer_that_is_lost_makes_no_file_twice(self):
        page = self.open()
        page.evaluate("(() => { const real = XMLHttpRequest.prototype.send; let lost = false;"
                      " XMLHttpRequest.prototype.send = function (body) {"
                      " if (!lost) { lost = true; Object.defineProperty(this, 'status', {get: () => 0}); }"
                      " return real.call(this, body); }; })()")
        page.choose_files("#files", self.source("once.txt"))
        page.wait_for("document.querySelector('.transfer.done') !== null")
        self.wait_for_stored(page, "once.txt")
        self.assertEqual(self.names(), ["once.txt"])

    def test_a_lost_cookie_is_fetched_again(self):
        page = self.open()
        page.call("Network.clearBrowserCookies")
        page.choose_files("#files", self.source("a.txt"))
        self.wait_for_stored(page, "a.txt")

    def test_what_has_come_can_be_taken(self):
        put(self.server, "a & b.txt", b"content")
        page = self.open()
        self.wait_for_stored(page, "a & b.txt")
        self.assertEqual(page.evaluate("fetch(document.querySelector('#stored a').href).then(r => r.text())"), "content")
        self.assertEqual(page.evaluate("document.querySelector('#stored a').download"), "a & b.txt")

    def test_a_file_that_was_replaced_is_told_anew(self):
        put(self.server, "x.txt", b"x")
        page = self.open()
        page.wait_for("document.querySelector('#stored .size')?.textContent === '1 B'")
        (self.come / "x.txt").write_bytes(b"x" * 123_456)
        page.evaluate("document.dispatchEvent(new Event('visibilitychange'))")
        page.wait_for("document.querySelector('#stored .size').textContent === '123.5 kB'")
        self.wait_for_stored(page, "x.txt")

    def test_today_is_over_after_midnight(self):
        put(self.server, "x.txt", b"x")
        page = self.open()
        page.wait_for("document.querySelector('#stored time')?.textContent.startsWith('today')")
        page.evaluate("(() => { const Real = Date; window.Date = class extends Real {"
                      " constructor(...given) { given.length ? super(...given) : super(Real.now() + 86_400_000); } };"
                      " document.dispatchEvent(new Event('visibilitychange')); })()")
        page.wait_for("/^\\w+ \\d+, \\d{4}$/.test(document.querySelector('#stored time').textContent)")

    def test_dropped_and_pasted_files_are_sent(self):
        page = self.open()
        for number, event in enumerate(("new DragEvent('drop', {bubbles: true, dataTransfer: data})",
                                        "new ClipboardEvent('paste', {bubbles: true, clipboardData: data})")):
            page.evaluate(f"(() => {{ const data = new DataTransfer(); data.items.add(new File(['x'], '{number}.txt'));"
                          f" document.body.dispatchEvent({event}); }})()")
            self.wait_for_stored(page, *(f"{n}.txt" for n in range(number + 1)))

    def test_the_keyboard_is_enough(self):
        put(self.server, "a.txt")
        page = self.open()
        self.wait_for_stored(page, "a.txt")
        reached = []
        for _ in range(4):
            page.press("Tab")
            reached.append(page.evaluate("document.activeElement.id || document.activeElement.value || document.activeElement.innerText"))
        self.assertEqual(reached, ["Go to the choice of files", "files", "put", "a.txt"])

    def test_a_screen_reader_finds_a_name_for_everything(self):
        put(self.server, "a.txt")
        page = self.open()
        self.wait_for_stored(page, "a.txt")
        self.slow_down(page, MEGABYTE)
        page.choose_files("#files", self.source("large.bin", b"x" * 20 * MEGABYTE))
        page.wait_for("document.querySelector('progress')?.value > 0")
        controls = page.controls()
        self.assertEqual([name for _, name in controls if not name], [])
        for control in (("button", "Choose files"), ("radio", "Each by itself (PUT)"), ("progressbar", "large.bin"),
                        ("button", "Cancel large.bin"), ("link", "a.txt")):
            self.assertIn(control, controls)

    def test_look(self):
        put(self.server, "a name that is long and has no place to break " + "x" * 120 + ".tar.gz")
        put(self.server, "photo.jpg", b"x" * 2_345_678)
        with tempfile.TemporaryDirectory() as folder:
            for device, dark in ((device, dark) for device in SIZES for dark in (False, True)):
                with self.subTest(device=device, dark=dark):
                    page = self.open(device, dark=dark)
                    page.wait_for("document.querySelectorAll('#stored li').length >= 2")
                    page.choose_files("#files", self.source(f"{device}{dark}.txt"))
                    page.wait_for("document.querySelector('.transfer.done') !== null")
                    self.assertEqual(page.layout_faults(), [])
                    file = Path(os.environ.get("TORNADO_SCREENSHOTS", folder)) / f"file_upload-{device}{'-dark' * dark}.png"
                    page.screenshot(file)
                    self.assertEqual(read_png(file)[:2], SIZES[device])


if __name__ == "__main__":
    unittest.main()
