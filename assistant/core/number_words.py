"""Numbers in words, English and French: "twenty five", "half a million", "cent mille"."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from types import MappingProxyType

_SMALL = """
    zero=0 one=1 two=2 three=3 four=4 five=5 six=6 seven=7 eight=8 nine=9 ten=10 eleven=11 twelve=12 thirteen=13 fourteen=14
    fifteen=15 sixteen=16 seventeen=17 eighteen=18 nineteen=19 twenty=20 thirty=30 forty=40 fourty=40 fifty=50 sixty=60
    seventy=70 eighty=80 ninety=90 fiveteen=15
    deux=2 trois=3 quatre=4 cinq=5 sept=7 huit=8 neuf=9 dix=10 onze=11 douze=12 treize=13 quatorze=14 quinze=15 seize=16
    vingt=20 trente=30 quarante=40 cinquante=50 soixante=60 septante=70 huitante=80 octante=80 nonante=90
"""
SMALL: Mapping[str, int] = MappingProxyType(
    {word: int(value) for word, value in (pair.split("=") for pair in _SMALL.split())}
)
LARGE: Mapping[str, int] = MappingProxyType(
    {"hundred": 100, "cent": 100, "cents": 100, "thousand": 1_000, "mille": 1_000, "million": 1_000_000,
     "millions": 1_000_000}
)  # fmt: skip
# What "one" counts; elsewhere it is a pronoun, as in "the one wey bad pass".
COUNTED = frozenset({"ward", "lga", "quartier", "district"})
AND_A_HALF = ("and", "a", "half")
# Behind what they are half of: "two million and a half", "un million et demi".
HALVES = (AND_A_HALF, ("et", "demi"), ("et", "demie"))
SHARES: Mapping[str, float] = MappingProxyType(
    {"half": 50.0, "moitie": 50.0, "quarter": 25.0, "quart": 25.0, "third": 100 / 3, "tiers": 100 / 3}
)
# Behind a share these are what it is of.
OF_SHARES = frozenset({"a", "lakh", "crore", "dozen", "billion"})
NUMBER_WORDS = frozenset(SMALL) | frozenset(LARGE) | {"half"}


def number_at(words: Sequence[str], place: int) -> tuple[float | None, int]:
    """Return the number that begins at a word, and how many words it takes.

    Parameters
    ----------
    words : sequence of str
        Folded words of a message.
    place : int
        Where to look.

    Returns
    -------
    (float or None, int)
        None with the length 1 where no number begins.
    """
    if tuple(words[place : place + 3]) == ("half", "a", "million"):
        return 500_000.0, 3
    if words[place] in SMALL and tuple(words[place + 1 : place + 4]) == AND_A_HALF:
        unit = LARGE.get(words[place + 4] if place + 4 < len(words) else "", 1)
        return (SMALL[words[place]] + 0.5) * unit, 5 if unit > 1 else 4
    if words[place] == "a" and place + 1 < len(words) and words[place + 1] in LARGE:
        value, length = number_at(words, place + 1)
        return value, length + 1
    total = current = 0
    at = place
    while at < len(words):
        word = words[at]
        if word in ("vingt", "vingts") and current % 100 == 4:
            current += 76  # quatre-vingts
        elif word in SMALL and fits(current, SMALL[word]):
            current += SMALL[word]
        elif word in LARGE and (at > place or word not in ("cents", "millions")):
            current = max(current, 1) * LARGE[word]
            if LARGE[word] >= 1_000:
                total, current = total + current, 0
        elif word == "un" and at > place + 1 and words[at - 1] == "et":
            current += 1
        elif not (word in ("and", "et") and at > place and _goes_on(words, at)):
            break
        at += 1
    if at > place and (unit := LARGE.get(words[at - 1], 1)) >= 1_000_000:
        for half in HALVES:
            if tuple(words[at : at + len(half)]) == half:
                total, at = total + unit // 2, at + len(half)
    if at == place or (at == place + 1 and words[place] == "one" and not _counted(words, at)):
        return None, 1
    return float(total + current), at - place


def fits(said: int, value: int) -> bool:
    """Whether a number below a hundred goes on from what was said: "twenty" and "five", "soixante" and "dix"."""
    rest = said % 100
    if rest in (60, 80):
        return 0 < value < 20
    if rest == 10:
        return value in (7, 8, 9)
    return rest == 0 if rest < 20 else rest % 10 == 0 and 0 < value < 10


def _goes_on(words: Sequence[str], at: int) -> bool:
    """Whether "and" or "et" stands inside a number: "a hundred and five", "vingt et un"."""
    before, behind = words[at - 1], words[at + 1 : at + 2]
    if before in LARGE:
        return bool(behind) and behind[0] in SMALL
    return words[at] == "et" and SMALL.get(before, 0) >= 20 and list(behind) in (["un"], ["onze"])


def _counted(words: Sequence[str], at: int) -> bool:
    return at < len(words) and words[at] in COUNTED


def share_at(words: Sequence[str], place: int) -> tuple[float, int]:
    """Return the part of a hundred percent that begins at a word, and how many words it takes: "half", "a quarter", "un tiers".

    Parameters
    ----------
    words : sequence of str
        Folded words of a message.
    place : int
        Where to look, behind a comparison.

    Returns
    -------
    (float, int)
        In per cent; 0 and 0 where none begins, or it is part of something else: "half a million".
    """
    article = words[place] in ("a", "un", "une", "la", "le")
    share = SHARES.get(words[place + article] if place + article < len(words) else "", 0.0)
    behind = {*words[place + article + 1 : place + article + 3]}
    if not share or not (article or words[place] in ("half", "moitie")) or behind & (OF_SHARES | set(LARGE)):
        return 0.0, 0
    return share, 1 + article
