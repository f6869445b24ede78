"""Requests that do not wait for the answers before them, over bare sockets."""

import unittest

from cases import BenchServerCase
from raw_http import Connection


def get(path, *headers):
    lines = [f"GET {path} HTTP/1.1", "Host: localhost", *headers]
    return "\r\n".join([*lines, "", ""]).encode()


class PipeliningTest(BenchServerCase):
    def answers_to(self, *pieces):
        """The bodies of all answers to these bytes, sent piece by piece; the last request must ask to close."""
        with Connection(self.server.port) as connection:
            for piece in pieces:
                connection.send(piece)
            return [answer.body.decode() for answer in connection.read_answers()]

    def test_answers_come_in_the_order_of_the_requests(self):
        requests = [get(f"/param/{number}") for number in range(200)]
        bodies = self.answers_to(b"".join(requests) + get("/param/last", "Connection: close"))
        self.assertEqual(bodies, [*map(str, range(200)), "last"])

    def test_handler_that_suspends_holds_back_those_behind_it(self):
        requests = get("/suspend") + get("/param/1") + get("/suspend") + get("/param/2", "Connection: close")
        self.assertEqual(self.answers_to(requests), [self.BODY, "1", self.BODY, "2"])

    def test_request_may_come_byte_by_byte(self):
        request = get("/param/slow") + get("/param/slower", "Connection: close")
        pieces = [request[at : at + 1] for at in range(len(request))]
        self.assertEqual(self.answers_to(*pieces), ["slow", "slower"])

    def test_nothing_behind_a_close_is_answered(self):
        requests = get("/param/1") + get("/param/2", "Connection: close") + get("/param/3")
        self.assertEqual(self.answers_to(requests), ["1", "2"])

    def test_body_is_no_request(self):
        body = get("/param/smuggled")
        post = b"POST / HTTP/1.1\r\nHost: localhost\r\nContent-Length: %d\r\n\r\n" % len(body)
        bodies = self.answers_to(post + body + get("/param/after", "Connection: close"))
        self.assertEqual(len(bodies), 2)
        self.assertIn("405", bodies[0])
        self.assertEqual(bodies[1], "after")

    def test_client_that_ends_its_side_still_gets_its_answers(self):
        with Connection(self.server.port) as connection:
            connection.send(get("/param/1") + get("/param/2"))
            connection.end_sending()
            self.assertEqual([answer.body for answer in connection.read_answers()], [b"1", b"2"])

    def test_good_requests_before_a_bad_one_are_answered(self):
        with Connection(self.server.port) as connection:
            connection.send(get("/param/1") + b"nonsense\r\n\r\n" + get("/param/2"))
            self.assertEqual([answer.status for answer in connection.read_answers()], [200, 400])


if __name__ == "__main__":
    unittest.main()
