"""Vendors with a fault that the suite must find; each is the example's but for the one thing."""

import asyncio
import logging
from collections.abc import AsyncIterator
from dataclasses import replace
from typing import Any

from appliance.sound import FRAME_SECONDS, Frame
from appliance.vendors.contract import ConfigurationFault, Lost, Order, Stream, VendorFailure, Words
from tests.vendors.example.plugin import ParrotAccount, ParrotStream, ParrotVendor
from tests.vendors.example.test_conformance import TestParrot as Parrot


class Wrapped(Stream):
    """A good stream with one fault."""

    def __init__(self, stream: Stream) -> None:
        self.stream = stream
        self.sent = 0.0

    async def send(self, frame: Frame) -> None:
        self.sent += FRAME_SECONDS
        await self.stream.send(frame)

    async def __aiter__(self) -> AsyncIterator[Words]:
        async for event in self.stream:
            assert isinstance(event, Words)
            for words in self.altered(event):
                yield words

    def altered(self, words: Words) -> list[Words]:
        return [words]

    async def finish(self) -> None:
        await self.stream.finish()

    async def close(self) -> None:
        await self.stream.close()


class DoublesAWord(Wrapped):
    def altered(self, words: Words) -> list[Words]:
        return [replace(words, text=f"{words.text} {words.text.rpartition(' ')[2]}")]


class RevisesAFinal(Wrapped):
    def altered(self, words: Words) -> list[Words]:
        return [words, replace(words, text=f"{words.text} indeed")] if words.final else [words]


class SaysItTwice(Wrapped):
    def altered(self, words: Words) -> list[Words]:
        return [words, replace(words, segment=f"{words.segment}x")] if words.final else [words]


class CountsTimeFromTheLastWord(Wrapped):
    def altered(self, words: Words) -> list[Words]:
        return [replace(words, start=20.0, end=21.0)]


class TranslatesNothing(Wrapped):
    def altered(self, words: Words) -> list[Words]:
        return [words, replace(words, segment=f"t{words.segment}", language="nl", translated_from="en-US")]


class IgnoresTheDrop(Wrapped):
    async def send(self, frame: Frame) -> None:
        try:
            await super().send(frame)
        except VendorFailure:
            await asyncio.Event().wait()

    async def __aiter__(self) -> AsyncIterator[Words]:
        try:
            async for words in super().__aiter__():
                yield words
        except VendorFailure:
            await asyncio.Event().wait()


class Crashes(Wrapped):
    async def __aiter__(self) -> AsyncIterator[Words]:
        try:
            async for words in super().__aiter__():
                yield words
        except Lost as lost:
            raise KeyError("text") from lost


class TiresOfSilence(Wrapped):
    async def send(self, frame: Frame) -> None:
        if self.sent > 5:
            raise Lost("Nobody spoke for a while.")
        await super().send(frame)


class ForgetsTheTail(Wrapped):
    async def finish(self) -> None:
        await self.stream.close()


class NeverEnds(Wrapped):
    async def __aiter__(self) -> AsyncIterator[Words]:
        async for words in super().__aiter__():
            yield words
        await asyncio.Event().wait()


class ClosesNever(Wrapped):
    async def close(self) -> None:
        await self.stream.close()
        await asyncio.Event().wait()


class LeavesATask(Wrapped):
    def __init__(self, stream: Stream) -> None:
        super().__init__(stream)
        self.task = asyncio.create_task(asyncio.Event().wait())


class SleepsOnAfterAPause(Wrapped):
    paused = False

    async def pause(self) -> bool:
        self.paused = True
        return True

    async def send(self, frame: Frame) -> None:
        if not self.paused:
            await super().send(frame)


class ChangesNothing(Wrapped):
    async def change(self, order: Order[Any]) -> bool:
        del order
        return True

    def altered(self, words: Words) -> list[Words]:
        return [replace(words, language="en-US")]


class WrongVendor(ParrotVendor):
    def __init__(self, kind: type[Wrapped] = Wrapped) -> None:
        self.kind = kind

    async def open(self, account: ParrotAccount, order: Order[Any]) -> Stream:
        return self.kind(await super().open(account, order))


class QuotesTheKey(WrongVendor):
    async def open(self, account: ParrotAccount, order: Order[Any]) -> Stream:
        try:
            return await super().open(account, order)
        except ConfigurationFault as fault:
            raise ConfigurationFault(f"{fault} {account.api_key.get_secret_value()}") from None


class ChainsTheKey(WrongVendor):
    async def open(self, account: ParrotAccount, order: Order[Any]) -> Stream:
        try:
            return await super().open(account, order)
        except ConfigurationFault:
            cause = ValueError(account.api_key.get_secret_value())
            raise ConfigurationFault("The key is not accepted.") from cause


class LogsTheKey(WrongVendor):
    async def open(self, account: ParrotAccount, order: Order[Any]) -> Stream:
        logging.getLogger("parrot").debug("with %s", account.api_key.get_secret_value())
        return await super().open(account, order)


class RetriesAWrongKey(WrongVendor):
    async def open(self, account: ParrotAccount, order: Order[Any]) -> Stream:
        try:
            return await super().open(account, order)
        except ConfigurationFault:
            raise Lost("Parrot cannot be reached.") from None


class SaysOneThingOfAll(WrongVendor):
    async def check(self, account: ParrotAccount) -> str:
        try:
            return await super().check(account)
        except ConfigurationFault:
            raise ConfigurationFault("Parrot does not work.") from None


class HastyStream(ParrotStream):
    async def _until_ready(self) -> None:
        """Not at all."""


class DoesNotWait(WrongVendor):
    async def open(self, account: ParrotAccount, order: Order[Any]) -> Stream:
        del order
        return await HastyStream.open(account, "en", punctuate=True)


class Wrong(Parrot):
    """What is tried on a wrong vendor."""

    __test__ = False
    patience = 1.5

    def __init__(self, vendor: WrongVendor) -> None:
        self.vendor = vendor  # type: ignore[misc] # one class for all of them


class LogsItsKey(Parrot):
    """For pytest itself to run: what was logged is judged after the test."""

    __test__ = False
    vendor = LogsTheKey()
