"""What can go wrong with a vendor: four kinds, for the box does something else about each."""

from appliance.captions import clean


class VendorFailure(Exception):
    """A vendor's stream or call went wrong; the text is one plain sentence without secrets.

    It may quote the vendor: it is made fit for every display as captions are.
    """

    def __init__(self, sentence: str) -> None:
        super().__init__(clean(sentence))


class ConfigurationFault(VendorFailure):
    """A person must change something: the key, the plan, the language. In the vendor's own words."""


class Busy(VendorFailure):
    """The vendor asks to wait.

    Attributes:
        wait: seconds it asked for; None where it did not say.
    """

    def __init__(self, sentence: str, wait: float | None = None) -> None:
        super().__init__(sentence)
        self.wait = wait


class Lost(VendorFailure):
    """The connection or the vendor's sense was lost: back off and connect again."""


class Unreachable(Lost):
    """There is no way to the vendor: no network, no name, or nobody at the address.

    Attributes:
        host: whom the box tried to reach.
        port: where; once it can be reached there again, it is worth connecting at once.
    """

    def __init__(self, sentence: str, host: str, port: int) -> None:
        super().__init__(sentence)
        self.host = host
        self.port = port


class Planned(VendorFailure):
    """The stream ends as announced or as documented: open the next at once."""
