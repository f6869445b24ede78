import unittest

import tornado_tests

FILE = """
BOOST_FIXTURE_TEST_SUITE(locks, Fixture)
BOOST_AUTO_TEST_CASE(one) {}
BOOST_DATA_TEST_CASE(two, data::make(all), each) {}
BOOST_DATA_TEST_CASE_F(
    Fixture,
    three,
    data::make(all),
    each
) {}
BOOST_AUTO_TEST_SUITE_END()
"""


class Cases(unittest.TestCase):
    def test_are_found_in_all_their_forms(self):
        self.assertEqual(list(tornado_tests.cases(FILE)), [("locks", "one"), ("locks", "two"), ("locks", "three")])


class Named(unittest.TestCase):
    def test_cases_of_one_suite_follow_each_other(self):
        self.assertEqual(list(tornado_tests.named("locks/one, two, `queues/three`")), [("locks", "one"), ("locks", "two"), ("queues", "three")])

    def test_void_rows_name_cases_in_parentheses_only(self):
        self.assertEqual(list(tornado_tests.named("void: there is one kind, and no other (`locks/one`)")), [("locks", "one")])


class Faults(unittest.TestCase):
    def test_a_case_that_is_not_there_is_one(self):
        row = "| test_a | `locks/one`, `locks/four` |\n"
        self.assertEqual(list(tornado_tests.faults(row, {("locks", "one")})), ["test_a: there is no case locks/four"])

    def test_counting_too_much_is_one(self):
        self.assertEqual(len(list(tornado_tests.faults("| a_test.py | 3 | `x` | 2 | 2 |\n", set()))), 1)
        self.assertEqual(list(tornado_tests.faults("| a_test.py | 3 | | | 3 |\n| b_test.py | 3 | | | |\n", set())), [])


if __name__ == "__main__":
    unittest.main()
