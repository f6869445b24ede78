"""Tests of the layer check."""

import unittest
from pathlib import Path

import layers
import project

TABLE = layers.parse_table("low : :\nmid : low : Boost::json\nhigh : mid :\nside : low : # a remark\n")


def faults(declaration):
    return list(layers.faults(TABLE, project.parse_libraries(declaration, Path("CMakeLists.txt"))))


class LayerCheck(unittest.TestCase):
    def test_allows_what_the_table_names_and_what_comes_with_it(self):
        self.assertEqual(faults("tornado_add_library(high SOURCES a.cpp PUBLIC tornado::mid PRIVATE tornado::low)"), [])

    def test_allows_own_third_parties_and_threads(self):
        self.assertEqual(faults("tornado_add_library(mid PRIVATE Boost::json Threads::Threads)"), [])

    def test_refuses_an_edge_upwards(self):
        self.assertEqual(len(faults("tornado_add_library(low PRIVATE tornado::high)")), 1)

    def test_refuses_an_edge_sideways(self):
        self.assertEqual(len(faults("tornado_add_library(side\n    PUBLIC tornado::low\n    PRIVATE tornado::mid\n)")), 1)

    def test_refuses_a_third_party_that_only_a_lower_library_has(self):
        self.assertEqual(len(faults("tornado_add_library(high PRIVATE Boost::json)")), 1)

    def test_refuses_a_bare_library_name(self):
        self.assertEqual(len(faults("tornado_add_library(mid PRIVATE ssl)")), 1)

    def test_refuses_a_library_without_a_line(self):
        self.assertEqual(len(faults("tornado_add_library(new PRIVATE tornado::low)")), 1)

    def test_does_not_read_remarks(self):
        self.assertEqual(faults("# tornado_add_library(low PRIVATE tornado::high)"), [])

    def test_a_table_with_a_forward_edge_is_refused(self):
        with self.assertRaises(SystemExit):
            layers.parse_table("a : b :\nb : :\n")


if __name__ == "__main__":
    unittest.main()
