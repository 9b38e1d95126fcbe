"""What a message resembles: a linear reading of whole messages, learned from labelled ones.

The second reader, behind the table of rules. It looks at words, at what kinds of things stand in a message and at pieces
of words, adds up a learned weight for each, and says how likely each intent is. It never fills in what a message says:
places, numbers and variables come from `reading` and `slots` as everywhere.
"""

from __future__ import annotations

import io
import math
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from itertools import combinations, pairwise
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from assistant.core.reading import Item, Reading

WEIGHTS = "likeness.npz"
# Pieces of words, in letters.
PIECES = (3, 4, 5)
LARGE = 1_000


@dataclass(frozen=True, slots=True)
class Likeness:
    """What a message resembles most, and how likely that is by itself and against the next one."""

    intent: str
    probability: float
    margin: float
    unseen: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Weights:
    """A trained reader.

    Parameters
    ----------
    intents : tuple of str
        One per column.
    rows : mapping
        Feature to its row.
    table : array, shape (features, intents)
        Dimensionless.
    words : frozenset of str
        All words of the messages that it was trained on and that can be answered.
    trained_on : str
        Checksum of those messages.
    """

    intents: tuple[str, ...]
    rows: Mapping[str, int]
    table: NDArray[np.float32]
    words: frozenset[str]
    trained_on: str

    def likeness(self, reading: Reading) -> Likeness:
        """Return the most likely intent of a message.

        Parameters
        ----------
        reading : Reading
            The message taken apart.

        Returns
        -------
        Likeness
        """
        chances = self.chances(reading)
        second, first = np.argsort(chances)[-2:]
        unseen = tuple(word for word in said_words(reading) if word not in self.words)
        margin = float(chances[first] - chances[second])
        return Likeness(self.intents[first], float(chances[first]), margin, unseen)

    def chances(self, reading: Reading) -> NDArray[np.float32]:
        """Return the probability of each intent: softmax of the summed weights, over the root of the number of features."""
        found = features(reading)
        known = [self.rows[name] for name in found if name in self.rows]
        scores = self.table[known].sum(axis=0) / math.sqrt(max(1, len(found)))
        raised = np.exp(scores - scores.max())
        return raised / raised.sum()

    def reasons(self, reading: Reading, intent: str, most: int = 5) -> list[tuple[str, float]]:
        """Return the features that speak most for an intent in a message, each with its weight, the strongest first."""
        column = self.intents.index(intent)
        found = [
            (name, float(self.table[self.rows[name], column]))
            for name in features(reading)
            if name in self.rows
        ]
        return sorted(found, key=lambda pair: (-pair[1], pair[0]))[:most]


def features(reading: Reading) -> frozenset[str]:
    """Return what the reader sees of a message.

    Parameters
    ----------
    reading : Reading
        The message taken apart.

    Returns
    -------
    frozenset of str
        ``w``, ``b``: words and pairs of neighbours, names and numbers by their kind; ``t``, ``o``, ``p``: concepts, their
        neighbours in order, and which of them stand together; ``c``: pieces of words; ``n``: how many of each kind.
    """
    return frozenset(_features(reading))


def _features(reading: Reading) -> Iterator[str]:
    words = ["<s>", *(one.word for one in reading.heard), "</s>"]
    tags = ["<s>", *(tag for tag in map(_tag, reading.items) if tag), "</s>"]
    yield from (f"w {word}" for word in words[1:-1])
    yield from (f"b {one} {other}" for one, other in pairwise(words))
    yield from (f"t {tag}" for tag in tags[1:-1])
    yield from (f"o {one} {other}" for one, other in pairwise(tags))
    yield from (f"p {one} {other}" for one, other in combinations(sorted(set(tags[1:-1])), 2))
    for word in words[1:-1]:
        if not word.startswith("<"):
            yield from (f"c {piece}" for piece in _pieces(f" {word} "))
    for kind in ("ward", "lga", "variable"):
        yield f"n {kind} {min(len(reading.values(kind)), 2)}"  # type: ignore[arg-type]
    yield f"n number {min(len(reading.numbers()), 2)}"
    yield f"n words {min((len(words)) // 4, 5)}"


def _pieces(word: str) -> Iterator[str]:
    for size in PIECES:
        yield from (word[at : at + size] for at in range(len(word) - size + 1))


def _tag(item: Item) -> str:
    if item.kind == "concept":
        return item.value
    if item.kind == "number":
        return "percent" if item.percent else "large" if item.amount >= LARGE else "number"
    return item.words if item.kind == "unknown" else item.kind


def said_words(reading: Reading) -> Iterator[str]:
    """Yield the words of a message that are no names and no numbers."""
    return (one.word for one in reading.heard if not one.word.startswith("<"))


def packed(weights: Weights) -> bytes:
    """Return trained weights as one compressed file: no objects, weights at half precision."""
    out = io.BytesIO()
    names = sorted(weights.rows, key=weights.rows.__getitem__)
    np.savez_compressed(
        out, intents=_text(weights.intents), features=_text(names), words=_text(sorted(weights.words)),
        trained_on=_text([weights.trained_on]), table=weights.table.astype(np.float16),
    )  # fmt: skip
    return out.getvalue()


def unpacked(content: bytes) -> Weights:
    """Return the weights of a file that `packed` made."""
    with np.load(io.BytesIO(content)) as stored:
        names = _lines(stored["features"])
        return Weights(
            tuple(_lines(stored["intents"])),
            {name: row for row, name in enumerate(names)},
            stored["table"].astype(np.float32),
            frozenset(_lines(stored["words"])),
            _lines(stored["trained_on"])[0],
        )


@cache
def stored_weights() -> Weights:
    """Return the weights that are delivered with this package; read once."""
    return unpacked(Path(__file__).with_name(WEIGHTS).read_bytes())


def _text(lines: Iterable[str]) -> NDArray[np.uint8]:
    return np.frombuffer("\n".join(lines).encode(), dtype=np.uint8)


def _lines(stored: NDArray[np.uint8]) -> Sequence[str]:
    return stored.tobytes().decode().split("\n")
