"""Attendi's customers, and their keys."""

from collections.abc import Iterator
from typing import Any, Final, Self

from pydantic import Field, SecretStr, model_validator

from appliance.settings.schemas import ADVANCED
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
from appliance.vendors.contract import Lost, VendorModel
from appliance.vendors.management import Action, Kind, NoArgs, Outcome
from appliance.vendors.transport import part

_MODELS: Final = "DistrictCare, ResidentialCare or MentalHealthCare."
_LONGEST_KEY: Final = 500
_MAYBE: Final = (
    "Attendi may have made the new key all the same, and nobody knows it: roll the key again before the old one"
    " stops working."
)
_NO_KEY: Final = (
    "Attendi says that the key is made anew, but not what it is: ask Attendi for it, and enter it in the"
    " account."
)


class CustomerId(VendorModel):
    """Which customer."""

    id: Text | None = Field(default=None, title="Customer ID", description=OWN)


class Customer(VendorModel):
    """All that Attendi keeps of a customer."""

    id: Text = Field(title="Customer ID", description="As in your own systems; a new one makes a customer.")
    name: Text = Field(title="Name")
    default_model: Text = Field(alias="defaultModel", title="Default model", description=_MODELS)


class CustomerChange(CustomerId):
    """What is to change of a customer."""

    name: Text | None = Field(default=None, title="Name", description=KEPT)
    default_model: Text | None = Field(
        default=None, alias="defaultModel", title="Default model", description=f"{_MODELS} {KEPT}"
    )

    @model_validator(mode="after")
    def _something(self) -> Self:
        changing(self, ("name", "default_model"))
        return self


class Roll(VendorModel):
    """Which key is to be made anew."""

    id: Text | None = Field(
        default=None, title="ID", description=f"The customer's, or the key's if Attendi told you one. {OWN}"
    )
    is_own: bool | None = Field(
        default=None,
        title="Is it the key of this account?",
        description="Then the new one is stored at once and used; otherwise it is shown, this once.",
        json_schema_extra={"labels": {"": "If the ID is the account's"}},
    )
    seconds: int | None = Field(
        default=None,
        ge=0,
        le=31_536_000,
        title="Seconds that the old key stays good",
        description="Left empty, Attendi decides.",
        json_schema_extra=ADVANCED,
    )
    seconds_field: Text = Field(
        default="seconds",
        title="Name of the field for these seconds",
        description="Attendi's documents do not tell it; ask Attendi.",
        json_schema_extra=ADVANCED,
    )


async def list_all(account: AttendiAccount, _args: NoArgs) -> Outcome:
    """All customers of the tenant."""
    return listed(account, await ask(account, "GET", "/v1/customers"), "customer")


async def retrieve(account: AttendiAccount, args: CustomerId) -> Outcome:
    """One customer."""
    name = customer_of(account, args.id)
    answer = await ask(account, "GET", f"/v1/customers/{part(name)}", missing=f"the customer {name}")
    return Outcome(done=f"This is the customer {name}.", rows=shown(account, answer.body))


async def upsert(account: AttendiAccount, args: Customer) -> Outcome:
    """Make a customer, or set all of one that there is."""
    answer = await ask(account, "PUT", f"/v1/customers/{part(args.id)}", body(args, "id"))
    return put(account, answer, f"The customer {args.id}")


async def update(account: AttendiAccount, args: CustomerChange) -> Outcome:
    """Change what is given of a customer."""
    name = customer_of(account, args.id)
    answer = await ask(
        account,
        "PATCH",
        f"/v1/customers/{part(name)}",
        body(args, "id"),
        content_type=MERGE_PATCH,
        missing=f"the customer {name}",
    )
    return Outcome(done=f"The customer {name} is changed.", rows=shown(account, answer.body))


async def roll_key(account: AttendiAccount, args: Roll) -> Outcome:
    """Make a customer's key anew."""
    name = customer_of(account, args.id)
    wanted = None if args.seconds is None else {args.seconds_field: args.seconds}
    try:
        answer = await ask(
            account,
            "POST",
            f"/v1/api_keys/{part(name)}/roll",
            wanted,
            missing=f"a key or a customer {name}",
        )
    except Lost as lost:
        raise Lost(f"{lost} {_MAYBE}") from None
    is_own = name == account.customer_id if args.is_own is None else args.is_own
    return _rolled(name, answer.body, account.customer_key.get_secret_value(), is_own=is_own)


def _rolled(name: str, answer: Any, old: str, *, is_own: bool) -> Outcome:
    keys = [key for key in _keys(answer) if key != old]
    if len(set(keys)) != 1:
        return Outcome(done=f"The key of {name} is made anew.", trouble=_NO_KEY)
    if not is_own:
        return Outcome(
            done=f"The key of {name} is made anew; it is shown this once.", rows=[{"id": name, "key": keys[0]}]
        )
    return Outcome(
        done=f"The key of {name} is made anew and stored in the account.",
        secrets={"customer_key": SecretStr(keys[0])},
    )


def _keys(answer: Any, levels: int = 4) -> Iterator[str]:
    """The customer keys in an answer whose form Attendi does not document."""
    if isinstance(answer, str) and answer.startswith("ck_") and answer.isascii() and answer.isprintable():
        if len(answer) <= _LONGEST_KEY and " " not in answer:
            yield answer
    elif isinstance(answer, dict | list) and levels:
        for inner in answer.values() if isinstance(answer, dict) else answer:
            yield from _keys(inner, levels - 1)


ACTIONS: Final = (
    Action(
        group="customers",
        name="list",
        summary="List the customers.",
        kind=Kind.READS,
        args=NoArgs,
        run=list_all,
    ),
    Action(
        group="customers",
        name="retrieve",
        summary="Show a customer.",
        kind=Kind.READS,
        args=CustomerId,
        run=retrieve,
        names=("id",),
    ),
    Action(
        group="customers",
        name="upsert",
        summary="Make a customer, or set all of one.",
        kind=Kind.CHANGES,
        args=Customer,
        run=upsert,
    ),
    Action(
        group="customers",
        name="update",
        summary="Change something of a customer.",
        kind=Kind.CHANGES,
        args=CustomerChange,
        run=update,
        names=("id",),
    ),
    Action(
        group="customers",
        name="roll-key",
        summary="Make the key of a customer anew; the old one stops working.",
        kind=Kind.DESTROYS,
        args=Roll,
        run=roll_key,
        names=("id",),
        renews=("customer_key",),
    ),
)
