"""Forms made from JSON Schemas, so that what a model can hold is what a page can ask; no HTML here.

`form_fields` makes the fields that ``pages/forms.html`` shows; what comes back is read by `form_body`. Labels,
helps and the words for values are English as their models have them: the page translates them.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

from multidict import MultiMapping

from appliance.i18n import N_
from appliance.settings import Account
from appliance.settings.schemas import Place, Schema
from appliance.vendors.contract import AnyVendor
from appliance.web.forms.kinds import Kind, form_key, kind_of, within
from appliance.web.forms.looks import (
    attributes_of,
    bounds_of,
    choices_of,
    help_of,
    known_choices,
    label_of,
    texts_of,
)
from appliance.web.forms.parts import Field, Group, plain_sentence
from appliance.web.problems import Correction

_MORE: Final = N_("More settings")

_Values = Mapping[str, Any]


def form_fields(
    schema: Schema,
    values: _Values,
    *,
    prefix: str = "",
    errors: Sequence[Correction] = (),
    secrets: Mapping[str, bool] | None = None,
    choices: Mapping[str, Mapping[str, str]] | None = None,
    typed: MultiMapping[str] | None = None,
) -> Group:
    """The form for a JSON Schema.

    Args:
        schema: of an object.
        values: what is set now; where nothing is, the default is shown.
        prefix: what the keys of all fields begin with, such as ``options``.
        errors: what must be corrected; their keys are those of the fields.
        secrets: which secrets are set, by their keys without the prefix.
        choices: what can be chosen where only the box knows, by keys without the prefix: the names of values.
        typed: a form that was sent, shown again with all that was typed, but for secrets.
    """
    root = Place(schema, schema)
    maker = _Maker(prefix, _sentences(errors), secrets or {}, choices or {}, typed)
    return Group(key=prefix, members=maker.members(root, values))


def account_schema(vendor: AnyVendor) -> Schema:
    """What a form asks of an account: what its vendor wants, and its share of the month."""
    theirs = vendor.account_model.model_json_schema()
    monthly = {"monthly_minutes": Account.model_json_schema()["properties"]["monthly_minutes"]}
    return {**theirs, "properties": {**theirs.get("properties", {}), **monthly}}


def schema_part(schema: Schema, *keys: str) -> Schema:
    """The schema with these keys only, in this order, for a form that asks no more."""
    return {**schema, "properties": {key: schema["properties"][key] for key in keys}}


@dataclass(frozen=True)
class _Maker:
    """Makes the fields of one form, by the arguments of `form_fields`; errors are a sentence for each key."""

    prefix: str
    errors: Mapping[str, str]
    secrets: Mapping[str, bool]
    choices: Mapping[str, Mapping[str, str]]
    typed: MultiMapping[str] | None

    def members(self, place: Place, values: _Values) -> tuple[Field | Group, ...]:
        """All that is asked of an object, first what most people set."""
        places = [inner for inner in map(place.within, place.keys) if kind_of(inner) != Kind.UNSEEN]
        first = [self._member(inner, values) for inner in places if not inner.said("advanced")]
        more = tuple(self._member(inner, values) for inner in places if inner.said("advanced"))
        if not first or not more:
            return (*first, *more)
        return (*first, Group(key=f"{form_key(self.prefix, place)}:more", label=_MORE, members=more))

    def _member(self, place: Place, values: _Values) -> Field | Group:
        value = values[place.name] if place.name in values else place.said("default")
        match kind_of(place):
            case Kind.GROUP:
                return self._group(place, self.members(place, within(value)))
            case Kind.ENTRIES:
                return self._group(place, self._entries(place, within(value)), Kind.ENTRIES)
            case kind:
                return self._field(place, kind, value)

    def _group(self, place: Place, members: tuple[Field | Group, ...], kind: Kind = Kind.GROUP) -> Group:
        return Group(
            key=form_key(self.prefix, place),
            kind=kind,
            label=label_of(place),
            help=help_of(place),
            members=members,
        )

    def _entries(self, place: Place, values: _Values) -> tuple[Group, ...]:
        names = self._typed_at(form_key(self.prefix, place)) if self.typed is not None else tuple(values)
        places = {name: place.within(name) for name in names}
        return tuple(
            Group(
                key=form_key(self.prefix, inner),
                label=name,
                entry=name,
                members=self.members(inner, within(values.get(name))),
            )
            for name, inner in places.items()
        )

    def _field(self, place: Place, kind: Kind, value: Any) -> Field:
        key = form_key(self.prefix, place)
        texts = texts_of(place, value) if self.typed is None else self._typed_at(key)
        is_set = self.secrets.get(place.key, False)
        known = self.choices.get(place.key)
        low, high = bounds_of(place) if kind == Kind.NUMBER else ("", "")
        shown = kind if known is None else Kind.SELECT
        return Field(
            key=key,
            kind=shown,
            label=label_of(place),
            help=help_of(place),
            values=() if kind == Kind.PASSWORD else texts,
            choices=choices_of(place) if known is None else known_choices(place, known, texts),
            required=place.is_required and not is_set,
            is_optional=place.may_be_null and not is_set and shown not in (Kind.SELECT, Kind.LINES),
            attributes=attributes_of(place, kind),
            low=low,
            high=high,
            is_set=is_set,
            is_removable=is_set and not place.is_required,
            error=self.errors.get(key, ""),
        )

    def _typed_at(self, key: str) -> tuple[str, ...]:
        assert self.typed is not None
        return tuple(text for text in self.typed.getall(key, []) if text)


def _sentences(errors: Sequence[Correction]) -> dict[str, str]:
    """The first sentence for each key."""
    return {error.key: plain_sentence(error.sentence) for error in reversed(errors)}
