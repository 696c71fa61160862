"""Who else lives on this database, and which share of the work is this node's."""

from __future__ import annotations

import logging
from collections.abc import Sequence
from uuid import UUID

from bisonwatch.domain.share import WHOLE, share_of

log = logging.getLogger(__name__)


class Members:
    """Told the living with every heartbeat; `share` is what this node takes while they live."""

    def __init__(self, me: UUID) -> None:
        self.me = me
        self.share = WHOLE

    def heard(self, living: Sequence[UUID]) -> None:
        share = share_of(self.me, living)
        if share != self.share:
            self.share = share
            if share.whole:
                log.info("this node works alone")
            else:
                log.info("%d nodes share the work; this one takes share %d", share.of, share.number + 1)
