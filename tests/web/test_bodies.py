import aiohttp
import pytest

from appliance.board import Board
from tests.rigs.web import serving_with_access

DEEP = b'{"command":' + b"[" * 40 + b"]" * 40 + b"}"
DEEPER = b"[" * 30_000


@pytest.mark.parametrize(
    ("body", "status"),
    [
        (DEEP, 400),
        (DEEPER, 400),
        (b'{"command": NaN}', 400),
        (b'{"command": 1' + b"0" * 5_000 + b"}", 400),
        (b'{"command": "\\ud800"}', 400),
        (b'{"command": "\xff"}', 400),
        (b"\x00", 400),
        (b"null", 400),
        (b'{"command": ["start"]}', 422),
        (b'{"command": "start", "more": 1}', 422),
        (b'{"command": "' + b"x" * 70_000 + b'"}', 413),
    ],
)
async def test_a_body_that_no_honest_program_sends_gets_one_plain_sentence(body: bytes, status: int) -> None:
    async with serving_with_access(Board()) as (url, access), aiohttp.ClientSession() as session:
        headers = {
            "Authorization": f"Bearer {await access.tokens.make('test')}",
            "Content-Type": "application/json",
        }
        async with session.post(f"{url}/api/v1/commands", data=body, headers=headers) as response:
            problem = await response.json()
            assert (response.status, response.content_type) == (status, "application/problem+json")
    assert problem["detail"].endswith(".")
