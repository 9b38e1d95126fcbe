"""How good models are by the votes on pairs of their answers: Bradley–Terry by maximum likelihood, with intervals.

References
----------
R. A. Bradley, M. E. Terry, "Rank analysis of incomplete block designs: I. The method of paired comparisons",
Biometrika 39, 324-345, 1952, doi:10.1093/biomet/39.3-4.324.
D. R. Hunter, "MM algorithms for generalized Bradley-Terry models", Annals of Statistics 32, 384-406, 2004,
doi:10.1214/aos/1079120141.
B. Efron, R. J. Tibshirani, "An Introduction to the Bootstrap", Chapman & Hall, 1993 (percentile intervals).
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Hashable, Iterable, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from assistant.core.arena_matches import CHOICES, Choice

Floats = NDArray[np.float64]

# A difference of 400 points is odds of ten to one, as on Elo's scale; 1500 is what an average model has.
CENTRE, POINTS = 1500.0, 400.0 / np.log(10.0)
# Games that each model plays, half won, against an average opponent that doesn't exist.
PRIOR = 1.0
DRAWS = 1_000
LEVEL = 0.95
# Points below which draws don't differ: they are rounding.
SAME = 1e-6
STEP, STEPS, CLOSE = 1.0, 200, 1e-10
SHARE = {"left": (1.0, 0.0), "right": (0.0, 1.0), "tie": (0.5, 0.5)}


@dataclass(frozen=True)
class Comparison:
    """One vote: who voted, what stood left and right, and how it went."""

    voter: Hashable
    left: str
    right: str
    choice: Choice


@dataclass(frozen=True)
class Standing:
    """One model among the others. `low` and `high` bound the rating at 95 %; None where the voters don't tell how firm it is.

    Models of one `group` are connected by votes; between groups nobody has chosen, so that the prior alone orders them.
    """

    model: str
    group: int
    rating: float
    low: float | None
    high: float | None
    comparisons: int
    wins: int
    losses: int
    ties: int
    both_bad: int


def strengths(wins: Floats, prior: float = PRIOR) -> Floats:
    r"""Return the natural-log strengths of models from how often each won against each.

    Parameters
    ----------
    wins : array of shape (..., k, k)
        ``wins[..., i, j]`` is how often i won against j; a tie is half a win for both. The diagonal is ignored.
    prior : float
        Games of each model against an average opponent (strength 0) that are added, half of them won. Above 0.

    Returns
    -------
    array of shape (..., k)
        The one maximum of

        .. math:: \sum_{i \ne j} w_{ij} \log \sigma(\theta_i - \theta_j)
                  + \frac{p}{2} \sum_i [\log \sigma(\theta_i) + \log \sigma(-\theta_i)]

        found by Newton's method with bounded steps. The prior makes the sum strictly concave, so that there is exactly
        one maximum and it is finite, also for a model that won everything and for models that never met.

    Raises
    ------
    ValueError
        For a prior of 0 or less, negative or missing numbers, or an array that isn't square.
    """
    wins = np.array(wins, dtype=float)
    if wins.ndim < 2 or wins.shape[-1] != wins.shape[-2]:
        raise ValueError("wins must be square")
    if not prior > 0 or not np.isfinite(wins).all() or (wins < 0).any():
        raise ValueError("wins must be numbers from 0 up, and the prior above 0")
    size = wins.shape[-1]
    diagonal = np.arange(size)
    wins[..., diagonal, diagonal] = 0.0
    games = wins + np.swapaxes(wins, -1, -2)
    won = wins.sum(axis=-1)
    theta = np.zeros(wins.shape[:-1])
    close = CLOSE * np.maximum(1.0, games.sum(axis=(-1, -2), keepdims=True)[..., 0])
    for _ in range(STEPS):
        chance = _chance(theta[..., :, None] - theta[..., None, :])
        own = _chance(theta)
        gradient = won - (games * chance).sum(axis=-1) + prior * (0.5 - own)
        if (np.abs(gradient) <= close).all():
            return theta
        spread = games * chance * (1.0 - chance)
        hessian = -spread
        hessian[..., diagonal, diagonal] = spread.sum(axis=-1) + prior * own * (1.0 - own)
        step = np.linalg.solve(hessian, gradient[..., None])[..., 0]
        longest = np.abs(step).max(axis=-1, keepdims=True)
        theta = theta + step * np.minimum(1.0, STEP / np.maximum(longest, STEP))
    raise ArithmeticError("the ratings did not settle")


def _chance(difference: Floats) -> Floats:
    """The chance to win at a difference of strengths; the tangent form doesn't overflow."""
    return 0.5 * (1.0 + np.tanh(0.5 * difference))


