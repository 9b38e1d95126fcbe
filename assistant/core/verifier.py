"""No number reaches the screen that no tool of this turn has found."""

from __future__ import annotations

import math
import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from assistant.core.letters import plain, strange_words
from assistant.core.numerals import in_digits

NUMBER = re.compile(
    r"(?<![\w.,])(?P<number>[-+]?\d+(?:[,\u00a0\u202f ]\d{3})*(?:\.\d+)?(?:[eE][-+]?\d+)?)"
    r"(?P<ordinal>(?i:st|nd|rd|th|ers?|eres?|nde|e|i?emes?))?(?!\w)"
)
# "2/3" is one number.
FRACTION = re.compile(r"(?<![\w.,/])(\d[\d.,]*)\s*/\s*(\d[\d.,]*)(?:\s*/\s*[\d.,]+)*(?![\w/])")
MINUS = re.compile(r"(?i)(?<!au )(?<!du )\b(?:minus|moins)\s+(?=\d)")
ANY_DIGIT = re.compile(r"[^\s\d]{0,20}\d\S*")
SMALL = 10
# "1.25 million" is one number, known to its last decimal, but never worse than one in twenty.
SCALED = re.compile(
    r"(?i)(?<![\w.,])(?P<number>\d[\d,]*(?:\.\d+)?)\s+(?P<unit>million|thousand|mille)s?\b(?!\s+(?:and|et)\b)"
)
POWERS = {"million": 6, "thousand": 3, "mille": 3}
MOST_ROUNDED = 0.05
COMMA = re.compile(r"(?<=\d),(?=\d)")


@dataclass(frozen=True, slots=True)
class Written:
    """A number of a text, how far a result may lie from it, and where it stands."""

    text: str
    value: float
    reach: float
    start: int
    end: int
    ordinal: bool = False

    def is_one_of(self, numbers: Iterable[float]) -> bool:
        return any(abs(number - self.value) <= self.reach for number in numbers)


def unsupported_numbers(
    text: str, results: Iterable[Any], allowed: Iterable[str] = (), *, decimal_comma: bool = False
) -> list[str]:
    """Return the numbers of a text that stand in none of the results.

    Parameters
    ----------
    text : str
        An answer, however it was written.
    results : iterable
        What the tools of this turn returned: nested mappings, lists, numbers and strings.
    allowed : iterable of str
        Fixed phrases with numbers in them, such as "0–1" or "top third".
    decimal_comma : bool
        Whether a comma between digits begins the decimals, as in French, and never groups thousands.

    Returns
    -------
    list of str
        Empty when every number is supported. A number is supported when a result rounds to it at the number of
        decimals with which it is written; a whole number below ten must be a result itself, as any score would round
        to it. Digits of any script count, and so do number words, which are read as the number that they are
        (`numerals`), fractions and superscripts. Names that stand in the results may hold digits ("Bosso 2 Central").
    """
    found = list(results)
    numbers = set(numbers_in(found))
    read, _, wrong = numbers_of(without_names(text, strings_in(found), allowed), decimal_comma=decimal_comma)
    return [one.text for one in read if not one.is_one_of(numbers)] + wrong


def holds_number(text: str) -> bool:
    """Return whether a text holds a digit of any script, a number in words, or letters that may hide one."""
    bare = plain(text)
    return bool(ANY_DIGIT.search(bare) or strange_words(bare)) or in_digits(bare) != (bare, [])


def without_names(text: str, names: Iterable[str], allowed: Iterable[str] = ()) -> str:
    """Return a text, plain and without the names and fixed phrases in it that hold numbers of their own."""
    bare = plain(text)
    lower = bare.casefold()
    # Nearly all results are of more names than one text repeats.
    held = (name for name in names if plain(name).casefold() in lower and holds_number(name))
    for name in sorted({plain(phrase) for phrase in (*held, *allowed)}, key=len, reverse=True):
        # A name that is a number, such as the ward "5", is no part of the number 45.5, and no share.
        if name.casefold() in lower:
            bare = re.sub(rf"(?i)(?<!\w)(?<!\d[.,]){re.escape(name)}(?![.,]?\d|\w|\s*%)", " ", bare)
    return bare


def numbers_of(bare: str, *, decimal_comma: bool = False) -> tuple[list[Written], str, list[str]]:
    """Return the numbers of a plain text, the text in which they stand, and what can be no result's number."""
    if decimal_comma:
        bare = COMMA.sub(".", bare)
    bare = SCALED.sub(lambda found: f"{found['number']}e{POWERS[found['unit'].lower()]}", bare)
    digits, wrong = in_digits(bare)
    digits = MINUS.sub("-", digits)
    wrong += strange_words(bare)
    read = []
    for one in (*FRACTION.finditer(digits), *NUMBER.finditer(FRACTION.sub(_blank, digits))):
        written = _fraction(one) if one.re is FRACTION else _number(one)
        if written is None:
            wrong.append(one.group().strip())
        else:
            read.append(written)
    rest = NUMBER.sub(" ", FRACTION.sub(" ", digits))
    return read, digits, wrong + ANY_DIGIT.findall(rest)


def _blank(found: re.Match[str]) -> str:
    return " " * len(found.group())


def _fraction(found: re.Match[str]) -> Written | None:
    try:
        value = float(found[1]) / float(found[2])
    except (ValueError, ZeroDivisionError):
        return None
    # A third "/" makes a date of it.
    return (
        Written(found.group(), value, 1e-9, found.start(), found.end())
        if found.group().count("/") == 1
        else None
    )


def _number(found: re.Match[str]) -> Written | None:
    digits = re.sub(r"[,\u00a0\u202f +]", "", found["number"])
    value = float(digits)
    mantissa, _, power = digits.casefold().partition("e")
    if not math.isfinite(value) or (power and not value):
        # Too large or too small to be told apart from others: nothing that a tool returns is written like this.
        return None
    decimals = len(mantissa.partition(".")[2]) - int(power or 0)
    # Half a unit of the last decimal, at most of the units, and what binary numbers add to it.
    ordinal = bool(found["ordinal"])
    reach = 0.0 if ordinal or (decimals == 0 and abs(value) < SMALL) else 0.5 * 10.0 ** -max(decimals, 0)
    if decimals < 0:
        reach = min(0.5 * 10.0**-decimals, MOST_ROUNDED * abs(value))
    reach += 1e-9 * max(abs(value), reach)
    return Written(found.group().strip(), value, reach, found.start(), found.end(), ordinal)


def numbers_in(value: Any) -> Iterator[float]:
    """All numbers of nested mappings and lists; true and false are none."""
    if isinstance(value, bool):
        return
    if isinstance(value, (int, float)):
        if math.isfinite(value):
            yield float(value)
    elif isinstance(value, Mapping):
        for inner in value.values():
            yield from numbers_in(inner)
    elif isinstance(value, (list, tuple)):
        for inner in value:
            yield from numbers_in(inner)


def strings_in(value: Any) -> Iterator[str]:
    """All texts of nested mappings and lists."""
    if isinstance(value, str):
        yield value
    elif isinstance(value, Mapping):
        for inner in value.values():
            yield from strings_in(inner)
    elif isinstance(value, (list, tuple)):
        for inner in value:
            yield from strings_in(inner)
