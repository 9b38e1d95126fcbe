"""Which variables enter a ranking, which way each points, and which one is the outcome."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd

from . import variables as registry
from .composite import MAX_VARIABLES, MIN_VARIABLES
from .doubtful import value_notes
from .errors import BadInput, Note
from .names import CANONICAL
from .normalise import is_constant
from .pca import collinear_columns
from .zones import OUTCOME_SLOT, ZONE_VARIABLES, ZONES, state_of, zone_variables

OUTCOME_ORDER = ("u5_tpr_rdt", "burden", "pfpr")
NOT_VARIABLES = frozenset((*CANONICAL, "geometry", "table_row", "zone"))


@dataclass(frozen=True)
class Selection:
    """`variables` in the order asked for; `outcome` may be None; `notes` say what was left out."""

    variables: tuple[str, ...]
    inverse: frozenset[str]
    outcome: str | None
    zones: tuple[str, ...]
    notes: tuple[Note, ...]


def candidate_columns(dataset: pd.DataFrame) -> list[str]:
    """Columns that could be analysed: numeric, no identifier, no second copy of a variable.

    A dataset carries ``urban_percentage`` and ``population`` under these names beside the
    uploaded column; the copy is not a second variable.
    """
    numeric = [
        str(name)
        for name in dataset.columns
        if name not in NOT_VARIABLES
        and not registry.is_identifier(name)
        and (pd.api.types.is_numeric_dtype(dataset[name]) or pd.api.types.is_bool_dtype(dataset[name]))
    ]
    copies = [
        name
        for name in ("urban_percentage", "population")
        if name in numeric
        and any(
            registry.lookup(other) is registry.lookup(name) and dataset[other].equals(dataset[name])
            for other in numeric
            if other != name
        )
    ]
    return [name for name in numeric if name not in copies]


def as_numbers(dataset: pd.DataFrame, columns: Sequence[str]) -> pd.DataFrame:
    """Return columns as floats with infinities missing; refuse text.

    Raises
    ------
    BadInput
        If a column holds values that are no numbers; up to 20 are named.
    """
    numbers = {}
    for name in columns:
        dated = pd.api.types.is_datetime64_any_dtype(dataset[name])
        converted = pd.to_numeric(dataset[name].astype("str") if dated else dataset[name], errors="coerce")
        failed = converted.isna() & dataset[name].notna()
        if failed.any():
            raise BadInput(
                "not_numeric",
                "A chosen variable is not numeric",
                f"{name} holds {int(failed.sum())} values that are not numbers.",
                "Correct these values or choose another variable.",
                where=str(name),
                examples=[str(value) for value in dataset.loc[failed, name].unique()[:20]],
            )
        numbers[name] = converted.to_numpy(dtype=np.float64, na_value=np.nan)
    return pd.DataFrame(numbers, index=dataset.index).replace([np.inf, -np.inf], np.nan)


def zones_of(dataset: pd.DataFrame) -> tuple[str, ...]:
    """Zones of the states named in the dataset, sorted; empty when no state is known."""
    texts: set[str] = set()
    for column in ("state_name", "state_code"):
        if column in dataset.columns:
            texts |= {str(value) for value in dataset[column].dropna().unique()}
    states = [state_of(text) for text in sorted(texts)]
    return tuple(sorted({state.zone for state in states if state}))


def _by_id(columns: Sequence[str]) -> dict[str, list[str]]:
    """Registry id -> headers present, the header that is the id itself first, then by name."""
    found: dict[str, list[str]] = {}
    for name in sorted(columns):
        variable = registry.lookup(name)
        if variable:
            found.setdefault(variable.id, []).append(name)
    return {key: sorted(names, key=lambda name: (name != key, name)) for key, names in found.items()}


def outcome_of(columns: Sequence[str], chosen: str | None = None) -> str | None:
    """The malaria outcome among `columns`: the user's choice, else TPR, burden or PfPR."""
    if chosen is not None:
        return registry.find_column(chosen, columns)
    present = _by_id(columns)
    return next((present[key][0] for key in OUTCOME_ORDER if key in present), None)


