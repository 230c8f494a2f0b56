import base64
import json
from typing import Any

import pytest

from appliance.vendors.contract import ConfigurationFault, Lost, Notice, Planned, Words
from appliance.vendors.palabra.config import PalabraOptions
from appliance.vendors.palabra.languages import Codes
from appliance.vendors.palabra.s2s import SpeechToSpeech, TaskStatus, address, command, pipeline


def message(kind: str, data: Any = None, *, nested: bool = False) -> str:
    return json.dumps({"message_type": kind, "data": json.dumps(data) if nested else data})


def transcription(text: Any, **more: Any) -> dict[str, Any]:
    segments = [{"text": "", "start": 1, "end": 1.5}, {"text": "", "start": 1.5, "end": 2.25}]
    own = {"transcription_id": "t1", "language": "en", "text": text, "segments": segments}
    return {"transcription": own | more}


STARTED = {"command": "set_task", "event": "started", "task_status": "running"}


@pytest.fixture
def dialect() -> SpeechToSpeech:
    return SpeechToSpeech(Codes("en-US", ["es-MX"]))


def running(dialect: SpeechToSpeech) -> SpeechToSpeech:
    dialect.received(message("task_status", STARTED))
    return dialect


def test_the_smallest_task_asks_for_texts_and_no_speech() -> None:
    dialect = SpeechToSpeech(Codes("en-US", ["es-MX", "zh-Hant-TW"]))
    assert dialect.task(PalabraOptions(mode="s2s")) == {
        "input_stream": {
            "content_type": "audio",
            "source": {"type": "ws", "format": "pcm_s16le", "sample_rate": 16_000, "channels": 1},
        },
        "output_stream": None,
        "pipeline": {
            "transcription": {"source_language": "en"},
            "translations": [
                {"target_language": "es-mx", "translate_partial_transcriptions": False},
                {"target_language": "zh-hant", "translate_partial_transcriptions": False},
            ],
            "allowed_message_types": [
                "partial_transcription",
                "validated_transcription",
                "translated_transcription",
            ],
        },
    }


def test_every_option_reaches_the_vendor_under_its_own_name() -> None:
    transcribing = {
        "segment_confirmation_silence_threshold": 0.5,
        "only_confirm_by_silence": True,
        "detectable_languages": ["en", "es"],
        "force_detect_language": False,
        "asr_model": "auto",
        "denoise": "none",
        "allow_hotwords_glossaries": True,
        "allowed_hotwords_glossary_ids": ["g1"],
        "supress_numeral_tokens": False,
        "diarize_speakers": True,
        "speakers_total": 4,
        "priority": "normal",
        "min_alignment_score": 0.2,
        "max_alignment_cer": 0.8,
        "batched_inference": False,
        "calculate_voice_loudness": True,
        "sentence_splitter": {
            "enabled": True,
            "splitter_model": "auto",
            "advanced": {
                "min_sentence_characters": 80,
                "min_sentence_seconds": 4.0,
                "min_split_interval": 0.6,
                "context_size": 30,
                "segments_after_restart": 15,
                "step_size": 5,
                "max_steps_without_eos": 3,
                "force_end_of_segment": 0.5,
            },
        },
        "verification": {
            "verification_model": "auto",
            "allow_verification_glossaries": True,
            "allowed_verification_glossary_ids": ["g2"],
            "auto_transcription_correction": False,
            "transcription_correction_style": "plain",
        },
        "advanced": {
            "filler_phrases": {
                "enabled": False,
                "min_transcription_len": 40,
                "min_transcription_time": 3.0,
                "phrase_chance": 0.5,
            },
            "ignore_languages": ["la"],
        },
    }
    preprocessing = {
        "enable_vad": True,
        "vad_threshold": 0.5,
        "vad_left_padding": 1,
        "vad_right_padding": 1,
        "pre_vad_denoise": False,
        "pre_vad_dsp": True,
        "record_tracks": [],
        "auto_tempo": False,
        "normalize_audio": False,
    }
    translating = {
        "allowed_source_languages": ["en"],
        "translation_model": "auto",
        "allow_translation_glossaries": True,
        "allowed_translation_glossary_ids": ["g3"],
        "style": "formal",
        "translate_partial_transcriptions": True,
        "speech_generation": {
            "tts_model": "auto",
            "voice_cloning": False,
            "voice_cloning_mode": "static_5",
            "denoise_voice_samples": True,
            "voice_id": "default_low",
            "voice_timbre_detection": {
                "enabled": False,
                "high_timbre_voices": ["default_high"],
                "low_timbre_voices": ["default_low"],
            },
            "speech_tempo_auto": False,
            "speech_tempo_timings_factor": 0.0,
            "speech_tempo_adjustment_factor": 1.0,
            "advanced": {"f0_variance_factor": 1.2, "energy_variance_factor": 1.5, "with_custom_stress": True},
        },
    }
    queue = {
        "desired_queue_level_ms": 5000,
        "max_queue_level_ms": 20000,
        "auto_tempo": True,
        "min_tempo": 1.15,
        "max_tempo": 1.45,
        "auto_tempo_max_delay_ms": 1000,
        "tempo_decay": 1.0,
        "tempo_smoothing": 1.0,
    }
    own = {
        "preprocessing": preprocessing,
        "translation": translating,
        "translation_queue_configs": {"global": queue},
    }
    options = PalabraOptions.model_validate({"mode": "s2s", **transcribing, **own})
    parts = pipeline(Codes("und", ["es"]), options)
    assert parts["transcription"] == {"source_language": "auto", **transcribing}
    assert parts["preprocessing"] == preprocessing
    assert parts["translations"] == [{"target_language": "es", **translating}]
    assert parts["translation_queue_configs"] == {"global": queue}
    assert "partial_translated_transcription" in parts["allowed_message_types"]
    assert set(PalabraOptions.model_fields) - set(transcribing) - set(own) == {
        "mode",
        "speak",
        "source_language",
        "enable_filler_filter",
        "finalization_mode",
        "finalization_timeout",
        "subscriber_count",
        "intent",
    }


