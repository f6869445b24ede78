"""The same templates rendered by ours and by Tornado, where Debian's python3-tornado is installed: bytes and exceptions are equal."""

import json
import subprocess
import unittest

import programs
from template_cases import CASES

PEER = [programs.PYTHON, "-B", str(programs.HERE / "template_peer.py")]
OURS = [str(programs.BUILD / "test/integration/template_renderer")]


def has_tornado():
    return programs.run(programs.PYTHON, "-c", "import tornado.template").returncode == 0


def rendered(command):
    cases = [case._asdict() for case in CASES]
    done = subprocess.run(command, input=json.dumps(cases), capture_output=True, text=True, check=True, timeout=120)
    return json.loads(done.stdout)


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


if __name__ == "__main__":
    unittest.main()
