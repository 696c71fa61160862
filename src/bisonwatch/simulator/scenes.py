"""Situations of real estates, each by name: for tests, and for the control route."""

from __future__ import annotations

from collections.abc import Callable

from bisonwatch.errors import CallError
from bisonwatch.simulator.records import LoggedEvent
from bisonwatch.simulator.world import World

Scene = Callable[[World, int], list[LoggedEvent]]


def silent_reconnect(world: World, workspace_id: int) -> list[LoggedEvent]:
    """The disconnect event says `connected`: the mailbox is back already, and nothing follows."""
    return world.disconnect(world.workspaces[workspace_id].accounts[0].id, recovered=True)


def disconnect(world: World, workspace_id: int) -> list[LoggedEvent]:
    return world.disconnect(world.workspaces[workspace_id].accounts[0].id)


def out_of_office(world: World, workspace_id: int) -> list[LoggedEvent]:
    """An automated reply; an event only where the campaign counts those."""
    return world.reply(workspace_id, automated=True)


def bounce(world: World, workspace_id: int) -> list[LoggedEvent]:
    """A row in the folder Bounced, and EMAIL_BOUNCED."""
    return world.bounce(workspace_id)


def interested_twice(world: World, workspace_id: int) -> list[LoggedEvent]:
    """A lead is marked twice in one campaign, and told once."""
    reply = world.replied_to(workspace_id)
    return world.interested(workspace_id, reply) + world.interested(workspace_id, reply)


def untracked_reply(world: World, workspace_id: int) -> list[LoggedEvent]:
    return world.untracked(workspace_id)


def manual_alone(world: World, workspace_id: int) -> list[LoggedEvent]:
    """A mail to somebody unknown: null lead, campaign and scheduled e-mail."""
    return world.manual(workspace_id, alone=True)


def first_contact(world: World, workspace_id: int) -> list[LoggedEvent]:
    """EMAIL_SENT and LEAD_FIRST_CONTACTED of one and the same message."""
    lead = world.add_lead(workspace_id)
    return world.send(workspace_id, lead.email)


def unknown_type(world: World, workspace_id: int) -> list[LoggedEvent]:
    return world.emit_unknown(workspace_id)


SCENES: dict[str, Scene] = {
    "silent-reconnect": silent_reconnect,
    "disconnect": disconnect,
    "out-of-office": out_of_office,
    "bounce": bounce,
    "interested-twice": interested_twice,
    "untracked-reply": untracked_reply,
    "manual-alone": manual_alone,
    "first-contact": first_contact,
    "unknown-type": unknown_type,
}


def play(world: World, name: str, workspace_id: int) -> list[LoggedEvent]:
    """Everything that the event log has of it, oldest first. Raises CallError."""
    if name not in SCENES:
        raise CallError(f"no scene '{name}'", hint=f"there are {', '.join(SCENES)}")
    if workspace_id not in world.workspaces:
        raise CallError(f"no workspace {workspace_id}")
    before = world.scribe.logged
    SCENES[name](world, workspace_id)
    made = world.scribe.logged - before
    return list(world.workspaces[workspace_id].log)[-made:] if made else []
