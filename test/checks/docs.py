"""Sees that the links of our documents lead somewhere, and that the build compiles the C++ they show.

The build does so for the documents that test/unit/guide/CMakeLists.txt names.
"""

import re
import sys

import project

FENCE = re.compile(r"^```(\S*)\n(.*?)^```$", re.MULTILINE | re.DOTALL)
LINK = re.compile(r"\[[^\]]*\]\(([^)\s]+)\)")
HEADING = re.compile(r"^#+ +(.+?) *$", re.MULTILINE)


def documents():
    return sorted([*project.ROOT.glob("*.md"), *(project.ROOT / "doc").rglob("*.md")])


def anchors(text):
    """The names that a Markdown viewer gives to the headings."""
    headings = HEADING.findall(FENCE.sub("", text))
    return {re.sub(r"[^\w\- ]", "", heading.lower()).replace(" ", "-") for heading in headings}


def link_faults(file, text):
    for link in LINK.findall(re.sub(r"`[^`\n]*`", "", FENCE.sub("", text))):
        if re.match(r"\w+:", link):
            continue  # the web is not ours to check
        path, _, anchor = link.partition("#")
        target = (file.parent / path).resolve() if path else file
        if not target.exists():
            yield f"{project.relative(file)}: no such file: {link}"
        elif anchor and target.suffix == ".md" and anchor not in anchors(target.read_text()):
            yield f"{project.relative(file)}: no such heading: {link}"


def compiled_documents():
    calls = (project.ROOT / "test/unit/guide/CMakeLists.txt").read_text()
    return {project.ROOT / name for name in re.findall(r"^tornado_add_guide\(([^\s)]+)", calls, re.MULTILINE)}


def snippet_faults(file, text, compiled):
    languages = {language.lower() for language, _ in FENCE.findall(text)}
    if languages & {"c++", "cc", "cxx", "hpp"}:
        yield f"{project.relative(file)}: a block of C++ is called `cpp`"
    if "cpp" in languages and file not in compiled:
        yield f"{project.relative(file)}: nobody compiles its C++: add it to test/unit/guide/CMakeLists.txt"


def main():
    files = documents()
    compiled = compiled_documents()
    found = []
    for file in files:
        text = file.read_text()
        found += [*link_faults(file, text), *snippet_faults(file, text, compiled)]
    print(*found, f"{len(files)} documents, {len(found)} faults", sep="\n")
    return 1 if found else 0


if __name__ == "__main__":
    sys.exit(main())
