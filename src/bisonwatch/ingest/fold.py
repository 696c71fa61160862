"""Many understood deliveries folded into one batch of changes. Pure: the same deliveries in any order give the same mirror."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import replace
from datetime import datetime

from bisonwatch.domain.account import AccountStatus, Said
from bisonwatch.domain.changes import (
    Answer,
    CampaignNews,
    Changes,
    Contact,
    FactNews,
    Hint,
    HintKind,
    LeadNews,
    Sighting,
    Traffic,
    TypeCount,
    fold_leads,
)
from bisonwatch.domain.delivery import Source
from bisonwatch.domain.event import AccountEvent, EventType, LeadEvent, TagEvent
from bisonwatch.domain.facts import FactKey, marks_of
from bisonwatch.domain.ids import WorkspaceKey
from bisonwatch.domain.merge import earlier
from bisonwatch.domain.understood import Understood


def fold(items: Sequence[Understood]) -> Changes:
    """One batch; each row of the mirror appears in it once, in key order."""
    return Changes(
        facts=_facts(items),
        leads=fold_leads(news for item in items if (news := _lead(item)) is not None),
        campaigns=_campaigns(items),
        hints=_hints(items),
        accounts=_accounts(items),
        sightings=_sightings(items),
        traffic=_traffic(items),
        types=_types(items),
    )


def _facts(items: Iterable[Understood]) -> tuple[FactNews, ...]:
    folded: dict[FactKey, FactNews] = {}
    for item in items:
        delivery = item.delivery
        for fact in item.facts:
            news = FactNews(fact, delivery.id, delivery.source, delivery.received_at, delivery.logged_at)
            known = folded.get(fact.id)
            folded[fact.id] = _together(known, news) if known else news
    return tuple(folded[key] for key in sorted(folded))


def _together(known: FactNews, news: FactNews) -> FactNews:
    """The same fact twice in a batch: the better date, and the first webhook's receipt where one brought it."""
    base = min(known, news, key=lambda item: (item.source is Source.POLL, item.seen_at))
    best = news.fact if news.fact.better_dated(known.fact) else known.fact
    return replace(base, fact=best, logged_at=earlier(known.logged_at, news.logged_at))


def _lead(item: Understood) -> LeadNews | None:
    event = item.event
    if not isinstance(event, LeadEvent) or event.lead is None:
        return None
    first = event.header.type == EventType.LEAD_FIRST_CONTACTED
    met = event.campaign is not None or event.account is not None
    return LeadNews(
        workspace=item.workspace,
        lead=event.lead,
        version=item.version,
        marks=marks_of(item.facts, item.version.known_at if first else None),
        contact=_contact(event, item) if met else None,
        answer=_answer(event, item),
    )


def _contact(event: LeadEvent, item: Understood) -> Contact:
    return Contact(
        item.version,
        event.campaign.id if event.campaign else None,
        event.account.id if event.account else None,
    )


def _answer(event: LeadEvent, item: Understood) -> Answer | None:
    if event.reply is None or event.header.type not in (EventType.LEAD_REPLIED, EventType.LEAD_INTERESTED):
        return None
    received = event.reply.received_at or item.version.known_at
    return Answer(item.version._replace(known_at=received, sequence=event.reply.id), event.reply.id)


def _campaigns(items: Iterable[Understood]) -> tuple[CampaignNews, ...]:
    folded: dict[tuple[WorkspaceKey, int], CampaignNews] = {}
    for item in items:
        campaign = item.event.campaign if isinstance(item.event, LeadEvent) else None
        if campaign is None:
            continue
        key = (item.workspace, campaign.id)
        known = folded.get(key)
        if known is None or item.version >= known.version:
            folded[key] = CampaignNews(item.workspace, campaign.id, campaign.name, item.version)
    return tuple(folded[key] for key in sorted(folded))


