"""Making a world out of a seed: workspaces, accounts, campaigns, leads."""

from __future__ import annotations

import hashlib
from collections import Counter
from dataclasses import dataclass
from datetime import datetime, timedelta
from random import Random

from bisonwatch.errors import CallError
from bisonwatch.simulator import names
from bisonwatch.simulator.history import past_tally
from bisonwatch.simulator.moments import OFFSETS
from bisonwatch.simulator.records import Account, Campaign, Lead, Step, Tag, Workspace
from bisonwatch.simulator.scribe import Scribe

FIRST_WORKSPACE = 12
LARGEST = 433
QUIET = 7
"""One workspace in this many has no traffic at all."""

_DEFAULT_TAGS = ("Interested", "Meeting Booked", "Automated Reply", "Google", "Outlook", "Custom Mail Server")
_TYPES = {"google_workspace_oauth": "Google", "microsoft_oauth": "Outlook", "Inbox": "Custom Mail Server"}


@dataclass(frozen=True, slots=True)
class Plan:
    """How large one workspace is, and its share of what happens."""

    accounts: int
    leads: int
    weight: float


def plans(rng: Random, workspaces: int, accounts: int) -> list[Plan]:
    """Sizes that add up to `accounts`; where there is room for it, one workspace has exactly 433. Raises CallError."""
    order = list(range(workspaces))
    rng.shuffle(order)
    sizes = _sizes(rng, order, accounts)
    quiet = set(order[-(workspaces // QUIET) :]) if workspaces >= QUIET else set()
    return [_plan(rng, sizes[index], index in quiet) for index in range(workspaces)]


def _sizes(rng: Random, order: list[int], accounts: int) -> list[int]:
    if not order or accounts < len(order):
        raise CallError(
            "every workspace needs an account", hint=f"{len(order)} workspaces, {accounts} accounts"
        )
    shares = [rng.uniform(0.4, 1.8) for _ in order]
    sizes = [1] * len(order)
    if len(order) > 3 and accounts >= 4 * LARGEST:
        sizes[order[0]], shares[order[0]] = LARGEST, 0.0
    left, total = accounts - sum(sizes), sum(shares)
    for index, share in enumerate(shares):
        sizes[index] += int(left * share / total)
    for index in range(accounts - sum(sizes)):
        sizes[order[1 + index % (len(order) - 1)] if len(order) > 1 else 0] += 1
    return sizes


def _plan(rng: Random, accounts: int, quiet: bool) -> Plan:
    busy = rng.uniform(0.3, 1.2)
    leads = min(250, 40 + int(accounts * busy * rng.uniform(0.5, 1.1)))
    return Plan(accounts, leads, 0.0 if quiet else busy * (accounts + 10))


class Seeder:
    """Fills one workspace after the other; everything it draws comes from the scribe's random source."""

    def __init__(self, scribe: Scribe, seed: int, start: datetime) -> None:
        self._scribe = scribe
        self._rng = scribe.rng
        self._seed = seed
        self._start = start

    def workspace(self, index: int, plan: Plan) -> Workspace:
        workspace_id = FIRST_WORKSPACE + index
        workspace = Workspace(
            id=workspace_id,
            name=names.workspace_name(index),
            weight=plan.weight,
            phrase=f"kqz{self._rng.getrandbits(32):08x}",
            secret=secret(self._seed, f"webhooks-{workspace_id}"),
            created_at=self._ago(200, 400),
            leads_limit=max(2_000, plan.leads),
        )
        self._tags(workspace)
        for _ in range(plan.accounts):
            workspace.accounts.add(self.account(workspace))
        for wave in range(1, self._rng.randint(1, 4) + 1):
            workspace.campaigns.add(self.campaign(workspace, wave))
        for _ in range(plan.leads):
            self.lead(workspace)
        return workspace

    def _ago(self, least: float, most: float) -> datetime:
        return self._start.replace(microsecond=0) - timedelta(
            minutes=int(self._rng.uniform(least, most) * 1440)
        )

    def _tags(self, workspace: Workspace) -> None:
        for name in (*_DEFAULT_TAGS, *names.RESELLERS, "priority-eu"):
            tag = Tag(self._scribe.next_id("tag"), name, name in _DEFAULT_TAGS, workspace.created_at)
            workspace.tags.add(tag)

    def account(self, workspace: Workspace, at: datetime | None = None) -> Account:
        """A mailbox on one of the workspace's sending domains."""
        rng = self._rng
        first, last = rng.choice(names.FIRST), rng.choice(names.LAST)
        kind = rng.choices(tuple(_TYPES), (60, 32, 8))[0]
        number = self._scribe.next_id("account")
        host = f"{rng.choice(names.PREFIXES)}-{names.ascii_word(workspace.name.split()[0])}.example"
        tags = {tag.name: tag for tag in workspace.tags}
        chosen = [tags[_TYPES[kind]]] + ([tags[rng.choice(names.RESELLERS)]] if rng.random() < 0.85 else [])
        return Account(
            id=number,
            name=f"{first} {last}",
            email=f"{names.ascii_word(first)}.{number}@{host}",
            type=kind,
            connected=at is not None or rng.random() > 0.015,
            warmup=rng.random() < 0.93,
            daily_limit=rng.choice((10, 12, 15, 15, 15, 20, 25)),
            tags=chosen,
            tally=past_tally(rng, rng.randint(80, 900), opens=False) if at is None else Counter(),
            created_at=at or self._ago(30, 180),
            updated_at=at or self._ago(0.1, 3),
        )

    def campaign(self, workspace: Workspace, wave: int) -> Campaign:
        """The first wave always runs."""
        rng = self._rng
        number = self._scribe.next_id("campaign")
        drawn = rng.choices(("active", "paused", "completed", "draft"), (70, 12, 12, 6))[0]
        status = "active" if wave == 1 else drawn
        subjects = (
            "quick question about {COMPANY}",
            "Re: quick question about {COMPANY}",
            "{COMPANY}: last note",
        )
        steps = tuple(
            Step(self._scribe.next_id("step"), order, subject) for order, subject in enumerate(subjects, 1)
        )
        at = self._ago(62, 90)
        return Campaign(
            id=number,
            uuid=self._scribe.uuid(),
            sequence_id=None if status == "draft" else number - 75,
            name=names.campaign_name(rng, wave),
            status=status,
            open_tracking=rng.random() < 0.35,
            counts_auto_replies=rng.random() < 0.75,
            zone=rng.choice(tuple(OFFSETS)),
            steps=steps,
            tags=[workspace.tags[-1]] if rng.random() < 0.3 else [],
            created_at=at,
            updated_at=self._ago(0.1, 3),
        )

    def lead(self, workspace: Workspace, at: datetime | None = None) -> Lead:
        """A lead of one of the workspace's campaigns, new and not yet mailed."""
        rng = self._rng
        first, last, company = rng.choice(names.FIRST), rng.choice(names.LAST), names.company_name(rng)
        number = self._scribe.next_id("lead")
        created = at or self._ago(12, 60)
        lead = Lead(
            id=number,
            uuid=self._scribe.uuid(),
            first_name=first,
            last_name=last,
            email=f"{names.ascii_word(first)}.{names.ascii_word(last)}.{number}@{names.ascii_word(company)}.example",
            title=rng.choice(names.TITLES),
            company=company,
            variables=(("city", rng.choice(names.CITIES)), ("opener", f"Saw the new site of {company}")),
            created_at=created,
            updated_at=created,
        )
        workspace.lead_by_email[lead.email] = lead
        return workspace.leads.add(lead)


def secret(seed: int, word: str) -> str:
    """An invented secret: the same for the same seed."""
    return hashlib.sha256(f"bisonwatch simulator {seed} {word}".encode()).hexdigest()[:40]
