"""Words that make a plan of nets one of some wards only: exceptions, "only", and for whom it would be."""

from __future__ import annotations

from assistant.core.reading import Reading

_EXCEPTING_TEXT = """
    except excepte excluding exclude excludes excluded excluant exclure exclus without sans sauf hors hormis skip skipping omit
    omitting ignore ignoring besides apart leave leaving remove removing drop dropping minus outside not no pas dont never but
"""
EXCEPTING = frozenset(_EXCEPTING_TEXT.split())
# So many words on, an exception still reaches what is named.
REACH = 4
_ONLY_TEXT = "only alone solely exclusively seulement uniquement exclusivement seul seule seuls seules"
ONLY = frozenset(_ONLY_TEXT.split())
_WITHIN_TEXT = "for in to within inside at among across towards pour dans aux en chez"
WITHIN = frozenset(_WITHIN_TEXT.split())
# What may stand between these and what they are said of.
_BETWEEN_TEXT = """
    the a an all any every our my those les la le l des de tous toutes ward wards area areas zone zones quartier quartiers people everyone everybody
    wey dey serve serves serving cover covers covering reach give that is are <variable>
"""
BETWEEN = frozenset(_BETWEEN_TEXT.split())
ENDS = frozenset({"TOP", "LOW", "HIGH", "LOWTIER", "ABOVE", "BELOW", "ATLEAST", "ATMOST", "BETWEEN"})


def is_excepted(reading: Reading, place: int) -> bool:
    """Return whether what is named there is to be left out."""
    return any(one.word in EXCEPTING for one in reading.heard[max(0, place - REACH) : place])


def is_within(reading: Reading, place: int) -> bool:
    """Return whether a plan would be for what is named there: "for the high risk wards", "in all rural areas"."""
    return _before(reading, place, BETWEEN) in WITHIN


def is_only(reading: Reading, place: int) -> bool:
    """Return whether nothing but what is named there is meant: "only in rural wards", "for high risk wards only"."""
    heard, behind = reading.heard, place + 1
    while behind < len(heard) and (heard[behind].word in BETWEEN or heard[behind].tag == heard[place].tag):
        behind += 1
    return _before(reading, place, BETWEEN | WITHIN) in ONLY or (
        behind < len(heard) and heard[behind].word in ONLY
    )


def _before(reading: Reading, place: int, between: frozenset[str]) -> str:
    """The word before a place, and before what may stand between."""
    at = place - 1
    while at >= 0 and (reading.heard[at].word in between or reading.heard[at].tag in ENDS):
        at -= 1
    return reading.heard[at].word if at >= 0 else ""
