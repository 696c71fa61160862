"""What the provider was asked, and what was wrong with what it said."""

from __future__ import annotations

from collections.abc import Callable
from typing import Annotated

from fastapi import Path, Query
from starlette.requests import Request
from starlette.responses import Response

from bisonwatch.api.answers import told
from bisonwatch.domain.api_log import api_log_json, endpoint_hours_json
from bisonwatch.domain.feed import Feed
from bisonwatch.domain.span import Span
from bisonwatch.domain.validation_log import validation_log_json
from bisonwatch.errors import NotThere

SpanWord = Annotated[Span, Query(description=f"one of {', '.join(Span)}")]
LogInstance = Annotated[
    str, Path(max_length=200, pattern=r"^[^\x00/]+$", description="an instance's name in the configuration")
]
EndpointWord = Annotated[
    str,
    Query(
        max_length=300, pattern=r"^[^\x00]+$", description="an endpoint as /api-log tells it: GET /api/leads"
    ),
]


class LogReads:
    """The GET handlers; `feed` is the engine's, for whoever asks by that name."""

    def __init__(self, feed: Callable[[str], Feed]) -> None:
        self._feed_of = feed

    async def api_log(self, request: Request, span: SpanWord = Span.DAY) -> Response:
        """Requests to the provider by endpoint over a span, the most called first."""
        return await told(request, api_log_json(await self._feed(request).api_log(span)))

    async def api_hours(self, request: Request, instance: LogInstance, endpoint: EndpointWord) -> Response:
        """One endpoint by the hour, as long as it is kept, the newest last."""
        found = await self._feed(request).api_hours(instance, endpoint)
        if not found.hours:
            raise NotThere(f"{instance} was not asked for {endpoint}, as far as the log goes back")
        return await told(request, endpoint_hours_json(found))

    async def validation_log(self, request: Request, span: SpanWord = Span.DAY) -> Response:
        """What was wrong with answers of the provider and with datasets over a span, the last met first."""
        return await told(request, validation_log_json(await self._feed(request).validation_log(span)))

    def _feed(self, request: Request) -> Feed:
        return self._feed_of(request.state.caller.name)
