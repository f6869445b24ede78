"""Our templates beside those of other engines, in turns: ratios of CPU time."""

import subprocess
from pathlib import Path
from statistics import median

from .errors import BenchError
from .figures import Figure, Progress
from .targets import Targets

GROUP = "templates: ratio of CPU time, its spread, and both sides"
COMPILING = "compiling a template of 10 KiB"
HERE = Path(__file__).resolve().parent.parent
PYTHON = "/usr/bin/python3"

# How much of the other's time the first may take, page by page. What was compiled with the program is beside what is compiled at run
# time, and beside the same page written by hand.
LIMITS = {
    ("table", "files", "tornado"): round(1 / 15, 3),
    ("table", "files", "jinja2"): round(1 / 8, 3),
    ("table", "files", "ctemplate"): 1.0,
    ("table", "compiled", "files"): 0.2,
    ("table", "compiled", "by_hand"): 1.5,
    ("lookups", "files", "tornado"): None,  # the same table, and two look-ups in a std::map for each cell
    ("lookups", "files", "jinja2"): None,
    ("lookups", "files", "ctemplate"): None,
    ("lookups", "compiled", "by_hand"): 1.5,
    ("blog", "files", "tornado"): round(1 / 15, 3),
    ("blog", "files", "jinja2"): None,
    ("blog", "compiled", "files"): 0.2,
    ("blog", "compiled", "by_hand"): 1.5,
}


def measure_templates(targets: Targets, rounds: int, milliseconds: int, progress: Progress) -> list[Figure]:
    figures = []
    for (page, first, second), limit in LIMITS.items():
        if not is_here(targets, second):
            continue
        sides = (command(targets, first), command(targets, second))
        require_equal(output([*sides[0], page]), output([*sides[1], page]), page, second)
        times = [[float(output([*side, page, str(milliseconds)])) for side in sides] for _ in range(rounds)]
        figures.append(comparison(f"{page}, {first} / {second}", times, limit))
        progress(f"{figures[-1].name}: {figures[-1].value:.3f} {figures[-1].unit}")
    parse = [*command(targets, "parse"), "long", str(milliseconds)]
    compiling = median(float(output(parse)) for _ in range(rounds)) / 1000
    return [*figures, Figure(COMPILING, "parse and compile", compiling, "µs", 1000)]


def is_here(targets: Targets, engine: str) -> bool:
    if engine in ("tornado", "jinja2"):
        return subprocess.run([PYTHON, "-c", f"import {engine}, tornado"], capture_output=True, check=False).returncode == 0
    return engine != "ctemplate" or (targets.build / "test/bench/ctemplate_bench").exists()


def command(targets: Targets, engine: str) -> list[str]:
    folder = str(HERE / "templates")
    if engine in ("tornado", "jinja2"):
        return [PYTHON, "-B", str(HERE / "template_peers.py"), engine]
    if engine == "ctemplate":
        return [targets.program("test/bench/ctemplate_bench"), folder]
    return [targets.program("test/bench/template_bench"), engine, folder]


def output(command: list[str]) -> str:
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    if done.returncode != 0:
        raise BenchError(f"{command[0]} failed with status {done.returncode}: {done.stderr}")
    return done.stdout


def require_equal(ours: str, theirs: str, page: str, engine: str) -> None:
    """Pages that are equal but for white space, which the engines treat differently."""
    if "".join(ours.split()) != "".join(theirs.split()):
        raise BenchError(f"{engine} makes another page of {page} than ours")


def comparison(name: str, times: list[list[float]], limit: float | None) -> Figure:
    ratios = [ours / theirs for ours, theirs in times]
    ours, theirs = (median(side) / 1000 for side in zip(*times, strict=True))
    unit = f"{min(ratios):.3f}–{max(ratios):.3f}  {ours:,.0f} / {theirs:,.0f} µs"
    return Figure(GROUP, name, median(ratios), unit, limit)
