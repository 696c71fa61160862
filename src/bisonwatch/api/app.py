"""The operator's API: the route table, readable as a list."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from fastapi import APIRouter, Depends, FastAPI
from fastapi.exceptions import RequestValidationError
from fastapi.routing import APIRoute
from starlette.exceptions import HTTPException
from starlette.middleware.cors import CORSMiddleware
from starlette.responses import PlainTextResponse, Response

from bisonwatch import __version__
from bisonwatch.api import document, stream
from bisonwatch.api import feed as feeding
from bisonwatch.api.audit import Audit
from bisonwatch.api.auth import Guard, Token
from bisonwatch.api.bounds import Bounds
from bisonwatch.api.cache import Cache
from bisonwatch.api.counted import Counted
from bisonwatch.api.datasets import DatasetReads
from bisonwatch.api.door import known_only, writing
from bisonwatch.api.errands import Errands
from bisonwatch.api.export import ANSWER, Exporting
from bisonwatch.api.exposition import Exposition
from bisonwatch.api.head import Head
from bisonwatch.api.letters import LetterReads
from bisonwatch.api.logbook import LogReads
from bisonwatch.api.manners import Manners
from bisonwatch.api.paths import WORKSPACE
from bisonwatch.api.probes import Probes
from bisonwatch.api.problems import on_error
from bisonwatch.api.read import Reads
from bisonwatch.api.reel import Reel
from bisonwatch.api.runs import RunReads
from bisonwatch.api.shapes.base import Alive, Asked, Page, Ready
from bisonwatch.api.shapes.cache import CacheState, Cleared, Refreshed
from bisonwatch.api.shapes.datasets import Dataset
from bisonwatch.api.shapes.logs import ApiLog, EndpointHours, ValidationLog
from bisonwatch.api.shapes.objects import Account, Event, Lead
from bisonwatch.api.shapes.status import Status, Workspace
from bisonwatch.api.shapes.work import ChangedLetter, Deed, OpenedLetter, Run
from bisonwatch.api.shapes.work import Letters as LetterPage
from bisonwatch.api.viewers import Feeds
from bisonwatch.clock import Clock
from bisonwatch.domain.feed import Feed
from bisonwatch.domain.snapshot import Snapshot
from bisonwatch.errors import BisonwatchError
from bisonwatch.ingest.letters import Letters
from bisonwatch.metrics import Metrics
from bisonwatch.store.database import Database

API = "/api/v1"


def create_app(
    database: Database,
    snapshot: Callable[[], Snapshot],
    clock: Clock,
    tokens: Sequence[Token],
    letters: Letters,
    metrics: Metrics,
    feed: Callable[[str], Feed],
    reel: Reel,
    *,
    origins: Sequence[str] = (),
) -> FastAPI:
    """`snapshot` gives the newest picture; `tokens` are resolved secrets with their roles; `feed` is the engine's, for whoever asks by
    that name, `reel` its pictures; `origins` are the web pages that may call it from a browser.
    """
    guard, audit = Guard(tokens, clock, metrics.answering), Audit(database, clock)
    reads, feeds = Reads(database, snapshot, clock), Feeds(feed, clock)
    errands, see, write = (
        Errands(feed, reads, clock),
        [Depends(guard.viewer), Depends(known_only)],
        writing(guard, audit),
    )
    app = _app(origins)
    app.add_middleware(Counted, figures=metrics.answering, clock=clock)
    for router in (
        _probes(guard, Probes(snapshot, metrics.spooling), Exposition(metrics, snapshot, clock)),
        _workspaces(APIRouter(prefix=API, tags=["workspaces"], dependencies=see), reads),
        _datasets(APIRouter(prefix=API, tags=["datasets"], dependencies=see), DatasetReads(feeds.of, clock)),
        _runs(APIRouter(prefix=API, tags=["runs"], dependencies=see), RunReads(database, snapshot)),
        _letters(APIRouter(prefix=API, tags=["letters"], dependencies=see), LetterReads(letters)),
        _logs(APIRouter(prefix=API, tags=["logs"], dependencies=see), LogReads(feed)),
        _cache(APIRouter(prefix=API, tags=["datasets"], dependencies=see), Cache(feed)),
        _stages(APIRouter(prefix=API, tags=["workspaces"], route_class=write), errands),
        _errands(APIRouter(prefix=API, tags=["runs"], route_class=write), errands),
        _shelving(APIRouter(prefix=API, tags=["letters"], route_class=write), errands),
        _caching(APIRouter(prefix=API, tags=["datasets"], route_class=write), Cache(feed)),
        _exports(APIRouter(prefix=API, tags=["exports"], route_class=write), Exporting(database, clock)),
        _audit(guard, audit),
        _terminal(
            APIRouter(prefix=API, tags=["terminal"], dependencies=see),
            stream.router(reel),
            feeding.router(guard, feeds.of, clock, audit),
        ),
    ):
        app.include_router(router)
    return app


def _probes(guard: Guard, probes: Probes, exposition: Exposition) -> APIRouter:
    near = APIRouter(tags=["probes"], dependencies=[Depends(guard.local_or_viewer)])
    near.get("/livez", response_model=Alive, description="Whether the process turns.")(probes.live)
    ready = near.get(
        "/readyz",
        response_model=Ready,
        responses={503: {"model": Ready}},
        description="Whether deliveries can be kept.",
    )
    ready(probes.ready)
    near.get("/metrics", response_class=PlainTextResponse, description="Figures in Prometheus' text format.")(
        exposition.metrics
    )
    return near


def _workspaces(see: APIRouter, reads: Reads) -> APIRouter:
    see.get("/status", response_model=Status)(reads.status)
    see.get("/workspaces", response_model=Page[Workspace])(reads.workspaces)
    see.get(WORKSPACE, response_model=Workspace)(reads.workspace)
    see.get(f"{WORKSPACE}/leads", response_model=Page[Lead])(reads.leads)
    see.get(WORKSPACE + "/leads/{lead}", response_model=Lead)(reads.lead)
    see.get(f"{WORKSPACE}/accounts", response_model=Page[Account])(reads.accounts)
    see.get(f"{WORKSPACE}/events", response_model=Page[Event])(reads.events)
    return see


def _datasets(see: APIRouter, reads: DatasetReads) -> APIRouter:
    see.get(f"{WORKSPACE}/datasets", response_model=Page[Dataset])(reads.datasets)
    see.get(WORKSPACE + "/datasets/{name}", response_model=Dataset)(reads.dataset)
    return see


def _runs(see: APIRouter, runs: RunReads) -> APIRouter:
    see.get(f"{WORKSPACE}/runs", response_model=Page[Run])(runs.workspace_runs)
    see.get("/runs", response_model=Page[Run])(runs.runs)
    see.get("/runs/{id}", response_model=Run)(runs.run)
    return see


def _letters(see: APIRouter, letters: LetterReads) -> APIRouter:
    see.get("/letters", response_model=LetterPage)(letters.letters)
    see.get("/letters/{id}", response_model=OpenedLetter)(letters.letter)
    return see


def _logs(see: APIRouter, logs: LogReads) -> APIRouter:
    see.get("/api-log", response_model=ApiLog)(logs.api_log)
    see.get("/api-log/{instance}/hours", response_model=EndpointHours)(logs.api_hours)
    see.get("/validation-log", response_model=ValidationLog)(logs.validation_log)
    return see


def _cache(see: APIRouter, cache: Cache) -> APIRouter:
    see.get("/cache", response_model=CacheState)(cache.cache)
    return see


def _caching(write: APIRouter, cache: Cache) -> APIRouter:
    write.post("/cache/refresh", response_model=Refreshed)(cache.refresh_cache)
    write.post("/cache/clear", response_model=Cleared)(cache.clear_cache)
    return write


def _exports(write: APIRouter, exporting: Exporting) -> APIRouter:
    write.get("/export/{name}", response_class=Response, responses=ANSWER)(exporting.export)
    return write


def _stages(write: APIRouter, errands: Errands) -> APIRouter:
    write.patch(WORKSPACE + "/leads/{lead}", response_model=Lead)(errands.set_stage)
    return write


def _errands(write: APIRouter, errands: Errands) -> APIRouter:
    write.post(f"{WORKSPACE}/resync", status_code=202, response_model=Asked)(errands.resync_workspace)
    write.post("/resync", status_code=202, response_model=Asked)(errands.resync)
    write.post("/check", status_code=202, response_model=Asked)(errands.check)
    write.post("/backfill", status_code=202, response_model=Asked)(errands.backfill)
    write.post("/jobs/{name}/run", status_code=202, response_model=Asked)(errands.run_job)
    write.post("/runs/{id}/cancel", status_code=202, response_model=Asked)(errands.cancel)
    return write


def _shelving(write: APIRouter, errands: Errands) -> APIRouter:
    write.post("/letters/{id}/replay", response_model=ChangedLetter)(errands.replay)
    write.post("/letters/{id}/discard", response_model=ChangedLetter)(errands.discard)
    return write


def _audit(guard: Guard, audit: Audit) -> APIRouter:
    see = APIRouter(prefix=API, tags=["audit"], dependencies=[Depends(guard.operator), Depends(known_only)])
    see.get("/audit", response_model=Page[Deed])(audit.audit)
    return see


def _terminal(see: APIRouter, *parts: APIRouter) -> APIRouter:
    for part in parts:
        see.include_router(part)
    return see


def _app(origins: Sequence[str]) -> FastAPI:
    handled = (HTTPException, RequestValidationError, BisonwatchError, Exception)
    app = FastAPI(
        title="bisonwatch",
        version=__version__,
        description=document.ABOUT,
        openapi_tags=document.TAGS,
        docs_url=None,  # its pages fetch scripts from elsewhere
        redoc_url=None,
        redirect_slashes=False,
        generate_unique_id_function=_name,
        exception_handlers=dict.fromkeys(handled, on_error),
    )
    app.openapi = document.Document(app, API)  # type: ignore[method-assign]
    app.add_middleware(Head)
    app.add_middleware(Bounds)
    app.add_middleware(Manners)
    if origins:
        app.add_middleware(
            CORSMiddleware,
            allow_origins=list(origins),
            allow_methods=["GET", "POST", "PATCH"],
            allow_headers=["authorization", "content-type", "if-none-match", "last-event-id"],
            expose_headers=["etag", "retry-after", "content-disposition"],
        )
    return app


def _name(route: APIRoute) -> str:
    """Handlers' names are unique, and what the audit log calls operations."""
    return route.name
