"""How alike two lists of names are, and the best one-to-one assignment between them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from difflib import SequenceMatcher

import numpy as np
import scipy
from numpy.typing import NDArray
from rapidfuzz import fuzz, process

Floats = NDArray[np.float64]
Ints = NDArray[np.intp]

PROPOSE = 0.70
ACCEPT = 0.85
MARGIN = 0.05
_CHUNK = 1000
_ROUNDING = 1e-9


@dataclass(frozen=True)
class Candidates:
    """Pairs worth a look: `left[k]` and `right[k]` are positions, `score[k]` their likeness (0–1)."""

    left: Ints
    right: Ints
    score: Floats


def name_score(a: str, b: str) -> float:
    """Likeness of two normalised names: the better of difflib's ratio and the token-sort ratio.

    Examples
    --------
    >>> name_score("sabon gari", "gari sabon")
    1.0
    """
    first, second = sorted((a, b))  # difflib depends on the order of its arguments
    ratio = SequenceMatcher(None, first, second, autojunk=False).ratio()
    return max(ratio, fuzz.token_sort_ratio(a, b) / 100)


def candidates(left: Sequence[str], right: Sequence[str], cutoff: float = PROPOSE) -> Candidates:
    """All pairs with a `name_score` of at least `cutoff`.

    Parameters
    ----------
    left, right : sequence of str
        Normalised names.
    cutoff : float

    Returns
    -------
    Candidates
        In order of left, then right.

    Notes
    -----
    The matching characters difflib finds are a common subsequence, so the ratio by longest common
    subsequence bounds difflib's from above: it sieves all pairs in compiled code, and difflib
    itself looks only at what remains.
    """
    found_left, found_right, found_score = [], [], []
    sieve = 100 * cutoff - 1
    for start in range(0, len(left), _CHUNK):
        part = list(left[start : start + _CHUNK])
        bound = process.cdist(part, list(right), scorer=fuzz.ratio, score_cutoff=sieve, dtype=np.float32)
        sorted_tokens = process.cdist(
            part, list(right), scorer=fuzz.token_sort_ratio, score_cutoff=sieve, dtype=np.float32
        )
        rows, columns = np.nonzero(np.maximum(bound, sorted_tokens) > 0)
        scores = np.array(
            [name_score(part[int(i)], right[int(j)]) for i, j in zip(rows, columns, strict=True)]
        )
        kept = scores >= cutoff - _ROUNDING if len(scores) else np.zeros(0, dtype=bool)
        found_left.append(rows[kept] + start)
        found_right.append(columns[kept])
        found_score.append(scores[kept] if len(scores) else np.zeros(0))
    if not found_left:
        nothing = np.zeros(0, dtype=np.intp)
        return Candidates(nothing, nothing, np.zeros(0))
    return Candidates(np.concatenate(found_left), np.concatenate(found_right), np.concatenate(found_score))


def assign(pairs: Candidates, n_left: int, n_right: int) -> Ints:
    """Maximum-weight one-to-one assignment.

    Parameters
    ----------
    pairs : Candidates
        Scores must be above 0.
    n_left, n_right : int

    Returns
    -------
    int array of the pairs chosen
        Positions into `pairs`; no left and no right occurs twice.
    """
    if not len(pairs.left):
        return np.zeros(0, dtype=np.intp)
    size = n_left + n_right
    graph = scipy.sparse.csr_matrix(
        (np.ones(len(pairs.left)), (pairs.left, pairs.right + n_left)), shape=(size, size)
    )
    _, label = scipy.sparse.csgraph.connected_components(graph, directed=False)
    of_pair = label[pairs.left]
    order = np.argsort(of_pair, kind="stable")
    groups = np.split(order, np.flatnonzero(np.diff(of_pair[order])) + 1)
    chosen = [_assign_component(pairs, group) for group in groups]
    return np.sort(np.concatenate(chosen))


def _assign_component(pairs: Candidates, members: Ints) -> Ints:
    if len(members) == 1:
        return members
    rows, row_of = np.unique(pairs.left[members], return_inverse=True)
    columns, column_of = np.unique(pairs.right[members], return_inverse=True)
    weight = np.zeros((len(rows), len(columns)))
    weight[row_of, column_of] = pairs.score[members]
    pair_at = np.full(weight.shape, -1, dtype=np.intp)
    pair_at[row_of, column_of] = members
    taken = pair_at[scipy.optimize.linear_sum_assignment(weight, maximize=True)]
    return np.asarray(taken[taken >= 0], dtype=np.intp)


def lead_over_rivals(pairs: Candidates, n_left: int, n_right: int) -> Floats:
    """By how much each pair beats the best other pair of its left and of its right side."""
    lead = np.full(len(pairs.score), np.inf)
    for side, size in ((pairs.left, n_left), (pairs.right, n_right)):
        best = np.full(size, -np.inf)
        np.maximum.at(best, side, pairs.score)
        is_best = pairs.score >= best[side]
        how_many = np.bincount(side[is_best], minlength=size)
        second = np.full(size, -np.inf)
        np.maximum.at(second, side[~is_best], pairs.score[~is_best])
        second = np.where(how_many > 1, best, second)
        rival = np.where(is_best, second[side], best[side])
        lead = np.minimum(lead, pairs.score - rival)
    return lead
