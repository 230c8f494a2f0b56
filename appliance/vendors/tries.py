"""How long to wait before something is tried at a vendor again."""

from collections.abc import Callable

from tenacity import AsyncRetrying, RetryCallState

from appliance.vendors.contract import Busy, VendorFailure


class Tries:
    """What was tried in vain, again and again."""

    def __init__(self) -> None:
        self._state = RetryCallState(AsyncRetrying(), None, (), {})
        self.begin_anew()

    def begin_anew(self) -> None:
        """It went well."""
        self._state.attempt_number = 0

    def wait(self, failure: VendorFailure, back_off: Callable[[RetryCallState], float]) -> float:
        """Seconds to wait after one more failure: as the vendor asks, else what the back-off says."""
        self._state.attempt_number += 1
        asked = failure.wait if isinstance(failure, Busy) else None
        return back_off(self._state) if asked is None else asked
