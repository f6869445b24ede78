"""Compares what each library links, as its CMakeLists.txt says, with the layers in layers.txt."""

import sys

import project

TABLE = project.ROOT / "test/checks/layers.txt"
OPEN_TO_ALL = {"Threads::Threads"}


def parse_table(text):
    """Maps each library to (libraries it may link, third parties it may link), with what comes with the former."""
    table = {}
    for line in text.splitlines():
        line = line.split("#")[0].strip()
        if not line:
            continue
        name, lower, foreign = (part.strip() for part in line.replace("::", "\0").split(":"))
        may_link = set()
        for other in lower.split():
            if other not in table:
                raise SystemExit(f"layers.txt: {name} may use {other}, which stands on no line above it")
            may_link |= {other} | table[other][0]
        table[name] = may_link, {target.replace("\0", "::") for target in foreign.split()} | OPEN_TO_ALL
    return table


def faults(table, libraries):
    """One sentence for each thing in which the libraries depart from the table."""
    for library in libraries:
        if library.name not in table:
            yield f"{library.name} has no line in layers.txt"
            continue
        may_link, may_use = table[library.name]
        for target in library.public + library.private:
            if target == f"tornado::{library.name}" or target.startswith("tornado::") and target[9:] not in may_link:
                yield f"{library.name} links {target}, which is not below it"
            elif "::" not in target:
                yield f"{library.name} links {target}: name it by its target, as in Boost::regex"
            elif not target.startswith("tornado::") and target not in may_use:
                yield f"{library.name} links {target}, which is not its own third party"


def main():
    libraries = list(project.libraries().values())
    found = list(faults(parse_table(TABLE.read_text()), libraries))
    print(*found, f"{len(libraries)} libraries, {len(found)} faults", sep="\n")
    return 1 if found else 0


if __name__ == "__main__":
    sys.exit(main())
