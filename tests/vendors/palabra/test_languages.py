import pytest

from appliance.vendors.palabra.languages import Codes, source_code, target_code


@pytest.mark.parametrize(
    ("tag", "code"),
    [
        ("en-US", "en"),
        ("nb-NO", "no"),
        ("yue-HK", "yue"),
        ("zh-Hans-CN", "zh"),
        ("und", "auto"),
        ("xh-ZA", "xh-ZA"),
    ],
)
def test_a_spoken_language_reaches_the_vendor_in_its_code(tag: str, code: str) -> None:
    assert source_code(tag) == code


@pytest.mark.parametrize(
    ("tag", "code"),
    [
        ("en", "en"),
        ("en-GB", "en-gb"),
        ("en-IN", "en"),
        ("es-CL", "es-ch"),
        ("es-419", "es-la"),
        ("pt-PT", "pt"),
        ("zh-TW", "zh-hant"),
        ("zh-Hans-CN", "zh-hans"),
        ("nb", "no"),
        ("xh", "xh"),
    ],
)
def test_a_language_to_translate_to_reaches_the_vendor_in_its_code(tag: str, code: str) -> None:
    assert target_code(tag) == code


def test_what_comes_back_has_the_tags_that_the_room_asked_for() -> None:
    codes = Codes("nb-NO", ["es-CL", "zh-TW", "zh-HK", "xh"])
    assert codes.targets == ("es-ch", "zh-hant", "xh")
    assert codes.spoken("no") == codes.spoken(None) == "nb-NO"
    assert [codes.translated(code) for code in ("es-ch", "ZH-Hant", "xh", "es-la", "pt-br")] == [
        "es-CL",
        "zh-TW",
        "xh",
        "es-419",
        "pt-BR",
    ]


def test_a_language_that_was_detected_is_the_one_that_is_said() -> None:
    assert Codes("und", []).spoken("de") == "de"
    assert Codes("und", []).spoken(None) is None
    assert Codes("en-US", []).spoken("es-mx") == "es-MX"


def test_words_from_before_a_change_keep_their_tags() -> None:
    before = Codes("en-US", ["es-CL"])
    codes = Codes("de-AT", ["zh-TW"], before=before)
    assert (codes.source, codes.targets) == ("de", ("zh-hant",))
    assert codes.spoken("en") == codes.original == "en-US"
    assert codes.translated("es-ch") == "es-CL"
    assert codes.spoken("de") == codes.original == "de-AT"
    assert codes.translated("zh-hant") == "zh-TW"
    assert before.spoken("de") == "de"
