"""Tables that we have copied, entry by entry against those of Python and of Debian's python3-tornado."""

import html
import html.entities
import importlib.util
import unittest

import programs

TABLES = programs.BUILD / "test/integration/tables"


def unescaped(text):
    done = programs.run(TABLES, "unescape", input=text)
    assert done.returncode == 0, done.stderr
    return done.stdout


class HTMLEntitiesTest(unittest.TestCase):
    NAMES = sorted({name.rstrip(";") for name in html.entities.html5})

    def compare(self, before, after):
        lines = [before + name + after for name in self.NAMES]
        for line, ours in zip(lines, unescaped("\x1f".join(lines)).split("\x1f"), strict=True):
            with self.subTest(line):
                self.assertEqual(ours, html.unescape(line))

    def test_all_names_are_known(self):
        self.assertEqual(len(self.NAMES), 2125)
        self.compare("&", ";")

    def test_the_same_may_lack_their_semicolon(self):
        self.compare("&", "")

    def test_the_same_may_be_the_beginning_of_a_word(self):
        self.compare("&", "x")

    def test_numbers_that_stand_for_others_are_the_same(self):
        text = "\n".join(f"&#{number};" for number in [*range(32, 0x200), *range(0xfd00, 0x10050)])
        self.assertEqual(unescaped(text).encode("utf-8", "surrogatepass"), html.unescape(text).encode("utf-8", "surrogatepass"))


@unittest.skipUnless(importlib.util.find_spec("tornado"), "python3-tornado is not installed")
class LocaleNamesTest(unittest.TestCase):
    def test_all_are_tornados(self):
        from tornado._locale_data import LOCALE_NAMES

        lines = programs.run(TABLES, "locale_names").stdout.splitlines()
        ours = {code: {"name": name, "name_en": name_en} for code, name, name_en in (line.split("\t") for line in lines)}
        theirs = LOCALE_NAMES | {"uk_UA": LOCALE_NAMES["uk_UA"] | {"name_en": "Ukrainian"}}  # there "Ukraini "
        self.maxDiff = None
        self.assertEqual(ours, theirs)


if __name__ == "__main__":
    unittest.main()
