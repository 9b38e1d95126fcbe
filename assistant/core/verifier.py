"""No number reaches the screen that no tool of this turn has found."""

from __future__ import annotations

import math
import re
import unicodedata
from collections.abc import Iterable, Iterator, Mapping
from typing import Any

from assistant.core.number_words import NUMBER_WORDS

NUMBER = re.compile(r"(?<![\w.,])[-−+]?\d+(?:[,\u00a0\u202f ]\d{3})*(?:\.\d+)?(?:[eE][-+]?\d+)?(?!\w)")
ANY_DIGIT = re.compile(r"\d")
SMALL = 10
COMMA = re.compile(r"(?<=\d),(?=\d)")
# Words for numbers beside those that messages are read by; "one" is left out because it is a pronoun first.
_MORE_WORDS = """
    hundreds thousands billion billions trillion trillions dozen dozens third thirds quarter
    double doubled doubles halved halves twice thrice triple tripled triples quadruple quadrupled
    tenfold twofold threefold fivefold
    milliard milliards dizaine dizaines douzaine centaine centaines millier milliers demi moitie
    biyu uku hudu biyar shida bakwai takwas tara goma ashirin talatin arba hamsin sittin saba tamanin casa dari dubu miliyan
"""
WORDS = (NUMBER_WORDS | frozenset(_MORE_WORDS.split())) - {"one"}
VALUES = {
    "zero": 0, "two": 2, "three": 3, "four": 4, "five": 5, "six": 6, "seven": 7, "eight": 8, "nine": 9, "ten": 10, "eleven": 11,
    "twelve": 12, "twenty": 20, "deux": 2, "trois": 3, "quatre": 4, "cinq": 5, "sept": 7, "huit": 8, "neuf": 9, "dix": 10,
}  # fmt: skip


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
        to it. Digits of any script count, and so do number words (English, French, Hausa), fractions and superscripts.
        Names that stand in the results may hold digits ("Bosso 2 Central").
    """
    found = list(results)
    numbers = {number for result in found for number in _numbers(result)}
    plain = _plain(text)
    if decimal_comma:
        plain = COMMA.sub(".", plain)
    # Nearly all results are of more names than one text repeats.
    names = (
        name for result in found for name in _strings(result) if _plain(name) in plain and holds_number(name)
    )
    phrases = {_plain(phrase) for phrase in (*names, *allowed)}
    for name in sorted(phrases, key=len, reverse=True):
        if name not in plain:
            continue
        # A name that is a number, such as the ward "5", is no part of the number 45.5.
        plain = re.sub(rf"(?<!\w)(?<!\d[.,]){re.escape(name)}(?![.,]?\d|\w)", " ", plain)
    wrong = [written for written in _written(plain) if not _supported(written, numbers)]
    rest = NUMBER.sub(" ", plain)
    wrong += re.findall(r"\S*\d\S*", rest)
    words = re.findall(r"[a-z]+", plain.casefold())
    return wrong + [word for word in words if word in WORDS and VALUES.get(word) not in numbers]


def holds_number(text: str) -> bool:
    """Return whether a text holds a digit of any script, or a number in words."""
    plain = _plain(text)
    return bool(ANY_DIGIT.search(plain) or WORDS & set(re.findall(r"[a-z]+", plain.casefold())))


def _plain(text: str) -> str:
    """Digits of any script as 0–9, fractions and superscripts as digits, no invisible characters."""
    if text.isascii():
        return text
    out = []
    for character in text:
        if character.isascii():
            out.append(character)
            continue
        value = unicodedata.numeric(character, None)
        if value is not None:
            out.append(f"{value:g}")
        elif unicodedata.category(character) not in ("Cf", "Mn"):
            out.append(unicodedata.normalize("NFKD", character))
    plain = "".join(character for character in "".join(out) if not unicodedata.combining(character))
    return plain.replace("−", "-")


def _written(text: str) -> Iterator[str]:
    for match in NUMBER.finditer(text):
        yield match.group().strip()


def _supported(written: str, numbers: Iterable[float]) -> bool:
    digits = re.sub(r"[,\u00a0\u202f +]", "", written)
    value = float(digits)
    mantissa, _, power = digits.casefold().partition("e")
    if not math.isfinite(value) or (power and not value):
        # Too large or too small to be told apart from others: nothing that a tool returns is written like this.
        return False
    decimals = len(mantissa.partition(".")[2]) - int(power or 0)
    # Half a unit of the last decimal, and what binary numbers add to it.
    reach = 0.0 if decimals == 0 and abs(value) < SMALL else 0.5 * 10.0**-decimals
    reach += 1e-9 * max(abs(value), reach)
    return any(abs(number - value) <= reach for number in numbers)


def _numbers(value: Any) -> Iterator[float]:
    if isinstance(value, bool):
        return
    if isinstance(value, (int, float)):
        if math.isfinite(value):
            yield float(value)
    elif isinstance(value, Mapping):
        for inner in value.values():
            yield from _numbers(inner)
    elif isinstance(value, (list, tuple)):
        for inner in value:
            yield from _numbers(inner)


def _strings(value: Any) -> Iterator[str]:
    if isinstance(value, str):
        yield value
    elif isinstance(value, Mapping):
        for inner in value.values():
            yield from _strings(inner)
    elif isinstance(value, (list, tuple)):
        for inner in value:
            yield from _strings(inner)
