"""Single figures that are counted rather than compared: calls, allocations, memory, compile time."""

from collections.abc import Callable
from dataclasses import dataclass

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
