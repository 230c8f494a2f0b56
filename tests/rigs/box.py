"""A real box in a process of its own, and a client that speaks to it as a program would."""

import asyncio
import json
import re
import signal
import sys
import time
from collections.abc import AsyncGenerator, AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Self

import aiohttp

READY = re.compile(r"Ready at (http://\S+)")


def simple_settings(source: str, *, start: str = "button", more: str = "") -> str:
    """Settings of a box that listens to `source` and serves this machine only."""
    return (
        f'[box]\nname = "Test"\nstart = "{start}"\n\n[audio]\ninput = {json.dumps(source)}\n\n'
        f'[web]\nhost = "127.0.0.1"\nport = 0\n\n{more}'
    )


@dataclass(frozen=True)
class Demo:
    """A demonstration that runs.

    Attributes:
        process: its process.
        url: where its pages are.
        token: an administrator's.
        password: as well.
    """

    process: asyncio.subprocess.Process
    url: str
    token: str
    password: str


@asynccontextmanager
async def running_demo() -> AsyncIterator[Demo]:
    """``captionbox demo`` on a free port, ended by Ctrl-C."""
    process = await asyncio.create_subprocess_exec(
        *(sys.executable, "-m", "appliance", "demo", "--port", "0"),
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.DEVNULL,
    )
    assert process.stdout
    printed = ""
    async with asyncio.timeout(30):
        while "Ctrl-C" not in printed:
            printed += (await process.stdout.readline()).decode()
    command = re.search(r"Bearer (\S+)' (http://[^/]+)", printed)
    password = re.search(r"password is (\S+)", printed)
    assert command
    assert password
    try:
        yield Demo(process, url=command[2], token=command[1], password=password[1])
    finally:
        if process.returncode is None:
            process.send_signal(signal.SIGINT)
        await asyncio.wait_for(process.wait(), 10)


@dataclass(frozen=True)
class ServerEvent:
    """One Server-Sent Event."""

    id: str
    kind: str
    data: dict[str, Any]


class RunningBox:
    """``captionbox run --simulate`` on a free port."""

    def __init__(
        self, folder: Path, process: asyncio.subprocess.Process, session: aiohttp.ClientSession
    ) -> None:
        self.folder = folder
        self.process = process
        self.session = session
        self.url = ""
        self.token = ""
        self.ready_at = 0.0
        self.log: list[str] = []
        self._reading: asyncio.Task[None] | None = None

    @classmethod
    @asynccontextmanager
    async def started(cls, folder: Path, settings: str) -> AsyncIterator[Self]:
        """A box with these settings, stopped at the end as systemd would."""
        (folder / "settings.toml").write_text(settings, "utf-8")
        async with cls.again(folder) as box:
            yield box

    @classmethod
    @asynccontextmanager
    async def again(cls, folder: Path) -> AsyncIterator[Self]:
        """A box on a folder as it is."""
        process = await asyncio.create_subprocess_exec(
            *(sys.executable, "-m", "appliance", "run", "--simulate", "--state", str(folder)),
            stderr=asyncio.subprocess.PIPE,
        )
        patience = aiohttp.ClientTimeout(total=None, sock_connect=10)
        jar = aiohttp.CookieJar(unsafe=True)  # of an address without a name too
        async with aiohttp.ClientSession(timeout=patience, cookie_jar=jar) as session:
            box = cls(folder, process, session)
            try:
                await box._until_ready()
                yield box
            finally:
                await box.stop()

    async def stop(self) -> int:
        """SIGTERM; the exit code."""
        if self.process.returncode is None:
            self.process.send_signal(signal.SIGTERM)
        code = await asyncio.wait_for(self.process.wait(), 15)
        if self._reading:
            await self._reading
            self._reading = None
        return code

    async def kill(self) -> None:
        """SIGKILL, in the middle of whatever it does."""
        self.process.kill()
        await self.process.wait()

    async def state(self) -> dict[str, Any]:
        """The body of ``GET /state``."""
        async with self.session.get(f"{self.url}/api/v1/state", headers=self.admin) as response:
            response.raise_for_status()
            body: dict[str, Any] = await response.json()
            return body

    async def command(self, command: str) -> None:
        """What a button would do."""
        url = f"{self.url}/api/v1/commands"
        async with self.session.post(url, json={"command": command}, headers=self.admin) as response:
            response.raise_for_status()

    async def events(self, query: str = "", last: str | None = None) -> AsyncGenerator[ServerEvent, None]:
        """Events of ``GET /captions`` for as long as the connection lives."""
        headers = self.admin | ({"Last-Event-ID": last} if last else {})
        async with self.session.get(f"{self.url}/api/v1/captions{query}", headers=headers) as response:
            response.raise_for_status()
            event: dict[str, str] = {}
            async for raw in response.content:
                line = raw.decode().rstrip("\n")
                if line:
                    key, _, value = line.partition(": ")
                    event[key] = value
                elif "data" in event:
                    yield ServerEvent(event.get("id", ""), event["event"], json.loads(event["data"]))
                    event = {}

    @property
    def admin(self) -> dict[str, str]:
        """Headers that make a request an administrator's."""
        return {"Authorization": f"Bearer {self.token}"}

    async def _until_ready(self) -> None:
        assert self.process.stderr
        async with asyncio.timeout(30):
            while not self.url:
                line = (await self.process.stderr.readline()).decode()
                if not line:
                    raise RuntimeError("The box did not start:\n" + "".join(self.log))
                self.log.append(line)
                if ready := READY.search(line):
                    self.url = ready[1]
                    self.ready_at = time.monotonic()
        self._reading = asyncio.create_task(self._read_log(self.process.stderr))
        self.token = await self._new_token()

    async def _read_log(self, stderr: asyncio.StreamReader) -> None:
        async for line in stderr:
            self.log.append(line.decode())

    async def _new_token(self) -> str:
        process = await asyncio.create_subprocess_exec(
            *(sys.executable, "-m", "appliance", "token", "--state", str(self.folder), "test"),
            stdout=asyncio.subprocess.PIPE,
        )
        output, _ = await process.communicate()
        return output.decode().strip()
