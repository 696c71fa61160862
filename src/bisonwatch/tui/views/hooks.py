"""Webhook subscriptions in sentences: all of them, the selected one, and what became of a repair or a test."""

from __future__ import annotations

from collections.abc import Sequence

from bisonwatch.domain.health import Health
from bisonwatch.domain.snapshot import WorkspaceRow
from bisonwatch.domain.subscription import Change, Landing, Mended, SubscriptionState
from bisonwatch.tui.format import ago, calm_age, moment, plural
from bisonwatch.tui.frame import Frame
from bisonwatch.tui.lines import Line, Piece, cut, outside, paragraph, rule
from bisonwatch.tui.tables.hooks import Hooked, state_piece, wrong


def hooks_lines(
    known: bool, trouble: str | None, items: Sequence[Hooked], frame: Frame, width: int, height: int
) -> list[Line]:
    """All of them in a sentence; then what hinders every one of them."""
    if not known:
        asking = trouble or ("no engine runs yet" if frame.waiting else "asking…")
        return [(Piece(f" {asking}", "warn" if trouble else "faint"),)]
    watched = [item for item in items if item.row.health is not Health.PAUSED]
    piece = _sum(watched)
    lines = paragraph(piece.text, width - 2, min(2, height), piece.role)
    hindered = sorted({item.hook.trouble for item in watched if item.hook.trouble})
    said = [f"as of before: {trouble}"] if trouble else []
    said += [f"none can be looked at or registered: {outside(hindered[0])}"] if hindered else []
    lines += [(Piece(text, "warn"),) for text in said]
    return [cut((Piece(" "), *line), width) for line in lines]


def _sum(items: Sequence[Hooked]) -> Piece:
    if not items:
        return Piece("There is no workspace yet.", "soft")
    states = [item.state for item in items]
    lost = sum(item.failing for item in items)
    counts = (
        (states.count(SubscriptionState.MISSING), "missing", "crit"),
        (lost, "with a test event that did not arrive", "crit"),
        (states.count(SubscriptionState.DRIFTED), "drifted", "warn"),
        (states.count(None), "not looked at yet", "unknown"),
        (states.count(SubscriptionState.NONE), "never made", "warn"),
    )
    told = [(f"{n} {words}", role) for n, words, role in counts if n]
    if not told:
        proved = sum(item.standing.canary_arrived_at is not None for item in items)
        tested = (
            "every last test event arrived" if proved == len(items) else f"{proved} proved by a test event"
        )
        return Piece(f"All {plural(len(items), 'subscription')} stand; {tested}.", "ok")
    well = states.count(SubscriptionState.FINE)
    text = ", ".join(words for words, _ in told)
    return Piece(f"{well} of {plural(len(items), 'subscription')} stand; {text}.", told[0][1])


def hook_lines(item: Hooked | None, deed: Piece | None, frame: Frame, width: int, height: int) -> list[Line]:
    """The selected one, whole. `deed`: what was last done to it here."""
    if item is None:
        return []
    title: Line = (Piece(outside(item.row.name), "title"), Piece("  "), state_piece(item, frame))
    lines: list[Line] = [rule(title, (), width, frame.glyphs.rule)]
    if deed is not None:
        lines += paragraph(deed.text, width - 2, 2, deed.role)
    lines += paragraph(_standing(item, frame), width - 2, 2, "warn" if wrong(item) else "ink")
    lines += paragraph(_proof(item, frame), width - 2, 2, "warn" if item.failing else "soft")
    lines += paragraph(_around(item, frame), width - 2, 1, "soft")
    return [lines[0], *((Piece(" "), *line) for line in lines[1:height])]


def _standing(item: Hooked, frame: Frame) -> str:
    standing = item.standing
    look = standing.look
    if item.hook.trouble is not None and look is None:
        return f"Nobody can look: {outside(item.hook.trouble)}."
    if look is None:
        return "Nobody has looked yet: l looks now."
    match look.state:
        case SubscriptionState.FINE:
            said = f"Subscription {look.number} leads here and has every event type"
        case SubscriptionState.NONE:
            said = "None was ever made: nothing is pushed, this workspace is only polled; u makes one"
        case _:
            said = (outside(look.wrong or look.state.value, 500)).replace(
                "`bisonwatch webhooks register`", "u"
            )
            said = said[:1].upper() + said[1:]
    since = f"; so for {calm_age(standing.since, frame.now)}" if standing.since else ""
    return f"{said}{since}; looked {ago(standing.checked_at, frame.now)}."


def _proof(item: Hooked, frame: Frame) -> str:
    standing, now = item.standing, frame.now
    arrived = standing.canary_arrived_at
    last = (
        f"the last that arrived: {moment(arrived, now)} UTC, {ago(arrived, now)}"
        if arrived
        else "none ever did"
    )
    if standing.canary_failed_since is not None:
        why = outside(standing.canary_error or "nobody knows why", 500)
        sent = f"last sent {moment(standing.canary_sent_at, now)}"
        return f"No test event arrives since {moment(standing.canary_failed_since, now)} UTC ({sent}): {why}; {last}."
    if arrived is None:
        return "No test event was sent yet: t sends one."
    sent = f"sent {moment(standing.canary_sent_at, now)} UTC, " if standing.canary_sent_at else ""
    return f"Test event: {sent}arrived {moment(arrived, now)} UTC, {ago(arrived, now)}."


def _around(item: Hooked, frame: Frame) -> str:
    around = item.hook.around
    if around is None:
        return "Other people's subscriptions are counted at the next look; they are never touched."
    twice = f"{around.ours} of ours: each event comes {around.ours} times. " if around.ours > 1 else ""
    seen = ago(around.at, frame.now)
    if not around.others:
        return f"{twice}Nobody else has a subscription there ({seen})."
    are = "is" if around.others == 1 else "are"
    return f"{twice}{plural(around.others, 'subscription')} of others {are} there, never touched ({seen})."


def landed_words(landing: Landing) -> tuple[str, bool]:
    if landing.took is None:
        return f"the test event did not arrive: {outside(landing.error or 'nobody knows why', 500)}", False
    return f"the test event arrived after {landing.took.total_seconds():.2g} s: the way works", True


def mended_words(mended: Mended) -> str:
    types = plural(mended.types, "event type")
    done = {
        Change.CREATED: f"made subscription {mended.number} with {types}",
        Change.REPAIRED: f"repaired subscription {mended.number}: it has {types}",
        Change.UNCHANGED: f"subscription {mended.number} was right already, with {types}",
    }[mended.change]
    spare = ", ".join(str(number) for number in mended.spare)
    return f"{done}; ours too, so that events come twice: {spare}" if spare else done


def register_question(row: WorkspaceRow) -> list[Line]:
    return [
        (Piece(f"Register our webhook subscription of {outside(row.name)}?", "strong"),),
        (),
        (Piece("It is made where there is none, and repaired where it drifted; one", "soft"),),
        (Piece("that is right is left as it is. Other people's subscriptions are", "soft"),),
        (Piece("never touched.", "soft"),),
    ]
