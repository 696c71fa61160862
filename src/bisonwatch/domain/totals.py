"""How many accounts a run met: by instance, and in the largest workspaces."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from bisonwatch.domain.ids import WorkspaceKey

TOP = 10

Counts = tuple[tuple[str, int], ...]


@dataclass(frozen=True, slots=True)
class Totals:
    """`top` holds the largest workspaces, largest first, by `instance/id`; runs are many, so not all of them are kept."""

    instances: Counts = ()
    top: Counts = ()

    @classmethod
    def of(cls, counts: Mapping[WorkspaceKey, int]) -> Totals:
        return cls(
            _summed((key.instance, count) for key, count in counts.items()),
            _largest((str(key), count) for key, count in counts.items()),
        )

    def plus(self, other: Totals) -> Totals:
        """Of two shares of one job: no workspace is in both, so the largest of all are among the largest of each."""
        return Totals(_summed((*self.instances, *other.instances)), _largest((*self.top, *other.top)))


def _summed(counts: Iterable[tuple[str, int]]) -> Counts:
    sums = dict[str, int]()
    for name, count in counts:
        sums[name] = sums.get(name, 0) + count
    return tuple(sorted(sums.items()))


def _largest(counts: Iterable[tuple[str, int]]) -> Counts:
    return tuple(sorted(_summed(counts), key=lambda item: (-item[1], item[0]))[:TOP])
