"""What clients see of a server that gets SIGTERM: nothing that they have asked for is lost."""

import contextlib
import signal
import socket
import ssl
import tempfile
import threading
import time
import unittest
from pathlib import Path

import programs

GET = b"GET / HTTP/1.1\r\nHost: a\r\n\r\n"


def connect(server):
    return socket.create_connection((server.host, server.port), timeout=60)


def read_to_end(connection):
    """All that comes until an orderly end; a reset is an error."""
    return b"".join(iter(lambda: connection.recv(65536), b""))


def ask_and_read(connection):
    """One response on a connection that stays open."""
    connection.sendall(GET)
    return read_answer(connection)


def read_answer(connection):
    data = b""
    while b"\r\n\r\n" not in data or len(data.partition(b"\r\n\r\n")[2]) < length_of(data):
        piece = connection.recv(65536)
        if not piece:
            raise AssertionError(f"the connection ends within a response: {data!r}")
        data += piece
    return data


def length_of(response):
    for line in response.lower().split(b"\r\n"):
        if line.startswith(b"content-length:"):
            return int(line.partition(b":")[2])
    return 0


class BusyClient(threading.Thread):
    """Asks again as soon as it has an answer, until one says that it is the last."""

    AT_ONCE = 0.8  # seconds; the server waits one for whoever has just had an answer

    def __init__(self, connection):
        super().__init__()
        self.connection = connection
        self.has_begun = threading.Event()
        self.lost = ""

    def run(self):
        before = sent = time.monotonic()
        with self.connection:
            try:
                while True:
                    self.connection.sendall(GET)
                    sent = time.monotonic()
                    if b"\r\nConnection: close\r\n" in read_answer(self.connection):
                        return
                    before = sent
                    self.has_begun.set()
            except (AssertionError, OSError) as error:
                asked_again = sent if sent != before else time.monotonic()
                if asked_again - before < self.AT_ONCE:  # on a machine too busy for that it proves nothing
                    self.lost = str(error) or "reset"
            finally:
                self.has_begun.set()


class DrainCase(unittest.TestCase):
    def assert_last_answer(self, answer, body):
        self.assertTrue(answer.startswith(b"HTTP/1.1 200 OK\r\n"), answer)
        self.assertIn(b"\r\nConnection: close\r\n", answer)
        self.assertTrue(answer.endswith(b"\r\n\r\n" + body), answer)

    def begin_drain(self, server):
        """Sends SIGTERM, and waits until no more connections are taken."""
        server.send_signal(signal.SIGTERM)
        with contextlib.suppress(ConnectionError):
            while True:
                connect(server).close()


class PlainDrainTest(DrainCase):
    def setUp(self):
        self.server = self.enterContext(programs.serve(programs.HELLOWORLD))

    def connections(self, count):
        return [self.enterContext(connect(self.server)) for _ in range(count)]

    def test_new_connections_get_their_first_answer(self):
        connections = self.connections(50)
        self.begin_drain(self.server)
        for connection in connections:
            connection.sendall(GET)
        for connection in connections:
            self.assert_last_answer(read_to_end(connection), b"Hello, world")
        self.assertEqual(self.server.wait(), 0)

    def test_idle_connections_end_in_an_orderly_way(self):
        connections = self.connections(50)
        for connection in connections:
            self.assertIn(b"Hello, world", ask_and_read(connection))
        self.begin_drain(self.server)
        for connection in connections:
            self.assertEqual(read_to_end(connection), b"")
            connection.close()
        self.assertEqual(self.server.wait(), 0)

    def test_a_request_that_has_begun_is_answered(self):
        connections = self.connections(20)
        for number, connection in enumerate(connections):
            connection.sendall(GET[:number + 1])
        ask_and_read(self.connections(1)[0])  # by then the others have been read
        self.begin_drain(self.server)
        for number, connection in enumerate(connections):
            connection.sendall(GET[number + 1:])
        for connection in connections:
            self.assert_last_answer(read_to_end(connection), b"Hello, world")
        self.assertEqual(self.server.wait(), 0)

    def test_busy_clients_get_an_answer_to_all_they_send(self):
        clients = [BusyClient(self.connections(1)[0]) for _ in range(20)]
        for client in clients:
            client.start()
        for client in clients:
            client.has_begun.wait()
        self.server.send_signal(signal.SIGTERM)
        for client in clients:
            client.join()
        self.assertEqual([client.lost for client in clients if client.lost], [])
        self.assertEqual(self.server.wait(), 0)

    def test_it_ends_at_once_when_nobody_is_there(self):
        self.begin_drain(self.server)
        self.assertEqual(self.server.wait(), 0)


class TlsDrainTest(DrainCase):
    def setUp(self):
        folder = Path(self.enterContext(tempfile.TemporaryDirectory()))
        self.server = self.enterContext(programs.serve(
            programs.SECUREHELLO, "--http_port=0", f"--certfile={folder / 'a.crt'}", f"--keyfile={folder / 'a.key'}"))
        self.plain_port = int(self.server.read_line().rpartition(":")[2])
        self.context = ssl.create_default_context()
        self.context.check_hostname = False
        self.context.verify_mode = ssl.CERT_NONE

    def test_a_handshake_that_is_yet_to_begin_leads_to_an_answer(self):
        connections = [self.enterContext(connect(self.server)) for _ in range(3)]
        self.begin_drain(self.server)
        for connection in connections:
            with self.context.wrap_socket(connection) as secure:
                secure.sendall(GET)
                self.assert_last_answer(read_to_end(secure), b"Hello, secure world")
        self.assertEqual(self.server.wait(), 0)

    def test_the_redirecting_server_loses_nothing_either(self):
        with socket.create_connection((self.server.host, self.plain_port), timeout=60) as connection:
            self.begin_drain(self.server)
            connection.sendall(GET)
            answer = read_to_end(connection)
            self.assertTrue(answer.startswith(b"HTTP/1.1 302 "), answer)
            self.assertIn(b"\r\nConnection: close\r\n", answer)
        self.assertEqual(self.server.wait(), 0)


class WorkersDrainTest(DrainCase):
    def test_every_worker_answers_what_it_has(self):
        with programs.serve(programs.BENCH_SERVER, "--workers=2") as server, contextlib.ExitStack() as stack:
            connections = [stack.enter_context(connect(server)) for _ in range(50)]
            for connection in connections[::2]:
                ask_and_read(connection)
            self.begin_drain(server)
            for connection in connections[1::2]:
                connection.sendall(GET)
            for connection in connections[::2]:
                self.assertEqual(read_to_end(connection), b"")
            for connection in connections[1::2]:
                self.assert_last_answer(read_to_end(connection), b"Hello, world!")
            stack.close()
            self.assertEqual(server.wait(), 0)


if __name__ == "__main__":
    unittest.main()
