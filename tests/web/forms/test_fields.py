import html
import json
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager
from typing import Any, Literal

import pytest
from aiohttp import web
from multidict import MultiDict
from playwright.async_api import Browser, Page, expect
from pydantic import BaseModel, ConfigDict, Field, SecretStr

from appliance.settings import Account, Audio, Box, Panel, Room, Settings, Spend, Transcripts, Web
from appliance.settings.models import Language
from appliance.settings.schemas import ADVANCED
from appliance.vendors.registry import Registry
from appliance.web.access import Who
from appliance.web.forms.body import form_body
from appliance.web.forms.fields import account_schema, form_fields, schema_part
from appliance.web.forms.kinds import REMOVE, Kind
from appliance.web.forms.parts import Field as Asked
from appliance.web.forms.parts import Group, complaints, corrections_within
from appliance.web.problems import Correction
from appliance.web.routes import RouteTable
from appliance.web.settings_changes import entry_changes, settings_changes
from appliance.web.settings_view import settings_view
from appliance.web.templates import _TEMPLATES
from tests.rigs.browser import check_accessible, visit
from tests.rigs.site import BIG_SCREEN, PHONE, SMALLEST_PHONE, live_board
from tests.rigs.web import serving

in_one_loop = pytest.mark.asyncio(loop_scope="module")

HOSTILE = "\"><b id='evil'>90</b>"
VENDORS = Registry.installed()


class Tuning(BaseModel):
    """How it is tuned."""

    speed: float | None = Field(None, gt=0, le=4, title="Speed")
    steps: int = Field(3, ge=1, le=9, title="Steps")


class Sample(BaseModel):
    model_config = ConfigDict(extra="forbid")

    name: str = Field(title="Name", min_length=1, max_length=40)
    key: SecretStr = Field(title="Key", max_length=100)
    spare_key: SecretStr | None = Field(None, title="Spare key")
    minutes: int = Field(0, ge=0, title="Minutes")
    pause: float = Field(0.5, ge=0.1, le=3, title="Pause", description="In seconds.")
    show: bool = Field(default=True, title="Show")
    calm: bool | None = Field(None, title="Calm")
    mode: Literal["fast", "good"] = Field(
        "fast", title="Mode", json_schema_extra={"labels": {"fast": "Quickly", "good": "Carefully"}}
    )
    pin: int | Literal["none"] = Field(22, title="Pin")
    words: tuple[str, ...] = Field((), title="Words")
    spoken: Language = Field("en", title="Spoken")
    others: tuple[Language, ...] = Field((), title="Others")
    kind: Literal["sample"] = "sample"
    tuning: Tuning | None = Field(None, title="Tuning")
    queues: dict[str, Tuning] | None = Field(None, title="Queues")
    matrix: list[list[int]] = Field([], title="Matrix")
    address: int = Field(0x3C, title="Address", json_schema_extra={"format": "hexadecimal", **ADVANCED})


SCHEMA = Sample.model_json_schema()
STORED = {
    "name": "One",
    "pause": 1.0,
    "calm": False,
    "words": ["a", "b"],
    "others": ["de", "hi-IN"],
    "tuning": {"speed": 2.5},
    "queues": {"global": {"steps": 5}, "a b.c": {}},
    "matrix": [[1]],
}


def fields(group: Group) -> dict[str, Asked]:
    return {part.key: part for part in group.parts if isinstance(part, Asked)}


def sent(group: Group) -> MultiDict[str]:
    """What a browser sends of a form that nobody has touched."""
    form: MultiDict[str] = MultiDict()
    for part in group.parts:
        for name, value in untouched(part):
            form.add(name, value)
    return form


def untouched(part: Asked | Group) -> Iterator[tuple[str, str]]:
    if isinstance(part, Group):
        if part.kind == Kind.ENTRIES:
            yield from ((part.key, m.entry) for m in part.members if isinstance(m, Group))
            yield part.key, ""
    elif part.kind == Kind.CHECKBOX:
        yield from ((part.key, "on") for _ in part.values)
    elif part.kind == Kind.LINES:
        yield part.key, "\r\n".join(part.values)
    elif part.kind == Kind.SELECT:
        yield part.key, part.value or part.choices[0].value
    else:
        yield from ((part.key, value) for value in part.values or ("",))


def body(*changed: tuple[str, str], without: str = "", stored: dict[str, Any] = STORED) -> dict[str, Any]:
    form = sent(form_fields(SCHEMA, stored))
    for key in {key for key, _ in changed} | {without}:
        form.popall(key, None)
    form.extend(changed)
    return form_body(SCHEMA, form, stored)


