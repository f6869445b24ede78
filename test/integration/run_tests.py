"""Runs the tests of one module for ctest: `run_tests.py wsgi_test`.

Ends with 1 when a test has failed, and with 77 when none has but some could not be run, as what they need is not installed.
"""

import sys
import unittest

FAILED, SKIPPED = 1, 77


def status_of(result):
    if not result.wasSuccessful():
        return FAILED
    is_missing = any(reason.rstrip(".").endswith(" is not installed") for _, reason in result.skipped)
    return SKIPPED if is_missing else 0


if __name__ == "__main__":
    sys.exit(status_of(unittest.main(module=None, verbosity=2, exit=False).result))
