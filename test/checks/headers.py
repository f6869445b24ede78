"""Compiles each public header alone, and sees that it brings none of the big libraries behind ours to its users.

    headers.py [compiler]

A header may include what its own library's PUBLIC edges offer, and nothing more.
"""

import concurrent.futures
import os
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path

import project

FLAGS = "-std=c++20 -O0 -Wall -Wextra -Wpedantic -Wshadow -Wconversion -Werror -MD -MF rules.d -c header.cpp".split()

# What has been compiled before is not compiled again, in whatever folder the project lay then.
LAUNCHER = ["ccache"] if shutil.which("ccache") else []
ENVIRONMENT = os.environ | {"CCACHE_BASEDIR": str(project.ROOT)}
SCRATCH = project.ROOT / "build/check_headers"

# What a public header may not define for its includer, by the folder that its files come from.
HIDDEN = {"/boost/asio/": "Asio", "/boost/json/": "Boost.JSON", "/openssl/": "OpenSSL"}

# The headers, and those in the folder of the same name, whose whole purpose is to open such a library to those who ask for it.
OPT_IN = {"tornado/asio": {"Asio"}, "tornado/web/json": {"Boost.JSON"}}


def visible(library, libraries, seen=None):
    """The library itself and all that its PUBLIC edges lead to."""
    seen = {} if seen is None else seen
    if library.name not in seen:
        seen[library.name] = library
        for target in library.public:
            name = target.removeprefix("tornado::")
            if name in libraries and target != name:
                visible(libraries[name], libraries, seen)
    return seen.values()


def hidden_libraries(dependencies):
    """Which of the hidden libraries stand in a list of included files."""
    return {name for folder, name in HIDDEN.items() if any(folder in path for path in dependencies)}


def opened_by(header):
    """Which of the hidden libraries the header is there to open."""
    return set().union(*(names for path, names in OPT_IN.items() if header == f"{path}.hpp" or header.startswith(f"{path}/")))


def check(compiler, library, header, include_dirs):
    """A sentence on what is wrong with the header, or None."""
    if not (library.include_dir / header).is_file():
        return f"{header}: is listed, but there is no such file"
    with tempfile.TemporaryDirectory(dir=SCRATCH) as folder:
        command = [*LAUNCHER, compiler, *(f"-I{path}" for path in include_dirs), *FLAGS]
        (Path(folder) / "header.cpp").write_text(f"#include <{header}>\n#include <{header}>\n")
        done = subprocess.run(command, cwd=folder, env=ENVIRONMENT, capture_output=True, text=True)
        if done.returncode:
            return f"{header}: does not compile alone with {compiler}\n{done.stderr}"
        brought = hidden_libraries((Path(folder) / "rules.d").read_text().split()) - opened_by(header)
    return f"{header}: brings {', '.join(sorted(brought))} to its users" if brought else None


def unlisted(libraries):
    """Headers that lie in an include folder, but would not be installed."""
    listed = {library.include_dir / header for library in libraries for header in library.public_headers}
    for folder in sorted({library.include_dir for library in libraries}):
        for path in sorted(set(folder.rglob("*.hpp")) - listed):
            yield f"{path.relative_to(folder)}: is not listed in {project.relative(folder.parent)}/CMakeLists.txt"


def main():
    compiler = sys.argv[1] if len(sys.argv) > 1 else "g++"
    SCRATCH.mkdir(parents=True, exist_ok=True)
    libraries = project.libraries()
    found, jobs = set(unlisted(libraries.values())), []
    with concurrent.futures.ThreadPoolExecutor(os.cpu_count()) as pool:
        for library in libraries.values():
            include_dirs = [other.include_dir for other in visible(library, libraries)]
            for header in library.public_headers:
                jobs.append(pool.submit(check, compiler, library, header, include_dirs))
        found.update(job.result() for job in jobs)
    found.discard(None)
    print(*sorted(found), f"{len(jobs)} headers, {len(found)} faults", sep="\n")
    return 1 if found else 0


if __name__ == "__main__":
    sys.exit(main())