def test_a_token_is_escaped_in_the_address() -> None:
    assert address("wss://host/path", "a&b/c") == "wss://host/path?token=a%26b%2Fc"


def test_sound_is_base64_and_never_smaller_than_the_vendor_takes(dialect: SpeechToSpeech) -> None:
    sent = json.loads(dialect.sound(b"\1\2" * 10))
    assert sent["message_type"] == "input_audio_data"
    assert base64.b64decode(sent["data"]["data"]) == b"\1\2" * 10 + bytes(1004)


@pytest.mark.parametrize("event", ["started", "updated", "unchanged", "resumed"])
@pytest.mark.parametrize("nested", [False, True])
def test_an_acknowledged_task_is_ready(dialect: SpeechToSpeech, event: str, nested: bool) -> None:  # noqa: FBT001 - a parameter of the test
    dialect.received(message("task_status", STARTED | {"event": event}, nested=nested))
    assert dialect.settled


@pytest.mark.parametrize("nested", [False, True])
def test_a_task_that_must_be_asked_for_is_ready_when_it_runs(dialect: SpeechToSpeech, nested: bool) -> None:  # noqa: FBT001 - a parameter of the test
    not_yet = {"code": "NOT_FOUND", "desc": "No active task found", "param": None}
    assert dialect.received(message("error", not_yet, nested=nested)) == []
    assert not dialect.settled
    dialect.received(message("current_task", {"task_status": "running"}, nested=nested))
    assert dialect.settled


@pytest.mark.parametrize(
    ("kind", "data"),
    [
        ("task_status", STARTED | {"event": "queued"}),
        ("task_status", STARTED | {"task_status": "paused"}),
        ("task_status", STARTED | {"command": "pause_task"}),
        ("current_task", {"task_status": "unknown"}),
        ("current_task", {"task_status": {}}),
    ],
)
def test_a_task_that_does_not_run_yet_is_not_ready(dialect: SpeechToSpeech, kind: str, data: Any) -> None:
    assert dialect.received(message(kind, data)) == []
    assert not dialect.settled


PAUSED = {"command": "pause_task", "event": "paused", "task_status": "paused"}


@pytest.mark.parametrize(
    ("kind", "data"),
    [("task_status", PAUSED), ("current_task", {"task_status": "paused"})],
)
def test_a_task_is_paused_and_runs_again_when_the_vendor_says_so(
    dialect: SpeechToSpeech, kind: str, data: Any
) -> None:
    running(dialect).expect(TaskStatus.PAUSED)
    assert not dialect.settled
    dialect.received(message("task_status", STARTED))
    assert not dialect.settled
    dialect.received(message(kind, data))
    assert dialect.settled
    dialect.expect(TaskStatus.RUNNING)
    dialect.received(message(kind, data))
    assert not dialect.settled
    dialect.received(message("task_status", STARTED | {"event": "resumed"}))
    assert dialect.settled


def test_a_command_that_is_refused_leaves_the_stream_as_it_was(dialect: SpeechToSpeech) -> None:
    running(dialect).expect(TaskStatus.RUNNING)
    refused = {"code": "VALIDATION_ERROR", "desc": "target_language: 'xh' is not supported"}
    assert dialect.received(message("error", refused)) == []
    assert not dialect.settled
    assert isinstance(dialect.refusal, ConfigurationFault)
    assert "'xh' is not supported" in str(dialect.refusal)
    [told] = dialect.received(message("error", {"code": "ODD", "desc": "Something else"}))
    assert isinstance(told, Notice)
    dialect.expect(TaskStatus.RUNNING)
    assert dialect.refusal is None


def test_the_end_of_a_stream_ends_it_while_a_command_is_awaited_too(dialect: SpeechToSpeech) -> None:
    running(dialect).expect(TaskStatus.PAUSED)
    with pytest.raises(ConfigurationFault, match="unpaid"):
        dialect.received(message("error", {"code": "X", "desc": "Insufficient balance"}))


