"""Sees that the cases which doc/tornado-tests.md names exist, that its first table does not count more than there is, and that its last rows all name cases."""

import re
import sys

import project

DOCUMENT = project.ROOT / "doc/tornado-tests.md"
MACRO = re.compile(r"BOOST_(\w*TEST_SUITE(?:_END)?|\w*TEST_CASE\w*)\s*\(\s*(\w*)\s*,?\s*(\w*)")
ROW = re.compile(r"^\| (.*test_.*?) \| (.*) \|$", re.MULTILINE)
ROW_OF_CASES = re.compile(r"^\| (.+?) \| (\w+/\w+(?:[,;] [\w/]+)*) \|$", re.MULTILINE)  # whatever its first cell says
LAST_SECTION = "\n## Bad input, and what Tornado gets wrong\n"
ROW_OF_IT = re.compile(r"^\| (?!(?:input|fault) \|).*$", re.MULTILINE)
COUNTS = re.compile(r"^\| (\w+_test\.py) \| (\d+) \| [^|]*\| *(\d*) *\| *(\d*) *\|$", re.MULTILINE)


def cases(text):
    """The cases of a test file, as (suite, case)."""
    suites = []
    for macro, first, second in MACRO.findall(text):
        if macro.endswith("SUITE_END"):
            suites.pop()
        elif macro.endswith("SUITE"):
            suites.append(first)
        else:
            case = second if macro == "DATA_TEST_CASE_F" else first
            yield suites[-1] if suites else "", case


def named(cell):
    """The cases that a row names: `suite/case, case` are two of one suite; a void row's are in its parentheses."""
    if cell.startswith("void"):
        cell = " ".join(re.findall(r"\((`?\w+/[^)]*)\)", cell))
    suite = None
    for word in re.findall(r"\w+/\w+|(?<=, )\w+(?=[,;]|$| \()", cell.replace("`", "")):
        if "/" in word:
            suite, word = word.split("/")
        if suite is not None:
            yield suite, word


def faults(document, existing):
    for tests, cell in dict.fromkeys(ROW.findall(document) + ROW_OF_CASES.findall(document)):
        for suite, case in named(cell):
            if (suite, case) not in existing:
                yield f"{tests}: there is no case {suite}/{case}"
    for row in ROW_OF_IT.findall(document.partition(LAST_SECTION)[2]):
        if not ROW_OF_CASES.match(row):
            yield f"{row} names no case"
    for name, claims, kept, void in COUNTS.findall(document):
        if int(kept or 0) + int(void or 0) > int(claims):
            yield f"{name}: kept and void are more than its {claims} claims"


def main():
    existing = {case for file in project.cpp_files("test/unit") for case in cases(file.read_text())}
    found = list(faults(DOCUMENT.read_text(), existing))
    print(*(f"{project.relative(DOCUMENT)}: {fault}" for fault in found), sep="\n", end="\n" if found else "")
    print(f"{len(existing)} cases, {len(found)} faults")
    return 1 if found else 0


if __name__ == "__main__":
    sys.exit(main())
