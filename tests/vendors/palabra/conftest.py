"""What the tests of Palabra's rooms need."""

import signal
from collections.abc import Iterator

import pytest


@pytest.fixture(scope="session", autouse=True)
def nothing_ends_the_tests() -> Iterator[None]:
    """The package ``livekit`` ends its whole process where its engine fails, even after a room was left."""
    before = signal.signal(signal.SIGTERM, signal.SIG_IGN)
    yield
    signal.signal(signal.SIGTERM, before)
