"""Waiting for what becomes of replayed letters."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from uuid import UUID

import click

from bisonwatch.cli.letters_desk import Desk
from bisonwatch.cli.letters_text import moment
from bisonwatch.domain.clean import clean
from bisonwatch.domain.delivery import DeliveryState
from bisonwatch.domain.letter import Letter

LOOK_S = 0.5


async def follow(desk: Desk, ids: Sequence[UUID]) -> int:
    """A line for each as it ends, until all have; how many did not end processed."""
    waiting, failed = dict.fromkeys(ids), 0
    while True:
        became = {letter.id: letter for letter in await desk.letters.states(list(waiting))}
        for number in list(waiting):
            letter = became.get(number)
            told = ending(letter)
            if told is None:
                continue
            click.echo(f"{number} {told}")
            failed += letter is None or letter.state is not DeliveryState.DONE
            del waiting[number]
        if not waiting:
            return failed
        if not await desk.engine_lives():
            click.echo(f"bisonwatch: the engine is gone; {len(waiting):,} still wait", err=True)
            return failed + len(waiting)
        await asyncio.sleep(LOOK_S)


def ending(letter: Letter | None) -> str | None:
    """How it ended; None while it waits."""
    if letter is None:
        return "is gone from the log"
    reason = clean(letter.reason, 600)
    match letter.state:
        case DeliveryState.DONE:
            return "processed"
        case DeliveryState.DEAD:
            return f"dead again: {reason}"
        case DeliveryState.DISCARDED:
            return "discarded meanwhile"
        case DeliveryState.PENDING if letter.attempts and letter.next_try_at:
            return f"failed again, tried next at {moment(letter.next_try_at)}: {reason}"
        case _:
            return None
