"""Raw requests, section by section of RFC 9110 and RFC 9112, each in one piece and byte by byte."""

import collections
import unittest

from cases import RfcAppCase
from rfc import body_cases, connection_cases, field_cases, limit_cases, line_cases, range_cases, semantic_cases
from rfc.check import check


class RfcCase(RfcAppCase):
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

    def test_range_cases(self):
        self.run_cases(range_cases.cases())

    def test_limit_cases(self):
        self.run_cases(limit_cases.cases())


class SmallLimitsTest(RfcCase):
    options = (*RfcCase.options, *limit_cases.SMALL)

    def test_small_limits(self):
        self.run_cases(limit_cases.small())


if __name__ == "__main__":
    unittest.main()