def test_a_form_that_nobody_has_touched_changes_nothing() -> None:
    assert body() == STORED


@pytest.mark.parametrize("name", ["box", "audio", "panel", "web", "transcripts", "spend"])
def test_a_page_of_settings_saved_as_it_is_changes_nothing(name: str) -> None:
    now = Settings()
    schema = type(getattr(now, name)).model_json_schema()
    stored = settings_view(now, VENDORS)[name]
    form = sent(form_fields(schema, stored, prefix=name))
    again = {name: form_body(schema, form, stored, prefix=name)}
    assert settings_changes(again, now, VENDORS) == {}


def test_a_room_saved_as_it_is_changes_nothing() -> None:
    now = Settings(rooms={"hall": Room(title="Hall", options={"pause": 0.7})}, box=Box(room="hall"))
    stored = now.rooms["hall"].model_dump(mode="json")
    schema, options = Room.model_json_schema(), VENDORS["local"].options_model.model_json_schema()
    form = sent(form_fields(schema, stored))
    form.extend(sent(form_fields(options, stored["options"], prefix="options")))
    again = {
        **form_body(schema, form, stored),
        "options": form_body(options, form, stored["options"], prefix="options"),
    }
    assert entry_changes("rooms", "hall", again, now, VENDORS) == {"rooms": {"hall": {}}}


@pytest.mark.parametrize("vendor", VENDORS)
def test_no_vendor_is_given_what_nobody_chose(vendor: str) -> None:
    for schema in (account_schema(VENDORS[vendor]), VENDORS[vendor].options_model.model_json_schema()):
        assert form_body(schema, sent(form_fields(schema, {})), {}).keys() <= {"app_id", "uri"}


def test_a_saved_secret_stays_unless_another_is_typed_or_it_is_taken_away() -> None:
    assert "key" not in body()
    assert body(("key", " new ")) == {**STORED, "key": "new"}
    assert body(("spare_key" + REMOVE, "on")) == {**STORED, "spare_key": None}
    assert body(("spare_key" + REMOVE, "on"), ("spare_key", "new")) == {**STORED, "spare_key": "new"}


def test_no_secret_ever_stands_in_a_form() -> None:
    typed = MultiDict({"key": "CANARY", "spare_key": "CANARY"})
    form = form_fields(SCHEMA, {"key": "CANARY"}, secrets={"key": True, "spare_key": True}, typed=typed)
    assert "CANARY" not in repr(form)
    asked = fields(form)
    assert (asked["key"].is_set, asked["key"].required, asked["key"].is_removable) == (True, False, False)
    assert asked["spare_key"].is_removable


@pytest.mark.parametrize(
    ("key", "typed", "value"),
    [
        ("minutes", "90", 90),
        ("minutes", " +7 ", 7),
        ("minutes", "soon", "soon"),
        ("minutes", "1.5", "1.5"),
        ("minutes", "9" * 5000, "9" * 5000),
        ("pause", "2", 2.0),
        ("pause", "0,25", 0.25),
        ("pause", "1e999", "1e999"),
        ("pause", "", 0.5),
        ("pin", "none", "none"),
        ("pin", "17", 17),
        ("address", "0x3D", 0x3D),
        ("address", "61", 61),
        ("calm", "true", True),
        ("calm", "", None),
        ("mode", "good", "good"),
        ("mode", "other", "other"),
        ("words", "  one \r\n\r\ntwo", ["one", "two"]),
        ("words", "", []),
    ],
)
def test_what_is_typed_becomes_what_the_settings_hold(key: str, typed: str, value: object) -> None:
    result = body((key, typed))[key]
    assert (result, type(result)) == (value, type(value))


def test_a_box_without_its_tick_is_false_and_what_is_not_asked_is_left_out() -> None:
    assert body(without="show") == {**STORED, "show": False}
    assert form_body(schema_part(SCHEMA, "name"), MultiDict({"name": "x", "words": "a", "evil": "1"}), {}) == {
        "name": "x"
    }


def test_languages_are_as_many_as_were_filled_in() -> None:
    assert body(("others", "nl"), ("others", ""), ("others", " fr "))["others"] == ["nl", "fr"]


def test_a_group_that_stays_empty_is_none_and_its_numbers_find_their_way() -> None:
    assert "tuning" not in body(stored={"name": "One"})
    assert body(("tuning.speed", "1,5"), stored={"name": "One"})["tuning"] == {"speed": 1.5}
    assert body(("tuning.speed", ""))["tuning"] == {"speed": None}


