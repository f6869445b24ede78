"""Clients that drip, stall, never read, reset, or send little that stands for much. The server outlives them all."""

import contextlib
import gzip
import select
import socket
import struct
import unittest
from pathlib import Path

from cases import RfcAppCase
from rfc.case import get, head, post
from rfc.check import PROBE
from rfc.wire import Client

HALF_A_SECOND = 500
ESTABLISHED = "01"


def drip(client, data):
    """Sends the data byte by byte, over and over, until the server says something."""
    while True:
        for byte in data:
            readable, _, _ = select.select([client.socket], [], [], 0.02)
            if readable:
                return
            client.send(bytes([byte]))


def reset(client):
    """Ends a connection as a client that has crashed does."""
    client.socket.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
    client.__exit__()


def is_served(server_port, client):
    """Whether the server's side of a client's connection is open, as the kernel sees it."""
    ends = f"0100007F:{server_port:04X} 0100007F:{client.socket.getsockname()[1]:04X} {ESTABLISHED}"
    return ends in Path("/proc/net/tcp").read_text()


class RudeCase(RfcAppCase):
    def assert_served(self):
        """Another client is."""
        with Client(self.server.port) as client:
            client.send(PROBE)
            self.assertEqual(client.read().body, b"probe")

    def assert_refused(self, client, status):
        response = client.read()
        self.assertEqual(response.status, status)
        self.assertTrue(response.closes())
        self.assertTrue(client.is_at_end())


class SlowHeadTest(RudeCase):
    options = (*RudeCase.options, f"--header-timeout={HALF_A_SECOND}")

    def test_head_that_drips(self):
        with Client(self.server.port) as client:
            client.send(b"GET /echo HTTP/1.1\r\nHost: localhost\r\n")
            drip(client, b"X-A: b\r\n")
            self.assert_refused(client, 408)

    def test_request_line_that_drips(self):
        with Client(self.server.port) as client:
            client.send(b"GET /")
            drip(client, b"a")
            self.assert_refused(client, 408)

    def test_head_that_stops(self):
        with Client(self.server.port) as client:
            client.send(get()[:-1])
            self.assert_refused(client, 408)

    def test_second_head_that_stops(self):
        with Client(self.server.port) as client:
            client.send(get() + get()[:-1])
            self.assertEqual(client.read().status, 200)
            self.assert_refused(client, 408)

    def test_many_heads_that_stop_keep_nobody_out(self):
        with contextlib.ExitStack() as clients:
            for _ in range(200):
                clients.enter_context(Client(self.server.port)).send(get()[:-1])
            self.assert_served()


class SlowBodyTest(RudeCase):
    options = (*RudeCase.options, f"--body-timeout={HALF_A_SECOND}")

    def test_body_that_drips(self):
        with Client(self.server.port) as client:
            client.send(post(b"", b"Content-Length: 100000"))
            drip(client, b"x")
            self.assert_refused(client, 408)

    def test_chunks_that_drip(self):
        with Client(self.server.port) as client:
            client.send(post(b"", b"Transfer-Encoding: chunked"))
            drip(client, b"1\r\nx\r\n")
            self.assert_refused(client, 408)

    def test_chunk_size_that_drips(self):
        with Client(self.server.port) as client:
            client.send(post(b"", b"Transfer-Encoding: chunked"))
            drip(client, b"0")
            self.assert_refused(client, 408)

    def test_trailers_that_drip(self):
        with Client(self.server.port) as client:
            client.send(post(b"0\r\n", b"Transfer-Encoding: chunked"))
            drip(client, b"X-A: b\r\n")
            self.assert_refused(client, 408)

    def test_body_that_never_comes(self):
        with Client(self.server.port) as client:
            client.send(post(b"", b"Content-Length: 5"))
            self.assert_refused(client, 408)

    def test_body_that_was_asked_for_and_never_comes(self):
        with Client(self.server.port) as client:
            client.send(post(b"", b"Content-Length: 5", b"Expect: 100-continue"))
            self.assertEqual(client.read_one().status, 100)
            self.assert_refused(client, 408)


class SlowRateTest(RudeCase):
    options = (*RudeCase.options, "--min-body-rate=1000000")

    def test_body_below_the_least_rate(self):
        with Client(self.server.port) as client:
            client.send(post(b"", b"Content-Length: 100000"))
            drip(client, b"x")
            self.assert_refused(client, 408)


class UsualRateTest(RudeCase):
    options = (*RudeCase.options, "--usual-body-rate")

    def test_body_that_stops_after_a_fast_beginning(self):
        with Client(self.server.port) as client:
            client.send(post(b"x" * 500_000, b"Content-Length: 900000"))
            self.assert_refused(client, 408)


class IdleTest(RudeCase):
    options = (*RudeCase.options, f"--idle-timeout={HALF_A_SECOND}")

    def test_connection_without_a_request(self):
        with Client(self.server.port) as client:
            self.assertTrue(client.is_at_end())

    def test_connection_after_a_request(self):
        with Client(self.server.port) as client:
            client.send(get())
            self.assertEqual(client.read().status, 200)
            self.assertTrue(client.is_at_end())

    def test_blank_lines_are_no_request(self):
        with Client(self.server.port) as client:
            client.send(b"\r\n\r\n")
            self.assertTrue(client.is_at_end())


