"""What `/metrics` tells of the API itself."""

from __future__ import annotations

from collections.abc import Iterator

from bisonwatch.api.families import Family, Labels, counted, counter, histograms, spread
from bisonwatch.metrics import Answering, Route


def families(answering: Answering) -> Iterator[Family]:
    statuses = sorted(answering.statuses.items())
    found = [((*_named(route), ("status", str(status))), n) for (route, status), n in statuses]
    yield counted("api_requests_total", "Requests to the API, by their answer.", found)
    took = sorted(answering.took.items())
    spreads = [spread(_named(route), each.buckets, each.sum_ms) for route, each in took]
    yield histograms("api_request_seconds", "From a request to the beginning of its answer.", spreads)
    yield counter("api_wrong_tokens_total", "Requests to the API with a wrong token.", answering.wrong_tokens)


def _named(route: Route) -> Labels:
    return (("method", route.method), ("route", route.path))
