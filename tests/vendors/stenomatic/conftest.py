import logging
from collections.abc import Iterator

import pytest

from tests.vendors.stenomatic.rig import CANARY


@pytest.fixture(autouse=True)
def canary(caplog: pytest.LogCaptureFixture) -> Iterator[None]:
    """No test of this vendor may leave the key or a secret address in a log line, at any level."""
    with caplog.at_level(logging.DEBUG):
        yield
    assert CANARY not in caplog.text
    assert "rtmps://" not in caplog.text
