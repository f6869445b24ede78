"""What ctest is told of the tests of a module."""

import os
import tempfile
import unittest
from pathlib import Path

import programs

RUN_TESTS = programs.HERE / "run_tests.py"

SKIPPED = """
    @unittest.skip("python3-flask is not installed")
    def test_skipped(self):
        pass
"""
PASSED = """
    def test_passed(self):
        pass
"""
FAILED = """
    def test_failed(self):
        self.fail()
"""
SKIPPED_FOR_ANOTHER_REASON = """
    def test_skipped(self):
        self.skipTest("this machine has no IPv6")
"""


class StatusTest(unittest.TestCase):
    def status_of(self, *cases):
        with tempfile.TemporaryDirectory() as folder:
            Path(folder, "some_test.py").write_text("import unittest\n\nclass Some(unittest.TestCase):" + "".join(cases))
            return programs.run(
                programs.PYTHON, "-B", RUN_TESTS, "some_test", env={**os.environ, "PYTHONPATH": folder}).returncode

    def test_what_has_passed(self):
        self.assertEqual(self.status_of(PASSED), 0)
        self.assertEqual(self.status_of(PASSED, SKIPPED_FOR_ANOTHER_REASON), 0)

    def test_what_is_not_installed_is_skipped(self):
        self.assertEqual(self.status_of(PASSED, SKIPPED), 77)

    def test_what_is_not_installed_hides_no_failure(self):
        self.assertEqual(self.status_of(PASSED, SKIPPED, FAILED), 1)

    def test_a_module_that_cannot_be_loaded_has_failed(self):
        self.assertEqual(self.status_of("\n    nothing"), 1)


if __name__ == "__main__":
    unittest.main()