@pytest.mark.parametrize("nested", [False, True])
def test_interims_and_finals_come_with_times(dialect: SpeechToSpeech, nested: bool) -> None:  # noqa: FBT001 - a parameter of the test
    interim = dialect.received(message("partial_transcription", transcription("hello"), nested=nested))
    final = dialect.received(message("validated_transcription", transcription("Hello."), nested=nested))
    assert interim == [Words(segment="t1", text="hello", final=False, language="en-US", start=1, end=2.25)]
    assert final == [Words(segment="t1", text="Hello.", final=True, language="en-US", start=1, end=2.25)]


@pytest.mark.parametrize("part", [0, "0", None])
def test_a_translation_belongs_to_its_original(dialect: SpeechToSpeech, part: Any) -> None:
    spanish = transcription("Hola.", language="es-mx", translation_part_id=part)
    for kind, final in (("partial_translated_transcription", False), ("translated_transcription", True)):
        [words] = dialect.received(message(kind, spanish))
        assert isinstance(words, Words)
        assert (words.segment, words.language, words.translated_from) == ("t1", "es-MX", "en-US")
        assert words.final is final


def test_a_second_part_of_a_translation_does_not_replace_the_first(dialect: SpeechToSpeech) -> None:
    parts = [transcription("…", language="es-mx", translation_part_id=number) for number in (0, 1, 0)]
    names = [dialect.received(message("translated_transcription", part))[0] for part in parts]
    assert [words.segment for words in names if isinstance(words, Words)] == ["t1", "t1/1", "t1"]


def test_the_end_is_announced_in_two_ways() -> None:
    for kind in ("end_of_stream", "eos"):
        dialect = SpeechToSpeech(Codes("en", []))
        assert not dialect.over
        dialect.received(message(kind))
        assert dialect.over
    assert json.loads(dialect.goodbye()) == {"message_type": "end_task", "data": {}}


def test_a_refused_task_says_why_and_shows_no_secret() -> None:
    dialect = SpeechToSpeech(Codes("en", []), ("canary",))
    refused = {"code": "VALIDATION_ERROR", "desc": "canary: threshold must be at least 0.3", "param": "x"}
    with pytest.raises(ConfigurationFault, match="threshold must be at least") as caught:
        dialect.received(message("error", refused))
    assert "canary" not in str(caught.value)


def test_an_error_that_does_not_end_the_stream_is_shown_and_remembered(dialect: SpeechToSpeech) -> None:
    events = running(dialect).received(message("error", {"code": "ODD", "msg": "Something is odd."}))
    assert events == [Notice("Palabra reports an error: Something is odd.")]
    assert dialect.complaint == "Something is odd"


def test_a_warning_is_shown(dialect: SpeechToSpeech) -> None:
    warned = {"code": "AUDIO_STREAM_TOO_SLOW", "message": "Sound comes too slowly"}
    assert dialect.received(message("warning", warned)) == [Notice("Palabra warns: Sound comes too slowly.")]


def test_silence_and_money_end_a_stream_that_ran(dialect: SpeechToSpeech) -> None:
    with pytest.raises(Planned):
        running(dialect).received(message("error", {"code": "SERVICE_TIMEOUT", "desc": "No input audio"}))
    with pytest.raises(ConfigurationFault, match="unpaid"):
        dialect.received(message("error", {"code": "X", "desc": "Insufficient balance"}))


def test_a_command_that_was_too_soon_does_not_stop_the_start(dialect: SpeechToSpeech) -> None:
    assert dialect.received(message("error", {"code": "RATE_LIMIT", "desc": "Too many"})) == []


@pytest.mark.parametrize(
    "text",
    ["{}", '{"en": {"max_queue_level_ms": 1}}', message("output_audio_data", {}), '{"message_type": []}'],
)
def test_an_unknown_message_is_counted_and_ignored(dialect: SpeechToSpeech, text: str) -> None:
    assert dialect.received(text) == []
    assert dialect.ignored == 1


@pytest.mark.parametrize(
    "text",
    [
        "",
        b"\xff",
        "[]",
        "[" * 100_000,
        message("validated_transcription", 7),
        message("validated_transcription", "no JSON"),
        message("validated_transcription", "[" * 100_000),
        message("validated_transcription", {"transcription": None}),
        message("validated_transcription", transcription(7)),
        message("partial_transcription", transcription("x", transcription_id=None)),
        message("translated_transcription", transcription("x", language="es", translation_part_id=[])),
        message("task_status"),
        message("error", 7),
    ],
    ids=range(13),
)
def test_a_broken_message_is_a_lost_stream_and_never_a_crash(
    dialect: SpeechToSpeech, text: str | bytes
) -> None:
    with pytest.raises(Lost):
        dialect.received(text)


@pytest.mark.parametrize("segments", [None, 7, [], [7], [{"start": "1"}], {"a": 1}])
def test_times_that_make_no_sense_cost_no_words(dialect: SpeechToSpeech, segments: Any) -> None:
    [words] = dialect.received(message("validated_transcription", transcription("Hi", segments=segments)))
    assert isinstance(words, Words)
    assert (words.text, words.start, words.end) == ("Hi", None, None)


def test_commands_have_the_vendors_envelope() -> None:
    assert json.loads(command("get_task")) == {"message_type": "get_task", "data": {}}