def default_variables(
    dataset: pd.DataFrame, zones: Sequence[str], outcome: str | None = None
) -> tuple[list[str], list[Note]]:
    """The zone's default variables that are present, else the registry's; `outcome` is the user's choice of one.

    Returns
    -------
    columns : list of str
        Headers of `dataset`, outcome first; may be more than 8, see `within_limit`.
    notes : list of Note
        Which of the zone's variables are not available; they are never replaced silently.
    """
    columns = candidate_columns(dataset)
    usable = [name for name in columns if not registry.is_support(name) and dataset[name].notna().any()]
    present, notes = _by_id(usable), []
    outcome = outcome_of(usable, outcome)
    wanted = zone_variables(zones)
    picked = [outcome if key == OUTCOME_SLOT else present.get(key, [None])[0] for key in wanted]
    chosen = [name for name in picked if name]
    missing = tuple(key for key, name in zip(wanted, picked, strict=True) if name is None)
    if len(zones) > 1:
        notes.append(Note("several_zones", "info", "The wards lie in several zones; the variables common to "
                          "their lists are proposed.", len(zones), tuple(zones)))  # fmt: skip
    if missing:
        notes.append(Note("not_available", "info", "Default variables of the zone that the table does not have.",
                          len(missing), missing))  # fmt: skip
    if len(chosen) >= MIN_VARIABLES:
        return chosen, notes
    others = [names[0] for key, names in sorted(present.items()) if key not in OUTCOME_ORDER]
    chosen = [*([outcome] if outcome else []), *others]
    notes.append(Note("registry_variables", "info", "No zone list fits; the known variables of the table are "
                      "proposed.", len(chosen), tuple(chosen)))  # fmt: skip
    return chosen, notes


def within_limit(names: Sequence[str], outcome: str | None) -> tuple[list[str], list[Note]]:
    """The most variables that a ranking may have, of those that nobody chose.

    The outcome comes first, then what stands in the most zone lists, then the order of the registry.

    Returns
    -------
    columns : list of str
        At most 8 of `names`, in their order.
    notes : list of Note
        Which are left out, if any.
    """
    if len(names) <= MAX_VARIABLES:
        return list(names), []
    lists = Counter(key for wanted in ZONE_VARIABLES.values() for key in wanted)
    place = {variable.id: (-lists[variable.id], n) for n, variable in enumerate(registry.VARIABLES)}

    def rank(name: str) -> tuple[bool, tuple[int, int]]:
        variable = registry.lookup(name)
        return name != outcome, place[variable.id] if variable else (0, 0)

    out = tuple(sorted(names, key=rank)[MAX_VARIABLES:])
    message = f"Left out because a ranking has {MAX_VARIABLES} variables at most; those in the most zone lists stay."
    return [name for name in names if name not in out], [
        Note("beyond_limit", "warning", message, len(out), out)
    ]


def resolve_columns(names: Sequence[str], columns: Sequence[str], what: str) -> list[str]:
    """Headers meant by the user's `names`, or a refusal with suggestions."""
    resolved: list[str] = []
    for name in names:
        header = registry.find_column(name, columns)
        if header is None:
            raise BadInput(
                "unknown_variable",
                f"Unknown {what}",
                f"The table has no column {name!r}.",
                "Use one of the column names of the table.",
                where=name,
                examples=registry.suggest(name, columns) or list(columns),
            )
        if header not in resolved:
            resolved.append(header)
    return resolved


