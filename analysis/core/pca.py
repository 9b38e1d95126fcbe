"""Principal component analysis as a second, data-driven ranking beside the composite."""

from __future__ import annotations

import math
from collections.abc import Collection, Sequence
from dataclasses import dataclass
from typing import Any, Literal

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from . import variables as registry
from .errors import Note
from .normalise import is_constant
from .suitability import bartlett, kmo, kmo_label

Floats = NDArray[np.float64]
PcaRule = Literal["recommended", "legacy"]

KMO_MINIMUM = 0.5
BARTLETT_P_MAXIMUM = 0.05
MIN_VARIABLES = 3
COLLINEAR = 0.999
ENOUGH_VARIANCE = 0.8
ONE_COMPONENT_SHARE = 0.5
# Below this a sum of loadings is rounding, and does not decide a sign.
NO_SIGN = 1e-9


@dataclass(frozen=True)
class PcaResult:
    """What PCA found; the scores are all NaN when `suitable` is False and it was not forced.

    `loadings` is variables × components (unit eigenvectors), `eigenvalues` and `explained` cover
    all components, `importance` sums to 1. `score_rule` says in words how the score was made.
    """

    scores: Floats
    variables: tuple[str, ...]
    kmo: float | None
    kmo_per_variable: dict[str, float]
    bartlett_chi2: float | None
    bartlett_df: int | None
    bartlett_p: float | None
    eigenvalues: Floats
    explained: Floats
    loadings: pd.DataFrame
    importance: dict[str, float]
    components_used: int
    score_rule: str
    suitable: bool
    forced: bool
    reasons: tuple[str, ...]
    notes: tuple[Note, ...]

    def as_dict(self) -> dict[str, Any]:
        """Return everything but the scores as a JSON-ready mapping."""
        return {
            "variables": list(self.variables),
            "kmo": self.kmo,
            "kmo_label": kmo_label(self.kmo),
            "kmo_per_variable": self.kmo_per_variable,
            "bartlett_chi2": self.bartlett_chi2,
            "bartlett_df": self.bartlett_df,
            "bartlett_p": self.bartlett_p,
            "eigenvalues": self.eigenvalues.tolist(),
            "explained": self.explained.tolist(),
            "loadings": {str(c): self.loadings[c].to_dict() for c in self.loadings.columns},
            "importance": self.importance,
            "components_used": self.components_used,
            "score_rule": self.score_rule,
            "suitable": self.suitable,
            "forced": self.forced,
            "reasons": list(self.reasons),
        }


def collinear_columns(values: pd.DataFrame, keep_first: str | None = None) -> dict[str, str]:
    """Columns that repeat another (|r| > 0.999), each with the column it repeats.

    Of two, `keep_first` is kept, else the one the registry knows (a support column last of
    these), whose direction is known; among equals the alphabetically first, so that the order of
    columns does not matter. Correlations use the wards that have both values.
    """
    names = sorted(map(str, values.columns), key=lambda name: (name != keep_first, _little_known(name), name))
    if len(names) < 2:
        return {}
    r = np.abs(values[names].corr(min_periods=3).to_numpy())
    dropped: dict[str, str] = {}
    for later, earlier in zip(*np.nonzero(np.tril(r > COLLINEAR, k=-1)), strict=True):
        if names[earlier] not in dropped:
            dropped.setdefault(names[later], names[earlier])
    return dropped


def _little_known(name: str) -> int:
    """0 for a variable of the registry, 1 for a support column, 2 for a column it does not know."""
    variable = registry.lookup(name)
    return 2 if variable is None else int(variable.role == "support")


def _signs(vectors: Floats, names: list[str], outcome: str | None) -> Floats:
    """Sign of each component (columns of `vectors`) that makes it point to more risk."""
    totals = vectors.sum(axis=0)
    signs = np.where(totals < 0, -1.0, 1.0)
    alphabetical = sorted(range(len(names)), key=lambda i: (names[i] != outcome, names[i]))
    for component in np.flatnonzero(np.abs(totals) < NO_SIGN):
        loading = vectors[alphabetical, component]
        telling = loading[np.abs(loading) >= NO_SIGN]
        signs[component] = -1.0 if telling.size and telling[0] < 0 else 1.0
    return signs


def _components_kept(eigenvalues: Floats, explained: Floats, enough: float, kaiser: float) -> int:
    above = int((eigenvalues > kaiser + NO_SIGN).sum())
    needed = int(np.searchsorted(np.cumsum(explained), enough - NO_SIGN) + 1)
    return max(1, min(above, needed, len(eigenvalues)))