def test_entries_are_added_and_taken_away_by_their_names() -> None:
    added = body(("queues", "global"), ("queues", "es"), ("queues", ""))
    assert added["queues"] == {"global": {"steps": 5}, "es": {}}
    gone = body(("queues.global" + REMOVE, "on"))
    assert gone["queues"] == {"a b.c": {}}
    assert body(('queues."a b.c".steps', "7"))["queues"]["a b.c"] == {"steps": 7}


def test_what_was_typed_is_still_there_after_a_mistake() -> None:
    form = sent(form_fields(SCHEMA, STORED))
    for key, text in {"minutes": "soon", "name": "", "words": "x\r\ny", "tuning.speed": "fast"}.items():
        form.popall(key)
        form.add(key, text)
    del form["show"]
    asked = fields(form_fields(SCHEMA, STORED, typed=form))
    assert [asked[key].value for key in ("minutes", "name", "tuning.speed", "show")] == ["soon", "", "fast", ""]
    assert asked["others"].values == ("de", "hi-IN")
    assert '"a b.c"' in "".join(asked)


def test_a_mistake_is_told_at_its_field_and_its_group_is_open() -> None:
    errors = corrections_within(
        [
            Correction("rooms.hall.tuning.speed", "must be a number"),
            Correction("rooms.hall", "makes no sense"),
            Correction("box.room", "is gone"),
        ],
        "rooms.hall",
    )
    form = form_fields(SCHEMA, STORED, errors=errors)
    assert fields(form)["tuning.speed"].error == "Must be a number."
    assert [part.key for part in form.parts if isinstance(part, Group) and part.is_open] == ["tuning"]
    listed = [(c.label, c.sentence) for c in complaints(errors, form)]
    assert listed == [
        ("Speed", "must be a number."),
        ("", "Makes no sense."),
        ("", "box.room: is gone."),
    ]


def test_people_choose_between_words_not_keys() -> None:
    asked = fields(form_fields(SCHEMA, {}, choices={"name": {"one": "Number one"}}))
    assert [choice.label for choice in asked["mode"].choices] == ["Quickly", "Carefully"]
    assert [choice.label for choice in asked["calm"].choices] == ["As the vendor decides", "Yes", "No"]
    assert [(choice.value, choice.label) for choice in asked["name"].choices] == [("one", "Number one")]
    gone = fields(form_fields(SCHEMA, {"name": "zero"}, choices={"name": {"one": "Number one"}}))
    assert [choice.value for choice in gone["name"].choices] == ["one", "zero"]


def test_what_was_set_for_another_vendor_stops_no_form() -> None:
    strange = {"tuning": "fast", "queues": ["a"], "words": 5, "minutes": {"a": 1}}
    assert fields(form_fields(SCHEMA, strange))["tuning.steps"].value == "3"
    assert form_body(SCHEMA, MultiDict({"tuning.steps": "4"}), strange)["tuning"] == {"steps": 4}


def test_what_few_people_set_does_not_come_first() -> None:
    form = form_fields(SCHEMA, {})
    assert isinstance(form.members[-1], Group)
    assert [member.key for member in form.members[-1].members] == ["address"]
    assert fields(form)["address"].value == "0x3c"


def models() -> Iterator[type[BaseModel]]:
    yield from (Box, Audio, Panel, Web, Transcripts, Spend, Account, Room)
    for vendor in VENDORS.values():
        yield from (vendor.account_model, vendor.options_model)


def test_everything_that_is_asked_has_a_name_for_people() -> None:
    asked = [(model, key, field) for model in models() for key, field in model.model_fields.items()]
    nameless = [f"{model.__name__}.{key}" for model, key, field in asked if not (field.title or field.exclude)]
    assert nameless == []


PAGE = """<!doctype html><html lang="en"><head><meta charset="utf-8"><title>Form</title>
<meta name="viewport" content="width=device-width, initial-scale=1">
<link rel="icon" href="/static/icon.svg"><link rel="stylesheet" href="/static/base.css">
<link rel="stylesheet" href="/static/forms.css">
<link rel="stylesheet" href="/static/dark.css" media="(prefers-color-scheme: dark)"></head>
<body><main><h1>Form</h1>{% import "forms.html" as forms with context %}
<form class="form" method="post">{{ forms.complaints(wrong) }}{{ forms.fields(form) }}
<div class="actions"><button class="main">Save</button></div></form>
{{ forms.language_choices() }}</main></body></html>"""


