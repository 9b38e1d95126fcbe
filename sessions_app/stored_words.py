"""Texts that were written in English and stored, in the language of the page.

The cores know no Django: what they say (notes, refusals, steps) is English with numbers and names in it, and is stored
so with its result. The catalogue holds each such text as a pattern under the context `core`; a stored text that fits
one is said again in the reader's language, with the same numbers and names. What fits none stays English.

What stands in a place is taken for a number or somebody's own name. A place whose name ends in `_words` holds words of
ours, `_list` a list of such: these are said in the reader's language even if they are one word.
"""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import cache
from types import MappingProxyType

from django.conf import settings
from django.utils.formats import number_format
from django.utils.translation import get_language, gettext, ngettext, override, pgettext
from django.utils.translation.trans_real import translation

CONTEXT = "core"
_SEPARATOR = f"{CONTEXT}\x04"
_NAMED = re.compile(r"%\((\w+)\)s")
_NUMBER = re.compile(r"\d{1,3}(?:,\d{3})+(?:\.\d+)?|\d+\.\d+")
_COUNTED = re.compile(r"(\d[\d,]*) ([A-Za-z]+?)s?")
_KIND = re.compile(r"_(words|list)(?:_\d+)?$")
# A text of ours that holds another: “label: value”, “label (value)”, “label 12.5 mm”, “12.5 mm”.
_HOLDING = (
    re.compile(r"(?P<head>.+)(?P<between> \()(?P<tail>[^()]+)(?P<end>\))", re.DOTALL),
    re.compile(r"(?P<head>.+?)(?P<between>: )(?P<tail>.+)", re.DOTALL),
    re.compile(r"(?P<head>[^\d(]*\S)(?P<between> )(?P<tail>[-+]?\d.*)", re.DOTALL),
    re.compile(r"(?P<head>[-+]?\d\S*)(?P<between> )(?P<tail>\D+)", re.DOTALL),
)
# What is counted, as `plural` of the assistant writes it in English.
COUNTED: Mapping[str, Callable[[int], str]] = MappingProxyType(
    {
        "ward": lambda n: ngettext("%(count)s ward", "%(count)s wards", n),
        "LGA": lambda n: ngettext("%(count)s LGA", "%(count)s LGAs", n),
        "variable": lambda n: ngettext("%(count)s variable", "%(count)s variables", n),
        "value": lambda n: ngettext("%(count)s value", "%(count)s values", n),
        "cell": lambda n: ngettext("%(count)s cell", "%(count)s cells", n),
        "count": lambda n: ngettext("%(count)s count", "%(count)s counts", n),
        "report": lambda n: ngettext("%(count)s report", "%(count)s reports", n),
        "combination": lambda n: ngettext("%(count)s combination", "%(count)s combinations", n),
    }
)
_OWN_WORDS = (
    "Rises", "Falls", "January", "February", "March", "April", "May", "June", "July", "August", "September", "October", "November", "December"
)  # fmt: skip
# How much of a pattern must be words before it may claim a text.
_LEAST_LETTERS = 6


@dataclass(frozen=True)
class Pattern:
    fits: re.Pattern[str]
    english: str
    # The longest run of its own letters: a text without it is not worth fitting.
    mark: str


def translated(text: str) -> str:
    """Return the text in the language of the page; unchanged where that is English or nothing fits."""
    language = get_language()
    if not text or language is None or language.partition("-")[0] == "en":
        return text
    return _exact(text) or _fitted(text, language)


def own_words(text: str) -> str:
    """The same for a cell that is known to be of ours: a single word too, or words with a number or a unit."""
    language = get_language()
    if not text or language is None or language.partition("-")[0] == "en":
        return text
    if not any(map(str.isalpha, text)):
        return _part(text)
    told = _exact(text) or _fitted(text, language)
    return told if told != text else _listed(text)


def in_every_language(text: str) -> tuple[str, ...]:
    """The text as pages of other languages show it, where that differs."""
    told = []
    for language, _name in settings.LANGUAGES:
        with override(language):
            told.append(translated(text))
    return tuple(dict.fromkeys(words for words in told if words != text))


