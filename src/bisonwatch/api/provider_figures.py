"""What `/metrics` tells of requests to the provider. The label `bison` is an instance's name: Prometheus has `instance` for the node."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterator
from http import HTTPStatus

from bisonwatch.api.families import Family, Labels, counted, histograms, spread
from bisonwatch.metrics import CALL_BOUNDS_MS, Calls, Ending, Endpoint, Tally, Validation

STATUSES = frozenset(str(status.value) for status in HTTPStatus) | {Ending.TIMEOUT, Ending.BROKEN}
"""Each is a label's value. Others become `4xx` and so on: what the provider makes up cannot make the labels many."""


def families(calls: Calls, validation: Validation) -> Iterator[Family]:
    asked = sorted(calls.totals.items())

    def each(name: str, text: str, read: Callable[[Tally], int]) -> Family:
        return counted(name, text, [(_named(endpoint), read(tally)) for endpoint, tally in asked])

    yield counted("provider_requests_total", "Requests to the provider.", _statuses(calls))
    yield histograms(
        "provider_request_seconds",
        "From a request's sending to its whole answer, or to what became of it.",
        [spread(_named(end), tally.buckets, tally.total_ms, CALL_BOUNDS_MS) for end, tally in asked],
    )
    yield each("provider_retries_total", "Requests that were sent again.", lambda tally: tally.retries)
    text = "Requests that were held back: the breaker is open, or the provider asked to be left alone."
    yield each("provider_unsent_total", text, lambda tally: tally.unsent)
    flaws = [((("bison", instance),), n) for instance, n in sorted(validation.counts.items())]
    yield counted("provider_flaws_total", "Flaws of answers, and of datasets made of them.", flaws)


def _named(endpoint: Endpoint) -> Labels:
    return (("bison", endpoint.instance), ("endpoint", endpoint.name))


def _statuses(calls: Calls) -> list[tuple[Labels, int]]:
    """From its first request on an endpoint has a 200 and a 429, so that the first one is seen as an increase."""
    sums = Counter({(endpoint, status): 0 for endpoint in calls.totals for status in ("200", "429")})
    for (endpoint, status), n in calls.statuses.items():
        sums[endpoint, status if status in STATUSES else f"{status[0]}xx"] += n
    return [((*_named(endpoint), ("status", status)), n) for (endpoint, status), n in sorted(sums.items())]
