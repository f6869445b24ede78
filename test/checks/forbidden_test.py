"""Tests of the check for forbidden words."""

import unittest

import cpp_tokens
import forbidden


def endings(text):
    return len(list(forbidden.ending_faults(cpp_tokens.code(text))))


class ForbiddenWords(unittest.TestCase):
    def test_refuses_calls_that_end_the_process(self):
        for call in ("exit(1);", "std::exit(1);", "::abort();", "return std::terminate();", "if (x) _exit(127);", "else abort();"):
            with self.subTest(call):
                self.assertEqual(endings(f"void f() {{ {call} }}"), 1)

    def test_allows_members_and_declarations_of_that_name(self):
        for text in ("stream.abort();", "stream->abort();", "void abort();", "void Stream::abort() {}", "int exit = 1;", "// exit(1)"):
            with self.subTest(text):
                self.assertEqual(endings(text), 0)

    def test_refuses_std_regex(self):
        self.assertEqual(len(list(forbidden.regex_faults(cpp_tokens.code("std::regex r; std::regex_match(a, r);")))), 2)
        self.assertEqual(list(forbidden.regex_faults(cpp_tokens.code('boost::regex r; "std::regex x"; // std::regex y'))), [])


if __name__ == "__main__":
    unittest.main()
