import asyncio
from typing import ClassVar

import pytest

from appliance.settings import Account, Settings
from appliance.vendors.contract import (
    Busy,
    ConfigurationFault,
    Delivery,
    Lost,
    Manifest,
    Order,
    Stream,
    Vendor,
    VendorModel,
)
from appliance.vendors.registry import Registry
from appliance.web.api import check
from appliance.web.api.check import CheckApi
from tests.rigs.api import Administrator, administrator


class NoSettings(VendorModel):
    """There is nothing to set."""


class Asked(Vendor[NoSettings, NoSettings]):
    """Answers a check as the test says, when it says so."""

    manifest: ClassVar[Manifest] = Manifest(title="Asked", delivery=Delivery.LIVE)
    account_model = NoSettings
    options_model = NoSettings

    def __init__(self, answer: str | Exception) -> None:
        self.answer = answer
        self.asked = asyncio.Event()
        self.may_answer = asyncio.Event()
        self.may_answer.set()

    async def check(self, account: NoSettings) -> str:
        del account
        self.asked.set()
        await self.may_answer.wait()
        if isinstance(self.answer, Exception):
            raise self.answer
        return self.answer

    async def open(self, account: NoSettings, order: Order[NoSettings]) -> Stream:
        raise NotImplementedError


def api(vendor: Asked) -> CheckApi:
    accounts = {"main": Account(vendor="asked"), "lost": Account(vendor="gone")}
    settings = Settings().model_copy(update={"accounts": accounts})
    return CheckApi(lambda: settings, Registry({"asked": vendor}))


async def test_a_good_key_is_told_to_be_good() -> None:
    async with administrator(api(Asked("The key works."))) as admin:
        answer = await admin.post("/accounts/main/check")
    assert (answer.status, answer.body) == (200, {"ok": True, "sentence": "The key works.", "kind": None})


@pytest.mark.parametrize(
    ("failure", "kind"),
    [
        (ConfigurationFault("The key is wrong."), "configuration"),
        (Busy("Too many at once."), "busy"),
        (Lost("Nobody answers."), "lost"),
    ],
)
async def test_a_key_that_fails_is_told_in_the_words_of_the_vendor(failure: Exception, kind: str) -> None:
    async with administrator(api(Asked(failure))) as admin:
        answer = await admin.post("/accounts/main/check")
    assert (answer.status, answer.body) == (200, {"ok": False, "sentence": str(failure), "kind": kind})


async def test_an_account_of_a_vendor_that_is_not_installed_says_so() -> None:
    async with administrator(api(Asked("Fine."))) as admin:
        answer = await admin.post("/accounts/lost/check")
    assert (answer.body["ok"], answer.body["kind"]) == (False, "configuration")
    assert "gone" in answer.body["sentence"]


async def test_an_account_that_does_not_exist_is_not_checked() -> None:
    async with administrator(api(Asked("Fine."))) as admin:
        assert (await admin.post("/accounts/nobody/check")).status == 404


async def test_a_vendor_that_does_not_answer_does_not_hold_up_the_page(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(check, "PATIENCE", 0.05)
    vendor = Asked("Too late.")
    vendor.may_answer.clear()
    async with administrator(api(vendor)) as admin:
        answer = await admin.post("/accounts/main/check")
    assert (answer.body["ok"], answer.body["kind"]) == (False, "lost")


async def test_an_account_is_checked_once_at_a_time() -> None:
    vendor = Asked("Fine.")
    vendor.may_answer.clear()

    async def first(admin: Administrator) -> int:
        return (await admin.post("/accounts/main/check")).status

    async with administrator(api(vendor)) as admin:
        waiting = asyncio.create_task(first(admin))
        await vendor.asked.wait()
        second = await admin.post("/accounts/main/check")
        assert second.status == 409
        vendor.may_answer.set()
        assert await waiting == 200
        assert (await admin.post("/accounts/main/check")).status == 200


async def test_a_mistake_in_a_plug_in_shows_nothing_of_its_inside() -> None:
    async with administrator(api(Asked(RuntimeError("canary")))) as admin:
        answer = await admin.post("/accounts/main/check")
    assert (answer.status, answer.headers["Content-Type"].partition(";")[0]) == (
        500,
        "application/problem+json",
    )
    assert "canary" not in str(answer)
