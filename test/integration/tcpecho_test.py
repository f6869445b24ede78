"""tcpecho, driven by Python's sockets and by nc, and as systemd would start it."""

import os
import re
import shutil
import signal
import socket
import subprocess
import time
import unittest

import programs

TCPECHO = programs.BUILD / "apps/tcpecho/tcpecho"


def connect(server):
    return socket.create_connection((server.host, server.port), timeout=30)


def ask(connection, line):
    connection.sendall(line)
    return read_line(connection)


def read_line(connection):
    answer = b""
    while not answer.endswith(b"\n"):
        piece = connection.recv(65536)
        if not piece:
            break
        answer += piece
    return answer


class ServerTest(unittest.TestCase):
    def setUp(self):
        self.server = self.enterContext(programs.serve(TCPECHO, "--drain_timeout=30"))

    def test_lines_come_back(self):
        with connect(self.server) as connection:
            self.assertEqual(ask(connection, b"hello\n"), b"hello\n")
            self.assertEqual(ask(connection, b"\n"), b"\n")
            self.assertEqual(ask(connection, b"x" * 60_000 + b"\n"), b"x" * 60_000 + b"\n")

    def test_several_at_once(self):
        connections = [connect(self.server) for _ in range(100)]
        for number, connection in enumerate(connections):
            connection.sendall(b"%d\n" % number)
        for number, connection in enumerate(connections):
            with connection:
                self.assertEqual(read_line(connection), b"%d\n" % number)

    def test_a_line_that_is_too_long_ends_the_connection(self):
        with connect(self.server) as connection:
            with self.assertRaises(OSError):
                for _ in range(1000):
                    connection.sendall(b"x" * 65536)
        with connect(self.server) as connection:
            self.assertEqual(ask(connection, b"hello\n"), b"hello\n")

    @unittest.skipUnless(shutil.which("nc"), "nc is not installed")
    def test_nc(self):
        done = programs.run("nc", "-N", self.server.host, self.server.port, input="one\ntwo\n", timeout=30)
        self.assertEqual(done.stdout, "one\ntwo\n")

    def test_the_client(self):
        done = programs.run(TCPECHO, f"--connect={self.server.host}", f"--port={self.server.port}", "one", "two words", "")
        self.assertEqual((done.stdout, done.returncode), ("one\ntwo words\n\n", 0))

    def test_a_large_number_of_connections_leaves_no_descriptor(self):
        folder = f"/proc/{self.server.pid}/fd"
        with connect(self.server) as connection:
            ask(connection, b"hello\n")
        before = len(os.listdir(folder))
        for _ in range(300):
            with connect(self.server) as connection:
                connection.sendall(b"half a line")
        with connect(self.server) as connection:
            ask(connection, b"hello\n")
        deadline = time.monotonic() + 30
        while len(os.listdir(folder)) > before and time.monotonic() < deadline:
            time.sleep(0.05)
        self.assertLessEqual(len(os.listdir(folder)), before)


class StoppingTest(unittest.TestCase):
    def start(self, *options):
        process = subprocess.Popen([TCPECHO, "--port=0", *options], stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True,
                                   preexec_fn=programs.die_with_parent)
        port = int(re.search(r":(\d+)$", process.stdout.readline().strip())[1])
        self.addCleanup(process.communicate)
        self.addCleanup(process.kill)
        return process, socket.create_connection(("127.0.0.1", port), timeout=30), port

    def test_a_client_may_finish_what_it_says(self):
        process, connection, port = self.start("--drain_timeout=60")
        with connection:
            ask(connection, b"before\n")
            connection.sendall(b"half ")
            process.send_signal(signal.SIGTERM)
            with self.assertRaises(ConnectionRefusedError):
                while True:
                    socket.create_connection(("127.0.0.1", port), timeout=30).close()
            self.assertEqual(ask(connection, b"a line\n"), b"half a line\n")
            self.assertEqual(connection.recv(1), b"")
        self.assertEqual(process.wait(30), 0)

    def test_one_that_says_nothing_more_is_cut_off(self):
        process, connection, _ = self.start("--drain_timeout=0")
        with connection:
            ask(connection, b"before\n")
            process.send_signal(signal.SIGTERM)
            self.assertEqual(connection.recv(1), b"")
        self.assertEqual(process.wait(30), 0)

    def test_a_second_signal_ends_it_at_once(self):
        process, connection, port = self.start("--drain_timeout=600")
        with connection:
            ask(connection, b"before\n")
            process.send_signal(signal.SIGTERM)
            with self.assertRaises(ConnectionRefusedError):
                while True:
                    socket.create_connection(("127.0.0.1", port), timeout=30).close()
            process.send_signal(signal.SIGINT)
            self.assertEqual(process.wait(30), 0)