def standings(
    comparisons: Iterable[Comparison], *, seed: int, draws: int = DRAWS, prior: float = PRIOR
) -> list[Standing]:
    """Return the models from the best to the last, each with an interval and what it was counted from.

    Parameters
    ----------
    comparisons : iterable of Comparison
        Votes in any order. "both_bad" changes no rating and is counted.
    seed : int
        For the draws of the intervals; the same votes and seed give the same numbers.
    draws : int
        How many times the voters are drawn anew, with replacement. Voters are drawn and not votes, because the votes
        of one person are not independent of each other.
    prior : float
        See :func:`strengths`.

    Returns
    -------
    list of Standing
        By falling rating, equal ones by name. Ratings are ``1500 + 400/ln(10) · θ``; intervals are the 2.5th and 97.5th
        percentile of the draws, and none where all draws give the same. Groups are numbered from 1 in the order of their
        best model. Empty without comparisons.

    Raises
    ------
    ValueError
        For a choice that is none, or a model that meets itself.
    """
    votes = list(comparisons)
    for vote in votes:
        if vote.choice not in CHOICES or vote.left == vote.right:
            raise ValueError(f"no comparison: {vote.left} and {vote.right}, {vote.choice}")
    models = sorted({name for vote in votes for name in (vote.left, vote.right)})
    if not models:
        return []
    by_voter = _wins_by_voter(votes, models)
    rating = CENTRE + POINTS * strengths(by_voter.sum(axis=0), prior)
    low, high = _intervals(by_voter, seed, draws, prior)
    order = sorted(range(len(models)), key=lambda i: (-round(float(rating[i]), 9), models[i]))
    groups = _groups(by_voter.sum(axis=0), order)
    ends = {i: (float(low[i]), float(high[i])) if high[i] - low[i] > SAME else (None, None) for i in order}
    return [
        Standing(models[i], groups[i], float(rating[i]), *ends[i], **_counts(votes, models[i])) for i in order
    ]


def _groups(wins: Floats, order: Sequence[int]) -> dict[int, int]:
    """The number of each model's group: those that votes connect, over others too."""
    met = (wins + wins.T) > 0
    groups: dict[int, int] = {}
    for first in order:
        if first in groups:
            continue
        number, reached = len(set(groups.values())) + 1, [first]
        while reached:
            one = reached.pop()
            if one not in groups:
                groups[one] = number
                reached += [int(other) for other in np.flatnonzero(met[one])]
    return groups


def _wins_by_voter(votes: Sequence[Comparison], models: Sequence[str]) -> Floats:
    """Of shape (voters, k, k), the voters in an order that doesn't hang on that of the votes."""
    place = {name: i for i, name in enumerate(models)}
    voters = {voter: i for i, voter in enumerate(sorted({vote.voter for vote in votes}, key=str))}
    wins = np.zeros((len(voters), len(models), len(models)))
    for vote in votes:
        left, right = place[vote.left], place[vote.right]
        for_left, for_right = SHARE.get(vote.choice, (0.0, 0.0))
        wins[voters[vote.voter], left, right] += for_left
        wins[voters[vote.voter], right, left] += for_right
    return wins


def _intervals(by_voter: Floats, seed: int, draws: int, prior: float) -> tuple[Floats, Floats]:
    voters = len(by_voter)
    drawn = np.random.default_rng(seed).multinomial(voters, np.full(voters, 1.0 / voters), size=draws)
    ratings = CENTRE + POINTS * strengths(np.tensordot(drawn.astype(float), by_voter, axes=1), prior)
    outside = 100 * (1 - LEVEL) / 2
    low, high = np.percentile(ratings, [outside, 100 - outside], axis=0)
    return low, high


def _counts(votes: Sequence[Comparison], name: str) -> dict[str, int]:
    of = Counter[str]()
    for vote in votes:
        if name in (vote.left, vote.right):
            mine = "left" if vote.left == name else "right"
            won = vote.choice if vote.choice in ("tie", "both_bad") else vote.choice == mine
            of[{True: "wins", False: "losses", "tie": "ties"}.get(won, "both_bad")] += 1
    counts = {key: of[key] for key in ("wins", "losses", "ties", "both_bad")}
    return {"comparisons": sum(counts.values()), **counts}
