"""Test positivity chosen step by step: state, facilities, persons, tests, time; then it is computed.

Each step offers what the uploaded reports hold, with the counts behind it, and nothing else; a step with one choice is
taken without asking.
"""

from collections.abc import Mapping
from typing import Any

from django.db import transaction
from rest_framework.exceptions import ValidationError

from analysis import tpr_forms
from analysis.tools.desk import Desk, Found, started
from analysis.tools.positivity import columns_of, links_of, no_tpr
from analysis.tools.tpr_names import ALSO, NO, YES
from analysis.tpr_params import asked_before
from sessions_app import actions, selectors
from sessions_app.refusals import explained

STEPS = ("state", "level", "age_group", "method", "period")
WHOLE_TIME = "All of the time"
COLUMNS = (
    ("number", "No.", "", True), ("choice", "Choice", "", False), ("facilities", "Facilities", "", True),
    ("tested", "Tested", "persons", True), ("recommended", "", "", False),
)  # fmt: skip
COMBINATIONS = (
    ("level", "Facilities", "", False), ("age_group", "Persons", "", False), ("method", "Tests", "", False),
    ("period", "Time", "", False), ("wards", "Wards", "", True), ("tested", "Tested", "persons", True),
    ("tpr_percent", "Positivity", "%", True),
)  # fmt: skip


def compute_tpr(
    desk: Desk, *, state: str = "", level: str = "", age_group: str = "", method: str = "", period: str = ""
) -> Found:
    """Compute test positivity from the facility reports; what is not said yet is asked for, one thing at a time."""
    if desk.file("facilities") is None or desk.file("boundaries") is None:
        return no_tpr(desk)
    active = desk.newest.results.get("tpr")
    if active is not None and not active.is_final:
        return Found(
            "tpr_running",
            {"percent": round(active.percent)},
            links=[started(active, "Watch it, or cancel it")],
        )
    said = {"state": state, "level": level, "age_group": age_group, "method": method, "period": period}
    offered = _offered(desk)
    for step in STEPS:
        choices = offered[step]
        known = {one["id"] for one in choices}
        if said[step] and said[step] not in known:
            return _unavailable(step, said[step], choices)
        if not said[step]:
            if len(choices) > 1:
                return _question(step, choices, _words(offered, said))
            said[step] = choices[0]["id"] if choices else ""
    return _asked_for(desk, said, _words(offered, said))


def switch_tpr(desk: Desk, *, level: str = "", age_group: str = "", confirm: str = "") -> Found:
    """The same test positivity for other facilities or persons; computed only after a yes."""
    if desk.tpr is None:
        return compute_tpr(desk, level=level, age_group=age_group)
    offered = _offered(desk)
    now = desk.tpr.params
    said = {step: str(now.get(step) or "") for step in STEPS}
    said |= {step: value for step, value in (("level", level), ("age_group", age_group)) if value}
    for step in ("level", "age_group"):
        if said[step] not in {one["id"] for one in offered[step]}:
            return _unavailable(step, said[step], offered[step])
    if all(said[step] == str(now.get(step) or "") for step in STEPS):
        return Found("tpr_same", {"label": desk.tpr.summary["choice"]["label"]}, links=links_of(desk.tpr))
    words = _words(offered, said)
    if confirm == "yes":
        return _asked_for(desk, said, words)
    if confirm == "no":
        return Found("tpr_kept", {"label": desk.tpr.summary["choice"]["label"]}, links=links_of(desk.tpr))
    whole = next((row for row in desk.tpr.summary["combinations"] if _is(row, said)), None)
    facts = {
        "words": words,
        "whole": whole and {name: whole[name] for name in ("tested", "positive", "tpr_percent", "wards")},
    }
    choices = [
        {"id": "yes", "label": "Compute it", "also": list(YES)},
        {"id": "no", "label": "Leave it as it is", "also": list(NO)},
    ]
    return Found("tpr_not_computed", facts, choices=choices, asking="confirm")


