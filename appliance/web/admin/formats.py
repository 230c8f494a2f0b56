"""Dates, times and numbers as whoever reads a page writes them."""

from dataclasses import dataclass
from datetime import datetime
from typing import Final, Self

from aiohttp import hdrs, web
from babel import Locale, UnknownLocaleError
from babel.dates import format_date, format_time
from babel.numbers import format_decimal
from babel.units import format_unit

from appliance.captions import language_name
from appliance.web.templates import page_language

_LONGEST_HEADER: Final = 500


@dataclass(frozen=True, slots=True)
class Formats:
    """How things are written in a language and a country. Moments are told by the clock of the box.

    Attributes:
        locale: the language and the country.
    """

    locale: Locale

    @classmethod
    def of(cls, request: web.Request) -> Self:
        """The language of the page, and the country of the browser where that speaks it."""
        language = page_language(request)
        header = request.headers.get(hdrs.ACCEPT_LANGUAGE, "")[:_LONGEST_HEADER]
        for part in header.split(","):
            tag = part.partition(";")[0].strip()
            try:
                locale = Locale.parse(tag, sep="-")
            except (UnknownLocaleError, ValueError):
                continue
            if locale.language == language:
                return cls(locale)
        return cls(Locale.parse(language, sep="-"))

    def day(self, moment: datetime) -> str:
        """Such as “Mar 4, 2026”."""
        return format_date(moment.astimezone(), "medium", locale=self.locale)

    def time(self, moment: datetime, *, seconds: bool = False) -> str:
        """Such as “2:05 PM”."""
        return format_time(moment.astimezone(), "medium" if seconds else "short", locale=self.locale)

    def length(self, seconds: float) -> str:
        """Such as “12 sec”, “42 min”, “1 hr 5 min” or “3 days 4 hr”."""
        if seconds < 60:
            return self._unit(round(seconds), "second")
        hours, minutes = divmod(round(seconds / 60), 60)
        days, hours = divmod(hours, 24)
        counts = {"day": days, "hour": hours, "minute": 0 if days else minutes}
        return " ".join(self._unit(count, unit) for unit, count in counts.items() if count)

    def size(self, octets: float) -> str:
        """Such as “12.4 GB” or “310 MB”."""
        unit, power = ("gigabyte", 30) if octets >= 1 << 30 else ("megabyte", 20)
        places = "#,##0.0" if power == 30 else "#,##0"
        return format_unit(octets / (1 << power), f"digital-{unit}", "short", format=places, locale=self.locale)

    def number(self, value: float, digits: int = 0) -> str:
        """With as many digits behind the point, such as “1,234”."""
        places = f".{'0' * digits}" if digits else ""
        return format_decimal(round(value, digits), format=f"#,##0{places}", locale=self.locale)

    def language(self, tag: str) -> str:
        """The name of a language."""
        return language_name(tag, str(self.locale).replace("_", "-"))

    def month(self, text: str) -> str:
        """The month that is written as in “2026-03”."""
        first = datetime.strptime(text, "%Y-%m")  # noqa: DTZ007 - a month has no time zone
        return format_date(first, "LLLL y", locale=self.locale)

    def _unit(self, count: int, unit: str) -> str:
        return format_unit(count, f"duration-{unit}", "short", locale=self.locale)
