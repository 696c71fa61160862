"""The operator's API: the route table, readable as a list."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from starlette.applications import Starlette
from starlette.exceptions import HTTPException
from starlette.routing import Route

from bisonwatch.api.auth import Guard, Token
from bisonwatch.api.exposition import Exposition
from bisonwatch.api.letters import LetterReads
from bisonwatch.api.probes import Probes, open_on_loopback
from bisonwatch.api.problems import on_fault, on_http, on_ours
from bisonwatch.api.read import Reads
from bisonwatch.clock import Clock
from bisonwatch.domain.snapshot import Snapshot
from bisonwatch.errors import BisonwatchError
from bisonwatch.ingest.letters import Letters
from bisonwatch.metrics import Metrics
from bisonwatch.store.database import Database


def create_app(
    database: Database,
    snapshot: Callable[[], Snapshot],
    clock: Clock,
    tokens: Sequence[Token],
    letters: Letters,
    metrics: Metrics,
) -> Starlette:
    """`snapshot` gives the newest picture; `tokens` are resolved secrets with their roles."""
    guard, reads, probes = Guard(tokens), Reads(database, snapshot, clock), Probes(snapshot, metrics.spooling)
    dead, exposition = LetterReads(letters), Exposition(metrics, snapshot, clock)
    workspace = "/api/v1/workspaces/{instance}/{id:int}"
    return Starlette(
        routes=[
            Route("/livez", open_on_loopback(guard, probes.live)),
            Route("/readyz", open_on_loopback(guard, probes.ready)),
            Route("/metrics", open_on_loopback(guard, exposition.metrics)),
            Route("/api/v1/status", guard.needs_token(reads.status)),
            Route("/api/v1/workspaces", guard.needs_token(reads.workspaces)),
            Route(workspace, guard.needs_token(reads.workspace)),
            Route(f"{workspace}/leads", guard.needs_token(reads.leads)),
            Route(f"{workspace}/accounts", guard.needs_token(reads.accounts)),
            Route("/api/v1/letters", guard.needs_token(dead.page)),
            Route("/api/v1/letters/{id}", guard.needs_token(dead.one)),
        ],
        exception_handlers={HTTPException: on_http, BisonwatchError: on_ours, Exception: on_fault},
    )
