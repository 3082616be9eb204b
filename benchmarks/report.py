"""Figures gathered over rounds, and how they are shown."""

from statistics import median


class Table:
    """Named figures in the order of their coming; each keeps every round."""

    def __init__(self, title: str) -> None:
        self.title = title
        self._rows: dict[str, list[float]] = {}

    def add(self, name: str, value: float) -> None:
        """One round's figure."""
        self._rows.setdefault(name, []).append(value)

    def lines(self) -> list[str]:
        """The table as text: the median, and the least and the most of the rounds."""
        width = max(len(name) for name in self._rows)
        shown = [self.title, "-" * len(self.title)]
        for name, values in self._rows.items():
            around = f"[{_figure(min(values))}-{_figure(max(values))}]"
            shown.append(f"{name:<{width}}  {_figure(median(values)):>9}  {around:>17}")
        return [*shown, ""]

    def as_json(self) -> dict[str, object]:
        """For machines: every round."""
        return {"title": self.title, "figures": self._rows}


def _figure(value: float) -> str:
    if value < 1:
        return f"{value:.3f}"
    return f"{value:.2f}" if value < 100 else f"{value:.0f}"