class ProxyTest(unittest.TestCase):
    def setUp(self):
        self.server = self.enterContext(programs.serve(TCPECHO, "--proxy_protocol", "--drain_timeout=0"))

    def test_the_header_tells_who_it_is(self):
        with connect(self.server) as connection:
            answer = ask(connection, b"PROXY TCP4 192.0.2.1 198.51.100.22 35646 80\r\nhello\n")
            self.assertEqual(answer, b"hello\n")
        self.assertIn("Connection from 192.0.2.1 port 35646", self.server.log())

    def test_without_it_the_connection_is_closed(self):
        with connect(self.server) as connection:
            connection.sendall(b"hello\n")
            try:
                self.assertEqual(connection.recv(1), b"")
            except ConnectionResetError:
                pass  # what it has sent was not read
        self.assertIn("Bad PROXY header from 127.0.0.1", self.server.log())


class SystemdTest(unittest.TestCase):
    def test_sockets_that_are_passed_are_served(self):
        with socket.create_server(("127.0.0.1", 0)) as listener:
            port = listener.getsockname()[1]
            os.set_inheritable(listener.fileno(), True)
            program = f"exec 3<&{listener.fileno()}; export LISTEN_PID=$$ LISTEN_FDS=1; exec {TCPECHO} --port=1 --drain_timeout=0"
            process = subprocess.Popen(["/bin/sh", "-c", program], pass_fds=[listener.fileno()], stdout=subprocess.PIPE,
                                       stderr=subprocess.PIPE, text=True, preexec_fn=programs.die_with_parent)
        self.addCleanup(process.communicate)
        self.addCleanup(process.kill)
        self.assertTrue(process.stdout.readline().strip().endswith(f":{port}"))
        with socket.create_connection(("127.0.0.1", port), timeout=30) as connection:
            self.assertEqual(ask(connection, b"hello\n"), b"hello\n")
        process.terminate()
        self.assertEqual(process.wait(30), 0)


class ClientTest(unittest.TestCase):
    def test_nobody_there(self):
        with socket.create_server(("127.0.0.1", 0)) as other:
            port = other.getsockname()[1]
        done = programs.run(TCPECHO, "--connect=127.0.0.1", f"--port={port}", "hello")
        self.assertEqual((done.stdout, done.returncode), ("", 1))
        self.assertEqual(done.stderr, "tcpecho: Stream is closed: Connection refused\n")

    def test_no_such_host(self):
        done = programs.run(TCPECHO, "--connect=nowhere.invalid", "hello")
        self.assertEqual((done.stdout, done.returncode), ("", 1))
        self.assertRegex(done.stderr, r'^tcpecho: cannot resolve "nowhere\.invalid": .+\n$')

    def test_a_server_that_leaves(self):
        with socket.create_server(("127.0.0.1", 0)) as listener:
            port = listener.getsockname()[1]
            process = subprocess.Popen([TCPECHO, "--connect=127.0.0.1", f"--port={port}", "hello"], stdout=subprocess.PIPE,
                                       stderr=subprocess.PIPE, text=True, preexec_fn=programs.die_with_parent)
            listener.accept()[0].close()
            output, errors = process.communicate(timeout=30)
        self.assertEqual((output, process.returncode), ("", 1))
        self.assertTrue(errors.startswith("tcpecho: Stream is closed"), errors)

    def test_lines_need_a_server(self):
        done = programs.run(TCPECHO, "hello")
        self.assertEqual((done.stdout, done.stderr, done.returncode), ("", 'tcpecho: what is "hello"? (--help lists all options)\n', 2))

    def test_help(self):
        done = programs.run(TCPECHO, "--help")
        self.assertEqual(done.returncode, 0)
        self.assertTrue(done.stderr.startswith("Usage: tcpecho [OPTIONS]\n"), done.stderr)


if __name__ == "__main__":
    unittest.main()
