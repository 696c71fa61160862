"""`bisonwatch export`."""

from __future__ import annotations

import asyncio
import signal
from contextlib import aclosing, suppress
from pathlib import Path

import click

from bisonwatch.cli.export_call import Call
from bisonwatch.cli.export_file import checked, opened_for
from bisonwatch.cli.export_progress import shown
from bisonwatch.cli.looking import opened
from bisonwatch.cli.setup import config_of, settings_of
from bisonwatch.config.settings import Settings
from bisonwatch.domain.export import EXPORTS
from bisonwatch.exports.stream import stream, writer
from bisonwatch.exports.writing import Format
from bisonwatch.store import workspaces

_STDOUT = Path("-")


@click.command()
@click.argument("name", type=click.Choice(list(EXPORTS)))
@click.option("--format", "format_", type=click.Choice(list(map(str, Format))),
              help="Else as FILE ends; csv where that tells nothing.")  # fmt: skip
@click.option("--output", type=click.Path(path_type=Path, dir_okay=False), metavar="FILE",
              help="Write there instead of to stdout (`-`); needed for parquet.")  # fmt: skip
@click.option("--force", is_flag=True, help="Replace FILE when it is there.")
@click.option("--workspace", "words", multiple=True, metavar="WORKSPACE",
              help="Only rows of this workspace; may be given several times.")  # fmt: skip
@click.option(
    "--since", metavar="WHEN", help="Only rows dated since: `24h`, `30d`, a day, or a moment (UTC)."
)
@click.option(
    "--until", metavar="WHEN", help="Only rows dated before that; both go with events, metrics, runs."
)
@click.option("--limit", type=click.IntRange(min=1), help="At most so many rows.")
@click.option("--gzip", is_flag=True, help="Compress; so does a FILE that ends in .gz.")
@click.option("--bom", is_flag=True, help="csv: begin with the mark by which Excel knows UTF-8.")
@click.option("--no-guard", "bare", is_flag=True,
              help="csv: texts as they are, even where a spreadsheet would take them for formulas.")  # fmt: skip
@click.pass_context
def export(
    ctx: click.Context,
    name: str,
    format_: str | None,
    output: Path | None,
    force: bool,
    words: tuple[str, ...],
    since: str | None,
    until: str | None,
    limit: int | None,
    gzip: bool,
    bom: bool,
    bare: bool,
) -> None:
    """The mirror's rows as csv, json lines or parquet, for other tools. It holds up no engine, however many there are.

    Example: bisonwatch export events --since 30d --output events.parquet
    """
    asked = Format(format_) if format_ else None
    call = Call(
        name, asked, None if output == _STDOUT else output, force, words, since, until, limit, gzip, bom, bare
    )
    settings = settings_of(config_of(ctx))
    try:
        asyncio.run(_export(settings, call))
    except asyncio.CancelledError:
        raise click.Abort from None


def _ended_by(number: signal.Signals) -> None:
    """As Ctrl-C: no half of a file with people's addresses stays behind."""
    task = asyncio.current_task()
    if task is not None:
        with suppress(NotImplementedError):  # Windows
            asyncio.get_running_loop().add_signal_handler(number, task.cancel)


async def _export(settings: Settings, call: Call) -> None:
    _ended_by(signal.SIGTERM)
    writer(call.export, call.form)  # what cannot be done is said before anything is opened
    async with opened(settings) as database:
        async with database.read() as tx:
            names = await workspaces.names(tx)
        window = call.window(names, database.clock.now())
        target = checked(call.output, database.place, force=call.force)
        async with shown(database, call.export, window, to_stdout=target is None) as progress:
            with opened_for(target, call.form) as out:
                async with aclosing(stream(database, call.export, window, call.form, progress)) as chunks:
                    async for chunk in chunks:
                        out.write(chunk)
        if target is not None:
            click.echo(f"{progress.rows:,} {call.name} written to {target}: {out.size / 1e6:,.1f} MB")
