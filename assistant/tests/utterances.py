"""The labelled messages: one line each, intent, language, words, and what they say besides as JSON."""

import json
from collections import Counter
from dataclasses import dataclass
from pathlib import Path

from analysis.core.variables import lookup
from assistant.core.reading import Lexicon
from assistant.core.routing import decide

DATA = Path(__file__).with_name("data")
TUNED, HELD_OUT = "utterances.tsv", "utterances_held_out.tsv"


@dataclass(frozen=True)
class Utterance:
    intent: str
    language: str
    text: str
    slots: dict


def utterances(name: str) -> list[Utterance]:
    rows = [line.split("\t") for line in (DATA / name).read_text().splitlines() if line]
    return [Utterance(*row[:3], json.loads(row[3]) if len(row) > 3 else {}) for row in rows]


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
