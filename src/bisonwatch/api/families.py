"""Prometheus' text format (0.0.4): families of samples as text."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from itertools import accumulate, chain

from bisonwatch.metrics import BOUNDS_MS, Durations

PREFIX = "bisonwatch_"


@dataclass(frozen=True, slots=True)
class Sample:
    """`suffix` is behind the family's name, such as `_bucket` of a histogram."""

    value: float
    labels: tuple[tuple[str, str], ...] = ()
    suffix: str = ""


@dataclass(frozen=True, slots=True)
class Family:
    """One metric. Without samples nothing is known, and then nothing is said."""

    name: str
    kind: str
    help: str
    samples: tuple[Sample, ...]

    def lines(self) -> Iterator[str]:
        if not self.samples:
            return
        yield f"# HELP {self.name} {_escaped(self.help)}"
        yield f"# TYPE {self.name} {self.kind}"
        for sample in self.samples:
            yield f"{self.name}{sample.suffix}{_labels(sample.labels)} {_written(sample.value)}"


def gauge(name: str, text: str, value: float | datetime | None) -> Family:
    """One figure without labels; None is not known."""
    return gauges(name, text, [((), value)])


def counter(name: str, text: str, value: float) -> Family:
    return Family(PREFIX + name, "counter", text, (Sample(value),))


Labels = tuple[tuple[str, str], ...]
Labelled = Iterable[tuple[Labels, float | datetime | None]]
"""Labels and a figure; None is not known, and left out."""


def gauges(name: str, text: str, figures: Labelled) -> Family:
    return Family(PREFIX + name, "gauge", text, _known(figures))


def counters(name: str, text: str, label: str, values: Mapping[str, float]) -> Family:
    """One for each value of the label."""
    return Family(PREFIX + name, "counter", text, _known((((label, key),), n) for key, n in values.items()))


def counted(name: str, text: str, values: Labelled) -> Family:
    """One for each of several labels."""
    return Family(PREFIX + name, "counter", text, _known(values))


def histogram(name: str, text: str, durations: Durations) -> Family:
    """In seconds, since the process started."""
    return histograms(name, text, [spread((), durations.buckets, durations.sum_ms)])


def histograms(name: str, text: str, spreads: Iterable[tuple[Sample, ...]]) -> Family:
    """One `spread` for each of the labels."""
    return Family(PREFIX + name, "histogram", text, tuple(chain.from_iterable(spreads)))


def spread(
    labels: Labels, buckets: Sequence[int], sum_ms: float, bounds_ms: Sequence[float] = BOUNDS_MS
) -> tuple[Sample, ...]:
    """`buckets` are not summed up, one more than there are bounds; told in seconds."""
    sums = tuple(accumulate(buckets))
    ends = (*(_written(bound / 1000) for bound in bounds_ms), "+Inf")
    samples = [Sample(n, (*labels, ("le", end)), "_bucket") for end, n in zip(ends, sums, strict=True)]
    return (*samples, Sample(sum_ms / 1000, labels, "_sum"), Sample(sums[-1], labels, "_count"))


def text(families: Iterable[Family]) -> str:
    return "\n".join(line for family in families for line in family.lines()) + "\n"


def _known(figures: Labelled) -> tuple[Sample, ...]:
    return tuple(Sample(_number(value), labels) for labels, value in figures if value is not None)


def _number(value: float | datetime) -> float:
    return value.timestamp() if isinstance(value, datetime) else value


def _written(value: float) -> str:
    """Whole numbers whole, however large."""
    return str(int(value)) if float(value).is_integer() else repr(round(float(value), 6))


def _labels(labels: tuple[tuple[str, str], ...]) -> str:
    if not labels:
        return ""
    return "{" + ",".join(f'{name}="{_quoted(value)}"' for name, value in labels) + "}"


def _escaped(line: str) -> str:
    return line.replace("\\", r"\\").replace("\n", r"\n")


def _quoted(value: str) -> str:
    return _escaped(value).replace('"', r"\"")
