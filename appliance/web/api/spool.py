"""Sound that waits for its words, over the API."""

from datetime import UTC, datetime
from http import HTTPStatus
from typing import Final

from aiohttp import web
from typing_extensions import TypedDict

from appliance.deliveries import Deliveries, Delivery
from appliance.spool import KEPT
from appliance.web.bodies import json_answer, no_content
from appliance.web.problems import Problem
from appliance.web.routes import NOTHING, Exchange, RouteTable

RECORDING: Final = r"{job:[0-9]{8}-[0-9]{6}-[0-9a-f]{6}}"


class JobView(TypedDict):
    """Sound that waits for its words: how much, what happens with it, and how far that is."""

    id: str
    room: str
    title: str
    vendor: str
    transcript: int
    created_at: str
    seconds: float
    sentence: str
    percent: int | None
    needs_person: bool


class SpoolView(TypedDict):
    """All sound that waits for its words, the oldest first, and for how long it is kept."""

    jobs: list[JobView]
    kept: str


class SpoolApi:
    """Lists and deletes what waits.

    Args:
        deliveries: the jobs.
    """

    def __init__(self, deliveries: Deliveries) -> None:
        self._deliveries = deliveries

    def routes(self, table: RouteTable) -> None:
        """Add the routes of this part."""
        table.get("/api/v1/spool", self.list, exchange=Exchange(gives=SpoolView))
        table.delete(f"/api/v1/spool/{RECORDING}", self.delete, exchange=NOTHING)

    async def list(self, _: web.Request) -> web.Response:
        """Sound that waits for its words, the oldest first."""
        jobs = [_view(delivery) for delivery in await self._deliveries.all()]
        return json_answer(SpoolView(jobs=jobs, kept=KEPT))

    async def delete(self, request: web.Request) -> web.Response:
        """Delete sound that waits; its words never come."""
        if not await self._deliveries.delete(request.match_info["job"]):
            raise Problem(HTTPStatus.NOT_FOUND, "There is no such recording, or it is still being made.")
        return no_content()


def _view(delivery: Delivery) -> JobView:
    return JobView(
        id=delivery.id,
        room=delivery.room,
        title=delivery.title,
        vendor=delivery.vendor,
        transcript=delivery.transcript,
        created_at=datetime.fromtimestamp(delivery.created_at, UTC).isoformat(timespec="seconds"),
        seconds=delivery.seconds,
        sentence=delivery.sentence,
        percent=delivery.percent,
        needs_person=delivery.needs_person,
    )
