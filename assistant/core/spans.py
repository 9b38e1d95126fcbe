"""What makes two numbers of a message the ends of one span: "20-40 %", "from 10,000 to 20,000 people"."""

from __future__ import annotations

import re
from collections.abc import Collection

from assistant.core.units import UNITS

# Between the ends of a span, behind a unit of the first.
_TO = re.compile(rf"\s?(?:{'|'.join(UNITS)})?\s?(?:[-–—]|to\b|a\b)\s?")
# Of nets an amount between two is none to plan; a plan says what it does with the second number.
_OF_NETS = re.compile(r"\b(?:nets?|bednets?|itns?|llins?|milda|moustiquaires?)\b")
# A rise from one number to another is no span.
_MOVING_TEXT = """
    went go goes gone going move moved moves rose risen rise rises fell fall falls fallen drop dropped drops increase increased
    decrease decreased change changed changes passe passes augmente baisse
"""
MOVING = frozenset(_MOVING_TEXT.split())
# Between a variable and the span of it.
RANGING = frozenset({"ranging", "ranges", "va", "vont", "variant"})


def second_at(folded: str, end: int, before: Collection[str]) -> int:
    """Return where the second number of a span would begin; -1 where none can.

    Parameters
    ----------
    folded : str
        The whole message.
    end : int
        Where the first number ends.
    before : collection of str
        The words before the first.

    Returns
    -------
    int
    """
    between = _TO.match(folded, end)
    if between is None or MOVING & {*before} or _OF_NETS.search(folded):
        return -1
    return between.end()