def pca(
    values: pd.DataFrame,
    inverse: Collection[str] = (),
    outcome: str | None = None,
    rule: PcaRule = "recommended",
    *,
    force: bool = False,
    kaiser: float = 1.0,
    enough_variance: float = ENOUGH_VARIANCE,
    without: Collection[str] = (),
) -> PcaResult:
    """Rank-ready PCA score of each ward, with the tests that say whether to trust it.

    Parameters
    ----------
    values : pandas.DataFrame of n wards × p variables
        The same filled values as the composite uses, in their units. A ward that lacks one of the
        variables used has no score.
    inverse : collection of str
        Variables of which a higher value means less risk; they enter with −1.
    outcome : str, optional
        Variable that gives the sign of a component whose loadings sum to about 0.
    rule : {"recommended", "legacy"}
        "legacy" is the predecessor's: no orientation, floor(0.8·p) components of which the first
        three are added with their explained shares.
    force : bool
        Give scores although a test failed; the result says so.
    kaiser : float
        Components with an eigenvalue above this are kept (at least one) …
    enough_variance : float
        … but never more than reach this share of the variance.
    without : collection of str
        Columns to leave out on request; a note names them.

    Returns
    -------
    PcaResult
        Not suitable (KMO < 0.5, Bartlett p ≥ 0.05, fewer than 3 variables or fewer wards than
        variables) gives empty scores and reasons; it never raises.

    Notes
    -----
    z-scores with population standard deviation. Signs: a component is turned when its loadings
    sum to less than 0; with |Σ| < 1e-9 the outcome, else the alphabetically first variable,
    loads upwards. Score: the first component when it explains half or more, otherwise the mean
    of the kept components weighted by explained variance [1]_.

    References
    ----------
    .. [1] I. T. Jolliffe, "Principal Component Analysis", 2nd ed., Springer, 2002, chapter 6.
    """
    legacy = rule == "legacy"
    table = values.astype(np.float64).replace([np.inf, -np.inf], np.nan)
    left_out = sorted(set(map(str, table.columns)) & set(without))
    table = table[sorted(set(map(str, table.columns)) - set(left_out))]
    notes = [_note("pca_without", "info", "Left out of the PCA by choice.", left_out)] if left_out else []
    complete = table.notna().all(axis=1).to_numpy()
    table, dropped_notes = _informative(table, complete, outcome, legacy)
    notes += dropped_notes
    complete = table.notna().all(axis=1).to_numpy() if table.shape[1] else np.zeros(len(table), dtype=bool)
    n, p = int(complete.sum()), table.shape[1]
    if p < MIN_VARIABLES or n < p or n < 3:
        reason = (
            f"PCA needs at least {MIN_VARIABLES} usable variables; there are {p}."
            if p < MIN_VARIABLES
            else f"PCA needs more complete wards than variables; there are {n} wards and {p} variables."
        )
        return _unsuitable(len(values), tuple(table.columns), (reason,), notes)
    names = [str(name) for name in table.columns]
    data = table.to_numpy()[complete]
    z = (data - data.mean(axis=0)) / data.std(axis=0)
    if not legacy:
        z = z * np.array([-1.0 if name in set(inverse) else 1.0 for name in names])
    correlation = np.clip(z.T @ z / n, -1.0, 1.0)
    np.fill_diagonal(correlation, 1.0)
    components = _components(correlation, names, outcome, None if legacy else (enough_variance, kaiser))
    return _analysed(z, correlation, names, complete, components, force, notes)


def _informative(
    table: pd.DataFrame, complete: NDArray[np.bool_], outcome: str | None, legacy: bool
) -> tuple[pd.DataFrame, list[Note]]:
    """Drop variables without spread and, unless legacy, those that repeat another."""
    notes = []
    empty = table.isna().all()
    base = table.loc[:, ~empty]
    rows = base.notna().all(axis=1)
    flat = is_constant(base.loc[rows]) if rows.any() else is_constant(base)
    gone = [*table.columns[empty], *base.columns[flat]]
    if gone:
        notes.append(_note("pca_constant", "info", "Left out of the PCA because they do not vary.", gone))
    kept = base.loc[:, ~flat]
    repeats = {} if legacy else collinear_columns(kept.loc[rows], outcome)
    if repeats:
        pairs = [f"{name} (repeats {other})" for name, other in sorted(repeats.items())]
        message = "Left out of the PCA because they repeat another variable."
        notes.append(_note("pca_collinear", "warning", message, pairs))
    return kept.drop(columns=list(repeats)), notes


def _unsuitable(n: int, names: tuple[str, ...], reasons: tuple[str, ...], notes: list[Note]) -> PcaResult:
    none = np.array([], dtype=np.float64)
    return PcaResult(
        np.full(n, np.nan), names, None, {}, None, None, None, none, none, pd.DataFrame(index=list(names)), {},
        0, "no score", False, False, reasons, tuple(notes),
    )  # fmt: skip


@dataclass(frozen=True)
class _Components:
    """Of p variables: eigenvalues, their shares, unit eigenvectors (columns), how many count and what each weighs."""

    eigenvalues: Floats
    explained: Floats
    vectors: Floats
    kept: int
    weights: Floats
    rule: str

    @property
    def used(self) -> int:
        return len(self.weights)


