"""The same templates rendered by ours and by Tornado, where Debian's python3-tornado is installed: bytes and exceptions are equal. So are
those of templates that were compiled with the program."""

import json
import re
import subprocess
import unittest

import programs
from template_cases import CASES, DIFFERENT, Case

PEER = [programs.PYTHON, "-B", str(programs.HERE / "template_peer.py")]
OURS = [str(programs.BUILD / "test/integration/template_renderer")]


def has_tornado():
    return programs.run(programs.PYTHON, "-c", "import tornado.template").returncode == 0


def rendered(command, cases=CASES):
    text = json.dumps([case._asdict() for case in cases])
    done = subprocess.run(command, input=text, capture_output=True, text=True, check=True, timeout=120)
    return json.loads(done.stdout)


def promised_names():
    """What the page of templates says that there is."""
    page = (programs.HERE.parent.parent / "doc/templates.md").read_text()
    promised = page[page.index("## Methods"):page.index("## Errors")]
    return set(re.findall(r"`(?:\w+\.)?([A-Za-z]\w+)(?:\([^`]*\))?`", promised))


class PageTest(unittest.TestCase):
    def test_every_name_of_the_page_has_a_case(self):
        names = promised_names()
        self.assertGreater(len(names), 130)
        rendered_names = {name for case in CASES for text in case.files.values() for name in re.findall(r"\w+", text)}
        self.assertEqual(names - rendered_names, set())


class CompiledTemplateTest(unittest.TestCase):
    def test_what_was_compiled_with_the_program_comes_to_the_same_bytes_and_the_same_errors(self):
        self.assertGreaterEqual(len(CASES), 400)
        for case, files, compiled in zip(CASES, rendered([*OURS, "files"]), rendered([*OURS, "compiled"]), strict=True):
            with self.subTest(case.files[case.name], names=case.names):
                self.assertEqual(compiled, files)


@unittest.skipUnless(has_tornado(), "python3-tornado is not installed")
class TemplateTest(unittest.TestCase):
    def test_all_cases_are_rendered_alike(self):
        self.assertGreaterEqual(len(CASES), 400)
        for case, theirs, ours in zip(CASES, rendered(PEER), rendered(OURS), strict=True):
            with self.subTest(case.files[case.name], names=case.names):
                self.assertEqual(ours, theirs)

    def test_most_cases_have_an_output(self):
        outputs = sum("output" in result for result in rendered(PEER))
        self.assertGreater(outputs, len(CASES) * 3 // 4)

    def test_known_differences(self):
        cases = [Case({"t": text}, "t", {}) for text, *_ in DIFFERENT]
        for (text, expected_of_tornado, expected_of_us, reason), theirs, ours in zip(
                DIFFERENT, rendered(PEER, cases), rendered(OURS, cases), strict=True):
            with self.subTest(text, reason=reason):
                self.assertEqual(theirs, expected_of_tornado)
                self.assertEqual(ours, expected_of_us)


if __name__ == "__main__":
    unittest.main()
