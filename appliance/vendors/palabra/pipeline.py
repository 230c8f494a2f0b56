"""The parts of Palabra's pipeline that have a table of their own in a room's options.

The names are those of the vendor's task document; what is not set is not sent:
the vendor's own default holds then.
"""

from typing import Annotated

from pydantic import Field

from appliance.vendors.contract import VendorModel

Name = Annotated[str, Field(min_length=1, max_length=100)]
Names = Annotated[tuple[Name, ...], Field(max_length=50)]


class Preprocessing(VendorModel):
    """What happens to the sound before it is recognised."""

    enable_vad: bool | None = Field(None, title="Detect speech")
    vad_threshold: float | None = Field(None, ge=0, le=1, title="Level from which it is speech")
    vad_left_padding: int | None = Field(None, ge=0, le=100, title="Kept before speech")
    vad_right_padding: int | None = Field(None, ge=0, le=100, title="Kept after speech")
    pre_vad_denoise: bool | None = Field(None, title="Remove noise first")
    pre_vad_dsp: bool | None = Field(None, title="Process the sound first")
    record_tracks: Names | None = Field(None, title="Tracks that the vendor records")
    auto_tempo: bool | None = Field(None, title="Adapt the tempo")
    normalize_audio: bool | None = Field(None, title="Level the loudness")


class SplitterDetails(VendorModel):
    """How the splitter of sentences decides."""

    min_sentence_characters: int | None = Field(None, ge=0, le=1000, title="Shortest sentence (characters)")
    min_sentence_seconds: float | None = Field(None, ge=0, le=60, title="Shortest sentence (seconds)")
    min_split_interval: float | None = Field(None, ge=0, le=60, title="Shortest interval (seconds)")
    context_size: int | None = Field(None, ge=0, le=1000, title="Context")
    segments_after_restart: int | None = Field(None, ge=0, le=1000, title="Segments after a restart")
    step_size: int | None = Field(None, ge=1, le=1000, title="Step")
    max_steps_without_eos: int | None = Field(None, ge=0, le=1000, title="Most steps within a sentence")
    force_end_of_segment: float | None = Field(None, ge=0, le=60, title="Forced end of a segment")


class SentenceSplitter(VendorModel):
    """Whether and how speech is split into sentences."""

    enabled: bool | None = Field(None, title="Split into sentences")
    splitter_model: Name | None = Field(None, title="Model")
    advanced: SplitterDetails | None = Field(None, title="Details")


class Verification(VendorModel):
    """How what was recognised is checked again."""

    verification_model: Name | None = Field(None, title="Model")
    allow_verification_glossaries: bool | None = Field(None, title="Use glossaries")
    allowed_verification_glossary_ids: Names | None = Field(None, title="Only these glossaries")
    auto_transcription_correction: bool | None = Field(None, title="Correct what was recognised")
    transcription_correction_style: Name | None = Field(None, title="Style of corrections")


class FillerPhrases(VendorModel):
    """Phrases that fill a wait for the speech of a translation."""

    enabled: bool | None = Field(None, title="Fill waits")
    min_transcription_len: int | None = Field(None, ge=0, le=10_000, title="From so many characters")
    min_transcription_time: float | None = Field(None, ge=0, le=600, title="From so many seconds")
    phrase_chance: float | None = Field(None, ge=0, le=1, title="Chance of a phrase")


class TranscriptionDetails(VendorModel):
    """What else can be set of the transcription."""

    filler_phrases: FillerPhrases | None = Field(None, title="Filler phrases")
    ignore_languages: Names | None = Field(None, title="Languages to ignore")


class VoiceTimbreDetection(VendorModel):
    """Whether the voice of the speech follows the speaker's."""

    enabled: bool | None = Field(None, title="Follow the speaker's timbre")
    high_timbre_voices: Names | None = Field(None, title="High voices")
    low_timbre_voices: Names | None = Field(None, title="Low voices")


class SpeechDetails(VendorModel):
    """What else can be set of the speech."""

    f0_variance_factor: float | None = Field(None, ge=0, le=10, title="Variance of pitch")
    energy_variance_factor: float | None = Field(None, ge=0, le=10, title="Variance of loudness")
    with_custom_stress: bool | None = Field(None, title="Stress by dictionary")


class SpeechGeneration(VendorModel):
    """The speech of a translation: part of the task, though the box asks for no sound."""

    tts_model: Name | None = Field(None, title="Model")
    voice_cloning: bool | None = Field(None, title="Clone the speaker's voice")
    voice_cloning_mode: Name | None = Field(None, title="Way of cloning")
    denoise_voice_samples: bool | None = Field(None, title="Remove noise from samples")
    voice_id: Name | None = Field(None, title="Voice")
    voice_timbre_detection: VoiceTimbreDetection | None = Field(None, title="Timbre")
    speech_tempo_auto: bool | None = Field(None, title="Adapt the tempo")
    speech_tempo_timings_factor: float | None = Field(None, ge=0, le=10, title="Weight of timings")
    speech_tempo_adjustment_factor: float | None = Field(None, ge=0, le=10, title="Tempo")
    advanced: SpeechDetails | None = Field(None, title="Details")


class Translation(VendorModel):
    """How every language is translated to."""

    allowed_source_languages: Names | None = Field(None, title="Translate only from")
    translation_model: Name | None = Field(None, title="Model")
    allow_translation_glossaries: bool | None = Field(None, title="Use glossaries")
    allowed_translation_glossary_ids: Names | None = Field(None, title="Only these glossaries")
    style: Name | None = Field(None, title="Style")
    translate_partial_transcriptions: bool = Field(default=False, title="Translate interims too")
    speech_generation: SpeechGeneration | None = Field(None, title="Speech")


class Queue(VendorModel):
    """How far the speech of a translation may be behind."""

    desired_queue_level_ms: int | None = Field(None, ge=0, le=600_000, title="Wanted (ms)")
    max_queue_level_ms: int | None = Field(None, ge=0, le=600_000, title="At most (ms); more than wanted")
    auto_tempo: bool | None = Field(None, title="Speak faster to catch up")
    min_tempo: float | None = Field(None, ge=0.5, le=3, title="Slowest tempo")
    max_tempo: float | None = Field(None, ge=0.5, le=3, title="Fastest tempo")
    auto_tempo_max_delay_ms: int | None = Field(None, ge=0, le=600_000, title="Longest delay (ms)")
    tempo_decay: float | None = Field(None, ge=0, le=10, title="Decay of the tempo")
    tempo_smoothing: float | None = Field(None, ge=0, le=10, title="Smoothing of the tempo")
