"""Misspelt words, as the word of the vocabulary or of a name that they are nearest to."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Sequence

from rapidfuzz.distance import OSA

from assistant.core.elsewhere import foreign_words
from assistant.core.number_words import NUMBER_WORDS
from assistant.core.units import UNITS
from assistant.core.vocabulary import RIGHT, SHORT_FORMS, known_words
from assistant.core.words import SCALES

SHORTEST_MISSPELT = 4
SHORTEST_MISSPELT_NAME = 5
# Of verbs and nouns, the longest first.
ENDINGS = (
    "ations",
    "ation",
    "ments",
    "ment",
    "ings",
    "ing",
    "ent",
    "ees",
    "ed",
    "er",
    "ez",
    "es",
    "ee",
    "s",
    "d",
    "e",
)
BEFORE_PLACES = frozenset({"in", "at", "for", "of", "within", "dans", "pour", "a"})


def repaired(word: str, vocabulary: Collection[str], names: Collection[str]) -> str:
    word = SHORT_FORMS.get(word, word)
    if (
        word in vocabulary
        or word in RIGHT
        or word in names
        or word in foreign_words()
        or word in UNITS
        or word in SCALES
        or word.isdigit()
    ):
        return word
    if len(word) < SHORTEST_MISSPELT:
        swapped = [known for known in vocabulary if len(known) == 3 and sorted(known) == sorted(word)]
        return swapped[0] if len(word) == 3 and len(swapped) == 1 else word
    stem = _stem(word, vocabulary)
    if stem:
        return stem
    near = _nearest(word, vocabulary)
    if near is None and len(word) >= SHORTEST_MISSPELT_NAME:
        near = _nearest(word, names)
    return near or word


def short_name(words: Sequence[str], at: int, names: Collection[str]) -> str:
    """ "In boso": a word of four letters where a place stands, a letter away from the one name of five."""
    word = words[at]
    if len(word) != SHORTEST_MISSPELT_NAME - 1 or not at or words[at - 1] not in BEFORE_PLACES:
        return word
    if word in known_words() or word in RIGHT or word in names or word in foreign_words():
        return word
    longer = [name for name in names if len(name) == SHORTEST_MISSPELT_NAME]
    return _nearest(word, longer) or word


def _stem(word: str, vocabulary: Iterable[str]) -> str | None:
    """The known word that this one is a form of: "mapped", "sorting", "exported", "fiables"."""
    for ending in ENDINGS:
        stem = word.removesuffix(ending)
        if stem == word or len(stem) < SHORTEST_MISSPELT - 1:
            continue
        shorter = stem[:-1] if len(stem) > SHORTEST_MISSPELT and stem[-1] == stem[-2] else stem
        for known in (stem, f"{stem}e", shorter):
            if known in vocabulary and len(known) >= SHORTEST_MISSPELT - 1:
                return known
    return None


def _nearest(word: str, known: Iterable[str]) -> str | None:
    """The closest known word within reach; of several equally close ones the first in the alphabet."""
    reach = 2 if len(word) >= 8 else 1
    close = [
        (distance, sorted(word) != sorted(candidate), candidate)
        for candidate in known
        if len(candidate) >= SHORTEST_MISSPELT
        and candidate not in NUMBER_WORDS
        and abs(len(candidate) - len(word)) <= reach
        and (distance := OSA.distance(word, candidate, score_cutoff=reach)) <= reach
    ]
    return min(close)[2] if close else None
