"""Accounts in lines: totals, who waits to be removed, one account whole, and what is asked before a person's word is taken."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from bisonwatch.domain.absence import Absence
from bisonwatch.domain.account import AccountStatus, reply_rate
from bisonwatch.domain.ids import WorkspaceKey
from bisonwatch.domain.roster import AccountCard, Standing
from bisonwatch.tui.format import NONE, ago, moment, percent, plural, thousands
from bisonwatch.tui.frame import Frame
from bisonwatch.tui.lines import EMPTY, Line, Piece, crop, cut, outside, pack, paragraph, rule, spread
from bisonwatch.tui.lines import width as cells
from bisonwatch.tui.sheet import Entry, Sheet
from bisonwatch.tui.tables.accounts import ROLES, WORDS, bounce_rate, glyph, warmup_text

ROOMY = 100
"""Below so many columns the line of tabs has no room for the filter."""
NAMED = 5
"""Addresses shown before a person's word; the rest is counted."""


@dataclass(frozen=True, slots=True)
class Held:
    """A workspace's accounts that wait to be removed, as they are shown to the person who says that they are gone."""

    workspace: WorkspaceKey
    label: str
    absence: Absence
    addresses: tuple[str, ...]

    @property
    def count(self) -> int:
        return len(self.absence.held | self.absence.elsewhere)


def totals_line(
    sheet: Sheet, shown: tuple[int, str], read_at: datetime | None, frame: Frame, width: int
) -> Line:
    """How many there are by state, and where there is room by provider; at the right when it was last true.

    `shown`: how many the filter leaves, and the filter.
    """
    if read_at is None:
        return ()
    when: Line = (Piece(f"read {ago(read_at, frame.now)} ", "faint"),)
    if shown[1] and width < ROOMY:
        when = (Piece(f"filter {crop(shown[1], 18)} ", "warm"),)
    room = width - cells(when) - 1
    providers = _providers(sheet, frame, bare=True) if sheet.absences else []
    for long, more in ((True, providers), (False, providers), (True, []), (False, [])):
        groups = [*_states(sheet, shown, frame, long=long), *((3, group) for group in more)]
        if sum(cells(group) + 2 for _, group in groups) <= room:
            break
    return spread((Piece(" "), *pack(groups, room - 1, 2)), when, width)


def _states(sheet: Sheet, shown: tuple[int, str], frame: Frame, *, long: bool) -> list[tuple[int, Line]]:
    total = Piece(plural(sheet.total, "account") if long else thousands(sheet.total), "strong")
    found: Line = (Piece(f"{thousands(shown[0])} of ", "warm"),) if shown[1] else ()
    groups: list[tuple[int, Line]] = [(0, (*found, total))]
    for standing in Standing:
        count = sheet.states[standing]
        if count:
            word = WORDS[standing][1 if long else 0]
            sign = Piece(f"{glyph(standing, frame.glyphs)} ", ROLES[standing])
            told = Piece(
                f"{thousands(count)} {word}", "soft" if standing is Standing.CONNECTED else ROLES[standing]
            )
            groups.append((2 if standing is Standing.REMOVED else 1, (sign, told)))
    if sheet.left_out:
        groups.append((1, (Piece(f"{thousands(sheet.left_out)} more are left out", "warm"),)))
    return groups


def _providers(sheet: Sheet, frame: Frame, *, bare: bool) -> list[Line]:
    """The largest first; `bare`: without those that are disconnected."""
    groups: list[Line] = []
    for name, count in sheet.providers.most_common():
        line: Line = (Piece(f"{outside(name)} ", "soft"), Piece(thousands(count)))
        if sheet.lost[name] and not bare:
            sign = glyph(Standing.DISCONNECTED, frame.glyphs)
            line += (Piece(f" {sign} {thousands(sheet.lost[name])}", "crit"),)
        groups.append(line)
    return groups


def notice_line(
    sheet: Sheet, held: Held | None, trouble: str | None, key: str, frame: Frame, width: int
) -> Line:
    """The one thing to know beside the totals: a trouble, who waits to be removed, else the providers."""
    if trouble is not None:
        return cut((Piece(f" {outside(trouble)}", "warn"),), width)
    if held is not None:
        return held_line(held, len(sheet.absences) - 1, key, frame, width)
    providers = [(place, group) for place, group in enumerate(_providers(sheet, frame, bare=False))]
    return (Piece(" "), *pack(providers, width - 2, 3))


