"""A message as comparable words: accents, case and punctuation gone, numbers whole."""

from __future__ import annotations

import math
import re
import unicodedata

from assistant.core.number_words import SMALL

# A number with its groups ("900 000", "1,200.5"), then what multiplies it, then a percent sign.
NUMBER = re.compile(
    r"(?<![\w.])(?P<digits>\d{1,3}(?:[ ,'’\u00a0\u202f]\d{3})+(?:\.\d+)?|\d+(?:[.,]\d+)?)"
    r"(?:\s?(?P<scale>k|m|mn|mio|mille|(?:hundreds?|thousands?|millions?|billions?|lakhs?|crores?|milliers?|milliards?|dozens?|douzaines?)"
    r"(?: (?:thousand|million|billion|lakh|crore))?)|(?P<unit>km|mm|cm|ft|mi|in|yd|f|c))?(?!\w)"
    r"\s?(?P<percent>%|percent|per cent|pour cent)?",
    re.IGNORECASE,
)
SCALES = {
    "k": 1e3, "thousand": 1e3, "thousands": 1e3, "mille": 1e3, "millier": 1e3, "milliers": 1e3, "m": 1e6, "mn": 1e6, "mio": 1e6,
    "million": 1e6, "millions": 1e6, "billion": 1e9, "billions": 1e9, "milliard": 1e9, "milliards": 1e9, "hundred": 1e2,
    "hundreds": 1e2, "lakh": 1e5, "lakhs": 1e5, "crore": 1e7, "crores": 1e7, "dozen": 12.0, "dozens": 12.0, "douzaine": 12.0,
    "douzaines": 12.0,
}  # fmt: skip
GROUPED = re.compile(r"\d{1,3}(?:[ ,'’\u00a0\u202f]\d{3})+(?:\.\d+)?")
# "100.000 nets": no stock has decimals, so the points group its thousands; two of them always do.
_NETS = r"(?:nets?|bednets?|itns?|llins?|milda|moustiquaires?)\b"
DOTTED = re.compile(
    rf"(?<![\w.,])\d{{1,3}}(?:(?:\.\d{{3}}){{2,}}(?![\w.,])|\.\d{{3}}(?=\s+(?:de\s+)?(?:bed\s|mosquito\s)?{_NETS}))"
    rf"|(?<={'nets'} )\d{{1,3}}\.\d{{3}}(?![\w.,%])|(?<=nets: )\d{{1,3}}\.\d{{3}}(?![\w.,%])"
)
WORDS = re.compile(r"[a-z0-9]+")
ORDINAL = re.compile(r"\b(\d{1,4})(?:st|nd|rd|th|e|eme|er|ere)\b")


# Signs of comparison in words, the longer sign first; an arrow is none.
SIGNS = (("->", " "), ("=>", " "), (">=", " at least "), ("≥", " at least "), ("<=", " at most "), ("≤", " at most "),
         (">", " above "), ("<", " below "))  # fmt: skip


# "Within 2 km" is a bound, "within Bosso" and "within 3 months" are none.
_LENGTHS = "km|kms|kilomet(?:re|er)s?|m|met(?:re|er)s?|mi|miles?|yds?|yards?|ft|foot|feet"
WITHIN = re.compile(
    rf"\bwithin (?=(?:about |around )?(?:\d[\d.,]*|{'|'.join(SMALL)}|half a) ?(?:{_LENGTHS})\b)"
)
# Behind the number of a temperature "k" is no thousand: "temperature between 290 and 300 K".
_KELVIN = re.compile(
    r"\b(?:temp\w*|heat|chaleur)\b(?:(?!\b(?:people|pop|nets?|habit))[^\d]){0,40}(?:\d[\d.]* ?k? ?(?:and|to|et|a|-) ?)?\d[\d.]* ?k\b"
    r"|\d[\d.]* ?k\b(?= (?:of )?temp)"
)
_K = re.compile(r"(?<=\d) ?k\b")
_PER_THOUSAND = re.compile(
    r"(?<=\d) ?(?:(?:cases?|cas|people|persons?) )?(?:(?:per|par|pour|sur|in every|for every|out of every) (?:1[ ,.]?000|a thousand|thousand|mille)\b(?! nets?)|‰)"
    r"(?: (?:people|persons?|population|inhabitants?|residents?|habitants?|personnes?)\b)?"
)


def spelled(folded: str) -> str:
    """Return a folded text with its signs of comparison in words, "# wards" as the number of them, "10th" as number 10, "100.000 nets" with commas."""
    folded = DOTTED.sub(lambda found: found.group().replace(".", ","), folded)
    folded = WITHIN.sub("at most ", folded)
    folded = _PER_THOUSAND.sub(" permille", _KELVIN.sub(lambda found: _K.sub(" kelvin", found[0]), folded))
    for sign, words in SIGNS:
        folded = folded.replace(sign, words)
    folded = ORDINAL.sub(r"number \1", folded)
    return re.sub(r"#(?=\s*[a-z])", " number of ", folded)


def fold(text: str) -> str:
    """Return `text` in lower case, without accents, with apostrophes as spaces.

    Parameters
    ----------
    text : str
        What somebody wrote; any length.

    Returns
    -------
    str
        Letters, digits and the signs that belong to numbers.
    """
    letters = text.casefold()
    if not letters.isascii():
        plain = unicodedata.normalize("NFKD", letters)
        letters = "".join(character for character in plain if not unicodedata.combining(character))
    return re.sub(r"[’'`]", " ", letters)


def tokens(text: str) -> list[str]:
    """Return the words of a folded text, digits included, in order."""
    return WORDS.findall(fold(text))


def amount(digits: str, scale: str | None) -> float:
    """Return the value of a written number.

    A comma or a space groups thousands when three digits follow each time; otherwise a comma is a decimal mark.

    Parameters
    ----------
    digits : str
        As matched by `NUMBER`, such as "900 000", "2.5" or "0,9".
    scale : str or None
        A word of `SCALES`, or two: "hundred thousand".

    Returns
    -------
    float
    """
    plain = (
        re.sub(r"[ ,'’\u00a0\u202f]", "", digits) if GROUPED.fullmatch(digits) else digits.replace(",", ".")
    )
    by = math.prod(SCALES.get(word, 1.0) for word in (scale or "").casefold().split())
    return round(float(plain) * by, 6)
