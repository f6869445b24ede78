"""Parts of the web library, in process."""

import subprocess

from .errors import BenchError
from .figures import Figure, Progress
from .targets import Targets

LIMITS = {"a signed cookie is verified": 3000.0}


def measure_web(targets: Targets, progress: Progress) -> list[Figure]:
    program = targets.program("test/bench/web_bench")
    done = subprocess.run([program], stdout=subprocess.PIPE, text=True, check=False)
    if done.returncode != 0:
        raise BenchError(f"{program} failed with status {done.returncode}")
    figures = []
    for line in done.stdout.splitlines():
        name, numbers = line.split("\t")
        middle, least, most = map(float, numbers.split())
        figures.append(Figure("web: CPU time, and its spread", name, middle, f"ns  {least:,.0f}–{most:,.0f}", LIMITS.get(name)))
        progress(f"{name}: {middle:,.0f} ns")
    return figures
