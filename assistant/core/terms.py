"""Terms of the method that hold a number and state none, and sentences that may be repeated as they are."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from assistant.core.letters import plain
from assistant.core.telling import rows_told

_WARDS = r"(?:(?:the|all|these|les|tous|des|de)\s+)*(?:\d[\d,]*\s+)?(?:ranked\s+)?(?:wards?|lgas?|ranking|list|table|models?|places|districts|classement|quartiers?)\b"
# "The top third of the wards" is a tier, "the top third of the children" a share.
_OF_WARDS = rf"(?!\s+(?:of|des?|du)\s+(?!{_WARDS}))(?!\s*%)"
# "In the top third", "the top third is"; not "the top third die".
_IN = r"(?:in|into|among|within|to|from|as|dans|parmi|de|du|au)\s+(?:(?:the|its|this|same|le)\s+)*"
_IS = rf"(?=\s+(?:is|means|wards?|est|(?:of|des|du)\s+{_WARDS}))"
_END = r"(?![.,]?\d|\s*[%‰]|\w)"
TERMS = re.compile(
    rf"(?i)\b{_IN}top[ -]third\b{_OF_WARDS}|\btop[ -]third\b{_IS}|\bthird\s+with\s+the\s+highest\s+risk\b|\b(?:(?:{_IN})?premier\s+tiers\b{_IS}|{_IN}premier\s+tiers\b{_OF_WARDS})"
    r"|\b(?:le\s+|du\s+|au\s+)?tiers\s+(?:des\s+wards\s+)?(?:les?\s+plus\s+a\s+risque|au\s+risque\s+le\s+plus\s+eleve)\b"
    rf"|\bsecond\s+(?:opinion|avis)\b|\bscaled?\s+(?:to|from|of)\s+0\s*(?:-|–|to)\s*1{_END}|\bechelle\s+(?:de\s+)?0\s*(?:-|–|a)\s*1{_END}"
)
_NO_SHARE = r"(?!\s+(?:of|des?|du)\b)"
INTERVAL = re.compile(
    r"(?i)\b95\s*%\s*-?\s*(?:(?:confidence\s+|credible\s+)?(?:intervals?|ci)|confidence(?:\s+(?:levels?|limits?|bounds?))?|confident\s+that)\b"
    rf"|\b(?:confidence\s+(?:intervals?|levels?|limits?)|ci|intervalles?(?:\s+de\s+confiance)?|niveau\s+de\s+confiance)\s*\(?(?:(?:of|at|a|de)\s+)?95\s*%\)?{_NO_SHARE}"
    rf"|\b95\s*%\s+de\s+confiance\b|\b(?:sure?s?|certaine?s?|confiants?)\s+a\s+95\s*%{_NO_SHARE}"
)
# Quotation marks as `plain` leaves them.
QUOTED = re.compile(r"“([^”]*)”|\"([^\"]*)\"|«([^»]*)»")
LOW = "_low"


def without_terms(bare: str, results: Sequence[Mapping[str, Any]]) -> str:
    """Return a plain text without terms of the method; "95 % interval" is one where a result has an interval."""
    bare = TERMS.sub(" ", bare)
    return INTERVAL.sub(" ", bare) if INTERVAL.search(bare) and any(map(_has_interval, results)) else bare


def _has_interval(found: Mapping[str, Any]) -> bool:
    return any(
        value is not None and key.endswith(LOW) and row.get(f"{key.removesuffix(LOW)}_high") is not None
        for row in (found["facts"], *rows_told(found))
        for key, value in row.items()
    )


def as_said(sentence: str) -> str:
    """A sentence as it is compared with others: plain, and without the marks at its ends."""
    return " ".join(plain(sentence).casefold().split()).strip(' .!?;:“”"«»')


def without_quoted(sentence: str, repeated: Iterable[str]) -> str:
    """Return a sentence without those of `repeated` (`as_said`) that stand in it between quotation marks."""
    known = frozenset(repeated)
    return QUOTED.sub(lambda found: " " if as_said(found.group()) in known else found.group(), sentence)
