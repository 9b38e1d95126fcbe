"""Who meets whom in a comparison of models, and on which side: decided by a seed and by the votes, by nothing else."""

from __future__ import annotations

import random
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

Side = Literal["a", "b"]
Choice = Literal["left", "right", "tie", "both_bad"]
CHOICES: tuple[Choice, ...] = ("left", "right", "tie", "both_bad")


@dataclass(frozen=True)
class Pairing:
    """One round: the places in the line-up that stand left (a) and right (b), and the side that goes on if nobody wins.

    Attributes
    ----------
    side_a, side_b : int
        Places in the line-up, counted from 0.
    stays : {"a", "b"}
        From the second round on the side of the champion; in the first, where there is none yet, drawn by the seed.
    """

    side_a: int
    side_b: int
    stays: Side

    def goes_on(self, choice: Choice) -> int:
        """Return the place that meets the next one: the winner, or the side that stays when nobody won."""
        side = {"left": "a", "right": "b"}.get(choice, self.stays)
        return self.side_a if side == "a" else self.side_b


def line_up(models: Sequence[str], seed: int, most: int) -> tuple[str, ...]:
    """Return the models of a battle in the order in which they enter it.

    Parameters
    ----------
    models : sequence of str
        Names, in any order; each once.
    seed : int
        The battle's own number. The same models and seed give the same line-up, in whichever order they were named.
    most : int
        How many take part at most.

    Returns
    -------
    tuple of str
        At least two.

    Raises
    ------
    ValueError
        With fewer than two models, or one that is named twice.
    """
    if len(models) < 2 or len(set(models)) != len(models):
        raise ValueError("a battle needs two models or more, each once")
    drawn = sorted(models)
    random.Random(f"{seed}|line-up").shuffle(drawn)
    return tuple(drawn[: max(2, most)])


def first_round(seed: int) -> Pairing:
    """Return the round in which the first two of the line-up meet, each side as likely for either."""
    draw = random.Random(f"{seed}|1")
    return _placed(draw, 0, 1, draw.choice(("a", "b")))


def next_round(seed: int, number: int, before: Pairing, choice: Choice, size: int) -> Pairing | None:
    """Return the round after a vote.

    Parameters
    ----------
    seed : int
        The battle's own number.
    number : int
        The number of the round to come, from 2.
    before : Pairing
        The round that was voted on.
    choice : {"left", "right", "tie", "both_bad"}
        The vote. The winner goes on; after a tie, and when both were bad, the champion does.
    size : int
        How many are in the line-up.

    Returns
    -------
    Pairing or None
        None when everybody has been met.
    """
    if number >= size:
        return None
    champion = before.goes_on(choice)
    pairing = _placed(random.Random(f"{seed}|{number}"), champion, number, "a")
    return Pairing(pairing.side_a, pairing.side_b, "a" if pairing.side_a == champion else "b")


def final_order(rounds: Sequence[tuple[Pairing, Choice]]) -> tuple[int, ...]:
    """Return the places of a finished battle: the champion first, then those who left, the last to leave first.

    Parameters
    ----------
    rounds : sequence of (Pairing, choice)
        All rounds in their order, at least one.
    """
    leaving = []
    for pairing, choice in rounds:
        champion = pairing.goes_on(choice)
        leaving.append(pairing.side_b if champion == pairing.side_a else pairing.side_a)
    last, choice = rounds[-1]
    return (last.goes_on(choice), *reversed(leaving))


def _placed(draw: random.Random, one: int, other: int, stays: Side) -> Pairing:
    return Pairing(one, other, stays) if draw.random() < 0.5 else Pairing(other, one, stays)
