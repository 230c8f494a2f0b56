"""Attendi's units: the locations or teams of a customer."""

from typing import Annotated, Final, Self

from pydantic import Field, model_validator

from appliance.vendors.attendi.config import AttendiAccount
from appliance.vendors.attendi.management import (
    KEPT,
    MERGE_PATCH,
    OWN,
    Text,
    ask,
    body,
    changing,
    customer_of,
    listed,
    put,
    shown,
)
from appliance.vendors.contract import VendorModel
from appliance.vendors.management import Action, Kind, Outcome
from appliance.vendors.transport import part

_Users = Annotated[int, Field(ge=0, le=10_000_000)]


class UnitsOf(VendorModel):
    """Whose units."""

    customer_id: Text | None = Field(default=None, title="Customer ID", description=OWN)


class UnitId(UnitsOf):
    """Which unit."""

    id: Text = Field(title="Unit ID")


class Unit(UnitId):
    """All that Attendi keeps of a unit."""

    name: Text = Field(title="Name")
    users: _Users = Field(title="Potential users", description="How many people could use it there.")


class UnitChange(UnitId):
    """What is to change of a unit."""

    name: Text | None = Field(default=None, title="Name", description=KEPT)
    users: _Users | None = Field(default=None, title="Potential users", description=KEPT)

    @model_validator(mode="after")
    def _something(self) -> Self:
        changing(self, ("name", "users"))
        return self


async def list_all(account: AttendiAccount, args: UnitsOf) -> Outcome:
    """All units of a customer."""
    customer = customer_of(account, args.customer_id)
    answer = await ask(account, "GET", _units(customer), missing=f"the customer {customer}")
    return listed(account, answer, "unit")


async def retrieve(account: AttendiAccount, args: UnitId) -> Outcome:
    """One unit."""
    customer = customer_of(account, args.customer_id)
    answer = await ask(account, "GET", _unit(customer, args.id), missing=_missing(args.id, customer))
    return Outcome(done=f"This is the unit {args.id}.", rows=shown(account, answer.body))


async def upsert(account: AttendiAccount, args: Unit) -> Outcome:
    """Make a unit, or set all of one that there is."""
    customer = customer_of(account, args.customer_id)
    answer = await ask(
        account,
        "PUT",
        _unit(customer, args.id),
        body(args, "customer_id", "id"),
        missing=f"the customer {customer}",
    )
    return put(account, answer, f"The unit {args.id}")


async def update(account: AttendiAccount, args: UnitChange) -> Outcome:
    """Change what is given of a unit."""
    customer = customer_of(account, args.customer_id)
    answer = await ask(
        account,
        "PATCH",
        _unit(customer, args.id),
        body(args, "customer_id", "id"),
        content_type=MERGE_PATCH,
        missing=_missing(args.id, customer),
    )
    return Outcome(done=f"The unit {args.id} is changed.", rows=shown(account, answer.body))


def _units(customer: str) -> str:
    return f"/v1/customers/{part(customer)}/units"


def _unit(customer: str, unit: str) -> str:
    return f"{_units(customer)}/{part(unit)}"


def _missing(unit: str, customer: str) -> str:
    return f"the unit {unit}, or the customer {customer}"


ACTIONS: Final = (
    Action(
        group="units",
        name="list",
        summary="List the units of a customer.",
        kind=Kind.READS,
        args=UnitsOf,
        run=list_all,
    ),
    Action(
        group="units",
        name="retrieve",
        summary="Show a unit.",
        kind=Kind.READS,
        args=UnitId,
        run=retrieve,
        names=("id",),
    ),
    Action(
        group="units",
        name="upsert",
        summary="Make a unit, or set all of one.",
        kind=Kind.CHANGES,
        args=Unit,
        run=upsert,
    ),
    Action(
        group="units",
        name="update",
        summary="Change something of a unit.",
        kind=Kind.CHANGES,
        args=UnitChange,
        run=update,
        names=("id",),
    ),
)