def _hints(items: Iterable[Understood]) -> tuple[Hint, ...]:
    """Each state event queues a re-read of its object, and the re-read decides."""
    folded: dict[tuple[WorkspaceKey, int], datetime] = {}
    for item in items:
        account = _account_of(item)
        if account is not None:
            known_at = item.delivery.logged_at or item.delivery.received_at
            key = (item.workspace, account)
            folded[key] = max(folded.get(key, known_at), known_at)
    return tuple(Hint(key, HintKind.ACCOUNT, number, folded[key, number]) for key, number in sorted(folded))


def _accounts(items: Iterable[Understood]) -> tuple[Said, ...]:
    """What events say of a mailbox's state, until it is read again. One without a date of the provider's says nothing, nor does one
    of the future; a removal is believed when the mailbox cannot be found.
    """
    folded: dict[tuple[str, int], Said] = {}
    for item in items:
        if not isinstance(item.event, AccountEvent):
            continue
        news, heard = item.event.account, item.delivery.received_at
        if news.status is AccountStatus.REMOVED or news.updated_at is None or news.updated_at > heard:
            continue
        key = (item.workspace.instance, news.id)
        said = Said(item.workspace, news.id, news.status, news.updated_at)
        folded[key] = max(folded.get(key, said), said, key=_dated)
    return tuple(folded[key] for key in sorted(folded))


def _dated(said: Said) -> tuple[datetime, str, WorkspaceKey]:
    return said.known_at, said.status.value, said.workspace


def _account_of(item: Understood) -> int | None:
    match item.event:
        case AccountEvent(account=account):
            return account.id
        case TagEvent(taggable_type="SenderEmail", taggable_id=int(number)):
            return number
        case _:
            return None


def _happened(item: Understood) -> datetime:
    return item.facts[0].at if item.facts else item.version.known_at


def _sightings(items: Iterable[Understood]) -> tuple[Sighting, ...]:
    folded: dict[WorkspaceKey, Sighting] = {}
    for item in items:
        delivery = item.delivery
        heard = delivery.received_at if delivery.source is Source.WEBHOOK else None
        # the name's date is the provider's: a delivery that comes late tells an old name
        named_at = delivery.logged_at or item.version.known_at
        name = item.event.header.workspace_name
        mine = Sighting(item.workspace, name, named_at, heard, _happened(item), heard)
        known = folded.get(item.workspace)
        folded[item.workspace] = _seen_together(known, mine) if known else mine
    return tuple(folded[key] for key in sorted(folded))


def _seen_together(a: Sighting, b: Sighting) -> Sighting:
    newer_name = max(a, b, key=lambda one: (one.name is not None, one.name_known_at, one.name or ""))
    return Sighting(
        a.workspace,
        newer_name.name,
        newer_name.name_known_at,
        _later(a.last_webhook_at, b.last_webhook_at),
        _later(a.last_event_at, b.last_event_at),
        earlier(a.first_webhook_at, b.first_webhook_at),
    )


def _later(a: datetime | None, b: datetime | None) -> datetime | None:
    if a is None or b is None:
        return a or b
    return max(a, b)


def _traffic(items: Iterable[Understood]) -> tuple[Traffic, ...]:
    folded: dict[tuple[WorkspaceKey, datetime], list[int]] = {}
    for item in items:
        minute = item.delivery.received_at.replace(second=0, microsecond=0)
        counts = folded.setdefault((item.workspace, minute), [0, 0])
        counts[item.delivery.source is Source.POLL] += 1
    return tuple(Traffic(key, minute, *folded[key, minute]) for key, minute in sorted(folded))


def _types(items: Iterable[Understood]) -> tuple[TypeCount, ...]:
    folded: dict[tuple[WorkspaceKey, str], tuple[int, datetime]] = {}
    for item in items:
        key = (item.workspace, item.event.header.type)
        count, last = folded.get(key, (0, item.delivery.received_at))
        folded[key] = (count + 1, max(last, item.delivery.received_at))
    return tuple(TypeCount(*key, *folded[key]) for key in sorted(folded))
