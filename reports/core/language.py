"""What is said in a report, in English or French: sentences, plurals, numbers and dates."""

from __future__ import annotations

import datetime as dt
import math
import re
from collections.abc import Mapping
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from reports.core import messages, messages_nets, messages_notes

LANGUAGES = ("en", "fr")
TABLES: tuple[Mapping[str, tuple[str, str]], ...] = (
    messages.MESSAGES, messages_nets.MESSAGES, messages_notes.MESSAGES,
)  # fmt: skip
NOTHING = "–"
# Between thousands and before : ; ? ! % » in French.
THIN = "\u202f"
_MONTHS = {
    "en": ("January", "February", "March", "April", "May", "June", "July", "August", "September", "October",
           "November", "December"),
    "fr": ("janvier", "février", "mars", "avril", "mai", "juin", "juillet", "août", "septembre", "octobre",
           "novembre", "décembre"),
}  # fmt: skip


@dataclass(frozen=True)
class Language:
    """One of `LANGUAGES`."""

    code: str

    def __post_init__(self) -> None:
        if self.code not in LANGUAGES:
            raise ValueError(f"{self.code!r} is not one of {LANGUAGES}")

    def knows(self, key: str) -> bool:
        """Return whether there is such a message."""
        return any(key in table for table in TABLES)

    def say(self, key: str, n: int | None = None, **values: object) -> str:
        """Return a message of the tables.

        Parameters
        ----------
        key : str
            Of the message.
        n : int, optional
            Chooses between singular and plural, and stands for ``{n}``. In French 0 and 1 are singular.
        values : str or int
            Stand in the message as they are; whole numbers are written as the language writes them.

        Raises
        ------
        KeyError
            For a message that does not exist.
        """
        text = next(table[key] for table in TABLES if key in table)[LANGUAGES.index(self.code)]
        one, _, many = text.partition("|")
        if many and n is not None:
            single = n < 2 if self.code == "fr" else n == 1
            text = one if single else many
        if self.code == "fr":
            text = _spaced(text)
        shown = {name: self._shown(value) for name, value in values.items()}
        return text.format(**({} if n is None else {"n": self.whole(n)}), **shown)

    def _shown(self, value: object) -> str:
        if isinstance(value, int) and not isinstance(value, bool):
            return self.whole(value)
        if isinstance(value, str):
            return value
        raise TypeError(f"{value!r} has to be made a text first")

    def whole(self, value: Any) -> str:
        """Return a whole number, “–” where it is missing."""
        if _missing(value):
            return NOTHING
        return self._localised(f"{round(float(value)):,}" if isinstance(value, float) else f"{int(value):,}")

    def decimal(self, value: Any, places: int) -> str:
        """Return a number with so many decimals, “–” where it is missing."""
        return NOTHING if _missing(value) else self._localised(f"{float(value):,.{places}f}")

    def exact(self, value: Any) -> str:
        """Return a decimal number with the digits that it was written with."""
        return self._localised(f"{Decimal(str(value)):f}")

    def significant(self, value: Any, digits: int = 4) -> str:
        """Return a number with so many significant digits and no exponent, “–” where it is missing."""
        if _missing(value):
            return NOTHING
        number = float(value)
        if number == 0:
            return "0"
        places = max(0, digits - 1 - math.floor(math.log10(abs(number))))
        text = f"{number:,.{places}f}"
        return self._localised(text.rstrip("0").rstrip(".") if "." in text else text)

    def percent(self, value: Any, places: int = 1) -> str:
        """Return a percentage, given in hundredths of the whole [%]."""
        if _missing(value):
            return NOTHING
        return (
            f"{self.decimal(value, places)}{THIN}%"
            if self.code == "fr"
            else f"{self.decimal(value, places)}%"
        )

    def date(self, at: dt.datetime | dt.date) -> str:
        """Return a day."""
        month = _MONTHS[self.code][at.month - 1]
        day = "1er" if self.code == "fr" and at.day == 1 else str(at.day)
        return f"{day} {month} {at.year}"

    def quoted(self, text: str) -> str:
        """Return a text in the language's quotation marks."""
        return f"«{THIN}{text}{THIN}»" if self.code == "fr" else f"“{text}”"

    def listed(self, items: list[str]) -> str:
        """Return “a, b and c”."""
        if len(items) < 2:
            return "".join(items)
        return f"{', '.join(items[:-1])} {self.say('and')} {items[-1]}"

    def _localised(self, text: str) -> str:
        if self.code == "en":
            return text.replace("-", "−")
        return text.replace(",", THIN).replace(".", ",").replace("-", "−")


def _spaced(text: str) -> str:
    """French spacing: a narrow space that never breaks before high punctuation and inside quotation marks."""
    return re.sub(r"« ", f"«{THIN}", re.sub(r" (?=[:;?!%»])", THIN, text))


def _missing(value: Any) -> bool:
    return value is None or bool(value != value) or str(value) == "<NA>"
