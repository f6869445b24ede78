"""Sees that the links of our documents lead somewhere, and that the whole programs they show compile.

A ```cpp block with an `int main(` is a whole program; other blocks are fragments, and are left to the reader's eye.
"""

import re
import subprocess
import sys

import project

FENCE = re.compile(r"^```(\w*)\n(.*?)^```$", re.MULTILINE | re.DOTALL)
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


def program_faults(file, text):
    include_dirs = [f"-I{library.include_dir}" for library in project.libraries().values()]
    for language, block in FENCE.findall(text):
        if language == "cpp" and "int main(" in block:
            command = ["g++", "-std=c++20", "-fsyntax-only", "-Wall", "-Wextra", *include_dirs, "-x", "c++", "-"]
            done = subprocess.run(command, input=block, capture_output=True, text=True)
            if done.returncode:
                yield f"{project.relative(file)}: this program does not compile:\n{block}\n{done.stderr}"


def main():
    files = documents()
    found = []
    for file in files:
        text = file.read_text()
        found += [*link_faults(file, text), *program_faults(file, text)]
    print(*found, f"{len(files)} documents, {len(found)} faults", sep="\n")
    return 1 if found else 0


if __name__ == "__main__":
    sys.exit(main())
