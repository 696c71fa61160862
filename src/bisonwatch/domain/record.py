"""What became of deliveries by the provider's own record of them."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Record:
    """Events: `answered` with 200, `refused` for good, `late` when we last looked: those are still being tried, so not missed."""

    answered: int = 0
    refused: int = 0
    late: int = 0

    @property
    def share(self) -> float | None:
        """Delivered, of what is decided; None while nothing is."""
        decided = self.answered + self.refused
        return self.answered / decided if decided else None

    def plus(self, other: Record) -> Record:
        return Record(self.answered + other.answered, self.refused + other.refused, self.late + other.late)


NOTHING = Record()
