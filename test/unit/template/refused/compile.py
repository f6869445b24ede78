"""Compiles one template to C++, and that with a compiler: compile.py TOOL FOLDER TEMPLATE SCRATCH COMPILER..."""

import subprocess
import sys
from pathlib import Path


def main(tool, folder, name, scratch, *compiler):
    output = str(Path(scratch) / (name + ".cpp"))
    notes = Path(__file__).resolve().parent.parent / "compiled/notes.hpp"
    done = subprocess.run([tool, "--root", folder, "--set", "refused", "--output", output, "--header", str(notes),
                           "--name", "note=notes::Note", "--name", "entries=std::vector<notes::Note>", name])
    sys.exit(done.returncode or subprocess.run([*compiler, output]).returncode)


main(*sys.argv[1:])
