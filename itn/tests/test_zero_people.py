"""0 people may stand for a number that is not known: told on the page, and taken so only where somebody chose it."""

from django.urls import reverse

from itn.core.population import RULES, ZERO_IS_UNKNOWN, rule_told
from itn.tests.test_runs import carol, compute, files, rows_of, upload
from sessions_app.tests.browsing import browse, text_of

__all__ = ["carol", "files"]


def test_zeros_are_unknown_only_when_chosen(carol, committed):
    person, api, session, risk, plan = carol
    named = [row for row in rows_of(api, plan) if not row["ward_name"].startswith("=")]
    lines = ["AdminLevel2,AdminLevel3,N_FamilyMembers"]
    lines += [f"{ward['lga_name']},{ward['ward_name']},{0 if k < 5 else 180}" for k, ward in enumerate(named)]
    file = upload(api, session, "registration", "zeros.csv", "\n".join(lines).encode())
    asked = {"risk": risk["id"], "nets": 100_000, "population": {"source": "registration", "file": file}}
    given = compute(person, api, session, "itn_plan", asked)["summary"]
    assert given["wards_with_0_people"] == given["reasons"]["zero_need"] == 5
    assert given["source"]["population_rule"] == "as given"
    page = text_of(browse(person).get(reverse("session_nets", args=[session])))
    assert all(f'<option value="{rule}"' in page for rule in RULES)
    query = {"nets": "100000", "population": "registration:"}
    tried = text_of(browse(person).get(reverse("session_nets", args=[session]), query))
    assert "5 wards have 0 people in this population." in tried
    for rule in ZERO_IS_UNKNOWN:
        params = asked | {"population": asked["population"] | {"rule": rule}}
        result = compute(person, api, session, "itn_plan", params)
        summary = result["summary"]
        assert summary["source"]["population_rule"] == rule_told(rule) and summary["wards_with_0_people"] == 0
        assert not [row for row in rows_of(api, result) if row["population"] == 0]
        noted = {note["code"]: note["count"] for note in summary["notes"]}
        assert noted["zero_taken_for_unknown"] == 5 and "nobody_there" not in noted
        assert ("population_filled" in noted) is (rule == "zero_lga_median")
        shown = text_of(browse(person).get(reverse("plan_detail", args=[session, result["id"]])))
        assert "wards have 0 people" not in shown
        tried = text_of(browse(person).get(reverse("session_nets", args=[session]), query | {"rule": rule}))
        assert "wards have 0 people" not in tried and "taken for wards of unknown population" in tried