def _components(
    correlation: Floats, names: list[str], outcome: str | None, limits: tuple[float, float] | None
) -> _Components:
    """Decompose a correlation matrix; `limits` are (enough variance, Kaiser's eigenvalue), None for legacy."""
    roots, vectors = np.linalg.eigh(correlation)
    eigenvalues, vectors = np.maximum(roots[::-1], 0.0), vectors[:, ::-1]
    explained = eigenvalues / eigenvalues.sum()
    vectors = vectors * _signs(vectors, names, outcome)
    if limits is None:
        kept = min(len(names), max(2, math.floor(0.8 * len(names))))
        weights = explained[: min(3, kept)]
        rule = f"sum of the first {len(weights)} components times their explained share"
    else:
        kept = _components_kept(eigenvalues, explained, *limits)
        if explained[0] >= ONE_COMPONENT_SHARE - NO_SIGN:
            weights, rule = np.ones(1), "the first component, which explains at least half"
        else:
            weights = explained[:kept] / explained[:kept].sum()
            rule = f"mean of {kept} components weighted by their explained share"
    return _Components(eigenvalues, explained, vectors, kept, weights, rule)


def _analysed(
    z: Floats,
    correlation: Floats,
    names: list[str],
    complete: NDArray[np.bool_],
    found: _Components,
    force: bool,
    notes: list[Note],
) -> PcaResult:
    """The tests, the scores where these allow them, and what has to be said."""
    overall, each = kmo(correlation)
    chi2, df, p_value = bartlett(correlation, len(z))
    reasons = _failed_tests(overall, p_value)
    suitable = not reasons
    scores = np.full(len(complete), np.nan)
    if suitable or force:
        scores[complete] = z @ found.vectors[:, : found.used] @ found.weights
        notes = [*notes, *_cautions(found, names, each)]
    if not suitable:
        notes = [*notes, Note("pca_forced" if force else "pca_not_suitable", "warning", " ".join(reasons))]
    strength = np.abs(found.vectors[:, : found.kept]) @ found.explained[: found.kept]
    return PcaResult(
        scores=scores,
        variables=tuple(names),
        kmo=_finite(overall),
        kmo_per_variable={name: float(value) for name, value in zip(names, each, strict=True)
                          if math.isfinite(value)},
        bartlett_chi2=_finite(chi2),
        bartlett_df=df,
        bartlett_p=_finite(p_value),
        eigenvalues=found.eigenvalues,
        explained=found.explained,
        loadings=pd.DataFrame(found.vectors, index=names, columns=[f"PC{i + 1}" for i in range(len(names))]),
        importance=dict(zip(names, (strength / strength.sum()).tolist(), strict=True)),
        components_used=found.used,
        score_rule=found.rule if suitable or force else "no score",
        suitable=suitable,
        forced=force and not suitable,
        reasons=tuple(reasons),
        notes=tuple(notes),
    )  # fmt: skip


def _cautions(found: _Components, names: list[str], each: Floats) -> list[Note]:
    """What a reader of the scores should know."""
    vectors = found.vectors[:, : found.used]
    mixed = [f"PC{i + 1}" for i in np.flatnonzero((vectors > 0.1).any(axis=0) & (vectors < -0.1).any(axis=0))]
    apart = [f"{name}: {value:.3f}" for name, value in zip(names, each, strict=True) if value < KMO_MINIMUM]
    notes = []
    if mixed:
        message = (
            "These components contrast variables against each other; the PCA score is not a plain risk index."
        )
        notes.append(_note("pca_mixed_signs", "warning", message, mixed))
    if apart:
        message = (
            f"These variables share little with the others (their own KMO is below {KMO_MINIMUM}); the PCA score "
            "hardly speaks for them."
        )
        notes.append(_note("pca_little_shared", "info", message, apart))
    return notes


def _note(code: str, severity: Literal["info", "warning"], message: str, examples: Sequence[str]) -> Note:
    return Note(code, severity, message, len(examples), tuple(examples))


def _failed_tests(overall: float, p_value: float) -> list[str]:
    reasons = []
    if not overall >= KMO_MINIMUM:
        shown = f"{overall:.3f}" if math.isfinite(overall) else "not computable"
        reasons.append(f"The variables share too little (KMO {shown}, needed {KMO_MINIMUM}).")
    if math.isnan(p_value):
        reasons.append("Bartlett's test can't be computed: some variables determine others exactly.")
    elif p_value >= BARTLETT_P_MAXIMUM:
        reasons.append(f"The correlations may be chance (Bartlett p = {p_value:.3f}, needed < 0.05).")
    return reasons


def _finite(value: float) -> float | None:
    return float(value) if math.isfinite(value) else None
