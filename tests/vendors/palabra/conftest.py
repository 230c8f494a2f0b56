import logging
from collections.abc import Iterator

import pytest


@pytest.fixture(autouse=True)
def _no_secret_is_logged(caplog: pytest.LogCaptureFixture) -> Iterator[None]:
    caplog.set_level(logging.DEBUG)
    yield
    for secret in ("canary", "eyJ"):
        assert secret not in caplog.text
