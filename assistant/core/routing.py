"""From a message to a decision, in a fixed order: open question, getting about, command, likeness, else nothing.

The order is the whole of it. An answer to an open question is only taken as one when it names an option; a question
or a negation never is. The rules for getting about and for commands fit whole messages only. What fits no rule is taken
for what it resembles most, if that is clear enough and nothing that was said would be left out of the answer.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any, Literal

from rapidfuzz.distance import OSA

from assistant.core.caution import OF_PLACES, is_foreign, lacks, left_out, strange, turns_round, unasked
from assistant.core.caution_nets import is_of_another_plan
from assistant.core.grammar import intent_of
from assistant.core.likeness import Likeness, Weights, stored_weights
from assistant.core.meant import meant
from assistant.core.net_rules import TOWNS, VILLAGES
from assistant.core.net_slots import NET_INTENTS, Slots
from assistant.core.reading import Lexicon, Reading, read
from assistant.core.slots import slots_of
from assistant.core.taken import TAKEN
from assistant.core.words import fold, tokens

Route = Literal["pending", "navigation", "command", "likeness", "none"]
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
    not no dont never non pas except without sans sauf but excluding hors
"""
NEGATIONS = frozenset(_NEGATIONS_TEXT.split())
# How likely an intent has to be, and how much more so than the next one. What is answered with numbers has to be more
# likely, what starts work or changes something still more, and so has everything before a language model is asked instead.
CLEAR, AHEAD = 0.35, 0.1
CLEAR_FOR_NUMBERS = 0.5
CLEAR_TO_START = 0.7
BEYOND_DOUBT = 0.9
# From here on a rule that says something else fits by chance.
OBJECTION = 0.6
# Likely enough to be offered.
OFFERED = 0.2
# What messages were never labelled with; their words are of these questions alone.
RULED_ALONE = NET_INTENTS - {"nets"} | {
    "share", "transcript", "history", "follow", "explain_figure", "tpr_quality", "tpr_trend", "neighbours", "reports", "tests",
    "about_lga",
}  # fmt: skip
# Words of a plan of nets alone: "use proportional", "with a cap of 60 %".
OF_A_PLAN = frozenset(
    {"INTURN", "PROPORTION", "WEIGHTED", "CAPPED", "RURALFIRST", "URBANFIRST", "NOURBAN", "number"}
)
_BESIDE_TEXT = """
    near nearby close around pres far farther farthest further furthest loin eloigne eloignes eloignee
"""
BESIDE = frozenset(_BESIDE_TEXT.split())
STARTING = frozenset({"run_risk", "report", "cancel", "new_chat", "tpr", "net_store"})


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
    # Of a message that is not understood: the words that nobody knows, and what it may have meant.
    unknown: tuple[str, ...] = ()
    offered: str = ""
    # Whether `unknown` was read, but is more than an answer can take into account.
    is_narrower: bool = False
    # What was said and is not in the answer, which has to say so.
    aside: tuple[str, ...] = ()
    # Of `likeness` alone.
    probability: float = 0.0

    @property
    def is_beyond_doubt(self) -> bool:
        """Whether there is no need to ask anybody else what was meant."""
        return self.route in ("pending", "navigation", "command") or self.probability >= BEYOND_DOUBT


def decide(
    text: str, lexicon: Lexicon, pending: Sequence[Option] = (), weights: Weights | None = None
) -> Decision:
    """Decide on one message.

    Parameters
    ----------
    text : str
        The whole message.
    lexicon : Lexicon
        Names of the session's data.
    pending : sequence of Option
        The options of the open question, if there is one, in the order in which they were numbered.
    weights : Weights, optional
        Of the second reader; those of the package when there are none.

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
    if not reading.heard:
        return Decision("none", "cant")
    weights = weights or stored_weights()
    like = weights.likeness(reading)
    if pending and (NEGATIONS & set(tokens(text)) or like.probability < BEYOND_DOUBT):
        return _by_rule(reading) or Decision("none", "cant", unknown=_unknown(reading, like))
    ruled = _by_rule(reading)
    likely = replace(like, intent=meant(reading, like.intent))
    if ruled is None or (_objects(likely, ruled.intent) and not reading.tags <= OF_A_PLAN):
        return _by_likeness(reading, like, weights)
    if ruled.route != "none" or ruled.offered in NET_INTENTS:
        return ruled  # of a plan that is refused: nothing else that it resembles is of nets
    resembled = _by_likeness(reading, like, weights)
    return ruled if resembled.route == "none" else resembled


def _by_rule(reading: Reading) -> Decision | None:
    intent = meant(reading, intent_of(reading) or "cant")
    if intent == "cant":
        return None
    if intent in NAVIGATION:
        return Decision("navigation", intent)
    return _checked(Decision("command", intent, slots_of(reading, intent)), reading)


def _objects(like: Likeness, ruled: str) -> bool:
    """Whether a rule fits by chance: another intent that both readers know is far more likely."""
    return ruled not in RULED_ALONE and like.intent != ruled and like.probability >= OBJECTION


def _by_likeness(reading: Reading, like: Likeness, weights: Weights) -> Decision:
    """What a message resembles, unless that is doubtful or leaves something out."""
    nothing = Decision("none", "cant", unknown=_unknown(reading, like), offered=_offered(like))
    needed = clear_for(like.intent)
    if like.intent == "cant" or like.probability < needed or like.margin < AHEAD:
        return nothing
    intent = meant(reading, like.intent)
    slots: Slots = {} if intent in NAVIGATION else slots_of(reading, intent)
    asked_of = intent in OF_PLACES | NET_INTENTS
    if (asked_of and any(map(is_foreign, reading.items))) or lacks(reading, intent, slots):
        return nothing
    known = weights.words | TOWNS | VILLAGES if intent in NET_INTENTS else weights.words
    strangers = strange(reading, known) if asked_of else ()
    lists_all = intent == "list" and not set(slots) - {"subject"}
    if lists_all:
        strangers += unasked(reading)
    if lists_all or (intent == "rank" and "by" not in slots):
        # All wards are listed, or ranked by risk, when nothing else was said, and not those beside something that nobody knows.
        strangers += tuple(one.word for one in reading.heard if one.word in BESIDE)
    if strangers:
        return replace(nothing, unknown=tuple(dict.fromkeys(strangers)))
    found = Decision("likeness", intent, slots, probability=like.probability)
    return _checked(found, reading)


def _checked(found: Decision, reading: Reading) -> Decision:
    """A decision that leaves something out is none, or says so where a picture or a list is of everything anyway."""
    lost = left_out(reading, found.intent, found.slots)
    if not lost:
        return found
    if (
        found.intent in TAKEN
        or is_of_another_plan(reading, found.intent, found.slots)
        or turns_round(reading, found.intent, found.slots)
    ):
        return Decision("none", "cant", unknown=lost, offered=found.intent, is_narrower=True)
    return replace(found, aside=lost)


def _offered(like: Likeness) -> str:
    return like.intent if like.probability >= OFFERED and like.intent != "cant" else ""


def clear_for(intent: str) -> float:
    """Return how likely an intent has to be before it is acted on."""
    if intent in STARTING:
        return CLEAR_TO_START
    return CLEAR_FOR_NUMBERS if intent in OF_PLACES else CLEAR


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


def _unknown(reading: Reading, like: Likeness) -> tuple[str, ...]:
    """Names of what the tables are not of, else the words that neither reader knows."""
    foreign = tuple(item.value for item in reading.items if is_foreign(item))
    return foreign or like.unseen
