"""The labelled messages: one line each, intent, language, words, and what they say besides as JSON."""

import hashlib
import json
from collections import Counter
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from analysis.core.variables import lookup
from assistant.core.reading import Lexicon
from assistant.core.routing import decide

DATA = Path(__file__).with_name("data")
# Written beside the grammar.
OWN = ("utterances.tsv", "utterances_held_out.tsv", "utterances_more.tsv")
# Of other authors; neither the rules nor the weights were made with a line of them in sight.
HELD_OUT = ("strangers_held_out_1.tsv", "strangers_held_out_2.tsv", "strangers_held_out_3.tsv")
# One author each, written independently, without sight of the grammar.
AUTHORS = tuple(sorted({path.name for path in DATA.glob("strangers*.tsv")} - set(HELD_OUT)))
# Questions about nets have one label; the commands tell apart what is asked of a plan.
MEANINGS = dict.fromkeys(
    ("net_ward", "net_more", "net_delivery", "net_store", "net_candidates", "net_served"), "nets"
)


@dataclass(frozen=True)
class Utterance:
    intent: str
    language: str
    text: str
    slots: dict


def utterances(name: str) -> list[Utterance]:
    rows = [line.split("\t") for line in (DATA / name).read_text().splitlines() if line]
    return [Utterance(*row[:3], json.loads(row[3]) if len(row) > 3 else {}) for row in rows]


def training(without: Collection[str] = ()) -> list[Utterance]:
    """All messages that the second reader learns from, each text once."""
    rows = [row for name in (*OWN, *AUTHORS) if name not in without for row in utterances(name)]
    return list({row.text: row for row in rows}.values())


def checksum(rows: Sequence[Utterance]) -> str:
    lines = sorted(f"{row.intent}\t{row.text}" for row in rows)
    return hashlib.sha256("\n".join(lines).encode()).hexdigest()


def meaning(intent: str) -> str:
    """The label of an intent."""
    return MEANINGS.get(intent, intent)


def understood(rows: list[Utterance]) -> float:
    """The share of messages whose intent is found."""
    known = lexicon()
    return sum(meaning(decide(row.text, known).intent) == row.intent for row in rows) / len(rows)


def lexicon() -> Lexicon:
    return Lexicon(**json.loads((DATA / "places.json").read_text()))


def confusions(name: str) -> Counter:
    """What the messages of a file mean, and what they are taken for."""
    known = lexicon()
    return Counter((row.intent, meaning(decide(row.text, known).intent)) for row in utterances(name))


def shares(found: Counter) -> dict[str, float]:
    """The shares understood, refused although there is an answer, and taken for something else."""
    right = sum(n for (wanted, got), n in found.items() if wanted == got)
    refused = sum(n for (wanted, got), n in found.items() if got == "cant" != wanted)
    total = found.total()
    return {"understood": right / total, "refused": refused / total, "wrong": 1 - (right + refused) / total}


def same(value: object) -> object:
    """Variables by their id in the registry, however the label spells them."""
    known = lookup(value) if isinstance(value, str) else None
    return known.id if known else value


def table(found: Counter) -> str:
    """The confusion table of the docs."""
    lines = ["| Meant | Understood | Refused | Taken for |", "|---|---:|---:|---|"]
    for intent in sorted({wanted for wanted, _ in found}):
        of_intent = Counter({got: n for (wanted, got), n in found.items() if wanted == intent})
        others = sorted((got, n) for got, n in of_intent.items() if got not in (intent, "cant"))
        refused = of_intent["cant"] if intent != "cant" else 0
        mistaken = ", ".join(f"{got} ({n})" for got, n in others)
        lines.append(
            f"| {intent} | {of_intent[intent]} of {of_intent.total()} | {refused or ''} | {mistaken} |"
        )
    total = shares(found)
    lines.append(
        f"| **all** | **{total['understood']:.1%}** | **{total['refused']:.1%}** | **{total['wrong']:.1%}** |"
    )
    return "\n".join(lines)


# What an answer must not have beside what was said: it would be of fewer wards, or of another plan.
NARROWING = ("where", "tier", "lga", "ward", "nets", "urban_rule", "threshold", "household_size")


def read_whole(name: str) -> Counter:
    """Of the messages of a file: understood, of these with all that they state, and of the others those that say so."""
    known, found = lexicon(), Counter()
    for row in utterances(name):
        decision = decide(row.text, known)
        understood = meaning(decision.intent) == row.intent
        right = understood and _as_said(row.slots, decision.slots)
        found += Counter(
            messages=1,
            understood=understood,
            whole=right,
            told=understood and not right and bool(decision.aside),
        )
    return found


def _as_said(said: Mapping[str, Any], got: Mapping[str, Any]) -> bool:
    names = {*said, *(name for name in NARROWING if name in got)}
    return all(_plain(name, said.get(name)) == _plain(name, got.get(name)) for name in names)


def _plain(name: str, value: Any) -> Any:
    """In one form: tiers in any case, conditions in any order, "between" as two of them."""
    if name != "where" or not value:
        return str(value).casefold() if name == "tier" else same(value)
    spans = [[one, sign, *numbers] for one, sign, *numbers in value if sign != "between"]
    for one, sign, *numbers in value:
        spans += [[one, ">=", numbers[0]], [one, "<=", numbers[1]]] if sign == "between" else []
    return sorted((same(one), sign, float(number)) for one, sign, number in spans)
