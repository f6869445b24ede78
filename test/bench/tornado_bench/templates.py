"""Our templates beside those of Python's engines, in turns: ratios of CPU time."""

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

# How much of the engine's time ours may take.
LIMITS = {
    ("table", "tornado"): round(1 / 15, 3),
    ("table", "jinja2"): round(1 / 8, 3),
    ("lookups", "tornado"): None,  # the same table, and two look-ups in a std::map for each cell
    ("lookups", "jinja2"): None,
    ("blog", "tornado"): round(1 / 15, 3),
    ("blog", "jinja2"): None,
}


def measure_templates(targets: Targets, rounds: int, milliseconds: int, progress: Progress) -> list[Figure]:
    ours = [targets.program("test/bench/template_bench"), str(HERE / "templates")]
    figures = []
    for (page, engine), limit in LIMITS.items():
        if subprocess.run([PYTHON, "-c", f"import {engine}, tornado"], capture_output=True, check=False).returncode != 0:
            continue
        theirs = [PYTHON, "-B", str(HERE / "template_peers.py"), engine]
        require_equal(output([*ours, page]), output([*theirs, page]), page, engine)
        times = [
            [float(output([*command, page, str(milliseconds)])) for command in (ours, theirs)] for _ in range(rounds)
        ]
        figures.append(comparison(f"{page}, {engine}", times, limit))
        progress(f"{figures[-1].name}: {figures[-1].value:.3f} {figures[-1].unit}")
    compiling = median(float(output([*ours, "compile", str(milliseconds)])) for _ in range(rounds)) / 1000
    return [*figures, Figure(COMPILING, "parse and compile", compiling, "µs", 1000)]


def output(command: list[str]) -> str:
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    if done.returncode != 0:
        raise BenchError(f"{command[0]} failed with status {done.returncode}: {done.stderr}")
    return done.stdout


def require_equal(ours: str, theirs: str, page: str, engine: str) -> None:
    """Pages that are equal but for white space, which the engines treat differently."""
    if "".join(ours.split()) != "".join(theirs.split()):
        raise BenchError(f"{engine} makes another page of {page} than we do")


def comparison(name: str, times: list[list[float]], limit: float | None) -> Figure:
    ratios = [ours / theirs for ours, theirs in times]
    ours, theirs = (median(side) / 1000 for side in zip(*times, strict=True))
    unit = f"{min(ratios):.3f}–{max(ratios):.3f}  {ours:,.0f} / {theirs:,.0f} µs"
    return Figure(GROUP, name, median(ratios), unit, limit)