def held_line(held: Held, others: int, key: str, frame: Frame, width: int) -> Line:
    """`12 held in main/12 since 02:10: c confirms that they are gone`."""
    absence = held.absence
    since = f" since {moment(absence.since, frame.now)}" if absence.since else ""
    head = Piece(
        f" {glyph(Standing.HELD, frame.glyphs)} {thousands(held.count)} held in {held.workspace} {outside(held.label)}{since}",
        "unknown",
    )
    more: Line = (Piece(f"  and in {plural(others, 'more workspace')}", "soft"),) if others else ()
    if absence.confirmed:
        who = outside(absence.confirmed_by or "a person")
        said: Line = (
            Piece(f": {who} said at {moment(absence.confirmed_at, frame.now)} that they are gone", "soft"),
        )
    else:
        said = (Piece(": ", "soft"), Piece(key, "key"), Piece(" confirms that they are gone", "soft"))
    return cut((head, *said, *more), width)


def why_held(absence: Absence, number: int, frame: Frame) -> str:
    """Why the removal of an account waits, and what ends it; nothing where it does not."""
    if number in absence.elsewhere:
        why = "the provider refuses it as another workspace's, and none that is read has it: a person has to say that it is gone"
    elif number in absence.held:
        count = thousands(len(absence.held))
        since = f" since {moment(absence.since, frame.now)} UTC" if absence.since else ""
        why = (
            f"a complete walk did not meet {count} of {thousands(absence.stored)} accounts, this one among them: too many"
            f" at once to believe, so they are held{since} until another walk agrees or a person confirms"
        )
    else:
        return ""
    if absence.confirmed:
        why += f"; {outside(absence.confirmed_by or 'a person')} confirmed it at {moment(absence.confirmed_at, frame.now)}"
    return why


def foot_lines(
    one: Entry | None, absence: Absence | None, frame: Frame, width: int, height: int
) -> list[Line]:
    """The selected account in a few lines."""
    if one is None or height < 1:
        return []
    row = one.row
    name = Piece(outside(row.email), "title")
    state = Piece(f"  {glyph(one.standing, frame.glyphs)} {WORDS[one.standing][1]}", ROLES[one.standing])
    where = f"{outside(one.label)}  {row.workspace}  {outside(row.provider)}"
    where += f" by {outside(row.reseller)}" if row.reseller else ""
    figures = (
        f"sent {thousands(row.sent)}, replied {thousands(row.replied)} ({_share(reply_rate(row.sent, row.replied))}),"
        f" bounced {thousands(row.bounced)} ({_share(bounce_rate(row))})"
    )
    rest = f"{thousands(row.daily_limit)} a day, warm-up {' '.join(warmup_text(row).split())}, known {ago(row.known_at, frame.now)}"
    why = why_held(absence, row.id, frame) if absence else ""
    lines = [
        rule((name, state), (), width, frame.glyphs.rule),
        cut((Piece(f" {where}", "soft"), Piece(f"  {outside(', '.join(row.tags))}", "faint")), width - 1),
        *((Piece(" "), *line) for line in (paragraph(why, width - 2, 2) if why else ())),
        cut((Piece(f" {figures}"),), width - 1),
        cut((Piece(f" {rest}", "soft"),), width - 1),
    ]
    return lines[:height]


def _share(share: float | None) -> str:
    return NONE if share is None else f"{percent(share)} %"


def card_lines(card: AccountCard | None, trouble: str | None, frame: Frame, width: int) -> list[Line]:
    """One account whole."""
    lines: list[Line] = [(Piece(f" {outside(trouble)}", "warn"),)] if trouble else []
    if card is None:
        return lines or [(Piece(" asking…", "faint"),)]
    account = card.account
    why = why_held(card.absence, account.id, frame)
    if why:
        lines.extend((Piece(" "), *line) for line in paragraph(why, width - 2, 4, "unknown"))
        lines.append(EMPTY)
    lines += _told(
        (
            ("address", outside(account.email)),
            ("name", outside(account.name or "") or NONE),
            ("workspace", f"{outside(card.workspace_name)}  {account.workspace}".strip()),
            ("id", str(account.id)),
            ("type", outside(account.type) or NONE),
            ("provider", outside(card.provider)),
            ("reseller", outside(card.reseller or "") or NONE),
            ("tags", ", ".join(outside(tag) for tag in account.tags) or NONE),
            ("daily limit", thousands(account.daily_limit)),
        ),
        width,
    )
    lines += [
        EMPTY,
        rule(
            (Piece("figures", "title"), Piece(" ever, by the provider's count", "soft")),
            (),
            width,
            frame.glyphs.rule,
        ),
    ]
    lines += _told(_figures(card), width)
    lines += [
        EMPTY,
        rule((Piece("warm-up", "title"),), (), width, frame.glyphs.rule),
        *_told(_warmup(card, frame), width),
    ]
    return [
        *lines,
        EMPTY,
        rule((Piece("times", "title"), Piece(" UTC", "soft")), (), width, frame.glyphs.rule),
        *_told(_times(card, frame), width),
    ]


