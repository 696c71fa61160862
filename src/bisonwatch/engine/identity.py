"""Who this engine is: a UUID per start, never the host's name alone."""

from __future__ import annotations

import os
import socket
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from bisonwatch.domain.ids import uuid7


@dataclass(frozen=True, slots=True)
class Identity:
    id: UUID
    name: str
    pid: int


def new_identity(now: datetime) -> Identity:
    return Identity(uuid7(now), socket.gethostname(), os.getpid())