class FormPage:
    """A page with a form; what was sent of it is shown as JSON, unless there is something to correct."""

    def __init__(self, errors: list[Correction] | None = None) -> None:
        self.errors = errors or []

    def routes(self, table: RouteTable) -> None:
        table.get("/form", self.show, Who.ANYONE)
        table.post("/form", self.take, Who.ANYONE)

    async def show(self, _: web.Request) -> web.Response:
        return self.page(None)

    async def take(self, request: web.Request) -> web.Response:
        form = MultiDict((key, str(value)) for key, value in (await request.post()).items())
        if self.errors:
            return self.page(form)
        text = html.escape(json.dumps(form_body(SCHEMA, form, STORED)))
        icon = '<link rel="icon" href="/static/icon.svg">'
        return web.Response(text=f"<!doctype html>{icon}<pre>{text}</pre>", content_type="text/html")

    def page(self, typed: MultiDict[str] | None) -> web.Response:
        errors = self.errors if typed is not None else []
        form = form_fields(SCHEMA, STORED, errors=errors, secrets={"key": True, "spare_key": True}, typed=typed)
        names = {"de": "German", "hi-IN": "Hindi (India)", "nl": "Dutch"}
        text = _TEMPLATES.from_string(PAGE).render(
            _=str, form=form, wrong=complaints(errors, form), language_names=names
        )
        return web.Response(text=text, content_type="text/html")


@asynccontextmanager
async def shown(browser: Browser, part: FormPage, **device: Any) -> AsyncIterator[Page]:
    async with (
        serving(live_board(), part) as url,
        visit(browser, f"{url}/form", java_script_enabled=False, **device) as page,
    ):
        yield page


@in_one_loop
async def test_a_form_is_filled_in_and_sent_without_javascript(browser: Browser) -> None:
    async with shown(browser, FormPage()) as page:
        await page.get_by_label("Minutes").fill("90")
        await page.get_by_label("Mode").select_option("Carefully")
        await page.get_by_label("Show").uncheck()
        await page.get_by_label("Others, language 3").fill("nl")
        await page.get_by_text("Tuning", exact=True).click()
        await page.locator('[name="tuning.speed"]').fill("1,5")
        await page.get_by_role("button", name="Save").click()
        await expect(page.locator("body")).to_contain_text("minutes")
        assert json.loads(await page.locator("body").inner_text()) == {
            **STORED,
            "minutes": 90,
            "mode": "good",
            "show": False,
            "others": ["de", "hi-IN", "nl"],
            "tuning": {"speed": 1.5},
        }


@in_one_loop
async def test_a_mistake_is_listed_and_leads_to_its_field(browser: Browser) -> None:
    part = FormPage([Correction("tuning.steps", "must be a whole number"), Correction("", "A key is missing")])
    async with shown(browser, part) as page:
        await page.get_by_label("Minutes").fill(HOSTILE)
        await page.get_by_role("button", name="Save").click()
        alert = page.get_by_role("alert")
        await expect(alert).to_contain_text("A key is missing.")
        await alert.get_by_role("link", name="Steps").click()
        wrong = page.locator('[aria-invalid="true"]')
        await expect(wrong).to_be_in_viewport()
        await expect(wrong).to_have_accessible_description("From 1 to 9. Must be a whole number.")
        await expect(page.get_by_label("Minutes")).to_have_value(HOSTILE)
        await expect(page.locator("#evil")).to_have_count(0)


@in_one_loop
@pytest.mark.parametrize("colours", ["light", "dark"])
async def test_nobody_is_shut_out_by_how_a_form_is_made(
    browser: Browser, colours: Literal["light", "dark"]
) -> None:
    part = FormPage([Correction("pause", "must be a number"), Correction("others", "is not a language")])
    async with (
        serving(live_board(), part) as url,
        visit(browser, f"{url}/form", color_scheme=colours, reduced_motion="reduce") as page,
    ):
        await page.get_by_role("button", name="Save").click()
        await expect(page.get_by_role("alert")).to_be_visible()
        await page.evaluate("document.querySelectorAll('details').forEach(part => part.open = true)")
        for size in (BIG_SCREEN, PHONE, SMALLEST_PHONE):
            await page.set_viewport_size(size)
            await check_accessible(page)
            assert await page.evaluate("document.documentElement.scrollWidth") <= size["width"]
        heights = await page.evaluate(
            "[...document.querySelectorAll('.form :is(select, textarea, button, summary, .tick,"
            " input:not([type=checkbox], [type=hidden]))')].map(part => part.getBoundingClientRect().height)"
        )
        assert min(heights) >= 44