def select(
    dataset: pd.DataFrame,
    *,
    variables: Sequence[str] | None = None,
    inverse: Sequence[str] | None = None,
    outcome: str | None = None,
    zone: str | None = None,
    legacy: bool = False,
    truncated: bool = False,
) -> Selection:
    """Choose the variables of a ranking and their directions.

    Parameters
    ----------
    dataset : pandas.DataFrame
        One row per ward with data.
    variables : sequence of str, optional
        The user's choice, by header or registry name; default the zone's list.
    inverse : sequence of str, optional
        Replaces all directions: these are inverse, all others direct.
    outcome, zone : str, optional
        Override what is recognised; an outcome that is not among the variables used is only noted.
    legacy, truncated : bool
        The predecessor's directions and no exclusions; no limit of eight variables.

    Raises
    ------
    BadInput
        Unknown or text columns, an unknown zone, more than 8 chosen, or fewer than 2 usable variables.
    """
    zones = _asked_zone(zone) if zone else zones_of(dataset)
    possible = [str(c) for c in dataset.columns if c not in NOT_VARIABLES and not registry.is_identifier(c)]
    named_outcome = resolve_columns([outcome], possible, "outcome")[0] if outcome else None
    if variables is None:
        chosen, notes = default_variables(dataset, zones, named_outcome)
    else:
        chosen, notes = resolve_columns(variables, possible, "variable"), []
    numbers = as_numbers(dataset, chosen)
    main_outcome = named_outcome or outcome_of(chosen)
    kept, left_out = usable_columns(numbers, main_outcome, legacy)
    if variables is None and not truncated:
        kept, beyond = within_limit(kept, main_outcome)
        left_out += beyond
    notes = [*notes, *left_out]
    _refuse_count(kept, numbers, left_out, truncated, variables is not None)
    if main_outcome not in kept:
        main_outcome = outcome_of(kept)
    if named_outcome and named_outcome != main_outcome:
        notes.append(Note("outcome_not_used", "warning", "The variable chosen as the malaria outcome is not among those "
                          "used.", 1, (named_outcome,)))  # fmt: skip
    if main_outcome is None:
        notes.append(Note("no_outcome", "warning", "No malaria outcome (test positivity, burden or parasite rate) is "
                          "among the variables: the ranking shows conditions, not malaria."))  # fmt: skip
    if inverse is None:
        rule = registry.legacy_direction if legacy else registry.default_direction
        turned = [name for name in kept if rule(name) == "inverse"]
    else:
        named = resolve_columns(inverse, possible, "inverse variable")
        turned = [name for name in named if name in kept]
        unused = tuple(name for name in named if name not in kept)
        if unused:
            notes.append(Note("inverse_unused", "info", "Named as inverse but not among the variables used.",
                              len(unused), unused))  # fmt: skip
    notes.extend(value_notes(numbers[kept], dataset))
    return Selection(tuple(kept), frozenset(turned), main_outcome, tuple(zones), tuple(notes))


def _asked_zone(zone: str) -> tuple[str, ...]:
    if zone not in ZONES:
        raise BadInput("unknown_zone", "Unknown zone", f"There is no zone {zone!r}.", "Use one of the six zones of Nigeria.",
                       where="zone", examples=ZONES)  # fmt: skip
    return (zone,)


def usable_columns(
    numbers: pd.DataFrame, outcome: str | None, legacy: bool = False
) -> tuple[list[str], list[Note]]:
    """Columns that say something of their own, and why the others are left out."""
    notes: list[Note] = []
    empty = [name for name in numbers.columns if numbers[name].isna().all()]
    if empty:
        notes.append(Note("all_missing", "warning", "Left out because every ward lacks a value.", len(empty),
                          tuple(empty)))  # fmt: skip
    kept = numbers.drop(columns=empty)
    if legacy:
        return list(kept.columns), notes
    flat = [name for name, constant in is_constant(kept).items() if constant]
    if flat:
        notes.append(Note("constant", "warning", "Left out because all wards have the same value.", len(flat),
                          tuple(map(str, flat))))  # fmt: skip
    kept = kept.drop(columns=flat)
    repeats = collinear_columns(kept, outcome)
    if repeats:
        pairs = tuple(f"{name} (repeats {other})" for name, other in sorted(repeats.items()))
        notes.append(Note("collinear", "warning", "Left out because they repeat another variable (|r| > 0.999) "
                          "and would count it twice; the outcome or the known variable stays, with its direction.", len(pairs), pairs))  # fmt: skip
    return list(kept.drop(columns=list(repeats)).columns), notes


def _counted(kept: int, of: int, asked: bool) -> str:
    if asked:
        return f"{kept} of {of} chosen variables can be used."
    known = "no variable" if of == 0 else f"only {of} variable" if of == 1 else f"{of} variables"
    return f"Of the known variables that can stand for risk, the table has {known}{'' if kept == of else f', of which {kept} can be used'}."


def _refuse_count(
    kept: list[str], numbers: pd.DataFrame, left_out: list[Note], truncated: bool, asked: bool
) -> None:
    if len(kept) < MIN_VARIABLES:
        reasons = "; ".join(f"{note.message} ({', '.join(note.examples)})" for note in left_out)
        raise BadInput(
            "too_few_variables",
            "Fewer than two usable variables",
            f"{_counted(len(kept), numbers.shape[1], asked)} {reasons}".strip(),
            "A ranking needs two or more numeric variables that differ between wards: choose others or "
            "complete the table."
            if asked
            else "A ranking needs two or more numeric variables that differ between wards: name the columns to use.",
            examples=list(numbers.columns),
        )
    if len(kept) > MAX_VARIABLES and not truncated:
        raise BadInput(
            "too_many_variables",
            "Too many variables",
            f"{len(kept)} variables are chosen; all combinations are computed for at most {MAX_VARIABLES}.",
            f"Deselect variables until at most {MAX_VARIABLES} remain.",
            examples=kept,
        )
