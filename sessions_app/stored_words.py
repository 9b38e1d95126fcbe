"""Texts that were written in English and stored, in the language of the page.

The cores know no Django: what they say (notes, refusals, steps) is English with numbers and names in it, and is stored
so with its result. The catalogue holds each such text as a pattern under the context `core`; a stored text that fits
one is said again in the reader's language, with the same numbers and names. What fits none stays English.
"""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache

from django.utils.formats import number_format
from django.utils.translation import get_language, gettext, pgettext
from django.utils.translation.trans_real import translation

CONTEXT = "core"
_SEPARATOR = f"{CONTEXT}\x04"
_NAMED = re.compile(r"%\((\w+)\)s")
_NUMBER = re.compile(r"\d{1,3}(?:,\d{3})+(?:\.\d+)?|\d+\.\d+")
_OWN_WORDS = (
    "Rises", "Falls", "January", "February", "March", "April", "May", "June", "July", "August", "September", "October", "November", "December"
)  # fmt: skip
# How much of a pattern must be words before it may claim a text.
_LEAST_LETTERS = 6


@dataclass(frozen=True)
class Pattern:
    fits: re.Pattern[str]
    english: str


def translated(text: str) -> str:
    """Return the text in the language of the page; unchanged where that is English or nothing fits."""
    language = get_language()
    if not text or language is None or language.partition("-")[0] == "en":
        return text
    same = pgettext(CONTEXT, text.replace("%", "%%"))
    if same != text.replace("%", "%%"):
        return same.replace("%%", "%")
    if (same := gettext(text)) != text:
        return same
    return _fitted(text, language)


def _fitted(text: str, language: str) -> str:
    """The text by the first pattern that it fits, the longest first; else as it stands."""
    for pattern in _patterns(language).get(_key(text), ()) + _patterns(language).get("", ()):
        if found := pattern.fits.fullmatch(text):
            values = {name: _part(value) for name, value in found.groupdict().items()}
            return pgettext(CONTEXT, pattern.english) % values
    return text


def _key(text: str) -> str:
    """The first word, by which patterns are found."""
    return text.partition(" ")[0]


# A cache of the catalogue, which is the same for everybody; the texts of users never enter it.
@cache
def _patterns(language: str) -> Mapping[str, tuple[Pattern, ...]]:
    found: dict[str, list[Pattern]] = defaultdict(list)
    catalog = translation(language)._catalog
    for key in catalog.keys():  # noqa: SIM118 (it has keys and no iterator)
        if isinstance(key, str) and key.startswith(_SEPARATOR) and _NAMED.search(key):
            english = key.removeprefix(_SEPARATOR)
            if sum(map(str.isalpha, _NAMED.sub("", english))) >= _LEAST_LETTERS:
                first = _key(english)
                found["" if "%(" in first else first.replace("%%", "%")].append(_pattern(english))
    longest = {
        word: sorted(patterns, key=lambda one: (-len(_NAMED.sub("", one.english)), one.english))
        for word, patterns in found.items()
    }
    return {word: tuple(patterns) for word, patterns in longest.items()}


def _pattern(english: str) -> Pattern:
    parts, seen, at = [], set[str](), 0
    for hole in _NAMED.finditer(english):
        parts.append(re.escape(english[at : hole.start()].replace("%%", "%")))
        name = hole.group(1)
        parts.append(f"(?P={name})" if name in seen else f"(?P<{name}>.*?)")
        seen.add(name)
        at = hole.end()
    parts.append(re.escape(english[at:].replace("%%", "%")))
    return Pattern(re.compile("".join(parts), re.DOTALL), english)


def _part(value: str) -> str:
    """What stands inside a text: numbers as the language writes them, and what a core put in itself.

    A sheet called Rainfall and a ward called Rise stay what they are: of words with a capital only those are said
    again that no name is, or that are whole sentences with places of their own.
    """
    if _NUMBER.fullmatch(value):
        return _localised(value)
    if value in _OWN_WORDS:
        return pgettext(CONTEXT, value) if value in _OWN_WORDS[:2] else gettext(value)
    if " " not in value:
        return value
    return translated(value) if value[:1].islower() else _fitted(value, get_language() or "en")


def _localised(value: str) -> str:
    plain = value.replace(",", "")
    places = len(plain.partition(".")[2])
    return number_format(float(plain) if places else int(plain), places or None, force_grouping="," in value)
