"""What the check and variables pages send, read against what those pages showed."""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from django.utils.translation import gettext

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


def read_run(sent: Any, known: Sequence[Mapping[str, Any]]) -> dict[str, Any]:
    """The parameters of a ranking, from the ticked variables and their two choices each."""
    names = [row["variable"] for row in known]
    ticked = set(sent.getlist("variables"))
    chosen = [name for name in names if name in ticked]
    method = sent.get("method", "recommended")
    params: dict[str, Any] = {
        "dataset": sent.get("dataset", ""),
        "variables": chosen,
        "inverse": [name for name in chosen if sent.get(f"direction:{name}") == "lower"],
        "method": method,
    }
    left_out = set(sent.getlist("pca_without"))
    if left_out & ticked:
        params["pca_without"] = [name for name in chosen if name in left_out]
    # The earlier method fills gaps in its own way; another way would no longer repeat it.
    if method == "recommended":
        params["imputation"] = {
            name: sent[f"imputation:{name}"] for name in chosen if f"imputation:{name}" in sent
        }
    return params
