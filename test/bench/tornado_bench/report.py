"""The tables people read, and the JSON that programs do."""

from dataclasses import asdict
from datetime import datetime, timezone
from itertools import groupby
from statistics import median

from .figures import Figure
from .scenarios import Outcome, Ratio, placement

Row = list[str]


def table(rows: list[Row]) -> str:
    """Aligned columns: the first to the left, the others to the right."""
    widths = [max(len(row[column]) for row in rows) for column in range(len(rows[0]))]
    lines = []
    for row in rows:
        cells = [row[0].ljust(widths[0])]
        cells += [cell.rjust(width) for cell, width in zip(row[1:], widths[1:], strict=True)]
        lines.append("  " + "  ".join(cells).rstrip())
    return "\n".join(lines)


def number(value: float, digits: int = 2) -> str:
    return f"{value:,.{digits}f}"


def spread(values: list[float]) -> str:
    return f"{min(values):.2f}–{max(values):.2f}"


def verdict(value: float, limit: float | None, judge: bool) -> str:
    if limit is None:
        return ""
    if not judge:
        return f"at most {limit:,g}: not judged"
    return f"at most {limit:,g}: {'met' if value <= limit else 'MISSED'}"


def scenario_text(outcome: Outcome, judge: bool) -> str:
    scenario = outcome.scenario
    rounds = len(next(iter(outcome.samples.values())))
    runs = f"{rounds} round{'s' if rounds > 1 else ''} of {scenario.load.seconds} s"
    heading = f"{scenario.title}\n  {runs}, {placement(scenario)}"
    if scenario.note:
        heading += f"\n  {scenario.note}"
    rows = [["server", "requests/s", "p99 ms", "CPU µs/request", "cores busy"]]
    for lane in scenario.lanes:
        rows.append(
            [
                lane.name,
                number(outcome.middle(lane.name, "requests_per_second"), 0),
                number(outcome.middle(lane.name, "p99_ms")),
                number(outcome.middle(lane.name, "cpu_us")),
                number(outcome.middle(lane.name, "busy")),
            ]
        )
    ratios = [["CPU per request", "ratio", "spread", ""]]
    ratios += [ratio_row(outcome, ratio, judge) for ratio in scenario.ratios]
    return f"{heading}\n\n{table(rows)}\n\n{table(ratios)}"


def ratio_row(outcome: Outcome, ratio: Ratio, judge: bool) -> Row:
    values = outcome.ratios(ratio)
    middle = median(values)
    name = f"{ratio.of} / {ratio.to}"
    return [name, number(middle), spread(values), verdict(middle, ratio.limit, judge)]


def figures_text(figures: list[Figure], judge: bool) -> str:
    parts = []
    for group, members in groupby(figures, key=lambda figure: figure.group):
        rows = [
            [
                figure.name,
                number(figure.value),
                figure.unit,
                verdict(figure.value, figure.limit, judge),
            ]
            for figure in members
        ]
        parts.append(f"{group}\n{table(rows)}")
    return "\n\n".join(parts)


def as_json(
    outcomes: list[Outcome], figures: list[Figure], objections: list[str], noise: float
) -> dict:
    return {
        "taken": datetime.now(timezone.utc).isoformat(timespec="seconds"),
        "noise": noise,
        "void": objections,
        "scenarios": [scenario_json(outcome) for outcome in outcomes],
        "figures": [{**asdict(figure), "met": figure.met} for figure in figures],
    }


def scenario_json(outcome: Outcome) -> dict:
    load = outcome.scenario.load
    ratios = []
    for ratio in outcome.scenario.ratios:
        values = outcome.ratios(ratio)
        ratios.append({**asdict(ratio), "median": median(values), "rounds": values})
    return {
        "name": outcome.scenario.name,
        "title": outcome.scenario.title,
        "placement": placement(outcome.scenario),
        "load": {**asdict(load), "tls": load.tls is not None},  # the file of its settings lasts no longer than the bench
        "samples": {
            lane: [asdict(sample) for sample in samples] for lane, samples in outcome.samples.items()
        },
        "ratios": ratios,
    }
