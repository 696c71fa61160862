"""The provider in plain Python: a random history of a few workspaces, and what is true after it. It knows nothing of the mirror."""

from __future__ import annotations

import json
from collections import Counter
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from random import Random

from bisonwatch.domain.ids import WorkspaceKey
from bisonwatch.domain.stage import Marks
from tests.sync.provider import Row, Space, inbox_row, lead, mailbox, send_row, stamp

YEAR = timedelta(days=400)
Fact = tuple[int, str, str]
"""Workspace, metric, and what makes it this one and no other."""


@dataclass
class Happened:
    """A row of the log, which is also the webhook's body. `dated`: it says itself when it happened."""

    space: Space
    row: Row
    at: datetime
    dated: bool = True

    @property
    def body(self) -> bytes:
        return json.dumps(self.row["payload"]).encode()


@dataclass
class Model:
    """`now` is the provider's clock. `facts` and `marks` are the truth; `undated` are marks that only a receipt or the log dates."""

    rng: Random
    now: datetime
    base: int
    people: int = 8
    spaces: list[Space] = field(default_factory=list)
    facts: dict[Fact, datetime] = field(default_factory=dict)
    marks: dict[tuple[int, str], Marks] = field(default_factory=dict)
    undated: set[tuple[int, str]] = field(default_factory=set)
    sends: dict[int, list[tuple[int, Row]]] = field(default_factory=dict)
    number: int = 0

    def __post_init__(self) -> None:
        for place in range(2):
            space = Space(self.base + place, f"Workspace {self.base + place}")
            space.leads = [lead(self.base * 1000 + place * 500 + n) for n in range(self.people)]
            for _ in range(4):
                space.accounts[self._next()] = {}
            space.accounts = {n: mailbox(n) | {"emails_sent_count": 0} for n in space.accounts}
            self.spaces.append(space)
            self.sends[space.id] = []

    def _next(self) -> int:
        """An id no other thing of this world has."""
        self.number += 1
        return self.base * 100_000 + self.number

    def happen(self) -> Happened | None:
        """One thing happens, often in the same second as the one before; None when nobody is told of it."""
        rng = self.rng
        self.now += timedelta(seconds=rng.choice((0, 0, 0, 1, 2, 60)))
        space, kind = rng.choice(self.spaces), rng.choice(KINDS)
        return kind(self, space)

    # what may happen

    def sent(self, space: Space) -> Happened:
        who, number, at = self._lead(space), self._next(), self.now
        self.sends[space.id].append((number, who))
        self._fact(space, "sent", f"send {number}", at)
        self._mark(space, who, contacted_at=at)
        space.sends.append(send_row(number, at, lead=who))
        return self._tell(space, "EMAIL_SENT", who, send=(number, at))

    def wildly_sent(self, space: Space) -> Happened:
        """The server that wrote it lives a year ahead; the log does not."""
        who, number, at = self._lead(space), self._next(), self.now
        self.sends[space.id].append((number, who))
        self._fact(space, "sent", f"send {number}", at)
        self._mark(space, who, contacted_at=at)
        space.sends.append(send_row(number, at, lead=who))
        return self._tell(space, "EMAIL_SENT", who, send=(number, at), happened_at=at + YEAR)

    def first_contacted(self, space: Space) -> Happened:
        who = self._lead(space)
        self._mark(space, who, contacted_at=self.now)
        return self._tell(space, "LEAD_FIRST_CONTACTED", who)

    def replied(self, space: Space) -> Happened:
        who, number, automated = self._lead(space), self._next(), self.rng.random() < 0.2
        mailed = self.now - timedelta(seconds=self.rng.choice((0, 1, 30)))
        for kind in ("replied", "replied_automated")[: 1 + automated]:
            self._fact(space, kind, f"reply {number}", mailed)
        self._mark(space, who, replied_at=mailed)
        if not automated:
            tied = {"lead": who, "lead_id": who["id"], "date_received": stamp(mailed)}
            space.replies.append(inbox_row(number, self.now, **tied))
        return self._tell(space, "LEAD_REPLIED", who, reply=(number, mailed, automated))

    def interested(self, space: Space) -> Happened:
        who, campaign = self._lead(space), self.rng.choice((44, 45))
        self._fact(space, "interested", f"{who['id']} in {campaign}", self.now)
        self._mark(space, who, interested_at=self.now)
        return self._tell(space, "LEAD_INTERESTED", who, campaign=campaign)

    def bounced(self, space: Space) -> Happened | None:
        if not self.sends[space.id]:
            return None
        number, who = self.rng.choice(self.sends[space.id][-20:])
        self._fact(space, "bounced", f"send {number}", self.now)
        self._mark(space, who, bounced_at=self.now)
        tied = {"lead": who, "lead_id": who["id"], "scheduled_email_id": number}
        bounce = {"folder": "Bounced", "type": "Bounced", "automated_reply": True}
        space.replies.append(inbox_row(self._next(), self.now, **tied, **bounce))
        return self._tell(space, "EMAIL_BOUNCED", who, send=(number, self.now))

    def unsubscribed(self, space: Space) -> Happened:
        """Now and then without a word of when."""
        who, dated = self._lead(space), self.rng.random() < 0.5
        campaign = 44 if dated else self._next()
        self._fact(space, "unsubscribed", f"{who['id']} of {campaign}", self.now)
        self._mark(space, who, unsubscribed_at=self.now)
        if not dated:
            self.undated.add((space.id, who["email"]))
        return self._tell(space, "LEAD_UNSUBSCRIBED", who, campaign=campaign, dated=dated)

    def untracked(self, space: Space) -> Happened:
        number = self._next()
        self._fact(space, "untracked", f"reply {number}", self.now)
        nobody = {"lead": None, "lead_id": None, "campaign_id": None, "scheduled_email_id": None}
        space.replies.append(inbox_row(number, self.now, type="Untracked Reply", **nobody))
        return self._tell(space, "UNTRACKED_REPLY_RECEIVED", None, reply=(number, self.now, False))

    def opened(self, space: Space) -> Happened | None:
        if not self.sends[space.id]:
            return None
        number, who = self.rng.choice(self.sends[space.id][-20:])
        told = self._tell(space, "EMAIL_OPENED", who, send=(number, self.now))
        event = told.row["payload"]["data"]["campaign_event"]["id"]
        self._fact(space, "opened", f"send {number} event {event}", self.now)
        return told

    def renamed_lead(self, space: Space) -> None:
        self._lead(space)["first_name"] = f"Palle {self._next()}"

    def renamed(self, space: Space) -> None:
        """A name may come back that was there before."""
        self.now += timedelta(seconds=61)
        space.name = f"Workspace {space.id} {self.rng.choice('abc')}"

    def account_changed(self, space: Space) -> Happened | None:
        """Each version of an account is told by its counter."""
        if not space.accounts:
            return None
        self.now += timedelta(seconds=2)
        row = space.accounts[self.rng.choice(sorted(space.accounts))]
        row["status"] = self.rng.choice(("Connected", "Not connected"))
        row["emails_sent_count"] += 1
        kind = "RECONNECTED" if row["status"] == "Connected" else "DISCONNECTED"
        return self._account(space, kind, row)

    def account_removed(self, space: Space) -> Happened | None:
        if len(space.accounts) < 2:
            return None
        self.now += timedelta(seconds=2)
        return self._account(space, "REMOVED", space.accounts.pop(self.rng.choice(sorted(space.accounts))))

    def account_added(self, space: Space) -> Happened:
        self.now += timedelta(seconds=2)
        number = self._next()
        space.accounts[number] = mailbox(number) | {"emails_sent_count": 0}
        return self._account(space, "ADDED", space.accounts[number])

    # how it is told

    def _account(self, space: Space, kind: str, row: Row) -> Happened:
        word = {key: row[key] for key in ("id", "email", "status")}
        return Happened(space, space.add(f"EMAIL_ACCOUNT_{kind}", {"sender_email": word}, self.now), self.now)

    def _tell(
        self,
        space: Space,
        kind: str,
        who: Row | None,
        *,
        send: tuple[int, datetime] | None = None,
        reply: tuple[int, datetime, bool] | None = None,
        campaign: int = 44,
        happened_at: datetime | None = None,
        dated: bool = True,
    ) -> Happened:
        data: Row = {"campaign": {"id": campaign, "name": f"Wave {campaign}"}}
        if dated:
            data["campaign_event"] = {"id": self._next(), "created_at": stamp(happened_at or self.now)}
        if who is not None:
            data["lead"] = dict(who)
        if send is not None:
            data["scheduled_email"] = {"id": send[0], "sent_at": stamp(send[1])}
        if reply is not None:
            number, mailed, automated = reply
            data["reply"] = {"id": number, "date_received": stamp(mailed), "automated_reply": automated}
        return Happened(space, space.add(kind, data, self.now), self.now, dated)

    # the truth

    def _lead(self, space: Space) -> Row:
        return self.rng.choice(space.leads)

    def _fact(self, space: Space, metric: str, what: str, at: datetime) -> None:
        key = (space.id, metric, what)
        self.facts[key] = min(at, self.facts.get(key, at))

    def _mark(self, space: Space, who: Row, **marks: datetime) -> None:
        key = (space.id, who["email"])
        self.marks[key] = self.marks.get(key, Marks()).merged(Marks(**marks))

    @property
    def days(self) -> dict[tuple[int, date, str], int]:
        return dict(Counter((space, at.date(), metric) for (space, metric, _), at in self.facts.items()))

    def key(self, space: Space) -> WorkspaceKey:
        return WorkspaceKey("main", space.id)


KINDS = (
    *(Model.sent,) * 6,
    Model.wildly_sent,
    Model.first_contacted,
    *(Model.replied,) * 3,
    Model.interested,
    Model.bounced,
    Model.unsubscribed,
    Model.untracked,
    *(Model.opened,) * 2,
    Model.renamed_lead,
    Model.renamed,
    *(Model.account_changed,) * 2,
    Model.account_removed,
    Model.account_added,
)