def _figures(card: AccountCard) -> Sequence[tuple[str, str]]:
    account = card.account
    sent = account.sent
    bounced = account.bounced / sent if sent > 0 else None
    return (
        ("sent", f"{thousands(sent)} to {plural(account.contacted, 'lead')}"),
        (
            "replied",
            f"{thousands(account.replied)} ({_share(reply_rate(sent, account.replied))}), {thousands(account.unique_replied)} unique",
        ),
        ("opened", f"{thousands(account.opened)}, {thousands(account.unique_opened)} unique"),
        ("interested", thousands(account.interested)),
        ("bounced", f"{thousands(account.bounced)} ({_share(bounced)})"),
        ("unsubscribed", thousands(account.unsubscribed)),
    )


def _warmup(card: AccountCard, frame: Frame) -> Sequence[tuple[str, str]]:
    enabled = {True: "on", False: "off", None: "not known"}[card.account.warmup_enabled]
    warm = card.warmup
    if warm is None:
        return (("state", enabled), ("figures", "not read yet"))
    return (
        ("state", enabled),
        ("score", NONE if warm.score is None else f"{warm.score:g} of 100"),
        ("sent", f"{thousands(warm.sent)}, replied {thousands(warm.replied)}"),
        ("saved", f"{thousands(warm.saved_from_spam)} from spam"),
        ("bounces", f"{thousands(warm.bounces_received)} received, {thousands(warm.bounces_caused)} caused"),
        ("disabled", f"{plural(warm.disabled_for_bouncing, 'time')} for bouncing"),
        ("read", f"{moment(warm.known_at, frame.now)}, {ago(warm.known_at, frame.now)}"),
    )


def _times(card: AccountCard, frame: Frame) -> Sequence[tuple[str, str]]:
    known, seen, status = card.account.known_at, card.seen_at, card.account.status
    times = [("read", f"{moment(seen, frame.now)}, {ago(seen, frame.now)}")]
    if known > seen:
        gone = status is AccountStatus.REMOVED
        what = "the provider had it no more" if gone else f"an event said {status.value}"
        times.append(("changed", f"{moment(known, frame.now)}, {ago(known, frame.now)}: {what}"))
    return times


def _told(pairs: Sequence[tuple[str, str]], width: int) -> list[Line]:
    lines: list[Line] = []
    for name, value in pairs:
        first, *rest = paragraph(value, max(12, width - 16), 4)
        lines.append((Piece(f" {name:<13} ", "soft"), *first))
        lines.extend((Piece(" " * 15), *line) for line in rest)
    return lines


def card_title(card: AccountCard | None, address: str, frame: Frame, width: int) -> Line:
    line: Line = (Piece(f" {outside(address)}", "title"),)
    if card is not None:
        line += (
            Piece("   "),
            Piece(f"{glyph(card.standing, frame.glyphs)} {WORDS[card.standing][1]}", ROLES[card.standing]),
        )
    return cut(line, width)


def held_question(held: Held, now: datetime) -> list[Line]:
    """What a person reads before they say that accounts are gone."""
    since = f" since {moment(held.absence.since, now)}" if held.absence.since else ""
    named = [outside(address) for address in held.addresses[:NAMED]]
    left = held.count - len(named)
    return [
        (Piece(f"Are these accounts of {outside(held.label)} ({held.workspace}) gone?", "strong"),),
        EMPTY,
        *paragraph(f"{held.absence}{since}:", 66, 3),
        *((Piece(f"  {address}", "soft"),) for address in named),
        *([(Piece(f"  and {thousands(left)} more", "soft"),)] if left else []),
        EMPTY,
        (Piece("A walk starts now and asks the provider for each. Those that it", "soft"),),
        (Piece("does not have are removed, the others stay.", "soft"),),
    ]
