"""What the check and variables pages send, read against what those pages showed."""

import re
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from django.utils.translation import gettext

from analysis.core.variables import lookup
from analysis.core.zones import OUTCOME_SLOT, zone_variables
from sessions_app.localised import plain_number

CODE_IN_BRACKETS = re.compile(r"\[([^\[\]]+)\]\s*$")


@dataclass
class Decisions:
    """What a person said about rows: `pairs` as the dataset's parameter takes them, rows whose earlier decision is
    `withdrawn`, `refusals` by row.
    """

    pairs: list[dict[str, Any]] = field(default_factory=list)
    withdrawn: list[int] = field(default_factory=list)
    refusals: dict[int, str] = field(default_factory=dict)


def read_decisions(
    sent: Mapping[str, str], rows: Sequence[Mapping[str, Any]], wards: Sequence[Mapping[str, Any]]
) -> Decisions:
    """Read the choices that were sent; a row nobody decided on is left as it is.

    `rows` have `table_row`, their `ward_code` and what was `said` about them before; `wards` are those that may be
    chosen.
    """
    decisions = Decisions()
    for row in rows:
        number = row["table_row"]
        choice, other = sent.get(f"row-{number}", ""), sent.get(f"other-{number}", "").strip()
        if other and choice == row.get("said"):
            choice = "other"  # the earlier answer was still ticked when the new one was written
        if choice == "yes" and row.get("ward_code"):
            decisions.pairs.append({"table_row": number, "ward_code": row["ward_code"]})
        elif choice == "none":
            decisions.pairs.append({"table_row": number, "ward_code": None})
        elif choice == "forget":
            decisions.withdrawn.append(number)
        elif choice == "other" or (not choice and other):
            found = _wards_called(other, wards)
            if len(found) == 1:
                decisions.pairs.append({"table_row": number, "ward_code": found[0]})
            else:
                decisions.refusals[number] = _why_not(other, found)
    return decisions


def join_decisions(earlier: Sequence[Mapping[str, Any]], decisions: Decisions) -> list[dict[str, Any]]:
    """Earlier decisions with the new ones; the last word on a row counts.

    Two rows with one ward are a refusal of those that were decided on now.
    """
    said = {pair["table_row"]: pair["ward_code"] for pair in [*earlier, *decisions.pairs]}
    for row in decisions.withdrawn:
        said.pop(row, None)
    holders: dict[str, list[int]] = {}
    for row, code in sorted(said.items()):
        if code is not None:
            holders.setdefault(code, []).append(row)
    for pair in decisions.pairs:
        others = [row for row in holders.get(pair["ward_code"], ()) if row != pair["table_row"]]
        if others:
            decisions.refusals[pair["table_row"]] = gettext(
                "You gave this ward to line %(others)s. Change that line too, or choose another ward."
            ) % {"others": others[0]}
    return [{"table_row": row, "ward_code": code} for row, code in sorted(said.items())]


def _wards_called(text: str, wards: Sequence[Mapping[str, Any]]) -> list[str]:
    """Codes of the wards that the text names: by code, alone or in brackets, else by name."""
    bracket = CODE_IN_BRACKETS.search(text)
    wanted = bracket.group(1).strip() if bracket else text
    by_code = [ward["ward_code"] for ward in wards if ward["ward_code"] == wanted]
    if by_code or bracket:
        return by_code
    return [ward["ward_code"] for ward in wards if (ward["ward_name"] or "").casefold() == text.casefold()]


def _why_not(text: str, found: Sequence[str]) -> str:
    if not text:
        return gettext("Write which ward it is, or choose another answer.")
    if found:
        return gettext("%(found)s wards have this name. Choose one from the list, or write its code.") % {
            "found": len(found)
        }
    return gettext("No free ward has this name or code. Choose one from the list.")


def read_run(
    sent: Any, known: Sequence[Mapping[str, Any]], ticked: Collection[str] | None = None
) -> dict[str, Any]:
    """The parameters of a ranking: the ticked variables (or others in their place) with their two choices each, and
    what was chosen under "More options".
    """
    names = [row["variable"] for row in known]
    wanted = set(sent.getlist("variables") if ticked is None else ticked)
    chosen = [name for name in names if name in wanted]
    method = sent.get("method", "recommended")
    params: dict[str, Any] = {
        "dataset": sent.get("dataset", ""),
        "variables": chosen,
        "inverse": [name for name in chosen if sent.get(f"direction:{name}") == "lower"],
        "method": method,
    }
    left_out = set(sent.getlist("pca_without"))
    if left_out & wanted:
        params["pca_without"] = [name for name in chosen if name in left_out]
    # The earlier method fills gaps in its own way; another way would no longer repeat it.
    if method == "recommended":
        params["imputation"] = {
            name: sent[f"imputation:{name}"] for name in chosen if f"imputation:{name}" in sent
        }
    return params | _read_more(sent, params)


def _read_more(sent: Any, params: dict[str, Any]) -> dict[str, Any]:
    more = {name: sent[name] for name in ("zone", "outcome") if sent.get(name)}
    outcome = more.get("outcome")
    if outcome and outcome != sent.get("outcome_shown"):
        # The page offered to fill its gaps before it was an outcome; nobody has said so of an outcome yet.
        params.get("imputation", {}).pop(outcome, None)
    cut = sent.get("cut", "thirds")
    if cut == "own":
        more["cut"] = [_share(sent.get(name, "")) for name in ("cut_high", "cut_low")]
    elif cut != "thirds":
        more["cut"] = cut
    if sent.get("force_pca"):
        more["force_pca"] = True
    if sent.get("period", "").strip():
        more["period"] = sent["period"].strip()
    return more


def _share(percent: str) -> float | str:
    """A percentage as a share; what is no number stays as it is, to be refused."""
    try:
        return float(plain_number(percent)) / 100
    except ValueError:
        return percent


def usual_in(zones: Sequence[str], known: Sequence[Mapping[str, Any]], outcome: str = "") -> list[str]:
    """The columns that stand for the variables usual in the zones, as the computation would choose them."""
    found: dict[str, str] = {}
    usable = [row for row in known if not row["reason"] and row["role"] != "support"]
    for row in sorted(usable, key=lambda row: str(row["variable"])):
        name, variable = row["variable"], lookup(row["variable"])
        if variable and variable.id != OUTCOME_SLOT and (variable.id not in found or name == variable.id):
            found[variable.id] = name
        if name == outcome or (not outcome and row["outcome"]):
            found[OUTCOME_SLOT] = name
    return [found[usual] for usual in zone_variables(zones) if usual in found]
