"""What an administrator can set of Palabra."""

from typing import Annotated, Final, Literal, Self

from pydantic import Field, SecretStr, model_validator

from appliance.settings.schemas import ADVANCED
from appliance.vendors.contract import NetworkAccount, VendorModel
from appliance.vendors.palabra.pipeline import (
    Name,
    Names,
    Preprocessing,
    Queue,
    SentenceSplitter,
    TranscriptionDetails,
    Translation,
    Verification,
)

Secret = Annotated[SecretStr, Field(min_length=1, max_length=4096)]


_OLDER: Final = "Only older accounts have one; then leave the API key empty."
_STT: Final = "For speech to text only."


class PalabraAccount(NetworkAccount):
    """An API key, or the older pair of a client id and its secret."""

    api_key: Secret | None = Field(None, title="API key")
    client_id: str | None = Field(
        None, min_length=1, max_length=200, title="Client ID", description=_OLDER, json_schema_extra=ADVANCED
    )
    client_secret: Secret | None = Field(
        None, title="Client secret", description=_OLDER, json_schema_extra=ADVANCED
    )

    @model_validator(mode="after")
    def _one_kind(self) -> Self:
        if self.api_key and (self.client_id or self.client_secret):
            raise ValueError("set either api_key, or client_id and client_secret, not both")
        if not self.api_key and not (self.client_id and self.client_secret):
            raise ValueError("set api_key, or client_id and client_secret")
        return self

    @property
    def headers(self) -> dict[str, str]:
        """The credentials of a REST call."""
        if self.api_key:
            return {"Authorization": f"Bearer {self.api_key.get_secret_value()}"}
        assert self.client_id
        assert self.client_secret
        return {"ClientID": self.client_id, "ClientSecret": self.client_secret.get_secret_value()}


class PalabraOptions(VendorModel):
    """Options of a room that Palabra hears; those of the pipeline are for ``s2s`` and ``webrtc``."""

    mode: Literal["stt", "s2s", "webrtc"] = Field(
        "stt",
        title="Way to Palabra",
        json_schema_extra={
            "labels": {
                "stt": "Speech to text",
                "s2s": "The speech-to-speech pipeline",
                "webrtc": "The speech-to-speech pipeline over WebRTC",
            }
        },
    )
    speak: str | None = Field(
        None,
        min_length=2,
        max_length=35,
        title="Translation to speak aloud",
        description="Over WebRTC only: a language of the room, such as es. The box does not listen meanwhile.",
    )
    source_language: Literal["auto"] | None = Field(
        None,
        title="Spoken language",
        json_schema_extra={"labels": {"auto": "Palabra finds it out", "": "As the room says"}},
    )
    enable_filler_filter: bool | None = Field(None, title="Leave out filler words", description=_STT)
    finalization_mode: Literal["auto", "manual"] | None = Field(
        None,
        title="What makes words final",
        description=_STT,
        json_schema_extra={"labels": {"auto": "Palabra decides", "manual": "The box asks for it"}},
    )
    finalization_timeout: float | None = Field(
        None, gt=0, le=60, title="Pause that makes words final (seconds)", description=_STT
    )

    subscriber_count: int = Field(
        0, ge=0, le=10, title="Listeners' tokens of a session", json_schema_extra=ADVANCED
    )
    intent: Literal["api", "broadcaster", "desktop"] = Field(
        "api",
        title="Purpose of a session",
        json_schema_extra={
            "labels": {"api": "API", "broadcaster": "Broadcaster", "desktop": "Desktop"},
            **ADVANCED,
        },
    )

    segment_confirmation_silence_threshold: float | None = Field(
        None, ge=0.3, le=2, title="Pause that ends a segment (seconds)", json_schema_extra=ADVANCED
    )
    only_confirm_by_silence: bool | None = Field(
        None, title="End segments at pauses only", json_schema_extra=ADVANCED
    )
    detectable_languages: Names | None = Field(None, title="Languages to detect", json_schema_extra=ADVANCED)
    force_detect_language: bool | None = Field(
        None, title="Always detect the language", json_schema_extra=ADVANCED
    )
    asr_model: Name | None = Field(None, title="Recognition model", json_schema_extra=ADVANCED)
    denoise: Name | None = Field(None, title="Removal of noise", json_schema_extra=ADVANCED)
    allow_hotwords_glossaries: bool | None = Field(
        None, title="Use glossaries of hot words", json_schema_extra=ADVANCED
    )
    allowed_hotwords_glossary_ids: Names | None = Field(
        None, title="Only these glossaries of hot words", json_schema_extra=ADVANCED
    )
    supress_numeral_tokens: bool | None = Field(
        None, title="Write numbers as words", json_schema_extra=ADVANCED
    )
    diarize_speakers: bool | None = Field(None, title="Tell speakers apart", json_schema_extra=ADVANCED)
    speakers_total: int | None = Field(
        None, ge=1, le=100, title="Number of speakers", json_schema_extra=ADVANCED
    )
    priority: Name | None = Field(None, title="Priority", json_schema_extra=ADVANCED)
    min_alignment_score: float | None = Field(
        None, ge=0, le=1, title="Least alignment score", json_schema_extra=ADVANCED
    )
    max_alignment_cer: float | None = Field(
        None, ge=0, le=1, title="Largest alignment error", json_schema_extra=ADVANCED
    )
    batched_inference: bool | None = Field(None, title="Recognise in batches", json_schema_extra=ADVANCED)
    calculate_voice_loudness: bool | None = Field(None, title="Measure loudness", json_schema_extra=ADVANCED)
    sentence_splitter: SentenceSplitter | None = Field(None, title="Sentences", json_schema_extra=ADVANCED)
    verification: Verification | None = Field(None, title="Verification", json_schema_extra=ADVANCED)
    advanced: TranscriptionDetails | None = Field(
        None, title="Details of the transcription", json_schema_extra=ADVANCED
    )

    preprocessing: Preprocessing | None = Field(None, title="Sound")
    translation: Translation = Field(Translation(), title="Translations")
    translation_queue_configs: dict[Name, Queue] | None = Field(
        None,
        max_length=50,
        title="Delay of spoken translations",
        description="For all languages under the name global, or under the tag of a language.",
        json_schema_extra=ADVANCED,
    )
