"""From a message to a decision, in a fixed order: open question, getting about, command, else nothing.

The order is the whole of it. An answer to an open question is only taken as one when it names an option; a question
or a negation never is. Words for getting about and commands count as whole messages only.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Literal

from rapidfuzz.distance import OSA

from assistant.core.grammar import intent_of
from assistant.core.reading import Lexicon, Reading, read
from assistant.core.slots import Slots, slots_of
from assistant.core.words import fold, tokens

Route = Literal["pending", "navigation", "command", "none"]
NAVIGATION = frozenset(
    {"help", "back", "status", "cancel", "new_chat", "greet", "thanks", "identity", "yes", "no"}
)
SLASH = {
    "/help": "help", "/reset": "new_chat", "/new": "new_chat", "/risk": "run_risk", "/map": "map", "/nets": "nets",
    "/export": "download", "/download": "download", "/tpr": "tpr", "/status": "status", "/report": "report",
    "/history": "history", "/share": "share", "/transcript": "transcript",
}  # fmt: skip
_QUESTION_WORDS_TEXT = """
    what why how who when where which is are does do can pourquoi comment quel quelle
"""
QUESTION_WORDS = frozenset(_QUESTION_WORDS_TEXT.split())
_NEGATIONS_TEXT = """
    not no dont never non pas except without sans sauf
"""
NEGATIONS = frozenset(_NEGATIONS_TEXT.split())


@dataclass(frozen=True, slots=True)
class Option:
    """One answer to an open question."""

    id: str
    label: str
    also: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Decision:
    """What to do with a message, and by which step of the order that was found."""

    route: Route
    intent: str
    slots: Mapping[str, Any] = field(default_factory=dict)
    unknown: tuple[str, ...] = ()


def decide(text: str, lexicon: Lexicon, pending: Sequence[Option] = ()) -> Decision:
    """Decide on one message.

    Parameters
    ----------
    text : str
        The whole message.
    lexicon : Lexicon
        Names of the session's data.
    pending : sequence of Option
        The options of the open question, if there is one, in the order in which they were numbered.

    Returns
    -------
    Decision
        With the intent ``"answer"`` and the slot `option` for an open question's answer, and ``"cant"`` when no
        step of the order knows the message.
    """
    chosen = chosen_option(text, pending)
    if chosen is not None:
        return Decision("pending", "answer", {"option": chosen.id})
    command = SLASH.get(text.strip().casefold())
    if command:
        return Decision("navigation" if command in NAVIGATION else "command", command)
    reading = read(text, lexicon)
    intent = intent_of(reading)
    if intent is None:
        return Decision("none", "cant", unknown=_unknown(reading))
    route: Route = "navigation" if intent in NAVIGATION else "command"
    slots: Slots = {} if intent in NAVIGATION else slots_of(reading, intent)
    return Decision(route, intent, slots)


def chosen_option(text: str, options: Sequence[Option]) -> Option | None:
    """Return the option that a message names by number, id or words, one spelling mistake allowed; else None."""
    words = tokens(text)
    if not options or not words or text.strip().endswith("?"):
        return None
    said = " ".join(words)
    if said.isdigit() and 1 <= int(said) <= len(options):
        return options[int(said) - 1]
    for option in options:
        if said in {" ".join(tokens(name)) for name in (option.id, option.label, *option.also)}:
            return option
    if words[0] in QUESTION_WORDS or NEGATIONS & set(words):
        return None
    close = [
        option
        for option in options
        for name in (option.label, *option.also)
        if len(said) >= 5 and OSA.distance(said, fold(name), score_cutoff=2) <= (1 if len(said) < 8 else 2)
    ]
    return close[0] if len({option.id for option in close}) == 1 else None


def _unknown(reading: Reading) -> tuple[str, ...]:
    return tuple(item.value for item in reading.items if item.kind == "unknown")
