from pathlib import Path

from appliance.board import Board
from appliance.database import open_database
from appliance.deliveries import Deliveries
from appliance.spool import KEPT, Spool
from appliance.transcripts.store import TranscriptStore
from appliance.vendors.contract import ConfigurationFault
from appliance.web.api.spool import SpoolApi
from tests.rigs.api import administrator
from tests.spool.test_spool import ticket


def no_account(name: str) -> None:
    raise ConfigurationFault(f"The account “{name}” is no longer in the settings.")


async def test_what_waits_for_its_words_is_told_and_can_be_deleted(tmp_path: Path) -> None:
    spool = Spool(tmp_path / "spool", free=0, share=1.0)
    async with open_database(tmp_path) as database:
        store = TranscriptStore(database)
        await store.open()
        deliveries = Deliveries(spool, store, no_account, Board())  # type: ignore[arg-type]  # raises
        job = await spool.begin(ticket())
        await job.record(bytes(64_000))
        async with administrator(SpoolApi(deliveries)) as admin:
            told = (await admin.get("/spool")).body
            assert told["jobs"][0]["sentence"] == "Sound is still added to it."
            assert (await admin.delete(f"/spool/{job.id}")).status == 404
            job.release()
            told = (await admin.get("/spool")).body
            assert (await admin.delete(f"/spool/{job.id}")).status == 204
            assert (await admin.get("/spool")).body["jobs"] == []
    assert told["kept"] == KEPT
    assert told["jobs"] == [
        {
            "id": job.id,
            "room": "boardroom",
            "title": "Boardroom",
            "vendor": "Acme",
            "transcript": 1,
            "created_at": "2027-01-15T08:00:00+00:00",
            "seconds": 2.0,
            "sentence": "It waits for its turn.",
            "percent": None,
            "needs_person": False,
        }
    ]
