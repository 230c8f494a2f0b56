from typing import Any

import pytest

from appliance.vendors.answers import MOST, rows_of
from appliance.vendors.contract import Lost


def test_a_vendors_objects_are_shown_clean_and_without_secrets() -> None:
    answer = {"id": 1, "name": "a\x1b[2J\u202eb key-1", "api_key": "x", "tags": ["one", {"api_key": "x"}]}
    assert rows_of([answer], hidden={"api_key"}, secrets=("key-1",)) == [
        {"id": 1, "name": "a [2J b •••", "tags": ["one", {}]},
    ]


@pytest.mark.parametrize("nonsense", [7, "x", None, [1], [[]], [{}, "x"]])
def test_what_is_no_object_is_told_as_nonsense(nonsense: Any) -> None:
    with pytest.raises(Lost, match="makes no sense"):
        rows_of(nonsense)


def test_however_much_a_vendor_sends_a_bounded_part_is_shown() -> None:
    deep: Any = "end"
    for _ in range(500):
        deep = [deep]
    rows = rows_of([{"text": "x" * 100_000, "many": list(range(10_000)), "deep": deep}] * (MOST + 5))
    assert len(rows) == MOST
    assert len(rows[0]["text"]) == 1_000
    assert len(rows[0]["many"]) == 60
    assert "…" in str(rows[0]["deep"])
