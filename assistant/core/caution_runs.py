"""What was said of a run, of test positivity or of a report, and is not followed: places, methods, exceptions, second choices."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from assistant.core.named import AGES, FORMATS, LEVELS, languages_of, words_of
from assistant.core.reading import Reading
from assistant.core.slots import TIERS

# A run ranks all wards by the composite score and its principal components, of variables that are chosen on its page.
METHODS = frozenset({"PCA", "KMO", "LOADINGS", "SCREE"})
SURROUNDINGS = frozenset({"URBAN", "RURAL", "RURALFIRST", "URBANFIRST", "NOURBAN"})
# "The two go together" and "we meet at two" count what was named, or nothing.
PAIR = frozenset({"two", "deux"})
_WITHOUT_TEXT = (
    "without excluding except excepte sauf sans hors skip skipping omit omitting excluant but minus"
)
WITHOUT = frozenset(_WITHOUT_TEXT.split())
DENYING = frozenset({"not", "dont", "no", "never", "pas"})
# So many words on, an exception still speaks of facilities or persons.
REACH = 4
# Words of files that are the report's own, or no format.
_NO_FORMAT_TEXT = "file files fichier fichiers format formats table tables document"
NO_FORMAT = frozenset(_NO_FORMAT_TEXT.split())
CHOICES = (("LEVELS", LEVELS, "level"), ("AGES", AGES, "age_group"))


def run_lost(reading: Reading) -> Iterator[str]:
    """Yield what a run of the risk analysis would not follow: it is of all wards, by the method of the page."""
    for item in reading.items:
        if item.kind in ("ward", "lga", "variable", "number") and item.value not in PAIR:
            yield item.value.strip()
        elif item.value in METHODS | SURROUNDINGS | set(TIERS):
            yield item.words


def is_another_run(reading: Reading) -> bool:
    """Return whether a run was asked for that there is not: of some places, or by a method of its own."""
    return any(item.kind in ("ward", "lga") or item.value in METHODS | SURROUNDINGS for item in reading.items)


def choice_lost(reading: Reading, slots: Mapping[str, Any]) -> Iterator[str]:
    """Yield exceptions from the facilities and persons of test positivity, and those named beside the ones that are taken."""
    words = words_of(reading)
    for concept, begins, slot in CHOICES:
        for phrase in words.get(concept, ()):
            code = next((code for part, code in begins if part in phrase), slots.get(slot))
            if code != slots.get(slot):
                yield phrase
    for place, one in enumerate(reading.heard):
        behind = {other.tag for other in reading.heard[place + 1 : place + 1 + REACH]}
        if (
            one.word in WITHOUT | DENYING
            and one.tag in ("", "NO", "NOT", "unknown")
            and {"LEVELS", "AGES"} & behind
        ):
            yield one.word


def report_lost(reading: Reading) -> Iterator[str]:
    """Yield what a report would not follow: places, some wards, parts to leave out, a second language, other files."""
    words = words_of(reading)
    yield from (
        item.words or item.value
        for item in reading.items
        if item.kind in ("ward", "lga") or item.value in SURROUNDINGS | set(TIERS)
    )
    yield from languages_of(reading)[1:]
    yield from (
        word
        for phrase in words.get("FILES", ())
        for word in phrase.split()
        if word not in {*FORMATS, *NO_FORMAT}
    )
    for place, one in enumerate(reading.heard):
        if one.word not in WITHOUT or one.tag not in ("", "NO", "NOT", "unknown"):
            continue
        behind = reading.heard[place + 1 : place + 1 + REACH]
        end = next((at for at, other in enumerate(behind, start=1) if other.tag), 0)
        if end:
            yield " ".join(other.word for other in (one, *behind[:end]))
