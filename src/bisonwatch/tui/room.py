"""How the panels of the first page share its height. Pure: the table takes what its rows need, the events what is left."""

from __future__ import annotations

HEAD = 2
"""The table's titles, and a line of air below its last row."""
LEAST_TABLE = 8
DETAIL = 22
"""The detail beside the table, with its chart."""


def beside(height: int, rows: int) -> tuple[int, int, int]:
    """Heights where the detail stands at the right: table and detail; then events beside alerts over runs."""
    least = max(10, height // 4)
    top = min(max(rows + HEAD, DETAIL), height - least)
    rest = height - top
    alerts = max(3, rest * 2 // 5)
    return top, alerts, rest - alerts


def below(height: int, rows: int, *, high: bool, narrow: bool) -> tuple[int, ...]:
    """Heights from top to bottom: table, detail, alerts and runs (one under the other when narrow), events."""
    panels = (6, 4, 3) if narrow else (6, 6) if high else (6, 4)
    least = 11 if high else 4 if narrow else 5
    room = height - sum(panels)
    table = max(1, min(room - least, max(rows + HEAD, LEAST_TABLE)))
    return table, *panels, room - table
