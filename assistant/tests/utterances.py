"""The labelled messages: one line each, intent, language, words, and what they say besides as JSON."""

import json
import random
from collections import Counter
from dataclasses import dataclass
from pathlib import Path

from analysis.core.variables import lookup
from assistant.core.reading import Lexicon
from assistant.core.routing import decide

DATA = Path(__file__).with_name("data")
TUNED, HELD_OUT = "utterances.tsv", "utterances_held_out.tsv"
# Written by somebody who had not seen the grammar. One half, drawn by this number before a line of it was read, was tuned
# on afterwards; the other half's lines were never looked at.
STRANGERS, DRAWN_BY = "strangers.tsv", 1906


@dataclass(frozen=True)
class Utterance:
    intent: str
    language: str
    text: str
    slots: dict


def utterances(name: str) -> list[Utterance]:
    rows = [line.split("\t") for line in (DATA / name).read_text().splitlines() if line]
    return [Utterance(*row[:3], json.loads(row[3]) if len(row) > 3 else {}) for row in rows]


def halves() -> tuple[list[Utterance], list[Utterance]]:
    """The strangers' messages: the half that was tuned on, and the half that was left alone."""
    rows = utterances(STRANGERS)
    order = list(range(len(rows)))
    random.Random(DRAWN_BY).shuffle(order)
    tuned = set(order[: len(rows) // 2])
    return [row for at, row in enumerate(rows) if at in tuned], [
        row for at, row in enumerate(rows) if at not in tuned
    ]


def understood(rows: list[Utterance]) -> float:
    """The share of messages whose intent is found."""
    known = lexicon()
    return sum(decide(row.text, known).intent == row.intent for row in rows) / len(rows)


def lexicon() -> Lexicon:
    return Lexicon(**json.loads((DATA / "places.json").read_text()))


def confusions(name: str) -> Counter:
    known = lexicon()
    return Counter((row.intent, decide(row.text, known).intent) for row in utterances(name))


def accuracy(found: Counter) -> float:
    return sum(count for (wanted, got), count in found.items() if wanted == got) / found.total()


def same(value: object) -> object:
    """Variables by their id in the registry, however the label spells them."""
    known = lookup(value) if isinstance(value, str) else None
    return known.id if known else value


def table() -> str:
    """The confusion table of the docs."""
    tuned, held = confusions(TUNED), confusions(HELD_OUT)
    lines = ["| Meant | Tuned on | Held out | Mistaken for |", "|---|---:|---:|---|"]
    for intent in sorted({wanted for wanted, _ in tuned | held}):
        cells = [
            f"{found[intent, intent]} of {sum(n for (wanted, _), n in found.items() if wanted == intent)}"
            for found in (tuned, held)
        ]
        wrong = Counter({got: n for (wanted, got), n in (tuned + held).items() if wanted == intent != got})
        mistaken = ", ".join(f"{got} ({n})" for got, n in sorted(wrong.items()))
        lines.append(f"| {intent} | {cells[0]} | {cells[1]} | {mistaken} |")
    lines.append(f"| **all** | **{accuracy(tuned):.1%}** | **{accuracy(held):.1%}** | |")
    return "\n".join(lines)
