"""What was measured, what it may be at most, and the table of it."""

from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum


class Verdict(StrEnum):
    """How a figure stands to its limit."""

    GOAL = "ok, goal"
    OK = "ok"
    MISSED = "MISSED"
    UNLIMITED = "-"


@dataclass(frozen=True, slots=True)
class Limit:
    """What a figure may be at most, and what we should like it to be."""

    most: float
    goal: float | None = None
    is_ratio: bool = True
    """Whether it limits the ratio to the baseline, or the figure itself, in its unit."""


@dataclass(frozen=True, slots=True)
class Figure:
    """One measured quantity; less is better."""

    name: str
    value: float
    unit: str
    baseline: float | None = None
    """The same quantity of the baseline; `None` when there is nothing to compare with."""
    limit: Limit | None = None
    """`None` when the figure is for information only."""

    @property
    def ratio(self) -> float | None:
        """The value in baselines; `None` without a baseline, or with one of nothing."""
        return self.value / self.baseline if self.baseline else None

    @property
    def verdict(self) -> Verdict:
        """How the figure stands; a ratio that cannot be told misses its limit."""
        if self.limit is None:
            return Verdict.UNLIMITED
        judged = self.ratio if self.limit.is_ratio else self.value
        if judged is None or judged > self.limit.most:
            return Verdict.MISSED
        has_reached_goal = self.limit.goal is not None and judged <= self.limit.goal
        return Verdict.GOAL if has_reached_goal else Verdict.OK

    def as_row(self) -> tuple[str, ...]:
        """The cells of its row in the table."""
        return (
            self.name,
            _amount(self.value, self.unit),
            _amount(self.baseline, self.unit),
            _amount(self.ratio, "x"),
            self._bound(self.limit.most if self.limit else None),
            self._bound(self.limit.goal if self.limit else None),
            self.verdict.value,
        )

    def _bound(self, bound: float | None) -> str:
        is_ratio = self.limit is not None and self.limit.is_ratio
        return _amount(bound, "x" if is_ratio else self.unit)

    def as_json(self) -> dict[str, object]:
        """The figure for a file: plain names, numbers as measured."""
        return {
            "name": self.name,
            "unit": self.unit,
            "value": self.value,
            "baseline": self.baseline,
            "ratio": self.ratio,
            "limit": self.limit.most if self.limit else None,
            "goal": self.limit.goal if self.limit else None,
            "limits_ratio": self.limit.is_ratio if self.limit else None,
            "verdict": self.verdict.value,
        }


HEADINGS = ("figure", "crmdeck", "baseline", "ratio", "limit", "goal", "verdict")


def table(figures: Sequence[Figure]) -> str:
    """All figures, a line each, in columns."""
    rows = [HEADINGS, *(figure.as_row() for figure in figures)]
    widths = [max(len(row[column]) for row in rows) for column in range(len(HEADINGS))]
    return "\n".join(_line(row, widths) for row in rows)


def _line(row: tuple[str, ...], widths: list[int]) -> str:
    name, *numbers, verdict = row
    middle = [cell.rjust(width) for cell, width in zip(numbers, widths[1:-1], strict=True)]
    return "  ".join([name.ljust(widths[0]), *middle, verdict])


def _amount(value: float | None, unit: str) -> str:
    if value is None:
        return "-"
    return f"{value:.2f} {unit}" if abs(value) < 10 else f"{value:,.0f} {unit}"
