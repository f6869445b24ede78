"""Sees that the links of our documents lead somewhere, that the build compiles the C++ they show, and that this keeps clear
of what g++ 12 compiles into crashes.

The build compiles the documents that test/unit/guide/CMakeLists.txt names. Only a snippet that is called a trap may be one.
"""

import re
import sys

import co_await
import project

FENCE = re.compile(r"^```(\S*)\n(.*?)^```$", re.MULTILINE | re.DOTALL)
SNIPPET = re.compile(r"^(?:<!-- snippet: (.*?) -->\n)?```cpp\n(.*?)^```$", re.MULTILINE | re.DOTALL)
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
    return {project.ROOT / name for name in re.findall(r"^ *tornado_add_guide\(([^\s)]+)", calls, re.MULTILINE)}


def snippet_faults(file, text, compiled):
    languages = {language.lower() for language, _ in FENCE.findall(text)}
    if languages & {"c++", "cc", "cxx", "hpp"}:
        yield f"{project.relative(file)}: a block of C++ is called `cpp`"
    if "cpp" in languages and file not in compiled:
        yield f"{project.relative(file)}: nobody compiles its C++: add it to test/unit/guide/CMakeLists.txt"


def trap_faults(file, text):
    for snippet in SNIPPET.finditer(text):
        mark, code = snippet.group(1) or "", snippet.group(2)
        if "trap_" not in mark:
            first_line = text.count("\n", 0, snippet.start(2)) + 1
            head = f"{mark} {{ " if mark.endswith(")") else ""  # statements are a function's body
            for line, sentence in co_await.faults(head + code + "}" * bool(head)):
                yield f"{project.relative(file)}:{first_line + line - 1}: {sentence}"


def main():
    files = documents()
    compiled = compiled_documents()
    found = []
    for file in files:
        text = file.read_text()
        found += [*link_faults(file, text), *snippet_faults(file, text, compiled), *trap_faults(file, text)]
    print(*found, f"{len(files)} documents, {len(found)} faults", sep="\n")
    return 1 if found else 0


if __name__ == "__main__":
    sys.exit(main())
