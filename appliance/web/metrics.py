"""Metrics for Prometheus: what the box does, what it costs, and how much memory it takes."""

import asyncio
from collections.abc import Callable, Iterator, Mapping
from contextlib import aclosing
from http import HTTPStatus
from typing import TYPE_CHECKING, Any

from aiohttp import hdrs, web

from appliance.board import Board, Event
from appliance.captions import Caption, Gap
from appliance.state import State
from appliance.web.routes import Exchange, RouteTable

if TYPE_CHECKING:
    from prometheus_client import Metric


class Metrics:
    """Counts what comes to the board, and tells it.

    Args:
        board: what is counted.
        minutes: minutes sent this month, by account.
    """

    def __init__(self, board: Board, minutes: Callable[[], Mapping[str, float]]) -> None:
        self._board = board
        self._minutes = minutes
        self._captions = 0
        self._gaps = 0
        self._reconnects = 0
        self._state = board.status.state
        self._registry: Any = None

    async def run(self) -> None:
        """Count, until cancelled."""
        async with aclosing(self._board.watch()) as watch:
            async for events in watch:
                for event in events:
                    self._count(event)

    def _count(self, event: Event) -> None:
        match event.body:
            case Caption(final=final):
                self._captions += final
            case Gap():
                self._gaps += 1
            case status:
                self._reconnects += status.state is State.RECONNECTING is not self._state
                self._state = status.state

    def routes(self, table: RouteTable) -> None:
        """Add the route of this part."""
        table.get("/metrics", self.metrics, exchange=Exchange(kinds=("text/plain",)))

    async def metrics(self, _: web.Request) -> web.Response:
        """Metrics in the text format of Prometheus."""
        text, kind = await asyncio.to_thread(self._text)
        headers = {hdrs.CONTENT_TYPE: kind, hdrs.CACHE_CONTROL: "no-store"}
        return web.Response(body=text, status=HTTPStatus.OK, headers=headers)

    async def text(self) -> str:
        """The same, for who does not come by HTTP."""
        return (await asyncio.to_thread(self._text))[0].decode()

    def _text(self) -> tuple[bytes, str]:
        # Some 3 MB that only a box that is watched over needs.
        from prometheus_client import (  # noqa: PLC0415
            CONTENT_TYPE_LATEST,
            CollectorRegistry,
            ProcessCollector,
            generate_latest,
        )

        if self._registry is None:
            self._registry = CollectorRegistry()
            self._registry.register(self)
            ProcessCollector(registry=self._registry)
        return generate_latest(self._registry), CONTENT_TYPE_LATEST

    def collect(self) -> "Iterator[Metric]":
        """The metrics as they are now, as prometheus_client asks for them."""
        from prometheus_client.core import CounterMetricFamily, GaugeMetricFamily  # noqa: PLC0415 - as above

        status = self._board.status
        state = GaugeMetricFamily("captionbox_state", "1 for the state that the box is in.", labels=["state"])
        for each in State:
            state.add_metric([each], each is status.state)
        yield state
        minutes = GaugeMetricFamily(
            "captionbox_spend_minutes", "Minutes sent through an account this month.", labels=["account"]
        )
        for account, spent in self._minutes().items():
            minutes.add_metric([account], spent)
        yield minutes
        yield CounterMetricFamily("captionbox_captions", "Final captions since the start.", self._captions)
        yield CounterMetricFamily("captionbox_gaps", "Gaps since the start.", self._gaps)
        yield CounterMetricFamily("captionbox_reconnects", "Vendors lost since the start.", self._reconnects)
        microphone = status.microphone
        yield GaugeMetricFamily("captionbox_microphone_dbfs", "Level of the microphone.", microphone.level)
        yield GaugeMetricFamily(
            "captionbox_sound_lost_seconds", "Sound lost since the captioning began.", microphone.lost
        )
