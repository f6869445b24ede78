"""A request's head and its route, each measured in one process."""

import subprocess
from collections.abc import Iterator
from statistics import median

from .errors import BenchError
from .figures import Figure, Progress, paired
from .targets import Targets

ROUTES = "the last of so many rules"
BESIDE = "a request's head beside http_parser: ratio of time, its spread, and both sides"
ALONE = "a request's head"

# The nanoseconds that finding it may take in the table of routes; a RuleRouter makes a delegate, too.
ROUTE_LIMITS = {
    "/page17": 60,
    "/item17/([^/]+)": 60,
    "/item17/(.*)": 60,
    "/item17/(.+)": 60,
    "/item17/(icon[.]ico)": 60,
    "RuleRouter, /page17": None,
    "RuleRouter, /item17/([^/]+)": None,
    "RuleRouter of both, /page17": None,
    "RuleRouter of both, /item17/([^/]+)": None,
}
SIZES = (10, 1000)
MORE_ROUTES = "1,000 rules beside 10: ratio of time"
# It may grow by the ways between more places in memory, but not with the number of rules.
GROWTH_LIMITS = {"/page17": 1.2, "/item17/([^/]+)": 1.5, "/item17/(.*)": 1.5, "/item17/(.+)": 1.5, "/item17/(icon[.]ico)": 1.5}
BROWSER_LIMIT = 0.3


def measure_routes(targets: Targets, runs: int, progress: Progress) -> list[Figure]:
    figures = []
    taken = {}
    for name, size, nanoseconds in lines(targets, "route_table_bench", f"--runs={runs}"):
        if name in ROUTE_LIMITS and int(size) in SIZES:
            found = Figure(ROUTES, f"{name} of {int(size):,}", float(nanoseconds), "ns", ROUTE_LIMITS[name])
            figures.append(found)
            progress(f"{found.name}: {found.value:.1f} ns")
            taken[name, int(size)] = found.value
    few, many = SIZES
    for name, limit in GROWTH_LIMITS.items():
        found = Figure(MORE_ROUTES, name, taken[name, many] / taken[name, few], "", limit)
        figures.append(found)
        progress(f"{found.name}: {found.value:.2f}")
    return figures


def measure_heads(targets: Targets, rounds: int, runs: int, progress: Progress) -> list[Figure]:
    """Beside http_parser, where the program was built with it."""
    figures = []
    for name, *fields in lines(targets, "head_parser_bench", f"--rounds={rounds}", f"--runs={runs}"):
        if len(fields) == 2:
            found = paired(BESIDE, name, fields, BROWSER_LIMIT if name.startswith("browser") else None)
        else:
            found = Figure(ALONE, name, median(map(float, fields[0].split())), "ns")
        figures.append(found)
        progress(f"{found.name}: {found.value:.2f} {found.unit}")
    return figures


def lines(targets: Targets, program: str, *options: str) -> Iterator[list[str]]:
    """The cells of each line, as it comes."""
    command = [targets.program(f"test/bench/{program}"), "--tsv", *options]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as running:
        for line in running.stdout:
            yield line.rstrip("\n").split("\t")
    if running.returncode != 0:
        raise BenchError(f"{command[0]} failed with status {running.returncode}")
