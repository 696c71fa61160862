"""Faults as JSON, as the control route and the command line take them."""

from __future__ import annotations

from dataclasses import asdict, fields

from bisonwatch.errors import CallError
from bisonwatch.simulator.faults import ApiFaults, Break, Faults, Outage, WalkFault, WebhookFaults


def to_json(faults: Faults) -> dict[str, object]:
    """`{"webhooks": {"12": {"outage": "unsent", …}}, "api": {"latency": 0, …}}`."""
    webhooks = {where: asdict(what) | {"mute": sorted(what.mute)} for where, what in faults.webhooks.items()}
    api = asdict(faults.api) | {"reject": sorted(faults.api.reject)}
    return {"webhooks": webhooks, "api": api, "walks": [asdict(walk) for walk in faults.walks]}


def from_json(data: object) -> Faults:
    """The inverse of `to_json`; left-out members are without fault. Raises CallError."""
    try:
        body = _members(data, ("webhooks", "api", "walks"))
        webhooks = {str(k): _webhooks(v) for k, v in _members(body.get("webhooks", {})).items()}
        walks = tuple(_walk(one) for one in _listed(body.get("walks", [])))
        return Faults(webhooks, _api(body.get("api", {})), walks)
    except (TypeError, ValueError) as error:
        raise CallError(f"these are no faults: {error}") from error


def _members(data: object, known: tuple[str, ...] | None = None) -> dict[str, object]:
    if not isinstance(data, dict):
        raise TypeError("an object is expected")
    if known and (strange := set(data) - set(known)):
        raise ValueError(f"unknown: {', '.join(sorted(map(str, strange)))}")
    return data


def _number(value: object) -> float:
    if isinstance(value, bool) or not isinstance(value, int | float) or value < 0:
        raise ValueError(f"{value!r} is not a number of 0 or more")
    return float(value)


def _outage(value: object) -> Outage:
    if isinstance(value, bool):
        return Outage.UNSENT if value else Outage.NONE
    return Outage(str(value))


def _webhooks(data: object) -> WebhookFaults:
    body = _members(data, tuple(f.name for f in fields(WebhookFaults)))
    drop, duplicate, delay, reorder = (
        _number(body.get(name, 0)) for name in ("drop", "duplicate", "delay", "reorder")
    )
    mute = frozenset(str(kind).upper() for kind in _listed(body.get("mute", [])))
    return WebhookFaults(_outage(body.get("outage", "none")), drop, duplicate, delay, reorder, mute)


def _walk(data: object) -> WalkFault:
    body = _members(data, tuple(f.name for f in fields(WalkFault)))
    route = body.get("route")
    if not isinstance(route, str) or not route.startswith("/api/"):
        raise ValueError("a walk's fault needs a route, such as /api/leads")
    page, times, workspace = (
        int(_number(body.get(name, fallback)))
        for name, fallback in (("page", 0), ("times", 1), ("workspace", 0))
    )
    what = Break(str(body.get("what")))
    return WalkFault(route, what, page, times, _number(body.get("seconds", 5.0)), workspace)


def _listed(data: object) -> list[object]:
    if not isinstance(data, list):
        raise TypeError("a list is expected")
    return data


def _api(data: object) -> ApiFaults:
    body = _members(data, tuple(f.name for f in fields(ApiFaults)))
    reject = body.get("reject", [])
    if not isinstance(reject, list):
        raise TypeError("reject is a list of workspace ids, or admin")
    return ApiFaults(
        _number(body.get("latency", 0)), bool(body.get("outage", False)), frozenset(map(str, reject))
    )
