"""Single figures that are counted rather than compared: calls, allocations, memory, compile time."""

from collections.abc import Callable
from dataclasses import dataclass
from statistics import median

Progress = Callable[[str], None]


@dataclass(frozen=True)
class Figure:
    """One measured value, ready for the table."""

    group: str
    name: str
    value: float
    unit: str
    limit: float | None = None

    @property
    def met(self) -> bool | None:
        return None if self.limit is None else self.value <= self.limit


def paired(group: str, name: str, fields: list[str], limit: float | None) -> Figure:
    """The median of the quotients of neighbours in time: of what two sides took in each round, in nanoseconds."""
    ours, theirs = ([float(value) for value in field.split()] for field in fields)
    ratios = [of / to for of, to in zip(ours, theirs, strict=True)]
    unit = f"{min(ratios):.2f}–{max(ratios):.2f}  {median(ours):.1f} / {median(theirs):.1f} ns"
    return Figure(group, name, median(ratios), unit, limit)
