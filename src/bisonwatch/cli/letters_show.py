"""`bisonwatch letters show`."""

from __future__ import annotations

import asyncio
import json
import sys

import click

from bisonwatch import logs
from bisonwatch.cli.letters_desk import desk
from bisonwatch.cli.letters_text import letter_text
from bisonwatch.cli.setup import config_of, settings_of
from bisonwatch.config.settings import Settings
from bisonwatch.domain.letter import Opened, letter_json
from bisonwatch.domain.payload import masked, plain
from bisonwatch.errors import CallError


@click.command()
@click.argument("word", metavar="ID")
@click.option("--json", "as_json", is_flag=True, help="One JSON object; the payload is in `body`.")
@click.option(
    "--raw", is_flag=True, help="Only the body as it came, byte by byte but for secrets, for a file."
)
@click.pass_context
def show(ctx: click.Context, word: str, as_json: bool, raw: bool) -> None:
    """One letter: why it failed, and its payload pretty-printed. ID may be its first 8 or more characters.

    Example: bisonwatch letters show 019a4c5e-77b0
    """
    settings = settings_of(config_of(ctx))
    if raw and as_json:
        raise CallError("--raw or --json, not both")
    if raw and sys.stdout.isatty():
        raise CallError(
            "--raw may hold what a terminal would obey", hint="send it to a file: --raw > body.json"
        )
    content = asyncio.run(_shown(settings, word, as_json=as_json, raw=raw))
    if raw:
        sys.stdout.buffer.write(content.encode(errors="surrogateescape"))
        sys.stdout.flush()
    else:
        click.echo(content)


async def _shown(settings: Settings, word: str, *, as_json: bool, raw: bool) -> str:
    async with desk(settings) as found:
        letter = await found.letters.find(word)
        if not (raw or as_json):
            opened = await found.letters.open(letter.id) or Opened(letter, None)
            return letter_text(opened, found.names)
        body = await found.letters.body(letter.id)
    if as_json:
        payload = None if body is None else plain(body, logs.redact)
        return json.dumps({**letter_json(letter), "body": payload})
    if body is None:
        raise CallError(f"the body of {letter.id} is gone: retention.bodies trimmed it")
    return masked(body.decode(errors="surrogateescape"), logs.redact)
