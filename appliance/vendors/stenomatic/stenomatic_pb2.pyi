from google.protobuf.internal import containers as _containers
from google.protobuf.internal import enum_type_wrapper as _enum_type_wrapper
from google.protobuf import descriptor as _descriptor
from google.protobuf import message as _message
from collections.abc import Iterable as _Iterable, Mapping as _Mapping
from typing import ClassVar as _ClassVar, Optional as _Optional, Union as _Union

DESCRIPTOR: _descriptor.FileDescriptor

class AudioEncoding(int, metaclass=_enum_type_wrapper.EnumTypeWrapper):
    __slots__ = ()
    LINEAR_16_PCM: _ClassVar[AudioEncoding]
    OGG_OPUS: _ClassVar[AudioEncoding]
LINEAR_16_PCM: AudioEncoding
OGG_OPUS: AudioEncoding

class PingRequest(_message.Message):
    __slots__ = ()
    def __init__(self) -> None: ...

class PingReply(_message.Message):
    __slots__ = ("message",)
    MESSAGE_FIELD_NUMBER: _ClassVar[int]
    message: str
    def __init__(self, message: _Optional[str] = ...) -> None: ...

class SpeechRecognitionConfig(_message.Message):
    __slots__ = ("audio_language_code", "audio_encoding", "phrases")
    AUDIO_LANGUAGE_CODE_FIELD_NUMBER: _ClassVar[int]
    AUDIO_ENCODING_FIELD_NUMBER: _ClassVar[int]
    PHRASES_FIELD_NUMBER: _ClassVar[int]
    audio_language_code: str
    audio_encoding: AudioEncoding
    phrases: _containers.RepeatedScalarFieldContainer[str]
    def __init__(self, audio_language_code: _Optional[str] = ..., audio_encoding: _Optional[_Union[AudioEncoding, str]] = ..., phrases: _Optional[_Iterable[str]] = ...) -> None: ...

class SpeechRecognitionRequest(_message.Message):
    __slots__ = ("config", "audio_content")
    CONFIG_FIELD_NUMBER: _ClassVar[int]
    AUDIO_CONTENT_FIELD_NUMBER: _ClassVar[int]
    config: SpeechRecognitionConfig
    audio_content: bytes
    def __init__(self, config: _Optional[_Union[SpeechRecognitionConfig, _Mapping]] = ..., audio_content: _Optional[bytes] = ...) -> None: ...

class SpeechRecognitionResponse(_message.Message):
    __slots__ = ("recognition", "is_final", "closed_caption")
    RECOGNITION_FIELD_NUMBER: _ClassVar[int]
    IS_FINAL_FIELD_NUMBER: _ClassVar[int]
    CLOSED_CAPTION_FIELD_NUMBER: _ClassVar[int]
    recognition: str
    is_final: bool
    closed_caption: str
    def __init__(self, recognition: _Optional[str] = ..., is_final: bool = ..., closed_caption: _Optional[str] = ...) -> None: ...

class VoiceConfig(_message.Message):
    __slots__ = ("gender", "audio_encoding", "audio_sample_rate")
    class Gender(int, metaclass=_enum_type_wrapper.EnumTypeWrapper):
        __slots__ = ()
        MALE: _ClassVar[VoiceConfig.Gender]
        FEMALE: _ClassVar[VoiceConfig.Gender]
    MALE: VoiceConfig.Gender
    FEMALE: VoiceConfig.Gender
    class VoiceEncoding(int, metaclass=_enum_type_wrapper.EnumTypeWrapper):
        __slots__ = ()
        MP3: _ClassVar[VoiceConfig.VoiceEncoding]
        RIFF_LINEAR_16: _ClassVar[VoiceConfig.VoiceEncoding]
    MP3: VoiceConfig.VoiceEncoding
    RIFF_LINEAR_16: VoiceConfig.VoiceEncoding
    GENDER_FIELD_NUMBER: _ClassVar[int]
    AUDIO_ENCODING_FIELD_NUMBER: _ClassVar[int]
    AUDIO_SAMPLE_RATE_FIELD_NUMBER: _ClassVar[int]
    gender: VoiceConfig.Gender
    audio_encoding: VoiceConfig.VoiceEncoding
    audio_sample_rate: int
    def __init__(self, gender: _Optional[_Union[VoiceConfig.Gender, str]] = ..., audio_encoding: _Optional[_Union[VoiceConfig.VoiceEncoding, str]] = ..., audio_sample_rate: _Optional[int] = ...) -> None: ...

