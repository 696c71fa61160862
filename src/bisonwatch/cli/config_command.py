"""`bisonwatch config`: write, check and explain the configuration."""

from __future__ import annotations

import os
from pathlib import Path

import click

from bisonwatch.cli.setup import config_of, loaded_of
from bisonwatch.config import explain
from bisonwatch.config.check import check as check_settings
from bisonwatch.config.paths import FILE
from bisonwatch.config.remark import Level


@click.group()
def config() -> None:
    """Write, check and explain the configuration.

    Example: bisonwatch config init
    """


@config.command()
@click.argument("path", required=False, type=click.Path(path_type=Path, dir_okay=False))
@click.option("--force", is_flag=True, help="Overwrite a file that is there.")
@click.pass_context
def init(ctx: click.Context, path: Path | None, force: bool) -> None:
    """Write an example file with every key, its default and a sentence.

    Example: bisonwatch config init bisonwatch.yaml
    """
    target = path or config_of(ctx) or Path(FILE)
    explain.init(target, overwrite=force)
    click.echo(f"wrote {target}; set instances: there, then run `bisonwatch config check`")


@config.command()
@click.pass_context
def check(ctx: click.Context) -> None:
    """Tell what is wrong, missing or not built yet; exit 2 when there is an error.

    Example: bisonwatch --config prod.yaml config check
    """
    loaded = loaded_of(config_of(ctx))
    remarks = check_settings(loaded, os.environ)
    for remark in remarks:
        click.echo(str(remark))
    errors = sum(remark.level is Level.ERROR for remark in remarks)
    where = loaded.path or "the defaults (no file was found)"
    click.echo(
        f"{where}: {errors} errors, {len(remarks) - errors} other remarks"
        if remarks
        else f"{where}: all is well"
    )
    ctx.exit(2 if errors else 0)


@config.command()
@click.pass_context
def show(ctx: click.Context) -> None:
    """Every value, where it came from, secrets masked.

    Example: bisonwatch config show | grep sync
    """
    click.echo(explain.as_text(explain.show(loaded_of(config_of(ctx)))))
