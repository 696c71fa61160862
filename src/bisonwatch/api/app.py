"""The operator's API: the route table, readable as a list."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from fastapi import APIRouter, Depends, FastAPI
from starlette.exceptions import HTTPException

from bisonwatch import __version__
from bisonwatch.api import feed as feeding
from bisonwatch.api import stream
from bisonwatch.api.auth import Guard, Token
from bisonwatch.api.bounds import Bounds
from bisonwatch.api.exposition import Exposition
from bisonwatch.api.feed_document import documented
from bisonwatch.api.head import Head
from bisonwatch.api.letters import LetterReads
from bisonwatch.api.probes import Probes
from bisonwatch.api.problems import on_fault, on_http, on_ours
from bisonwatch.api.read import Reads
from bisonwatch.api.reel import Reel
from bisonwatch.clock import Clock
from bisonwatch.domain.feed import Feed
from bisonwatch.domain.snapshot import Snapshot
from bisonwatch.errors import BisonwatchError
from bisonwatch.ingest.letters import Letters
from bisonwatch.metrics import Metrics
from bisonwatch.store.database import Database

WORKSPACE = "/workspaces/{instance}/{id:int}"


def create_app(
    database: Database,
    snapshot: Callable[[], Snapshot],
    clock: Clock,
    tokens: Sequence[Token],
    letters: Letters,
    metrics: Metrics,
    feed: Callable[[str], Feed],
    reel: Reel,
) -> FastAPI:
    """`snapshot` gives the newest picture; `tokens` are resolved secrets with their roles; `feed` is the engine's, for whoever asks by that name; `reel` its pictures."""
    guard, reads, probes = Guard(tokens), Reads(database, snapshot, clock), Probes(snapshot, metrics.spooling)
    dead, exposition = LetterReads(letters), Exposition(metrics, snapshot, clock)
    app = FastAPI(
        title="bisonwatch",
        version=__version__,
        docs_url=None,  # its pages fetch scripts from elsewhere
        redoc_url=None,
        exception_handlers={HTTPException: on_http, BisonwatchError: on_ours, Exception: on_fault},
    )
    app.add_middleware(Head)
    app.add_middleware(Bounds)
    near = APIRouter(dependencies=[Depends(guard.local_or_viewer)])
    near.get("/livez")(probes.live)
    near.get("/readyz")(probes.ready)
    near.get("/metrics")(exposition.metrics)
    viewer = APIRouter(prefix="/api/v1", dependencies=[Depends(guard.viewer)])
    viewer.get("/status")(reads.status)
    viewer.get("/workspaces")(reads.workspaces)
    viewer.get(WORKSPACE)(reads.workspace)
    viewer.get(f"{WORKSPACE}/leads")(reads.leads)
    viewer.get(f"{WORKSPACE}/accounts")(reads.accounts)
    viewer.get("/letters")(dead.page)
    viewer.get("/letters/{id}")(dead.one)
    viewer.include_router(stream.router(reel))
    viewer.include_router(feeding.router(guard, feed, clock))
    for router in (near, viewer):
        app.include_router(router)
    app.openapi = documented(app, viewer.prefix)  # type: ignore[method-assign]  # FastAPI's own way of extending it
    return app
