"""Sound in files: raw while it is recorded, FLAC once it is whole.

Raw samples can be read up to the last byte that reached the disk; libsndfile reads no FLAC without its end.
"""

import io
import os
from pathlib import Path
from typing import Any, BinaryIO, Final

from appliance.settings.files import whole
from appliance.sound import SAMPLE_BYTES, SAMPLE_RATE

BLOCK: Final = 60 * SAMPLE_RATE * SAMPLE_BYTES
"""Bytes of raw sound that are packed at a time."""

_OWNER_ONLY: Final = 0o600


def open_raw(path: Path) -> int:
    """A handle to append raw sound to a file that only the box may read.

    Raises:
        OSError: there is none to be had.
    """
    return os.open(path, os.O_WRONLY | os.O_CREAT | os.O_APPEND | os.O_CLOEXEC, _OWNER_ONLY)


def append(handle: int, pcm: bytes) -> None:
    """Append raw sound; it is on the disk when this returns.

    Raises:
        OSError: not all of it is.
    """
    rest = memoryview(pcm)
    while rest:
        rest = rest[os.write(handle, rest) :]
    os.fdatasync(handle)


def pack(raw: Path, packed: Path) -> None:
    """Make a FLAC file of a raw one, which is then deleted; a power cut leaves one of them whole.

    Raises:
        OSError: there is no room for it.
    """
    with whole(packed) as file, raw.open("rb") as source, _writer(file) as writer:
        while block := source.read(BLOCK):
            writer.buffer_write(block[: len(block) // SAMPLE_BYTES * SAMPLE_BYTES], dtype="int16")
    raw.unlink()


def write_packed(path: Path, pcm: bytes) -> None:
    """Write raw sound as a FLAC file, whole or not at all.

    Raises:
        OSError: it cannot be written.
    """
    buffer = io.BytesIO()
    with _writer(buffer) as writer:
        writer.buffer_write(pcm, dtype="int16")
    with whole(path) as file:
        file.write(buffer.getvalue())


def read_packed(path: Path) -> bytes:
    """The raw sound of a FLAC file.

    Raises:
        OSError: it cannot be read.
    """
    soundfile = _library()
    try:
        with path.open("rb") as file, soundfile.SoundFile(file) as reader:
            return bytes(reader.buffer_read(dtype="int16"))
    except soundfile.SoundFileError as error:
        raise OSError(f"{path.name} is damaged") from error


def length(path: Path) -> float:
    """Seconds of sound in a FLAC file.

    Raises:
        OSError: it cannot be read.
    """
    soundfile = _library()
    try:
        return float(soundfile.info(path).duration)
    except soundfile.SoundFileError as error:
        raise OSError(f"{path.name} is damaged") from error


def _writer(file: BinaryIO) -> Any:
    return _library().SoundFile(file, "w", SAMPLE_RATE, 1, "PCM_16", format="FLAC")


def _library() -> Any:
    import soundfile  # noqa: PLC0415 - the spool is loaded with the box, and most boxes never keep sound

    return soundfile
