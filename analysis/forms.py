"""What the check and variables pages send, read against what those pages showed."""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

CODE_IN_BRACKETS = re.compile(r"\[([^\[\]]+)\]\s*$")


@dataclass
class Decisions:
    """What a person said about doubtful rows: `pairs` as the dataset's parameter takes them, `refusals` by row."""

    pairs: list[dict[str, Any]] = field(default_factory=list)
    refusals: dict[int, str] = field(default_factory=dict)


def read_decisions(
    sent: Mapping[str, str], rows: Sequence[Mapping[str, Any]], wards: Sequence[Mapping[str, Any]]
) -> Decisions:
    """Read the choices for the rows shown; a row nobody decided on is left as it is.

    `rows` have `table_row` and the suggested `ward_code`; `wards` are those that may be chosen.
    """
    decisions = Decisions()
    for row in rows:
        number = row["table_row"]
        choice, other = sent.get(f"row-{number}", ""), sent.get(f"other-{number}", "").strip()
        if choice == "yes" and row.get("ward_code"):
            decisions.pairs.append({"table_row": number, "ward_code": row["ward_code"]})
        elif choice == "none":
            decisions.pairs.append({"table_row": number, "ward_code": None})
        elif choice == "other" or (not choice and other):
            found = _wards_called(other, wards)
            if len(found) == 1:
                decisions.pairs.append({"table_row": number, "ward_code": found[0]})
            else:
                decisions.refusals[number] = _why_not(other, found)
    return decisions


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
        return "Write which ward it is, or choose another answer."
    if found:
        return f"{len(found)} wards have this name. Choose one from the list, or write its code."
    return "No free ward has this name or code. Choose one from the list."


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
    # The earlier method fills gaps in its own way; another way would no longer repeat it.
    if method == "recommended":
        params["imputation"] = {
            name: sent[f"imputation:{name}"] for name in chosen if f"imputation:{name}" in sent
        }
    return params
