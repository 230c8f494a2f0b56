"""What managing customers and managing units at Attendi share: calls with the secret key, and their answers."""

from collections.abc import Collection, Mapping
from typing import Annotated, Any, Final

from pydantic import Field

from appliance.vendors.answers import count_of, rows_of
from appliance.vendors.attendi.api import request
from appliance.vendors.attendi.config import AttendiAccount
from appliance.vendors.contract import ConfigurationFault, VendorModel
from appliance.vendors.management import Outcome
from appliance.vendors.transport import Answer

MERGE_PATCH: Final = "application/merge-patch+json"

OWN: Final = "Left empty, it is that of the account."
KEPT: Final = "Left empty, it stays as it is."

Text = Annotated[str, Field(min_length=1, max_length=200)]

_CREATED: Final = 201


async def ask(
    account: AttendiAccount,
    method: str,
    path: str,
    document: Mapping[str, Any] | None = None,
    *,
    content_type: str = "application/json",
    missing: str = "this address",
) -> Answer:
    """Make a call with the secret key.

    Args:
        account: whose key.
        method: of HTTP.
        path: from the host on.
        document: the body.
        content_type: of the body.
        missing: what Attendi does not know if it answers 404.

    Raises:
        VendorFailure: there is no such key, or the call failed.
    """
    if account.secret_key is None:
        raise ConfigurationFault(
            "Customers and units need the secret key (sk_…) of Attendi: enter it in the account."
        )
    return await request(
        account,
        method,
        path,
        key=account.secret_key,
        document=document,
        content_type=content_type,
        missing=missing,
    )


def customer_of(account: AttendiAccount, given: str | None) -> str:
    """The customer that is meant.

    Raises:
        ConfigurationFault: none is.
    """
    if customer := given or account.customer_id:
        return customer
    raise ConfigurationFault("Which customer? Give its ID, or enter the customer ID in the account.")


def body(args: VendorModel, *named: str) -> dict[str, Any]:
    """What is given, by Attendi's own names; without what stands in the path already."""
    return args.model_dump(by_alias=True, exclude=set(named), exclude_none=True)


def shown(account: AttendiAccount, document: Any) -> list[dict[str, Any]]:
    """What Attendi answered, as rows.

    Raises:
        Lost: it is neither an object nor a list of them.
    """
    return [] if document is None else rows_of(document, secrets=account.secrets)


def listed(account: AttendiAccount, answer: Answer, thing: str) -> Outcome:
    """What came of a list."""
    found = shown(account, answer.body)
    return Outcome(done=count_of(found, thing), rows=found)


def put(account: AttendiAccount, answer: Answer, thing: str) -> Outcome:
    """What came of an upsert."""
    done = "is made" if answer.status == _CREATED else "is as you said"
    return Outcome(done=f"{thing} {done}.", rows=shown(account, answer.body))


def changing(args: VendorModel, names: Collection[str]) -> None:
    """Whether at least one is given.

    Raises:
        ValueError: none is.
    """
    if all(getattr(args, name) is None for name in names):
        raise ValueError("nothing is to be changed; say what")