class VoiceTranslateConfig(_message.Message):
    __slots__ = ("audio_language_code", "target_languages_codes", "voice", "audio_encoding", "phrases")
    AUDIO_LANGUAGE_CODE_FIELD_NUMBER: _ClassVar[int]
    TARGET_LANGUAGES_CODES_FIELD_NUMBER: _ClassVar[int]
    VOICE_FIELD_NUMBER: _ClassVar[int]
    AUDIO_ENCODING_FIELD_NUMBER: _ClassVar[int]
    PHRASES_FIELD_NUMBER: _ClassVar[int]
    audio_language_code: str
    target_languages_codes: _containers.RepeatedScalarFieldContainer[str]
    voice: VoiceConfig
    audio_encoding: AudioEncoding
    phrases: _containers.RepeatedScalarFieldContainer[str]
    def __init__(self, audio_language_code: _Optional[str] = ..., target_languages_codes: _Optional[_Iterable[str]] = ..., voice: _Optional[_Union[VoiceConfig, _Mapping]] = ..., audio_encoding: _Optional[_Union[AudioEncoding, str]] = ..., phrases: _Optional[_Iterable[str]] = ...) -> None: ...

class VoiceTranslateRequest(_message.Message):
    __slots__ = ("config", "audio_content")
    CONFIG_FIELD_NUMBER: _ClassVar[int]
    AUDIO_CONTENT_FIELD_NUMBER: _ClassVar[int]
    config: VoiceTranslateConfig
    audio_content: bytes
    def __init__(self, config: _Optional[_Union[VoiceTranslateConfig, _Mapping]] = ..., audio_content: _Optional[bytes] = ...) -> None: ...

class Translation(_message.Message):
    __slots__ = ("language_code", "text")
    LANGUAGE_CODE_FIELD_NUMBER: _ClassVar[int]
    TEXT_FIELD_NUMBER: _ClassVar[int]
    language_code: str
    text: str
    def __init__(self, language_code: _Optional[str] = ..., text: _Optional[str] = ...) -> None: ...

class Tts(_message.Message):
    __slots__ = ("language_code", "audio")
    LANGUAGE_CODE_FIELD_NUMBER: _ClassVar[int]
    AUDIO_FIELD_NUMBER: _ClassVar[int]
    language_code: str
    audio: bytes
    def __init__(self, language_code: _Optional[str] = ..., audio: _Optional[bytes] = ...) -> None: ...

class VoiceTranslateResponse(_message.Message):
    __slots__ = ("recognition", "translations", "tts", "is_final")
    RECOGNITION_FIELD_NUMBER: _ClassVar[int]
    TRANSLATIONS_FIELD_NUMBER: _ClassVar[int]
    TTS_FIELD_NUMBER: _ClassVar[int]
    IS_FINAL_FIELD_NUMBER: _ClassVar[int]
    recognition: str
    translations: _containers.RepeatedCompositeFieldContainer[Translation]
    tts: _containers.RepeatedCompositeFieldContainer[Tts]
    is_final: bool
    def __init__(self, recognition: _Optional[str] = ..., translations: _Optional[_Iterable[_Union[Translation, _Mapping]]] = ..., tts: _Optional[_Iterable[_Union[Tts, _Mapping]]] = ..., is_final: bool = ...) -> None: ...
