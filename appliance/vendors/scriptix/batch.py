"""A transcript after the meeting: session, upload, status, result. Each step is noted before and after it."""

import asyncio
from collections.abc import AsyncGenerator, AsyncIterator
from pathlib import Path
from typing import Any, Final

from appliance.spool import Job
from appliance.vendors.contract import ConfigurationFault, Lost, Order, Progress, VendorFailure, Words
from appliance.vendors.scriptix.batch_protocol import (
    Stage,
    address_for_upload,
    as_json,
    refusal,
    session_of,
    session_order,
    stage_of,
    transcript,
)
from appliance.vendors.scriptix.config import ScriptixAccount, ScriptixOptions
from appliance.vendors.transport import Refused, call
from appliance.vendors.uploading import upload

SESSIONS: Final = "https://api.scriptix.io/api/v3/speech-to-text/session"

POLL: Final = 10.0
SLOWEST_POLL: Final = 60.0
"""Seconds between two questions how far it is, each time a little more: 60 a minute are allowed."""

SETTLING: Final = 60.0
"""Seconds after an upload that broke off in which it may still show that all of it had arrived."""

ANSWERING: Final = 60.0
"""Seconds that an answer may take: a result is long."""

SHOWN: Final = 1.0
"""Seconds between two looks how much was sent."""

LARGEST_ANSWER: Final = 64 * 1024 * 1024
"""Bytes: each word of a long day comes with its times."""

UPLOADING: Final = "Sending the recording to Scriptix."
WORKING: Final = "Scriptix writes the transcript."
_PREPARING: Final = "Preparing the recording."
_ASKING: Final = "Asking Scriptix what has arrived."
_FORGOTTEN: Final = "Scriptix does not know the session any more; it is begun anew."
_NO_TOKEN: Final = (
    "Transcripts after the meeting need a batch token: make one at scriptix.app and set batch_token."  # noqa: S105 - a sentence, no token
)


class BatchService:
    """Scriptix's batch service as one account uses it.

    Raises:
        ConfigurationFault: the account has no token for it.
    """

    def __init__(self, account: ScriptixAccount) -> None:
        if account.batch_token is None:
            raise ConfigurationFault(_NO_TOKEN)
        self._account = account
        self._token = account.batch_token

    async def check(self) -> None:
        """See whether the token is good, by asking for a session that does not exist.

        Raises:
            VendorFailure: it is not.
        """
        await self._answer("GET", "/captionbox-check", may_lack=True)

    async def begin(self, order: Order[ScriptixOptions]) -> str:
        """Make a session; its name."""
        return session_of(await self._answer("POST", document=session_order(order)))

    async def send(self, session: str, recording: Path, progress: list[float]) -> None:
        """Upload a recording, once and as a whole; the last of `progress` is the share that was sent."""
        url = address_for_upload(await self._answer("POST", f"/{session}/upload-url", document={}))
        # The address is the storage's and good by itself: the token stays here.
        headers = {"x-ms-blob-type": "BlockBlob", "Content-Type": "audio/flac"}
        try:
            await upload(url, recording, headers=headers, sent=progress.append)
        except Refused as refused:
            if refused.status in (401, 403):  # it has expired; the next is good again
                raise Lost("Scriptix's storage does not take the recording now.") from None
            raise self._failure(refused) from None

    async def stage(self, session: str) -> Stage | None:
        """Where a session stands; None where Scriptix does not know it."""
        answer = await self._answer("GET", f"/{session}", may_lack=True)
        return None if answer is None else stage_of(answer, self._account.secrets)

    async def words(self, session: str) -> list[Words]:
        """The words of a session that is done."""
        return list(transcript(await self._answer("GET", f"/{session}/result")))

    async def _answer(
        self, method: str, path: str = "", *, document: Any = None, may_lack: bool = False
    ) -> Any:
        """The answer to a call; None where there is nothing of that name, if that is expected.

        Raises:
            VendorFailure: it is refused, or there is none.
        """
        url = f"{self._account.address(SESSIONS)}{path}"
        headers = {"x-zoom-s2t-key": self._token.get_secret_value()}
        try:
            answer = await call(
                method, url, headers=headers, document=document, within=ANSWERING, largest=LARGEST_ANSWER
            )
        except Refused as refused:
            if refused.status == 404 and may_lack:
                return None
            raise self._failure(refused) from None
        return answer.body

    def _failure(self, refused: Refused) -> VendorFailure:
        said = as_json(refused.body)
        return refusal(refused.status, said, wait=refused.retry_after, secrets=self._account.secrets)


class Delivery:
    """Brings the words of one job."""

    def __init__(self, service: BatchService, order: Order[ScriptixOptions], job: Job) -> None:
        self._service = service
        self._order = order
        self._job = job

    async def run(self) -> AsyncGenerator[Words | Progress, None]:
        """Go on from where it was.

        Raises:
            VendorFailure: not now, or not without a person.
            OSError: the spool cannot be read or written.
        """
        if not self._order.options.media_source:
            yield Progress(_PREPARING)
            if (recording := await self._job.recording()) is None:
                return
            async for progress in self._sent(recording):
                yield progress
        elif "session" not in self._job.kept:
            await self._job.keep(session=await self._service.begin(self._order))
        async for progress in self._worked():
            yield progress
        for words in await self._service.words(self._session):
            yield words

    @property
    def _session(self) -> str:
        return str(self._job.kept["session"])

    async def _sent(self, recording: Path) -> AsyncIterator[Progress]:
        """Upload it, unless that was done: what broke off is only sent again if it has not arrived."""
        if self._job.kept.get("session") is None:
            await self._job.keep(session=await self._service.begin(self._order), upload="none")
        if self._job.kept.get("upload") == "begun":
            yield Progress(_ASKING)
            if await self._arrived():
                await self._job.keep(upload="done")
        if self._job.kept.get("upload") != "done":
            await self._job.keep(upload="begun")
            shares = [0.0]
            sending = asyncio.create_task(self._service.send(self._session, recording, shares))
            try:
                while not sending.done():
                    yield Progress(UPLOADING, shares[-1])
                    await asyncio.wait({sending}, timeout=SHOWN)
                await sending
            finally:
                sending.cancel()
                await asyncio.wait({sending})
            await self._job.keep(upload="done")

    async def _arrived(self) -> bool:
        """Whether an upload of which nobody knows how it ended has arrived."""
        loop = asyncio.get_running_loop()
        until = loop.time() + SETTLING
        while True:
            stage = await self._known()
            if stage is not Stage.NEW:
                return True
            if loop.time() >= until:
                return False
            await asyncio.sleep(POLL)

    async def _worked(self) -> AsyncIterator[Progress]:
        wait = POLL
        while await self._known() is not Stage.DONE:
            yield Progress(WORKING)
            await asyncio.sleep(wait)
            wait = min(1.2 * wait, SLOWEST_POLL)

    async def _known(self) -> Stage:
        stage = await self._service.stage(self._session)
        if stage is None:
            await self._job.keep(session=None, upload="none")
            raise Lost(_FORGOTTEN)
        return stage
