"""A person's word on a lead's pipeline stage."""

from __future__ import annotations

from bisonwatch.bus import Bus, Topic
from bisonwatch.clock import Clock
from bisonwatch.domain.clean import clean
from bisonwatch.domain.ids import WorkspaceKey
from bisonwatch.domain.stage import LONGEST
from bisonwatch.errors import CallError, NotThere
from bisonwatch.store import leads
from bisonwatch.store.database import Database


class Stages:
    """Each call may be repeated."""

    def __init__(self, database: Database, bus: Bus, clock: Clock) -> None:
        self._database = database
        self._bus = bus
        self._clock = clock

    async def set(self, workspace: WorkspaceKey, lead: str, stage: str | None) -> str:
        """Give a lead, by id or address, a stage that stays, or None: hand it back to the automatic one. The stage it has then.

        Raises CallError for what is no stage, NotThere for an unknown lead.
        """
        word = None if stage is None else clean(stage, LONGEST)
        if word == "":
            raise CallError("a pipeline stage is a word; null hands the lead back to the automatic stage")
        async with self._database.write() as tx:
            found = await leads.called(tx, workspace, lead)
            if found is None:
                raise NotThere(f"{workspace} has no lead {clean(lead)}")
            await leads.set_stage(tx, workspace, found.email, word, self._clock.now())
            told = await leads.get(tx, workspace, found.email)
        self._bus.publish(Topic.CHANGED)
        return (told or found).pipeline_stage
