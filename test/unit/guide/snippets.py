"""Takes the C++ out of a document, so that the build compiles what readers will copy.

    snippets.py extract <document> <folder>            writes the document's snippets, and its programs, into the folder
    snippets.py run <document> <number> <command>...   runs one of its programs: does it print what the document says?

CONTRIBUTING.md says how a document marks its snippets.
"""

import re
import subprocess
import sys
from pathlib import Path

MARK = re.compile(r"<!-- snippet: (.*?) -->")


class Block:
    """One fenced block; `line` is that of its first line of text, `mark` that of the comment right above it, or None."""

    def __init__(self, document, language, line, mark):
        self.document = document
        self.language = language
        self.line = line
        self.mark = mark
        self.lines = []

    @property
    def is_program(self):
        return self.language == "cpp" and any(line.startswith("int main(") for line in self.lines)

    def marked(self, own):
        """Its text for the compiler, which shall speak of the document's lines; `own` is the file that it goes into."""
        return [f'#line {self.line} "{self.document}"', *self.lines, f'#line 1 "{own}"']


def blocks(document):
    """The fenced blocks of a document, in order."""
    found, block, above = [], None, ""
    for number, line in enumerate(Path(document).read_text().splitlines(), 1):
        if block is not None and line == "```":
            found.append(block)
            block = None
        elif block is not None:
            block.lines.append(line)
        elif line.startswith("```"):
            mark = MARK.fullmatch(above)
            block = Block(document, line[3:], number + 1, mark and mark.group(1))
        elif line.lstrip().startswith("```"):
            raise SystemExit(f"{document}:{number}: an indented block would be overlooked: begin it in the first column")
        above = line
    if block is not None:
        raise SystemExit(f"{document}:{block.line - 1}: this block does not end")
    return found


def fragment(block, own):
    """A fragment as C++: the body of the function that its mark names, or declarations in the namespace of that name."""
    if block.mark is None:
        raise SystemExit(f"{block.document}:{block.line}: neither a program nor marked: put `<!-- snippet: name -->` above it")
    head = block.mark if block.mark.endswith(")") else f"namespace {block.mark}"
    return [f"{head} {{", *block.marked(own), "}", ""]


def extract(document, folder):
    stem = Path(document).stem.lower()
    name = f"{stem}.snippets.hpp"
    fragments, programs = [], []
    for block in blocks(document):
        if block.is_program:
            programs.append(block)
        elif block.language == "cpp":
            fragments += fragment(block, name)
    if fragments and not (Path(__file__).parent / f"{stem}_test.cpp").exists():
        raise SystemExit(f"{document}: has fragments, but there is no test/unit/guide/{stem}_test.cpp to include them")
    Path(folder, name).write_text("\n".join([f"// Made of {document}.", "", *fragments]))
    for number, program in enumerate(programs, 1):
        name = f"{stem}_{number}.cpp"
        Path(folder, name).write_text("\n".join([*program.marked(name), ""]))


def run(document, number, command):
    found = blocks(document)
    at = [index for index, block in enumerate(found) if block.is_program][number - 1]
    after = found[at + 1] if at + 1 < len(found) else None
    if after is None or after.language != "text":
        raise SystemExit(f"{document}:{found[at].line}: no `text` block after this program says what it prints")
    done = subprocess.run(command, stdout=subprocess.PIPE, text=True, timeout=60)
    if done.returncode != 0:
        raise SystemExit(f"{document}:{found[at].line}: this program ends with status {done.returncode}")
    if done.stdout.splitlines() != after.lines:
        raise SystemExit(f"{document}:{after.line}: this is not what the program prints, but:\n{done.stdout}")


def main(task, *arguments):
    if task == "extract":
        extract(*arguments)
    else:
        document, number, *command = arguments
        run(document, int(number), command)


if __name__ == "__main__":
    main(*sys.argv[1:])
