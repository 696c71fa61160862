"""`bisonwatch`: the command table. Each command's module is imported only when it is called."""

from __future__ import annotations

import importlib
import os
import sys
from collections.abc import Sequence
from pathlib import Path

import click

from bisonwatch import __version__, logs
from bisonwatch.cli.table import Table
from bisonwatch.errors import BisonwatchError

COMMANDS = {
    "demo": "a simulated provider, an engine and the terminal: no account, no config",
    "simulate": "only the simulated provider, delivering webhooks to a URL",
    "attach": "the terminal on a daemon elsewhere, over its API",
    "status": "what the terminal's first screen says, as text or JSON",
    "resync": "read workspaces anew from the provider",
    "backfill": "read months of history once; run again and it goes on",
    "accounts": "sender accounts whose removal is held back: look, confirm",
    "cache": "the datasets' cache: what it did, refresh, clear",
    "check": "compare the mirror with the provider now",
    "jobs": "what the engine does by itself: list, run now",
    "runs": "what jobs did and do: list, show, cancel",
    "letters": "deliveries that could not be processed: look, replay, discard",
    "webhooks": "our webhook subscriptions at the provider",
    "keys": "which API key serves which workspace; one key for each out of a super-admin key",
    "config": "write, check and explain the configuration",
    "export": "rows as csv, json lines or parquet, for other tools",
    "db": "the mirror's database: upgrade, status, copy, backup, adopt",
}
"""Name and summary; `bisonwatch.cli.<name>_command` holds the command `<name>`."""


@click.group(
    cls=Table,
    words=COMMANDS,
    pattern="{}_command",
    invoke_without_command=True,
    context_settings={"help_option_names": ["-h", "--help"]},
)
@click.option(
    "--config", "config", type=click.Path(path_type=Path, dir_okay=False), help="The configuration file."
)
@click.option("--daemon", is_flag=True, help="The engine alone: no terminal, JSON logs on stderr.")
@click.version_option(__version__, "--version", message="bisonwatch %(version)s")
@click.pass_context
def cli(ctx: click.Context, config: Path | None, daemon: bool) -> None:
    """A real-time mirror of Email Bison in your own database, and a terminal that says whether you can trust it.

    Without a command: the terminal, with the engine in the same process.

    Example: bisonwatch demo
    """
    logs.start(to_stderr=False)  # whoever wants to log says so; a command's own words are what it prints
    ctx.obj = config
    if ctx.invoked_subcommand is not None:
        return
    name = "daemon" if daemon else "terminal"
    module = importlib.import_module(f"bisonwatch.cli.{name}")
    ctx.exit(module.run(config))


def main(arguments: Sequence[str] | None = None) -> None:
    """Run a command; every error is one line on stderr, and no traceback reaches a user."""
    sys.exit(_exit_code(arguments))


def _exit_code(arguments: Sequence[str] | None) -> int:
    try:
        result = cli.main(args=arguments, prog_name="bisonwatch", standalone_mode=False)
    except click.exceptions.NoArgsIsHelpError as error:
        click.echo(error.format_message(), err=True)
        return 2
    except click.UsageError as error:
        where = error.ctx.command_path if error.ctx else "bisonwatch"
        return _refuse(f"{error.format_message()} (`{where} --help` explains)", 2, where)
    except click.ClickException as error:
        return _refuse(error.format_message(), 2)
    except click.Abort:
        return _refuse("stopped", 130)
    except BisonwatchError as error:
        return _refuse(str(error), error.exit_code)
    except KeyboardInterrupt:
        return 130
    except BrokenPipeError:
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return 0
    except OSError as error:  # a file or folder of the operator's that no door of ours knows
        where = f"{error.filename}: " if error.filename else ""
        return _refuse(f"{where}{(error.strerror or str(error)).lower()}", 1)
    return result if isinstance(result, int) else 0


def _refuse(message: str, code: int, where: str = "bisonwatch") -> int:
    click.echo(f"{where}: {message}", err=True)
    return code
