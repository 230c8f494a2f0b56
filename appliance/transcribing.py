"""Captioning a file without the daemon: the same pipeline, as fast as the vendor takes it."""

import itertools
from dataclasses import dataclass
from pathlib import Path
from typing import Self

from appliance.audio import Listener, listen
from appliance.board import Board
from appliance.captioning.calm import Erasure
from appliance.captioning.captioning import Captioning, Routes
from appliance.captioning.conversation import Publish
from appliance.settings import Problem, SettingsError, load
from appliance.vendors.contract import Route
from appliance.vendors.registry import Registry


@dataclass(frozen=True, slots=True)
class Transcription:
    """A file and the way of a room to its vendor, both checked.

    Attributes:
        listener: the file.
        route: the vendor.
    """

    listener: Listener
    route: Route

    @classmethod
    def prepare(cls, wav: Path, folder: Path, room: str | None) -> Self:
        """Check all that can be checked beforehand.

        Raises:
            SettingsError: the settings are wrong or there is no such room.
            SoundError: the file cannot be heard.
        """
        settings = load(folder)
        room = room or settings.box.room
        if room not in settings.rooms:
            known = ", ".join(settings.rooms)
            raise SettingsError(
                [Problem("settings.toml", "rooms", f"there is no room “{room}”; known: {known}")]
            )
        route = Registry.installed().route(settings, room)
        return cls(listen(f"file:{wav}", paced=route.manifest.in_real_time), route)

    async def run(self, publish: Publish) -> None:
        """Caption it all.

        Raises:
            VendorFailure: the vendor cannot do it.
        """
        await Captioning(
            routes=Routes(first=self.route),
            listen=lambda: self.listener,
            publish=publish,
            board=Board(),
            numbers=itertools.count(1),
            erasure=Erasure(),
            live=False,
        ).run()
