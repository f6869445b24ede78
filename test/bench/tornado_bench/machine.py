"""Which cores serve and which send the load."""

import os
from dataclasses import dataclass

from .errors import BenchError


@dataclass(frozen=True)
class Cores:
    server: set[int]
    load: set[int]

    @property
    def all(self) -> set[int]:
        return self.server | self.load


def one_server() -> Cores:
    """The first core serves, the last one sends the load."""
    available = sorted(os.sched_getaffinity(0))
    if len(available) < 2:
        raise BenchError("the bench needs two cores: one for the server, one for the load")
    return Cores({available[0]}, {available[-1]})


def describe(cores: set[int]) -> str:
    names = ", ".join(str(core) for core in sorted(cores))
    return f"core {names}" if len(cores) == 1 else f"cores {names}"
