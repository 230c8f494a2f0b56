"""The languages of the world with their names in one of them, for forms to choose from."""

from collections.abc import Iterator

from babel import Locale, UnknownLocaleError
from babel.localedata import locale_identifiers

from appliance.web.views import LanguageView


def languages(within: str) -> list[LanguageView]:
    """All languages that have a name in another, by that name. Blocks on the disk.

    Only the other language's data is looked into: what babel has read once, it keeps for good.

    Args:
        within: BCP-47 tag of the language of the names.

    Raises:
        ValueError: it is no language.
    """
    try:
        names = Locale.parse(within, sep="-")
    except (UnknownLocaleError, ValueError):
        raise ValueError(f"“{within}” is not a language; write a tag such as en, de or hi") from None
    found = (_named(identifier, names) for identifier in locale_identifiers())
    return sorted(filter(None, found), key=lambda language: (language["name"].casefold(), language["tag"]))


def _named(identifier: str, names: Locale) -> LanguageView | None:
    language, *parts = identifier.split("_")
    details = list(_details(parts, names))
    name = names.languages.get(language)
    if name is None or None in details:
        return None
    inside = ", ".join(filter(None, details))
    return {"tag": identifier.replace("_", "-"), "name": f"{name} ({inside})" if inside else name}


def _details(parts: list[str], names: Locale) -> Iterator[str | None]:
    for part in parts:
        yield names.scripts.get(part) if len(part) == 4 else names.territories.get(part)
