"""Trains the assistant's second reader from the labelled messages, and measures it by author.

    python -m scripts.train_routing               # train, and store the weights
    python -m scripts.train_routing --by-author   # leave each author out once; store nothing

The same messages give the same weights. Run it after a change to the messages in assistant/tests/data, and after larger
changes of the vocabulary; a test compares the checksum of the messages with the one in the weights.
"""

from __future__ import annotations

import argparse
import math
from collections import Counter
from collections.abc import Sequence
from pathlib import Path

import numpy as np
from scipy.optimize import minimize
from scipy.sparse import csr_matrix

from assistant.core import likeness
from assistant.core.likeness import Weights, features, packed, said_words
from assistant.core.reading import Lexicon, Reading, read
from assistant.core.routing import decide
from assistant.tests import utterances
from assistant.tests.utterances import Utterance, lexicon, meaning

WEIGHTS = Path(likeness.__file__).with_name(likeness.WEIGHTS)
# A feature that one message alone has says nothing about others.
FEWEST_MESSAGES = 2
# Inverse strength of the quadratic penalty on the weights, chosen by leaving authors out.
FREEDOM = 60.0
STEPS = 80
MOST_FEATURES = 16_000
TURNS = 4


def trained(rows: Sequence[Utterance], readings: Sequence[Reading]) -> Weights:
    """Fit a multinomial logistic regression with a quadratic penalty (L-BFGS)."""
    intents = tuple(sorted({row.intent for row in rows}))
    seen = [features(reading) for reading in readings]
    counted = Counter(name for found in seen for name in found)
    names = sorted(name for name, count in counted.items() if count >= FEWEST_MESSAGES)
    design = _design(seen, {name: at for at, name in enumerate(names)})
    table = _fitted(design, np.array([intents.index(row.intent) for row in rows]), len(intents))
    kept = np.sort(np.argsort(-np.linalg.norm(table, axis=1), kind="stable")[:MOST_FEATURES])
    return Weights(
        intents=intents,
        rows={names[at]: row for row, at in enumerate(kept)},
        table=table[kept].astype(np.float32),
        words=frozenset(
            word
            for row, reading in zip(rows, readings, strict=True)
            if row.intent != "cant"
            for word in said_words(reading)
        ),
        trained_on=utterances.checksum(rows),
    )


def _design(seen: Sequence[frozenset[str]], columns: dict[str, int]) -> csr_matrix:
    """One row per message: each feature counts one over the root of their number."""
    found = [sorted(columns[name] for name in names if name in columns) for names in seen]
    values = [1 / math.sqrt(max(1, len(names))) for names in seen]
    ends = np.cumsum([0, *map(len, found)])
    data = np.repeat(values, np.diff(ends))
    return csr_matrix((data, np.concatenate(found), ends), shape=(len(seen), len(columns)))


def _fitted(design: csr_matrix, meant: np.ndarray, intents: int) -> np.ndarray:
    turned = design.T.tocsr()
    rows = np.arange(len(meant))

    def loss(flat: np.ndarray) -> tuple[float, np.ndarray]:
        table = flat.reshape(-1, intents)
        scores = design @ table
        scores -= scores.max(axis=1, keepdims=True)
        raised = np.exp(scores)
        total = raised.sum(axis=1, keepdims=True)
        misfit = (np.log(total[:, 0]) - scores[rows, meant]).sum() + (flat @ flat) / (2 * FREEDOM)
        chances = raised / total
        chances[rows, meant] -= 1
        return misfit, (turned @ chances + table / FREEDOM).ravel()

    start = np.zeros(design.shape[1] * intents)
    options = {"maxiter": STEPS, "maxcor": 5}
    return minimize(loss, start, jac=True, method="L-BFGS-B", options=options).x.reshape(-1, intents)


def by_author(known: Lexicon) -> str:
    """How each author's messages are understood by a reader that never saw a line of that author.

    Several authors are left out at a time, so each is read by a reader that learned from fewer than there are.
    """
    readings = {row.text: read(row.text, known) for row in utterances.training()}
    lines, whole = [], Counter[str]()
    for turn in range(TURNS):
        left = utterances.AUTHORS[turn::TURNS]
        rows = utterances.training(without=left)
        weights = trained(rows, [readings[row.text] for row in rows])
        for author in left:
            found = Counter(
                outcome(row, decide(row.text, known, weights=weights).intent)
                for row in utterances.utterances(author)
            )
            whole += found
            lines.append(f"{author}: {_shares(found)}")
    return "\n".join([*sorted(lines), f"all: {_shares(whole)}"])


def outcome(row: Utterance, intent: str) -> str:
    if meaning(intent) == row.intent:
        return "understood"
    return "refused" if intent == "cant" else "wrong"


def _shares(found: Counter[str]) -> str:
    told = (f"{found[name] / found.total():.1%} {name}" for name in ("understood", "refused", "wrong"))
    return f"{found.total()} messages, {', '.join(told)}"


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument(
        "--by-author", action="store_true", help="measure by leaving each author out; store nothing"
    )
    asked = parser.parse_args()
    known = lexicon()
    if asked.by_author:
        print(by_author(known))
        return 0
    rows = utterances.training()
    weights = trained(rows, [read(row.text, known) for row in rows])
    WEIGHTS.write_bytes(packed(weights))
    print(f"{len(rows)} messages, {len(weights.rows)} features, {WEIGHTS.stat().st_size / 1e6:.2f} MB")
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
