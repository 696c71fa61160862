"""`bisonwatch attach URL`: the terminal on a daemon elsewhere."""

from __future__ import annotations

import os
import sys
from pathlib import Path
from typing import TYPE_CHECKING

import click

from bisonwatch import logs
from bisonwatch.cli.attached import options_of, remote, token_of
from bisonwatch.clients.address import address
from bisonwatch.clients.trust import Trust
from bisonwatch.clock import AgreedClock, SystemClock
from bisonwatch.config import paths
from bisonwatch.errors import ConfigError, StartError

if TYPE_CHECKING:
    from bisonwatch.config.settings import Terminal

FILE = click.Path(path_type=Path, dir_okay=False)


@click.command()
@click.argument("url")
@click.option("--token-file", type=FILE, help="A file that holds the token; else BISONWATCH_API_TOKEN.")
@click.option("--ca", type=FILE, help="A certificate authority of your own (PEM), and no other.")
@click.option("--insecure", is_flag=True, help="Send the token without TLS to another machine all the same.")
@click.option("--read-only", is_flag=True, help="Only look, whatever the token may do.")
@click.pass_context
def attach(
    ctx: click.Context, url: str, token_file: Path | None, ca: Path | None, insecure: bool, read_only: bool
) -> None:
    """The terminal on a daemon elsewhere, over its API. Closing it leaves the daemon as it is.

    Example: bisonwatch attach https://mirror.example:8788
    """
    where = address(url, insecure=insecure)
    token = token_of(token_file)
    logs.redact.learn(token)
    trust = Trust.authority(ca) if ca else None
    chosen = _look(ctx.find_root().obj)
    if not sys.stdout.isatty():
        raise StartError("this is no terminal", hint="`curl` reads the stream: see docs/stream.md")
    logs.start(to_stderr=False)
    from bisonwatch.tui.app import run_terminal

    clock = AgreedClock(SystemClock())
    feed = remote(where, token, trust, clock)
    options = options_of(
        chosen,
        read_only=read_only,
        ask_before_quit=False,
        on_first_paint=feed.start,
        over=lambda: feed.failure is not None,
    )
    code = run_terminal(feed, options, clock)
    feed.stop()
    if feed.failure is not None:
        raise feed.failure
    ctx.exit(code)


def _look(config: Path | None) -> Terminal | None:
    """How the terminal looks, where this machine has a configuration; none is needed, and a wrong one only matters where it was named."""
    if paths.find(config, os.environ) is None:
        return None
    from bisonwatch.config.load import (
        load,  # a tenth of a second of imports, which the first paint need not wait for
    )

    try:
        return load(config, os.environ).settings.terminal
    except ConfigError:
        if config is not None:
            raise
        return None
