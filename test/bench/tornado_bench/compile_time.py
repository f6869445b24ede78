"""How long a user waits for the compiler over a hello world."""

import json
import os
import shlex
import subprocess
import time
from pathlib import Path

from .errors import BenchError
from .figures import Figure, Progress
from .targets import Targets

SOURCE = "apps/helloworld/main.cpp"
LIMIT = 1.5  # seconds


def measure_compile_time(targets: Targets, attempts: int, progress: Progress) -> list[Figure]:
    """The best of some attempts, with the build tree's own flags and without any compiler cache."""
    directory, command = compile_command(targets.build)
    command = with_output(command, str(targets.scratch / "helloworld.o"))
    best = min(time_once(command, directory) for _ in range(attempts))
    progress(f"{SOURCE} compiles in {best:.2f} s")
    return [Figure("compile time", SOURCE, best, f"s, best of {attempts}", LIMIT)]


def compile_command(build: Path) -> tuple[str, list[str]]:
    database = build / "compile_commands.json"
    if not database.exists():
        raise BenchError(f"{database} is missing: configure with CMAKE_EXPORT_COMPILE_COMMANDS=ON")
    for entry in json.loads(database.read_text()):
        if entry["file"].endswith("/" + SOURCE):
            command = shlex.split(entry["command"])
            if Path(command[0]).name in ("ccache", "sccache"):
                command = command[1:]
            return entry["directory"], command
    raise BenchError(f"{database} does not mention {SOURCE}")


def with_output(command: list[str], output: str) -> list[str]:
    """The same command with its object elsewhere: the build tree stays as it is."""
    position = command.index("-o")
    return [*command[: position + 1], output, *command[position + 2 :]]


def time_once(command: list[str], directory: str) -> float:
    start = time.monotonic()
    result = subprocess.run(
        command,
        cwd=directory,
        env={**os.environ, "CCACHE_DISABLE": "1"},
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        check=False,
    )
    if result.returncode != 0:
        raise BenchError(f"{SOURCE} does not compile:\n{result.stdout}")
    return time.monotonic() - start
