"""The rows of the past as the provider's nouns, each made when somebody asks for it and forgotten after."""

from __future__ import annotations

import uuid
from collections import Counter
from datetime import timedelta

from bisonwatch.simulator import names
from bisonwatch.simulator.past.blocks import Blocks
from bisonwatch.simulator.past.chronicle import Chronicle, Heard, Planned
from bisonwatch.simulator.past.fates import INTERESTED, REPLIED, STEP_OF, WAITS, Fate, drawn, fate, last_step
from bisonwatch.simulator.records import Account, Lead, Membership, Reply, Send

_STATUS = {Fate.BOUNCED: "bounced", Fate.LEFT: "unsubscribed"}
_PLACE = {Fate.BOUNCED: "bounced", Fate.LEFT: "stopped", **dict.fromkeys(REPLIED, "replied")}


class People:
    """Makes leads, sends and replies of one workspace's past. The same question always gives the same row."""

    def __init__(self, chronicle: Chronicle, leads: Blocks, sends: Blocks, replies: Blocks) -> None:
        self._chronicle = chronicle
        self._leads = leads
        self._sends = sends
        self._replies = replies

    def place_of(self, day: int, offset: int) -> tuple[int, int] | None:
        """Campaign and `k` of a lead by its number in its day."""
        for place in range(len(self._chronicle.campaigns)):
            size = self._chronicle.cohort(place, day)
            if offset < size:
                return place, offset
            offset -= size
        return None

    def offset_of(self, place: int, day: int) -> int:
        """Where a campaign's cohort begins in its day."""
        return sum(self._chronicle.cohort(earlier, day) for earlier in range(place))

    def lead(self, place: int, born: int, k: int) -> Lead:
        chronicle = self._chronicle
        number = self._leads.id(born, self.offset_of(place, born) + k)
        luck = drawn("lead", number)
        first = names.FIRST[luck % len(names.FIRST)]
        last = names.LAST[(luck >> 8) % len(names.LAST)]
        company = (
            f"{names.HEADS[(luck >> 16) % len(names.HEADS)]} {names.TAILS[(luck >> 24) % len(names.TAILS)]}"
        )
        made = chronicle.beginning(born) - timedelta(hours=1)
        lead = Lead(
            id=number,
            uuid=_uuid("lead", number),
            first_name=first,
            last_name=last,
            email=f"{names.ascii_word(first)}.{names.ascii_word(last)}.{number}@{names.ascii_word(company)}.example",
            title=names.TITLES[(luck >> 32) % len(names.TITLES)],
            company=company,
            variables=(("city", names.CITIES[(luck >> 40) % len(names.CITIES)]),),
            created_at=made,
            updated_at=made,
        )
        self._live_through(lead, place, born, k)
        return lead

    def _live_through(self, lead: Lead, place: int, born: int, k: int) -> None:
        """Everything up to the world's beginning: steps that would come later never do."""
        chronicle, campaign = self._chronicle, self._chronicle.campaigns[place]
        one = fate(k, chronicle.turn(place, born))
        steps = sum(
            1 for step, wait in enumerate(WAITS, 1) if step <= last_step(one) and born + wait < chronicle.days
        )
        shown = steps >= STEP_OF.get(one, 99)
        replies = int(shown and (one in REPLIED or (one is Fate.AWAY and campaign.counts_auto_replies)))
        finished = "sequence_finished" if steps == len(WAITS) else "in_sequence"
        lead.memberships[campaign.id] = Membership(
            campaign,
            status=_PLACE.get(one, finished) if shown else finished,
            sent=steps,
            replies=replies,
            interested=shown and one in INTERESTED,
            account=self.mailbox(place, born, k),
        )
        lead.tally = Counter(sent=steps, contacted=1, replied=replies, unique_replies=replies)
        lead.tally["bounced"] = int(shown and one is Fate.BOUNCED)
        lead.status = _STATUS.get(one, lead.status) if shown else lead.status
        lead.updated_at = chronicle.beginning(born + WAITS[steps - 1]) + timedelta(hours=15)

    def mailbox(self, place: int, born: int, k: int) -> Account:
        """A lead sticks to its mailbox."""
        accounts = self._chronicle.accounts
        return accounts[(place * 31 + born * 17 + k * 13) % len(accounts)]

    def status(self, planned: Planned) -> str:
        """What became of a message."""
        one = fate(planned.k, self._chronicle.turn(planned.place, planned.born))
        return _STATUS.get(one, "sent") if STEP_OF.get(one) == planned.step else "sent"

    def send(self, day: int, number: int) -> Send:
        chronicle = self._chronicle
        planned: Planned = chronicle.plan(day)[number]
        campaign = chronicle.campaigns[planned.place]
        lead = self.lead(planned.place, planned.born, planned.k)
        account = self.mailbox(planned.place, planned.born, planned.k)
        one = fate(planned.k, chronicle.turn(planned.place, planned.born))
        shown = STEP_OF.get(one) == planned.step
        at = chronicle.beginning(day) + timedelta(seconds=chronicle.second(day, number))
        step = campaign.steps[planned.step - 1]
        send_id = self._sends.id(day, number)
        return Send(
            id=send_id,
            campaign=campaign,
            lead=lead,
            account=account,
            step=step,
            variant=1 + planned.k % 2,
            subject=step.subject.replace("{COMPANY}", lead.company),
            status=self.status(planned),
            scheduled_at=at - timedelta(seconds=20),
            sent_at=at,
            message_id=f"<{send_id}.past@{account.email.partition('@')[2]}>",
            replies=int(shown and (one in REPLIED or (one is Fate.AWAY and campaign.counts_auto_replies))),
            interested=True if shown and one in INTERESTED else None,
        )

    def reply(self, day: int, number: int) -> Reply:
        heard: Heard = self._chronicle.heard(day)[number]
        send = self.send(day, heard.message)
        at = self._chronicle.beginning(day) + timedelta(seconds=heard.seconds)
        bounce, away = heard.fate is Fate.BOUNCED, heard.fate is Fate.AWAY
        person = (f"{send.lead.first_name} {send.lead.last_name}", send.lead.email)
        mailbox = (send.account.name, send.account.email)
        sender = ("Mail Delivery Subsystem", "mailer-daemon@mailhost.example") if bounce else person
        subject = "Delivery Status Notification (Failure)" if bounce else f"Re: {send.subject}"
        reply_id = self._replies.id(day, number)
        kind = "Bounced" if bounce else "Tracked Reply"
        return Reply(
            id=reply_id,
            uuid=_uuid("reply", reply_id),
            folder=heard.folder,
            type="Outgoing Email" if heard.ours else kind,
            subject=f"Automatic reply: {send.subject}" if away else subject,
            text=_text(heard),
            automated=bounce or away,
            account=send.account,
            message_id=f"<{reply_id}.past@{(mailbox if heard.ours else sender)[1].partition('@')[2]}>",
            sender=mailbox if heard.ours else sender,
            receiver=person if heard.ours else mailbox,
            received_at=at,
            created_at=at,
            updated_at=at,
            send=send,
            lead=send.lead,
            campaign=send.campaign,
            interested=heard.fate in INTERESTED and not heard.ours,
        )


def _text(heard: Heard) -> str:
    if heard.ours:
        return "Tuesday 10:00 or 14:00?"
    if heard.fate is Fate.BOUNCED:
        return "Address not found."
    if heard.fate is Fate.AWAY:
        return "I am away until next week."
    return "Sure, send me two slots." if heard.fate in INTERESTED else "Thanks, not for us right now."


def _uuid(kind: str, number: int) -> str:
    """Of the version that the provider prints, and always the same."""
    return str(uuid.UUID(int=drawn(kind, number, "high") << 64 | drawn(kind, number, "low"), version=4))
