"""A row that comes or goes while somebody walks through its list."""

from __future__ import annotations

from datetime import datetime
from typing import TypeVar

from bisonwatch.simulator.moments import whole
from bisonwatch.simulator.records import Workspace
from bisonwatch.simulator.shelf import Row, Shelf
from bisonwatch.simulator.world import World

R = TypeVar("R", bound=Row)


def insert(world: World, workspace: Workspace, path: str, at: datetime) -> None:
    """One row above the walk's start, in the list that the path's last word names."""
    moment = whole(at)
    match _noun(path):
        case "sender-emails":
            world.add_account(workspace.id, at=moment)
        case "leads":
            world.add_lead(workspace.id, at=moment)
        case "campaigns":
            world.add_campaign(workspace.id)
        case "scheduled-emails" | "sent-emails":
            world.send(workspace.id, at=moment)
        case "replies" | "events":
            world.untracked(workspace.id, at=moment)


def delete(world: World, workspace: Workspace, path: str, at: datetime) -> None:
    """The newest row, which the walk has passed: in page mode every later row moves up by one, and one is missed."""
    match _noun(path):
        case "sender-emails" if len(workspace.accounts) > 1:
            world.remove_account(workspace.accounts[-1].id, at=whole(at))
        case "leads":
            _drop_newest(workspace.leads)
        case "campaigns":
            _drop_newest(workspace.campaigns)
        case "replies":
            _drop_newest(workspace.replies)
        case "scheduled-emails" | "sent-emails":
            _drop_newest(workspace.sends)


def _drop_newest(shelf: Shelf[R]) -> None:
    if len(shelf) > 1:
        shelf.remove(shelf[-1].id)


def _noun(path: str) -> str:
    return path.rpartition("/")[2]
