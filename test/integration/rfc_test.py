"""Raw requests, section by section of RFC 9110 and RFC 9112, each in one piece and byte by byte."""

import collections
import unittest

import programs
from cases import ServerCase
from rfc import body_cases, connection_cases, field_cases, limit_cases, line_cases, semantic_cases
from rfc.case import get
from rfc.wire import Client, Wrong

RFC_APP = programs.BUILD / "test/integration/rfc_app"
PROBE = get(b"/group/probe")


def check_answer(expected, response):
    """Raises Wrong unless the response is as expected."""
    if response is None:
        raise Wrong(f"the server closed in place of {expected.status}")
    if response.status not in expected.status:
        raise Wrong(f"{response} is none of {expected.status}")
    if expected.broken != (response.broken is not None):
        raise Wrong(f"{response} is {'whole' if expected.broken else 'broken'}")
    if expected.body is not None and not expected.head and response.body != expected.body:
        raise Wrong(f"the body is {response.body[:200]!r}, not {expected.body[:200]!r}")
    for name, value in expected.fields.items():
        if response.first(name.lower()) != value:
            raise Wrong(f"{name} is {response.first(name.lower())}, not {value}")


def check(case, port, piece=None):
    """Raises Wrong unless the server does what the case says."""
    with Client(port) as client:
        client.send(case.sent, piece)
        if case.is_open:
            client.send(PROBE)
        if case.ends:
            client.end_sending()
        response = None
        for expected in case.answers:
            response = client.read(to_head=expected.head)
            check_answer(expected, response)
        if case.is_open:
            probe = client.read()
            if probe is None or probe.body != b"probe":
                raise Wrong(f"the connection does not live on: {probe}")
            return
        if not client.is_at_end():
            raise Wrong(f"more than was expected: {client.read()}")
        if response is not None and not case.ends and response.broken is None and not response.closes():
            raise Wrong("RFC 9112, 9.6: the server closes and did not say so")


class RfcCase(ServerCase):
    program = RFC_APP
    options = ("--logging=none",)

    def run_cases(self, cases):
        names = collections.Counter()
        for case in cases:
            names[case.name] += 1
            for title, piece in (("in one piece", None), ("byte by byte", 1)):
                if piece is None or case.in_bytes:
                    with self.subTest(case.name, sent=title):
                        check(case, self.server.port, piece)
        self.assertEqual([name for name, count in names.items() if count > 1], [], "each name stands for one case")


class RfcTest(RfcCase):
    def test_line_cases(self):
        self.run_cases(line_cases.cases())

    def test_field_cases(self):
        self.run_cases(field_cases.cases())

    def test_body_cases(self):
        self.run_cases(body_cases.cases())

    def test_connection_cases(self):
        self.run_cases(connection_cases.cases())

    def test_semantic_cases(self):
        self.run_cases(semantic_cases.cases())

    def test_limit_cases(self):
        self.run_cases(limit_cases.cases())


class SmallLimitsTest(RfcCase):
    options = (*RfcCase.options, *limit_cases.SMALL)

    def test_small_limits(self):
        self.run_cases(limit_cases.small())


if __name__ == "__main__":
    unittest.main()
