"""Every command there is."""

from __future__ import annotations

from bisonwatch.tui.commands.acting import ACTING
from bisonwatch.tui.commands.caching import CACHING
from bisonwatch.tui.commands.command import Command
from bisonwatch.tui.commands.looking import LOOKING
from bisonwatch.tui.commands.moving import MOVING
from bisonwatch.tui.commands.running import RUNNING
from bisonwatch.tui.commands.witnessing import WITNESSING

ALL: tuple[Command, ...] = (*LOOKING, *WITNESSING, *CACHING, *ACTING, *RUNNING, *MOVING)
BY_ID: dict[str, Command] = {command.id: command for command in ALL}