def _exact(text: str) -> str:
    """The text where the catalogue has it as it stands, else nothing."""
    same = pgettext(CONTEXT, text.replace("%", "%%"))
    if same != text.replace("%", "%%"):
        return same.replace("%%", "%")
    return same if (same := gettext(text)) != text else ""


def _fitted(text: str, language: str) -> str:
    """The text by the first pattern that it fits, the longest first; else as it stands."""
    for pattern in _patterns(language).get(_key(text), ()) + _patterns(language).get("", ()):
        if pattern.mark in text and (found := pattern.fits.fullmatch(text)):
            values = {name: _held(name, value) for name, value in found.groupdict().items()}
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
    mark = max(_NAMED.sub("\0", english).replace("%%", "%").split("\0"), key=len)
    return Pattern(re.compile("".join(parts), re.DOTALL), english, mark)


def _held(place: str, value: str) -> str:
    kind = _KIND.search(place)
    if kind is None:
        return _part(value)
    return _ours(value) if kind[1] == "words" else _listed(value)


def _part(value: str) -> str:
    """What stands inside a text: numbers as the language writes them, and what a core put in itself.

    A sheet called Rainfall and a ward called Rise stay what they are: of words with a capital only those are said
    again that no name is, or that are whole sentences with places of their own.
    """
    if not any(map(str.isalpha, value)):
        return _NUMBER.sub(lambda found: _localised(found[0]), value)
    if told := _count(value):
        return told
    if value in _OWN_WORDS:
        return pgettext(CONTEXT, value) if value in _OWN_WORDS[:2] else gettext(value)
    if " " not in value:
        return value
    return translated(value) if value[:1].islower() else _fitted(value, get_language() or "en")


def _count(value: str) -> str:
    found = _COUNTED.fullmatch(value)
    if found is None or found[2] not in COUNTED:
        return ""
    number = int(found[1].replace(",", ""))
    return COUNTED[found[2]](number) % {"count": _localised(found[1]) if "," in found[1] else found[1]}


def _ours(value: str) -> str:
    """Words of ours: as a whole, by a pattern, sentence by sentence, or what they hold one by one."""
    if not any(map(str.isalpha, value)):
        return _part(value)
    told = _exact(value) or _count(value)
    if told or (told := _fitted(value, get_language() or "en")) != value:
        return told
    sentences = re.split(r"(?<=[.!?]) ", value)
    if len(sentences) > 1:
        return " ".join(map(_ours, sentences))
    for holding in _HOLDING:
        if found := holding.fullmatch(value):
            part = found.groupdict()
            return (
                f"{_ours(part['head'])}{_spaced(part['between'])}{_ours(part['tail'])}{part.get('end', '')}"
            )
    # “high” inside a sentence is “High” of a table.
    return _exact(value.capitalize()).lower() or value if value.islower() else value


def _listed(value: str) -> str:
    """A list of words of ours; of a text with commas in it the fewest pieces that the catalogue knows are one."""
    if told := _exact(value):
        return told
    between = next((mark for mark in ("; ", ", ") if mark in value), "")
    if not between:
        return _ours(value)
    pieces, said = value.split(between), []
    while pieces:
        ends = range(1, len(pieces) + 1)
        texts = [between.join(pieces[:end]) for end in ends]
        end = next((end for end, text in zip(ends, texts, strict=True) if _ours(text) != text), 1)
        said.append(_ours(texts[end - 1]))
        pieces = pieces[end:]
    return _spaced(between).join(said)


def _spaced(mark: str) -> str:
    """Colons and semicolons stand apart in French."""
    return f"\u202f{mark}" if mark in ("; ", ": ") and (get_language() or "").startswith("fr") else mark


def _localised(value: str) -> str:
    plain = value.replace(",", "")
    places = len(plain.partition(".")[2])
    return number_format(float(plain) if places else int(plain), places or None, force_grouping="," in value)