class LateReaderTest(RudeCase):
    def test_a_broken_answer_takes_nothing_from_those_before_it(self):
        for line in (b"GET /broken-later HTTP/1.0", b"GET /broken-later HTTP/1.1"):
            with self.subTest(line), Client(self.server.port) as client:
                client.send(get(b"/bytes/900000") + head(line))
                self.assert_served()  # by then the server has answered and broken off
                self.assertEqual(len(client.read().body), 900_000)
                self.assertIsNotNone(client.read().broken)


class NeverReadsTest(RudeCase):
    options = (*RudeCase.options, f"--write-timeout={HALF_A_SECOND}")

    def test_response_that_nobody_takes_is_cut_off(self):
        size = 100_000_000
        with Client(self.server.port, receive_buffer=4096) as client:
            client.send(get(b"/bytes/%d" % size))
            while is_served(self.server.port, client):
                self.assert_served()
            with contextlib.suppress(ConnectionResetError):
                self.assertIsNotNone(client.read().broken)

    def test_requests_of_one_who_never_reads_stop_being_answered(self):
        with Client(self.server.port, receive_buffer=4096) as client:
            client.socket.settimeout(0.2)
            with self.assertRaises((TimeoutError, ConnectionError)):
                while True:
                    client.socket.sendall(get(b"/bytes/10000") * 100)
            self.assert_served()


class ResetTest(RudeCase):
    def test_resets_at_any_time(self):
        large = get(b"/bytes/10000000")
        for sent in (b"", b"GET /", get(), large, get(b"/wait/1"), get(b"/stream"), post(b"hel", b"Content-Length: 5"),
                     post(b"5\r\nhe", b"Transfer-Encoding: chunked"), get() * 100 + b"nonsense\r\n\r\n", large * 3):
            for _ in range(5):
                client = Client(self.server.port)
                client.send(sent)
                reset(client)
        self.assert_served()
        self.assertEqual(self.server.log(), "")

    def test_reset_amid_a_response(self):
        for _ in range(20):
            client = Client(self.server.port)
            client.send(get(b"/bytes/50000000"))
            client.socket.recv(1000)
            reset(client)
        self.assert_served()
        self.assertEqual(self.server.log(), "")

    def test_client_that_ends_its_side_and_goes_on_reading(self):
        with Client(self.server.port) as client:
            client.send(get(b"/bytes/10000000"))
            client.end_sending()
            self.assertEqual(len(client.read().body), 10_000_000)


class ExpectTest(RudeCase):
    def test_body_comes_when_it_is_asked_for(self):
        with Client(self.server.port) as client:
            for _ in range(3):
                client.send(post(b"", b"Content-Length: 5", b"Expect: 100-continue"))
                self.assertEqual(client.read_one().status, 100)
                client.send(b"hello")
                self.assertEqual(client.read().body, b"POST /echo hello")

    def test_chunks_come_when_they_are_asked_for(self):
        with Client(self.server.port) as client:
            client.send(post(b"", b"Transfer-Encoding: chunked", b"Expect: 100-continue"))
            self.assertEqual(client.read_one().status, 100)
            client.send(b"5\r\nhello\r\n0\r\n\r\n")
            self.assertEqual(client.read().body, b"POST /echo hello")

    def test_nobody_is_asked_for_a_body_that_is_not_there(self):
        with Client(self.server.port) as client:
            client.send(get(b"/echo", b"Expect: 100-continue"))
            self.assertEqual(client.read_one().status, 200)


class GzipTest(RudeCase):
    options = (*RudeCase.options, "--decompress-request")
    CODED = b"Content-Encoding: gzip"

    def answer_to(self, body, *fields):
        with Client(self.server.port) as client:
            client.send(post(body, b"Content-Length: %d" % len(body), *(fields or (self.CODED,))))
            return client.read()

    def test_body_is_decoded(self):
        for name in (b"gzip", b"GZIP", b"Gzip"):
            self.assertEqual(self.answer_to(gzip.compress(b"hello"), b"Content-Encoding: " + name).body, b"POST /echo hello")

    def test_members_are_one_body(self):
        body = gzip.compress(b"hel") + gzip.compress(b"lo")
        self.assertEqual(self.answer_to(body).body, b"POST /echo hello")

    def test_damage_is_a_400(self):
        good = gzip.compress(b"hello" * 100)
        for title, body in {"cut off": good[:-1], "half": good[:len(good) // 2], "no gzip": b"hello", "a byte of it": good[:1],
                            "a wrong sum": good[:-8] + bytes(8), "rubbish behind it": good + b"rubbish"}.items():
            with self.subTest(title):
                self.assertEqual(self.answer_to(body).status, 400)

    def test_bomb_is_a_413(self):
        for size in (1_000_001, 100_000_000):
            self.assertEqual(self.answer_to(gzip.compress(bytes(size))).status, 413)
        bomb = gzip.compress(bytes(10_000_000))
        self.assertEqual(self.answer_to(bomb * 10).status, 413)
        self.assertEqual(self.answer_to(gzip.compress(bytes(1_000_000))).status, 200)

    def test_bomb_of_a_bomb_is_decoded_once(self):
        inner = gzip.compress(bytes(10_000_000))
        self.assertEqual(self.answer_to(gzip.compress(inner)).body, b"POST /echo " + inner)

    def test_many_bombs_keep_nobody_out(self):
        bomb = gzip.compress(bytes(50_000_000))
        with contextlib.ExitStack() as clients:
            for _ in range(20):
                clients.enter_context(Client(self.server.port)).send(post(bomb, b"Content-Length: %d" % len(bomb), self.CODED))
            self.assert_served()


if __name__ == "__main__":
    unittest.main()
