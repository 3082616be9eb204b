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
        """The table as text: median, and the worst round."""
        width = max(len(name) for name in self._rows)
        shown = [self.title, "-" * len(self.title)]
        for name, values in self._rows.items():
            shown.append(
                f"{name:<{width}}  {_figure(median(values)):>9}  {_figure(max(values)):>9}"
            )
        return [*shown, ""]

    def as_json(self) -> dict[str, object]:
        """For machines: every round."""
        return {"title": self.title, "figures": self._rows}


def _figure(value: float) -> str:
    return f"{value:.2f}" if value < 100 else f"{value:.0f}"
