"""Open questions: what waits for an answer, how to go on, back and out, and how it survives a question in between.

An open question stands in its conversation's row as `intent` and `slots` of the command that asks, its `choices`, the
argument that the answer is for (`asking`), the arguments answered so far (`trail`), its own words (`question`), and
the question `under` it, if it came up while another one was open.
"""

from collections.abc import Mapping
from typing import Any

from assistant.core.routing import NEGATIONS, Option
from assistant.core.words import tokens
from assistant.plurals import ours
from sessions_app.stored_words import in_every_language

# The answer to a clarification is the code of a place; whatever else is asked for is a step of a dialogue.
CLARIFIED = "code"
Waiting = Mapping[str, Any]


def opened(found: Mapping[str, Any], intent: str, slots: dict[str, Any], trail: list[str], lines: list[str], under: Waiting) -> dict[str, Any]:  # fmt: skip
    """The open question that a tool's choices make."""
    return {
        "intent": intent, "slots": slots, "choices": found["choices"], "asking": found["asking"], "trail": trail,
        "question": lines[-1] if lines else "", **({"under": dict(under)} if under else {}),
    }  # fmt: skip


def options(waiting: Waiting) -> list[Option]:
    """The choices of the open question; each may be named in any language that a page has shown it in."""
    return [
        Option(one["id"], one["label"], (*one["also"], *in_every_language(one["label"])))
        for one in waiting.get("choices", ())
    ]


def answered(waiting: Waiting, option: str) -> tuple[str, dict[str, Any], list[str]]:
    """Intent, slots and trail when one of the choices was named."""
    asking = waiting.get("asking", CLARIFIED)
    return waiting["intent"], waiting["slots"] | {asking: option}, [*waiting.get("trail", ()), asking]


def one_step_back(waiting: Waiting) -> tuple[str, dict[str, Any], list[str]]:
    """Intent, slots and trail of the question before; the caller has seen that there is one."""
    *trail, last = waiting["trail"]
    return waiting["intent"], {name: value for name, value in waiting["slots"].items() if name != last}, trail


def is_dialogue(waiting: Waiting) -> bool:
    """Whether the open question is a step of several, which an answer in between does not end."""
    return bool(waiting) and waiting.get("asking", CLARIFIED) != CLARIFIED


def goes_on(waiting: Waiting, intent: str, slots: Mapping[str, Any]) -> bool:
    """Whether a command fills the dialogue that is open rather than starting another: "primary, under five"."""
    return is_dialogue(waiting) and intent == waiting["intent"] and bool(slots) and not ({"start", "switch", "combinations"} & set(slots))  # fmt: skip


def is_refused(waiting: Waiting, text: str) -> bool:
    """Whether a message says no to the choices of an open question: "not primary" chooses nothing."""
    return bool(waiting) and bool(NEGATIONS & set(tokens(text)))


def still_open(waiting: Waiting) -> list[str]:
    """What to say of a question that stays open."""
    question = waiting.get("question")
    return [f"Still open: {ours(question)}"] if question else []
