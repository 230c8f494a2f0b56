"""The ways to Scriptix's service: is it awake, wake it, connect."""

from typing import Final
from urllib.parse import urlencode

from appliance.vendors.contract import ConfigurationFault, Lost, Order, VendorFailure
from appliance.vendors.scriptix.config import ScriptixAccount, ScriptixOptions
from appliance.vendors.scriptix.protocol import Service, refusal, service_of, short_code
from appliance.vendors.transport import Refused, Socket, call

REALTIME: Final = "wss://realtime.scriptix.io/v2/realtime"
STATUS: Final = "https://api.scriptix.io/api/v4/realtime/status"
INITIALIZE: Final = "https://api.scriptix.io/api/v4/realtime/initialize"


_NO_TOKEN: Final = (
    "Captions while people speak need a realtime token: make one at scriptix.app and set realtime_token."  # noqa: S105 - a sentence, no token
)


class RealtimeService:
    """Scriptix's realtime service as one account and one room use it.

    Raises:
        ConfigurationFault: the account has no token for it.
    """

    def __init__(self, account: ScriptixAccount, order: Order[ScriptixOptions]) -> None:
        if account.realtime_token is None:
            raise ConfigurationFault(_NO_TOKEN)
        self._address = account.address
        self._token = account.realtime_token
        query = {"language": short_code(order.from_language)}
        if order.options.type:
            query["type"] = order.options.type
        self._url = f"{account.address(REALTIME)}?{urlencode(query)}"

    async def state(self) -> Service:
        """Whether it is awake. Only a hint: whatever goes wrong with the question, connecting decides.

        The answer also names an endpoint, which is not followed: it could lead the token elsewhere.
        """
        try:
            return service_of((await call("GET", self._address(STATUS), headers=self._headers)).body)
        except (Refused, Lost):
            return Service.UNKNOWN

    async def wake(self) -> bool:
        """Ask it to wake up; False where the token may not."""
        try:
            await call("POST", self._address(INITIALIZE), headers=self._headers)
        except (Refused, Lost):
            return False
        return True

    async def connect(self) -> Socket:
        """Open a connection.

        Raises:
            VendorFailure: it is refused or cannot be reached.
        """
        try:
            return await Socket.open(self._url, headers=self._headers)
        except Refused as refused:
            raise self._failure(refused) from None

    def _failure(self, refused: Refused) -> VendorFailure:
        said = refused.json() or refused.body
        return refusal(refused.status, said, wait=refused.retry_after, secrets=self.secrets)

    @property
    def secrets(self) -> tuple[str, ...]:
        """What no failure may repeat."""
        return (self._token.get_secret_value(),)

    @property
    def _headers(self) -> dict[str, str]:
        return {"x-zoom-s2t-key": self._token.get_secret_value()}
