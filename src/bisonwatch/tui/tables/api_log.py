"""The columns of the API log."""

from __future__ import annotations

from datetime import datetime

from bisonwatch.domain.api_log import EndpointCalls
from bisonwatch.tui.columns import Column
from bisonwatch.tui.format import NONE, compact, milliseconds, portion, spark, squeeze
from bisonwatch.tui.frame import Frame
from bisonwatch.tui.lines import Piece, outside
from bisonwatch.tui.sorting import Rank

MANY, SLOW_MS = 0.05, 2000.0
"""A share of errors, and a response time, that a person should look at."""


def key_of(one: EndpointCalls) -> tuple[str, str]:
    return one.instance, one.endpoint


def errors_piece(one: EndpointCalls) -> Piece:
    """Nothing called is no share of nothing."""
    share = one.error_share
    if not share:
        return Piece(NONE if share is None else "0", "faint")
    return Piece(portion(share), "hot" if share >= MANY else "warm")


def throttled_piece(one: EndpointCalls) -> Piece:
    return Piece(compact(one.throttled), "warm" if one.throttled else "faint")


def took_piece(took: float | None) -> Piece:
    if took is None:
        return Piece(NONE, "faint")
    return Piece(milliseconds(took), "warm" if took >= SLOW_MS else "ink")


def _trend(one: EndpointCalls, frame: Frame, width: int) -> Piece:
    return Piece(spark(squeeze(one.trend, width), frame.glyphs), "chart")


def _most(figure: float | None) -> Rank:
    """The largest first, what is not known last."""
    return (float("inf"),) if figure is None else (-figure,)


def by_name(one: EndpointCalls, _now: datetime) -> Rank:
    """The route first, then what is done there."""
    method, _, route = one.endpoint.partition(" ")
    return route, method, one.instance


COLUMNS: tuple[Column[EndpointCalls], ...] = (
    Column(
        "endpoint",
        "ENDPOINT",
        (10, 24, 44),
        0,
        lambda one, frame, width: Piece(outside(one.endpoint), "strong"),
        by_name,
        flex=True,
        help="method and route; {id} stands for whatever was asked for",
    ),
    Column(
        "instance",
        "INSTANCE",
        (8, 8, 12),
        3,
        lambda one, frame, width: Piece(outside(one.instance), "soft"),
        lambda one, now: (one.instance, -one.calls),
        help="the instance that was asked",
    ),
    Column(
        "calls",
        "CALLS",
        (6, 6, 7),
        0,
        lambda one, frame, width: Piece(compact(one.calls)),
        lambda one, now: _most(one.calls),
        right=True,
        help="requests that were sent, each try of them",
    ),
    Column(
        "errors",
        "ERR%",
        (5, 6, 6),
        0,
        lambda one, frame, width: errors_piece(one),
        lambda one, now: _most(one.error_share),
        right=True,
        help="share of them that did not end well, records that are gone among them",
    ),
    Column(
        "429",
        "429",
        (5, 5, 5),
        1,
        lambda one, frame, width: throttled_piece(one),
        lambda one, now: _most(one.throttled),
        right=True,
        help="answers that asked us to wait",
    ),
    Column(
        "p50",
        "P50",
        (6, 7, 7),
        4,
        lambda one, frame, width: took_piece(one.times.p50 if one.times else None),
        lambda one, now: _most(one.times.p50 if one.times else None),
        right=True,
        help="half of them took at most so long",
    ),
    Column(
        "p95",
        "P95",
        (6, 7, 7),
        0,
        lambda one, frame, width: took_piece(one.times.p95 if one.times else None),
        lambda one, now: _most(one.times.p95 if one.times else None),
        right=True,
        help="95 of 100 took at most so long",
    ),
    Column(
        "max",
        "MAX",
        (6, 7, 7),
        5,
        lambda one, frame, width: took_piece(one.times.max if one.times else None),
        lambda one, now: _most(one.times.max if one.times else None),
        right=True,
        help="the slowest",
    ),
    Column("trend", "TREND", (8, 12, 30), 2, _trend, help="calls by the minute, or of the last 24 hours"),
)
