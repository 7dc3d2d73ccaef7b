"""The measurements of both sides, phase by phase, as text."""

from __future__ import annotations

from collections.abc import Iterable
from collections.abc import Mapping
from collections.abc import Sequence
from itertools import chain

from tests.bench.measure import Measured

PHASES = ("cold deploy", "repeat deploy", "destroy")
SLOWEST = 5
NAME_WIDTH = 70
MOST_OF_BASELINE = 0.5
LEFT_OUT = """\
Left out of the baseline, because amazon.aws and community.aws have no module or option for it: access point, policy,
automatic backup and elastic throughput of the file system; capacity provider; service-linked roles; tags, settings and
ECS Exec configuration of the cluster; tags of the task definition; never two tasks at once. Nor do these modules notice
a change of most settings of the endpoints, the task definition and the service.
What AWS takes its time for takes a fiftieth of it here, so the waits of a cold deploy and of destroy are mostly the
pauses between two looks."""

Side = Mapping[str, Measured]


def report(sides: Mapping[str, Side]) -> str:
    """Everything: totals, calls by service, slowest tasks, what is not comparable."""
    parts = (totals(sides), calls(sides), *(slowest(name, side) for name, side in sides.items()), LEFT_OUT)
    return "\n\n".join(parts)


def totals(sides: Mapping[str, Side]) -> str:
    """One line for each phase and side."""
    rows = [
        (
            phase,
            name,
            f"{side[phase].wall:.1f}",
            f"{side[phase].cpu:.1f}",
            side[phase].processes,
            side[phase].calls,
            side[phase].changed,
        )
        for phase in PHASES
        for name, side in sides.items()
    ]
    return table(("phase", "", "wall s", "CPU s", "module processes", "AWS calls", "changed"), rows, texts=2)


def calls(sides: Mapping[str, Side]) -> str:
    """One line for each service, one column for each phase and side."""
    columns = [(phase, name, side[phase].calls_by_service) for phase in PHASES for name, side in sides.items()]
    services = sorted(set(chain.from_iterable(counts for *_, counts in columns)))
    rows = [(service, *(counts.get(service, 0) for *_, counts in columns)) for service in services]
    return table(("AWS calls", *(f"{phase.split()[0]}, {name}" for phase, name, _ in columns)), rows, texts=1)


def slowest(name: str, side: Side) -> str:
    """The tasks that took longest, all items of a loop together."""
    rows = []
    for phase in PHASES:
        seconds: dict[tuple[str, str], float] = {}
        for task in side[phase].tasks:
            key = (task.name, task.action)
            seconds[key] = seconds.get(key, 0) + task.seconds
        longest = sorted(seconds, key=lambda key: -seconds[key])[:SLOWEST]
        rows += [(phase, key[0][:NAME_WIDTH], key[1], f"{seconds[key]:.1f}") for key in longest]
    return table((f"slowest tasks, {name}", "", "", "s"), rows, texts=3)


def verdict(repeat: float, baseline: float) -> tuple[bool, str]:
    """Whether a repeat deploy is fast enough, and the sentence that says so."""
    share = repeat / baseline
    good = share <= MOST_OF_BASELINE
    limit = f"{'within' if good else 'NOT within'} the limit of {MOST_OF_BASELINE}"
    return good, f"Repeat deploy: {repeat:.1f} s, {share:.3f} x the baseline's {baseline:.1f} s, {limit}."


def table(head: Sequence[object], rows: Iterable[Sequence[object]], texts: int) -> str:
    """Aligned columns: the first `texts` of them to the left, numbers to the right."""
    cells = [[str(cell) for cell in row] for row in (head, *rows)]
    widths = [max(map(len, column)) for column in zip(*cells, strict=True)]
    return "\n".join(
        "  ".join(
            cell.ljust(width) if number < texts else cell.rjust(width)
            for number, (cell, width) in enumerate(zip(row, widths, strict=True))
        ).rstrip()
        for row in cells
    )
