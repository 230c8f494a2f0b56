"""The suite: what the box relies on in every vendor plug-in, in good circumstances and in bad ones."""

import asyncio
import contextlib
from collections.abc import AsyncIterator, Sequence
from typing import Final

import pytest

from appliance.sound import Frame
from appliance.testing.circumstances import Circumstance
from appliance.testing.conversation import SOON, Heard, Speaker, bounded
from appliance.testing.judgement import (
    judge_discretion,
    judge_failures,
    judge_sentence,
    judge_times,
)
from appliance.testing.rig import Rig
from appliance.vendors.contract import (
    Busy,
    ConfigurationFault,
    Lost,
    Planned,
    Stream,
    Unreachable,
    VendorFailure,
)

_REFUSALS: Final = {
    Circumstance.WRONG_KEY: ConfigurationFault,
    Circumstance.UNPAID: ConfigurationFault,
    Circumstance.NOBODY: Unreachable,
}
_BROKEN: Final = (
    Circumstance.MALFORMED,
    Circumstance.DEEP,
    Circumstance.HUGE,
    Circumstance.WRONG_TYPES,
)
_HARMLESS: Final = (Circumstance.LATE, Circumstance.UNKNOWN, Circumstance.FLOOD)


class VendorConformance(Rig):
    """Derive a class from it that is named ``Test…``, and say what is tested; see `Rig`."""

    pytestmark = pytest.mark.asyncio

    async def test_every_word_is_written_once_in_order_and_with_its_time(self) -> None:
        """Two sentences in real time, with their translations where the order wants any."""
        async with self._scene(Circumstance.GOOD) as scene:
            heard = await self._hold(scene, self._saying(*self.said, speed=1))
        self._judge(heard, self.said, scene.order)

    async def test_the_last_word_is_written_although_no_pause_follows_it(self) -> None:
        """`finish` right after the last word: the tail comes, and the iteration ends by itself."""

        async def speak(speaker: Speaker) -> None:
            await speaker.say(await self.said[0].cut_short())

        async with self._scene(Circumstance.GOOD) as scene:
            heard = await self._hold(scene, speak)
        self._judge(heard, self.said[:1], scene.order)

    async def test_a_meeting_in_which_nobody_speaks_ends_without_a_word(self) -> None:
        """`finish` before any sound came."""
        async with self._scene(Circumstance.GOOD) as scene:
            heard = await self._hold(scene, self._saying())
        assert not heard.failures
        assert not heard.originals

    async def test_people_are_heard_after_a_long_silence(self) -> None:
        """The stream stays, or ends as `Planned`; then the next one hears them."""
        first, second = self.said

        async def silently(speaker: Speaker) -> None:
            await speaker.say(await first.frames())
            await speaker.hush(self.silence)
            await speaker.say(await second.frames())

        async with self._scene(Circumstance.SILENCE) as scene:
            heard = await self._hold(scene, silently)
            if not heard.failures:
                self._judge(heard, self.said, scene.order)
                return
            judge_failures(heard.failures, Planned)
            self._judge_words(heard.words, (first,), scene.order)
            self._judge(await self._hold(scene, self._saying(second)), (second,), scene.order)

    @pytest.mark.parametrize("circumstance", [Circumstance.WRONG_KEY, Circumstance.UNPAID])
    async def test_a_refusal_is_told_to_a_person_in_one_sentence_without_the_key(
        self, circumstance: Circumstance
    ) -> None:
        """A `ConfigurationFault`, from wherever it can be known."""
        async with self._scene(circumstance) as scene:
            heard = await self._hold(scene, self._saying(self.said[0]))
        assert heard.failures, "nothing was refused"
        judge_failures(heard.failures, ConfigurationFault)

    @pytest.mark.parametrize("circumstance", _HARMLESS)
    async def test_no_word_is_lost_although_the_vendor_is(self, circumstance: Circumstance) -> None:
        """Late, beyond our knowledge, or talkative."""
        async with self._scene(circumstance) as scene:
            heard = await self._hold(scene, self._saying(self.said[0]))
        self._judge(heard, self.said[:1], scene.order)

    @pytest.mark.parametrize("circumstance", _BROKEN)
    async def test_nonsense_costs_at_most_the_stream(self, circumstance: Circumstance) -> None:
        """A `Lost`, or ignored without the loss of a word."""
        async with self._scene(circumstance) as scene:
            heard = await self._hold(scene, self._saying(self.said[0]))
        if heard.failures:
            judge_failures(heard.failures, Lost)
        else:
            self._judge(heard, self.said[:1], scene.order)

    @pytest.mark.parametrize("finishing", [False, True])
    async def test_a_connection_that_breaks_in_mid_word_is_lost(self, *, finishing: bool) -> None:
        """Not a hang, not a crash, and not an end like any other, even if the meeting ends just then."""

        async def speak(speaker: Speaker) -> None:
            await speaker.say(await self.said[0].frames())
            if not finishing:
                otherwise = "the connection broke and the stream goes on as if nothing were"
                await speaker.until(lambda: False, within=self.patience, otherwise=otherwise)

        async with self._scene(Circumstance.DROP) as scene:
            heard = await self._hold(scene, speak)
        assert heard.failures, "the last words are missing, and nobody was told"
        judge_failures(heard.failures, Lost)

    async def test_nobody_at_the_address_is_no_fault_of_a_person_s(self) -> None:
        """`Unreachable`, so the box knows where to look whether it is back."""
        async with self._scene(Circumstance.NOBODY) as scene:
            heard = await self._hold(scene, self._saying(self.said[0]))
        assert heard.failures
        judge_failures(heard.failures, Unreachable)
        _judge_places(heard.failures)

    async def test_what_is_said_after_a_change_of_languages_is_written_in_the_new_ones(self) -> None:
        """By `change`, or by a new stream where that is not possible."""
        first, second = self.said
        before: list[int] = []

        async with self._scene(Circumstance.CHANGE) as scene:
            other = scene.other
            assert other, "Circumstance.CHANGE needs a Scene with an `other` order"

            async def changing(speaker: Speaker) -> None:
                await self._said_and_written(speaker, first, scene.order)
                if await speaker.stream.change(other):
                    before.append(len(speaker.heard.words))
                    await speaker.say(await second.frames())

            heard = await self._hold(scene, changing)
            if not before:
                self._judge(heard, (first,), scene.order)
                self._judge(await self._hold(scene, self._saying(second), order=other), (second,), other)
                return
        assert not heard.failures
        judge_times(heard)
        [changed] = before
        self._judge_words(heard.words[:changed], (first,), scene.order)
        self._judge_words(heard.words[changed:], (second,), other)

    async def test_the_next_stream_may_begin_before_the_last_has_said_its_last_words(self) -> None:
        """As at every hand-over; a vendor that takes one stream at a time is `Busy`."""
        first, second = self.said
        following: list[Heard] = []

        async with self._scene(Circumstance.GOOD) as scene:

            async def this_one(speaker: Speaker) -> None:
                await speaker.say(await first.cut_short())
                following.append(await self._hold(scene, self._saying(second)))

            heard = await self._hold(scene, this_one)
        self._judge(heard, (first,), scene.order)
        [after] = following
        if not (after.failures and all(isinstance(failure, Busy) for failure in after.failures)):
            self._judge(after, (second,), scene.order)

    async def test_people_are_heard_after_a_pause(self) -> None:
        """Paused right after the beginning, between two sentences, and at the end; where that is possible."""
        said = list(self.said)

        async def speak(speaker: Speaker) -> None:
            if not await speaker.stream.pause():
                await speaker.say(await self.said[0].frames())
                del said[1:]
                return
            for sentence in said:
                await speaker.rest(self.rest)
                await self._said_and_written(speaker, sentence, scene.order)
                assert await speaker.stream.pause(), "a stream that could pause cannot pause any more"

        async with self._scene(Circumstance.PAUSE) as scene:
            heard = await self._hold(scene, speak)
        self._judge(heard, said, scene.order)

    @pytest.mark.parametrize("finishing", [False, True])
    @pytest.mark.parametrize("spoken", [False, True])
    async def test_a_stream_lets_go_at_once_whatever_it_is_doing(
        self, *, spoken: bool, finishing: bool
    ) -> None:
        """`close`, twice: of a stream that is unused, in mid-sentence, or saying its last words."""
        frames = await self.said[0].frames() if spoken else ()
        async with _nothing_left(), self._scene(Circumstance.GOOD) as scene:
            stream = await self._open(scene)
            tasks = [asyncio.create_task(_listen(stream))]
            for frame in frames[: len(frames) // 2]:
                await stream.send(frame)
            if finishing:
                tasks.append(asyncio.create_task(_finish(stream)))
            await asyncio.sleep(0)
            await bounded(stream.close(), SOON, "close() hangs.")
            await bounded(stream.close(), SOON, "a second close() hangs.")
            await bounded(asyncio.gather(*tasks), SOON, "After close() the stream goes on.")
            await bounded(_send(stream, frames), SOON, "After close() send() hangs.")

    @pytest.mark.parametrize("turns", [1, 5, 50])
    async def test_opening_can_be_given_up(self, turns: int) -> None:
        """Cancelled while the vendor is late."""
        async with _nothing_left(), self._scene(Circumstance.LATE) as scene:
            opening = asyncio.create_task(self.vendor.open(scene.account, scene.order))
            for _ in range(turns):
                await asyncio.sleep(0.001)
            opening.cancel()
            await bounded(asyncio.wait({opening}), SOON, "open() cannot be cancelled.")
            if not opening.cancelled():
                await bounded(opening.result().close(), SOON, "close() hangs.")

    @pytest.mark.parametrize("circumstance", _REFUSALS)
    async def test_the_check_says_what_is_wrong_with_an_account(self, circumstance: Circumstance) -> None:
        """A sentence of its own for each cause."""
        async with self._scene(circumstance) as scene:
            with pytest.raises(VendorFailure) as failure:
                await self._check(scene)
        judge_failures([failure.value], _REFUSALS[circumstance])
        judge_discretion(self.secrets, failure.value)
        if circumstance is Circumstance.NOBODY:
            _judge_places([failure.value])

    async def test_the_answers_of_the_check_differ(self) -> None:
        """For an account that works, and for every cause of one that does not."""
        async with self._scene(Circumstance.GOOD) as scene:
            said = [await self._check(scene)]
        for circumstance in _REFUSALS.keys() - self.impossible:
            async with self._scene(circumstance) as scene:
                with pytest.raises(VendorFailure) as failure:
                    await self._check(scene)
                said.append(str(failure.value))
        judge_discretion(self.secrets, *said)
        for sentence in said:
            judge_sentence(sentence)
        assert len(set(said)) == len(said)

    async def test_nothing_that_is_printed_or_asked_for_shows_a_key(self) -> None:
        """The account, and the form that is made from its model."""
        async with self._scene(Circumstance.GOOD) as scene:
            shown = f"{scene.account!r} {scene.account} {scene.account.model_dump_json()} {scene.order!r}"
            judge_discretion(self.secrets, shown, repr(self.vendor))
        for model in (self.vendor.account_model, self.vendor.options_model):
            judge_discretion(self.secrets, model.model_json_schema())


async def _listen(stream: Stream) -> None:
    with contextlib.suppress(VendorFailure):
        async for _ in stream:
            pass


async def _send(stream: Stream, frames: Sequence[Frame]) -> None:
    with contextlib.suppress(VendorFailure):
        for frame in frames:
            await stream.send(frame)


async def _finish(stream: Stream) -> None:
    with contextlib.suppress(VendorFailure):
        await stream.finish()


@contextlib.asynccontextmanager
async def _nothing_left() -> AsyncIterator[None]:
    """See that no task is left that nobody waits for."""
    before = asyncio.all_tasks()
    yield
    if left := asyncio.all_tasks() - before:
        _, left = await asyncio.wait(left, timeout=SOON)
    assert not left, f"nobody waits for these: {left}"


def _judge_places(failures: list[VendorFailure]) -> None:
    for failure in failures:
        assert isinstance(failure, Unreachable)
        assert failure.host, "an Unreachable must say whom the box tried to reach"
        assert 0 < failure.port < 65_536
