import asyncio

import pytest

from appliance.board import Board, Event
from appliance.captions import Caption, Gap
from appliance.state import State
from appliance.web.metrics import Metrics
from tests.rigs.api import administrator


async def test_what_the_box_did_and_what_it_cost_can_be_watched_from_afar(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    board = Board()
    metrics, counted = Metrics(board, lambda: {"main": 12.5}), asyncio.Event()
    count = metrics._count

    def noticed(event: Event) -> None:
        count(event)
        counted.set()

    monkeypatch.setattr(metrics, "_count", noticed)
    counting = asyncio.create_task(metrics.run())
    await counted.wait()
    counted.clear()
    async with administrator(metrics, board=board) as admin:
        admin.url = admin.url.removesuffix("/api/v1")
        for state in (State.LIVE, State.RECONNECTING, State.LIVE, State.RECONNECTING, State.FALLBACK):
            board.update(state=state)
            board.update(reason="The vendor is away.")
            await counted.wait()
            counted.clear()
        for final in (False, True):
            board.post(Caption(segment=1, revision=1, language="en", text="hello", final=final, start=0, end=1))
        board.post(Gap(start=1, end=2, reason="The network was away."))
        answer = await admin.get("/metrics")
    counting.cancel()
    await asyncio.wait([counting])
    assert answer.headers["Content-Type"].startswith("text/plain")
    lines = answer.body.splitlines()
    for line in (
        'captionbox_state{state="fallback"} 1.0',
        'captionbox_state{state="live"} 0.0',
        'captionbox_spend_minutes{account="main"} 12.5',
        "captionbox_captions_total 1.0",
        "captionbox_gaps_total 1.0",
        "captionbox_reconnects_total 2.0",
    ):
        assert line in lines
    assert any(line.startswith("process_resident_memory_bytes ") for line in lines)
