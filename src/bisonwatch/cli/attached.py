"""The terminal over a daemon elsewhere: which token, and how it runs."""

from __future__ import annotations

import os
from pathlib import Path
from typing import TYPE_CHECKING, Any

from bisonwatch.clients.address import Address
from bisonwatch.clients.remote import RemoteFeed
from bisonwatch.clients.trust import Trust
from bisonwatch.clock import AgreedClock
from bisonwatch.config import paths
from bisonwatch.domain.snapshot import nothing_yet
from bisonwatch.errors import CallError

if TYPE_CHECKING:
    from bisonwatch.clients.daemon import Daemon
    from bisonwatch.config.settings import Terminal
    from bisonwatch.tui.options import TerminalOptions

TOKEN_VARIABLE = "BISONWATCH_API_TOKEN"


def token_of(file: Path | None) -> str:
    """From the file, else from the environment: never from the command line, which every user of the machine may read. Raises CallError."""
    if file is not None:
        from bisonwatch.config.secrets import Secret

        return _sound(Secret(f"file:{file}").resolve(), str(file))
    token = os.environ.get(TOKEN_VARIABLE, "").strip()
    if not token:
        raise CallError(
            "no token is given",
            hint=f"set {TOKEN_VARIABLE}, or give --token-file; the daemon's configuration has it",
        )
    return _sound(token, TOKEN_VARIABLE)


def _sound(token: str, source: str) -> str:
    """What no header can carry would be told in the words of whoever refuses it, and with it the token."""
    if token.isascii() and token.isprintable() and " " not in token:
        return token
    raise CallError(f"{source} holds no token", hint="a token is one line without blanks, in plain ASCII")


def remote(where: Address, token: str, trust: Trust | None, clock: AgreedClock) -> RemoteFeed:
    """Not started yet."""

    def make() -> Daemon:
        from bisonwatch.clients.daemon import Daemon  # after the first paint: it takes its time

        return Daemon(where, token, trust)

    return RemoteFeed(make, where.shown, clock, nothing_yet(clock.now()))


def options_of(chosen: Terminal | None, *, read_only: bool = False, **more: Any) -> TerminalOptions:
    """What the configuration says of the terminal, where there is one, and what only its caller knows."""
    from bisonwatch.tui.options import TerminalOptions

    if chosen is None:
        return TerminalOptions(read_only=read_only, user_themes=paths.themes_folder(), **more)
    return TerminalOptions(
        theme=chosen.theme,
        refresh_s=chosen.refresh.total_seconds(),
        glyphs=chosen.glyphs,
        read_only=chosen.read_only or read_only,
        keymap=chosen.keymap,
        user_themes=paths.themes_folder(),
        **more,
    )
