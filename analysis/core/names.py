"""Place names and column headers: how two spellings are made comparable.

Identity is a ward's code, never its name. What stands here only proposes which names may mean
the same place; `matching` decides.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable, Mapping
from types import MappingProxyType
from typing import Literal

import pandas as pd

from .errors import BadInput

Level = Literal["ward", "lga", "state"]

ROMAN = MappingProxyType(
    {
        numeral: str(number)
        for number, numeral in enumerate(
            [
                "i",
                "ii",
                "iii",
                "iv",
                "v",
                "vi",
                "vii",
                "viii",
                "ix",
                "x",
                "xi",
                "xii",
                "xiii",
                "xiv",
                "xv",
                "xvi",
                "xvii",
                "xviii",
                "xix",
                "xx",
            ],
            start=1,
        )
    }
)
NUMBER_WORDS = MappingProxyType(
    {
        word: str(number)
        for number, word in enumerate(
            [
                "one",
                "two",
                "three",
                "four",
                "five",
                "six",
                "seven",
                "eight",
                "nine",
                "ten",
                "eleven",
                "twelve",
            ],
            start=1,
        )
    }
)
# Names that differ in one of these are two places however alike the rest is.
SIDES = frozenset(
    [
        "north",
        "south",
        "east",
        "west",
        "northeast",
        "northwest",
        "southeast",
        "southwest",
        "central",
        "upper",
        "lower",
        "inner",
        "outer",
        "arewa",
        "kudu",
        "gabas",
        "yamma",
    ]
)

_TRAILING: Mapping[str, tuple[str, ...]] = MappingProxyType(
    {
        "ward": ("ward",),
        "lga": ("local government area", "local govt area", "local government", "lga"),
        "state": ("state",),
    }
)
_PARENTHESISED = re.compile(r"[(\[]([^)\]]*)[)\]]?")
_APOSTROPHES = re.compile(r"['’‘ʼ`´]")
_SEPARATORS = re.compile(r"[&/\\\-‐‑–—_.,;:]+")
_TOKEN_PAREN = re.compile(r"[a-z]|\d{1,3}|" + "|".join(ROMAN))

# Canonical column -> headers accepted for it, most specific first. Compared by `fold_header`.
COLUMN_ALIASES: Mapping[str, tuple[str, ...]] = MappingProxyType(
    {
        "ward_name": ("WardName", "Ward_Name", "ADM3_NAME", "ADM3_EN", "admin3Name", "NAME_3", "adm3_02",
                      "AdminLevel3", "Ward", "Name"),
        "ward_code": ("WardCode", "Ward_Code", "ADM3_CODE", "ADM3_PCODE", "admin3Pcode", "pcode", "Ward_ID"),
        "lga_name": ("LGAName", "lga_name", "ADM2_NAME", "ADM2_EN", "NAME_2", "AdminLevel2", "LGA"),
        "lga_code": ("LGACode", "lga_code", "ADM2_PCODE", "ADM2_CODE"),
        "state_name": ("StateName", "state_name", "ADM1_NAME", "ADM1_EN", "NAME_1", "State"),
        "state_code": ("StateCode", "state_code", "ADM1_PCODE", "ADM1_CODE"),
    }
)  # fmt: skip
CANONICAL = tuple(COLUMN_ALIASES)


def fold_header(header: object) -> str:
    """Return `header` without case, accents, spaces or punctuation, for whole-name comparison."""
    text = unicodedata.normalize("NFKD", str(header)).casefold()
    return "".join(character for character in text if character.isalnum())


_BY_FOLDED = MappingProxyType(
    {
        fold_header(alias): (canonical, priority)
        for canonical, aliases in COLUMN_ALIASES.items()
        for priority, alias in enumerate(aliases)
    }
)


def canonical_column(header: object) -> str | None:
    """Return the canonical name (`ward_name`, `lga_code` …) a header stands for, or None."""
    found = _BY_FOLDED.get(fold_header(header))
    return found[0] if found else None


def identify_columns(headers: Iterable[object]) -> dict[str, str]:
    """Return which header holds which canonical column.

    Parameters
    ----------
    headers : iterable of str
        Column headers as uploaded.

    Returns
    -------
    dict
        Canonical name to header. Where several headers fit, the most specific alias wins
        (``WardName`` before ``Ward``), then the leftmost.
    """
    best: dict[str, tuple[int, int, str]] = {}
    for position, header in enumerate(headers):
        found = _BY_FOLDED.get(fold_header(header))
        if found is None:
            continue
        canonical, priority = found
        candidate = (priority, position, str(header))
        if canonical not in best or candidate < best[canonical]:
            best[canonical] = candidate
    return {canonical: best[canonical][2] for canonical in CANONICAL if canonical in best}


def clean_code(value: object) -> str:
    """Return a code as text: trimmed, upper case, no ``.0`` of a number read as decimal."""
    if value is None or value is pd.NA or (isinstance(value, float) and value != value):
        return ""
    if isinstance(value, float) and value.is_integer():
        value = int(value)
    text = str(value).strip().upper()
    return re.sub(r"(?<=\d)\.0$", "", text)


def _plain(text: object) -> str:
    if not isinstance(text, str):
        return ""
    folded = unicodedata.normalize("NFKD", text)
    return "".join(c for c in folded if not unicodedata.combining(c)).casefold()


def parenthesised(name: object) -> str:
    """Return what stands in brackets in `name`, made comparable; empty when there is nothing."""
    inside = " ".join(_PARENTHESISED.findall(_plain(name)))
    return " ".join(_SEPARATORS.sub(" ", _APOSTROPHES.sub(" ", inside)).split())


def normalise_name(name: object, *, level: Level = "ward", state_prefix: str | None = None) -> str:
    """Return a place name in the form in which two spellings are compared.

    Parameters
    ----------
    name : str
        As written. Anything that is not text gives an empty string.
    level : {"ward", "lga", "state"}
        Which trailing words ("Ward", "Local Government Area", "State") say nothing.
    state_prefix : str, optional
        The two-letter prefix DHIS2 puts before names of this state ("kw" in Kwara). Only this
        very prefix is removed, so a genuine two-letter first word stays.

    Returns
    -------
    str
        Lower case, no accents, no brackets, Roman numerals i–xx as digits, single spaces.

    Examples
    --------
    >>> normalise_name("kw Afon Ward", state_prefix="kw")
    'afon'
    >>> normalise_name("Zone IV")
    'zone 4'
    """
    text = _PARENTHESISED.sub(" ", _plain(name))
    words = _SEPARATORS.sub(" ", _APOSTROPHES.sub(" ", text)).split()
    if state_prefix and len(words) > 1 and words[0] == state_prefix.casefold():
        words = words[1:]
    joined = " ".join(words)
    for ending in _TRAILING[level]:
        if joined.endswith(" " + ending):
            joined = joined[: -len(ending) - 1]
            break
    return " ".join(ROMAN.get(word, word.lstrip("0") or "0" if word.isdigit() else word)
                    for word in joined.split())  # fmt: skip


def distinguishing_tokens(name: object) -> tuple[str, ...]:
    """Return the parts of `name` that tell sister wards apart, in order.

    Numbers (also within a word), Roman numerals, single letters, number words and compass
    words; of bracketed text only what is nothing but such a token, so that a bracketed ward
    code does not count.
    """
    outside = normalise_name(name).split()
    tokens: list[str] = []
    for word in outside:
        if word in NUMBER_WORDS:
            tokens.append(NUMBER_WORDS[word])
        elif word in SIDES or len(word) == 1:
            tokens.append(word)
        else:
            tokens.extend(run.lstrip("0") or "0" for run in re.findall(r"\d+", word))
    inside = parenthesised(name)
    if _TOKEN_PAREN.fullmatch(inside):
        tokens.append(ROMAN.get(inside, inside.lstrip("0") or "0" if inside.isdigit() else inside))
    return tuple(tokens)


def name_tokens_agree(a: object, b: object) -> bool:
    """Return whether the number, Roman, letter and compass tokens of two names are equal.

    An apostrophe may stand for a space or for nothing ("N'gura", "N gura", "Ngura").

    Examples
    --------
    >>> name_tokens_agree("Girei 1", "Girei II")
    False
    >>> name_tokens_agree("Girei I", "Girei 1")
    True
    """
    if distinguishing_tokens(a) == distinguishing_tokens(b):
        return True
    joined = [_APOSTROPHES.sub("", text) if isinstance(text, str) else text for text in (a, b)]
    return distinguishing_tokens(joined[0]) == distinguishing_tokens(joined[1])


def repair_dhis2(normalised: str) -> str:
    """Return the name with ``0`` inside a word read as ``na``, as some DHIS2 exports garble it.

    Examples
    --------
    >>> repair_dhis2("ade0")
    'adena'
    >>> repair_dhis2("zone 10")
    'zone 10'
    """
    return re.sub(r"(?<=[a-z])0|0(?=[a-z])", "na", normalised)


def canonical_table(frame: pd.DataFrame) -> pd.DataFrame:
    """Return the place columns of an uploaded table under their canonical names.

    Parameters
    ----------
    frame : pandas.DataFrame
        As read, one row per record. A column ``table_row`` is kept; without it the line in the
        file is index + 2 (the header is line 1).

    Returns
    -------
    pandas.DataFrame
        ``table_row, ward_name`` and whichever of the other canonical columns exist, same index.

    Raises
    ------
    BadInput
        If no column can be recognised as the ward name.
    """
    found = identify_columns(frame.columns)
    if "ward_name" not in found:
        raise BadInput(
            "no_ward_column",
            "The table has no ward column",
            "None of the column headers is known as the name of a ward.",
            "Name the column with the ward names WardName and upload the table again.",
            where="header",
            examples=[str(header) for header in frame.columns],
        )
    places = pd.DataFrame({name: frame[header] for name, header in found.items()}, index=frame.index)
    rows = frame["table_row"] if "table_row" in frame.columns else pd.RangeIndex(2, len(frame) + 2)
    places.insert(0, "table_row", pd.array(rows, dtype="int64"))
    return places
