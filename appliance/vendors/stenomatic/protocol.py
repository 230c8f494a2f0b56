"""What the box and Stenomatic say to each other: messages as bytes in and out, without I/O and clock.

A recognition text grows until ``is_final``; what is said after that starts a text of its own.
"""

from collections.abc import Iterator, Sequence
from typing import Final

from google.protobuf.message import DecodeError

from appliance.vendors.contract import Lost, Words
from appliance.vendors.stenomatic.stenomatic_pb2 import (
    PingRequest,
    SpeechRecognitionConfig,
    SpeechRecognitionRequest,
    SpeechRecognitionResponse,
    Translation,
    VoiceConfig,
    VoiceTranslateConfig,
    VoiceTranslateRequest,
    VoiceTranslateResponse,
)

_SERVICE: Final = "/stenomatic.Stenomatic/"
PING: Final = _SERVICE + "Ping"
Metadata = tuple[tuple[str, str], ...]


def ping() -> bytes:
    """The message of the free call that only tries the key."""
    return PingRequest().SerializeToString()


def credentials(key: str) -> Metadata:
    """What every call carries."""
    return (("x-mint-api-key", key),)


class Conversation:
    """One stream: what to call, what to send, and what the answers mean.

    Args:
        from_language: BCP-47 tag of what is spoken.
        to_languages: BCP-47 tags to translate to; without any, the call that only recognises is made.
        phrases: names and terms that will be said.

    Attributes:
        method: path of the call.
        metadata: what the call carries besides the key.
        ignored: answers, and translations in them, that meant nothing to us.
    """

    def __init__(
        self, *, from_language: str, to_languages: Sequence[str] = (), phrases: Sequence[str] = ()
    ) -> None:
        self._from = from_language
        self._to = tuple(to_languages)
        self._phrases = tuple(phrases)
        self._number = 0
        self._text = ""
        self.method = _SERVICE + ("VoiceTranslate" if self._to else "SpeechRecognition")
        self.metadata: Metadata = (("x-mint-allow-partial-translate", "true"),) if self._to else ()
        self.ignored = 0

    def config(self) -> bytes:
        """The first message, and only the first."""
        if not self._to:
            listening = SpeechRecognitionConfig(audio_language_code=self._from, phrases=self._phrases)
            return SpeechRecognitionRequest(config=listening).SerializeToString()
        translating = VoiceTranslateConfig(
            audio_language_code=self._from,
            target_languages_codes=self._to,
            voice=VoiceConfig(audio_sample_rate=0),
            phrases=self._phrases,
        )
        return VoiceTranslateRequest(config=translating).SerializeToString()

    def sound(self, pcm: bytes) -> bytes:
        """A message of sound: mono s16le at 16 kHz."""
        kind = VoiceTranslateRequest if self._to else SpeechRecognitionRequest
        return kind(audio_content=pcm).SerializeToString()

    def heard(self, answer: bytes) -> list[Words]:
        """What an answer says.

        Raises:
            Lost: it is no message of Stenomatic's.
        """
        try:
            if self._to:
                translated = VoiceTranslateResponse.FromString(answer)
                # The voice that reads a final aloud may come by itself, later, and ends nothing.
                aloud = translated.tts and not (translated.recognition or translated.translations)
                final = translated.is_final and not aloud
                return self._take(translated.recognition, translated.translations, final=final)
            recognised = SpeechRecognitionResponse.FromString(answer)
            return self._take(recognised.recognition, (), final=recognised.is_final)
        except DecodeError:
            raise Lost("Stenomatic sent something that makes no sense.") from None

    def _take(self, recognition: str, translations: Sequence[Translation], *, final: bool) -> list[Words]:
        text = recognition.strip()
        if not (text or translations or (final and self._text)):
            self.ignored += 1  # spoken audio, or what only newer clients know
            return []
        # Translations without a text, after a final and before the next words, belong to that final.
        late = not (text or self._text) and self._number > 0
        segment = str(self._number - late)
        words = list(self._translated(segment, translations, final=final or late))
        if late:
            return words
        self._text = text or self._text
        if self._text and (text or final):
            words.insert(0, Words(segment=segment, text=self._text, final=final))
        if final:
            self._number += 1
            self._text = ""
        return words

    def _translated(self, segment: str, translations: Sequence[Translation], *, final: bool) -> Iterator[Words]:
        for translation in translations:
            language = self._ordered(translation.language_code)
            if language and translation.text.strip():
                yield Words(
                    segment=segment,
                    text=translation.text.strip(),
                    final=final,
                    language=language,
                    translated_from=self._from,
                )
            else:
                self.ignored += 1

    def _ordered(self, code: str) -> str | None:
        """The language of the order that a code of Stenomatic's means: the same, or the only one like it."""
        code = code.replace("_", "-").lower()
        for language in self._to:
            if language.lower() == code:
                return language
        primary = code.partition("-")[0]
        alike = [language for language in self._to if language.lower().partition("-")[0] == primary]
        return alike[0] if len(alike) == 1 else None