def tpr_combinations(desk: Desk) -> Found:
    """Every combination of facilities, persons, tests and time over the whole area, from sums."""
    result = desk.tpr
    if result is None:
        return no_tpr(desk)
    words = {
        "level": tpr_forms.LEVEL_WORDS,
        "age_group": tpr_forms.AGE_WORDS,
        "method": tpr_forms.METHOD_WORDS,
    }
    rows = [
        {name: row[name] for name, *_ in COMBINATIONS}
        | {name: known.get(row[name], row[name]) for name, known in words.items()}
        for row in result.summary["combinations"]
    ]
    return Found("tpr_combinations", {"n": len(rows)}, columns_of(COMBINATIONS), rows, links_of(result))


def _offered(desk: Desk) -> dict[str, list[dict[str, Any]]]:
    """The choices of each step, in the order in which they are numbered."""
    with transaction.atomic():
        file = next(file for file in selectors.files_of(desk.session) if file.kind == "facilities")
    found = tpr_forms.choices(file.report)
    times = [{"value": "all", "label": WHOLE_TIME, "recommended": True}, *found["years"]]
    listed = {
        "state": found["states"],
        "level": found["levels"],
        "age_group": found["ages"],
        "method": found["methods"],
        "period": times,
    }
    return {
        step: [
            {
                "id": str(row["value"]), "label": str(row["label"]), "also": list(ALSO.get(str(row["value"]), ())),
                "facilities": row.get("facilities"), "tested": row.get("tested"), "recommended": row.get("recommended", False),
            }
            for row in rows
        ]
        for step, rows in listed.items()
    }  # fmt: skip


def _words(offered: Mapping[str, Any], said: Mapping[str, str]) -> list[str]:
    """What was chosen so far, as people read it."""
    return [one["label"] for step in STEPS for one in offered[step] if said[step] and one["id"] == said[step]]


def _question(step: str, choices: list[dict[str, Any]], chosen: list[str]) -> Found:
    facts = {"step": step, "chosen": chosen, "asked": ""}
    return Found("tpr_question", facts, *_table(choices), choices=_plain(choices), asking=step)


def _unavailable(step: str, asked: str, choices: list[dict[str, Any]]) -> Found:
    """What was asked for is not in the reports; what is there is offered."""
    known = {
        "level": tpr_forms.LEVEL_WORDS,
        "age_group": tpr_forms.AGE_WORDS,
        "method": tpr_forms.METHOD_WORDS,
    }
    facts = {"step": step, "asked": known.get(step, {}).get(asked, asked), "chosen": []}
    return Found("tpr_question", facts, *_table(choices), choices=_plain(choices), asking=step)


def _table(choices: list[dict[str, Any]]) -> tuple[list[dict[str, Any]], list[dict[str, Any]]]:
    rows = [
        {
            "number": number, "choice": one["label"], "facilities": one["facilities"], "tested": one["tested"],
            "recommended": "recommended" if one["recommended"] else "",
        }
        for number, one in enumerate(choices, 1)
    ]  # fmt: skip
    shown = [column for column in COLUMNS if any(row[column[0]] not in (None, "") for row in rows)]
    return columns_of(shown), rows


def _plain(choices: list[dict[str, Any]]) -> list[dict[str, Any]]:
    return [{name: one[name] for name in ("id", "label", "also")} for one in choices]


def _asked_for(desk: Desk, said: Mapping[str, str], words: list[str]) -> Found:
    params = {kind: str(desk.newest.files[kind].pk) for kind in ("facilities", "boundaries")}
    if desk.tpr is not None and desk.tpr.params["facilities"] == params["facilities"]:
        # Columns that were corrected and wards that were decided stay so.
        params = asked_before(desk.tpr.params) | params
    try:
        result = actions.request_result(
            by=desk.by,
            session=desk.session,
            kind="tpr",
            params=params | dict(said),
            idempotency_key=desk.turn_key,
        )
    except ValidationError as error:
        raise explained(error) from None
    return Found("tpr_started", {"words": words}, links=[started(result, "Watch it, or cancel it")])


def _is(row: Mapping[str, Any], said: Mapping[str, str]) -> bool:
    return all(row[name] == said[name] for name in ("level", "age_group", "method", "period"))
