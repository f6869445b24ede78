"""Compiles the cases of template_cases.py to C++: template_corpus.py COMPILER FOLDER COUNT

Writes the files of each case to FOLDER/<number>/, and all templates that the cases render to COUNT files FOLDER/<n>.cpp. Those that
are not well-formed are left out, as their users would see at once.
"""

import subprocess
import sys
from pathlib import Path

from template_cases import CASES


def main(compiler, folder, count):
    folder = Path(folder)
    names = []
    for number, case in enumerate(CASES):
        for name, text in case.files.items():
            path = folder / str(number) / name
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(text, newline="")
        names.append(f"{number}/{case.name}")
    for part in range(count):
        done = subprocess.run([compiler, "--root", str(folder), "--set", "corpus", "--output", f"{folder}/{part}.cpp", *names[part::count]],
                              capture_output=True, text=True)
        if done.returncode not in (0, 1):
            sys.exit(done.stderr)


main(sys.argv[1], sys.argv[2], int(sys.argv[3]))
