"""The tables of a plan that is tried and not stored are explained with the numbers of its preview, to its owner alone."""

import html
import re
from dataclasses import replace
from urllib.parse import quote

import pytest
from django.db import transaction
from django.urls import reverse

from assistant.core.explaining import FIXED_PARTS, explanation
from assistant.core.verifier import unsupported_numbers
from itn import selectors as plans
from itn.explained import TRIED, as_plan, tried_facts
from itn.forms import read_plan
from itn.preview import Preview, preview
from itn.sources import population_columns
from itn.tests.test_pages_nets import asked, desk, page, stored
from itn.tests.test_runs import carol, files
from sessions_app import selectors
from sessions_app.isolation.scope import scope
from sessions_app.models import AnalysisSession
from sessions_app.tests.browsing import browse, text_of
from tests.isolation.test_hostile_content import MARKUP, live_in

__all__ = ["carol", "desk", "files"]
ALL = asked(
    strategy="sequential", candidate_threshold="40", currency="NGN", per_net="2.5", per_lga="1000", name="By & by"
)  # fmt: skip


def explained(browser, session, table: str, status: int = 200, **query) -> str:
    return page(browser, "explain_tried", session, table, status=status, **query)


def facts_in(shown: str) -> dict[str, str]:
    """The table of facts of an explanation."""
    rows = re.findall(r"<code>(\w+)</code></th><td><bdi>(.*?)</bdi>", shown)
    return {name: html.unescape(value) for name, value in rows}


def table_after(shown: str, heading: str) -> list[list[str]]:
    """The texts of the rows of the first table from a heading on, numbers without their separators."""
    body = shown[shown.index(heading) :].split("<tbody>", 1)[1].split("</tbody>", 1)[0]
    rows = [re.findall(r"<t[hd][^>]*>(.*?)</t[hd]>", row) for row in body.split("<tr>")[1:]]
    return [[re.sub(r"<[^>]+>|,(?=\d)", "", html.unescape(cell)).strip() for cell in row] for row in rows]


def links_in(shown: str) -> dict[str, str]:
    """The addresses of explanations, by table."""
    found = re.findall(r'<a class="explain" href="([^"]+/nets/explain/(\w+)/\?[^"]*)" data-explain>', shown)
    return {table: html.unescape(address) for address, table in found}


def tried(person, session, **change) -> Preview:
    with scope(person.user.pk):
        with transaction.atomic():
            base = plans.base_of(selectors.newest_of(AnalysisSession.objects.get(pk=session)))
        return preview(base, read_plan(asked(**change), base, population_columns(base.dataset)))


@pytest.mark.parametrize("part", [False, True], ids=["page", "part"])
def test_each_table_has_its_link_and_its_page_works_without_scripts(desk, part):
    _, browser, session, _, _ = desk
    headers = {"HX-Request": "true"} if part else {}
    shown = text_of(browser.get(reverse("session_nets", args=[session]), ALL, headers=headers))
    assert set(links_in(shown)) == set(TRIED) and shown.count('<div class="explained"') == len(TRIED)
    assert ("js/explain.js" in shown) is not part
    for table, address in links_in(shown).items():
        whole = text_of(browser.get(address))
        assert "<html" in whole and 'class="explanation" lang="en"' in whole, table
        back = html.unescape(re.search(r'<a class="button second" href="([^"]+)"', whole)[1])
        assert links_in(text_of(browser.get(back))) == links_in(shown), "back to the very plan"


def test_what_there_is_nothing_of_has_no_link(desk):
    _, browser, session, _, _ = desk
    shown = page(browser, "session_nets", session, **asked())
    assert set(links_in(shown)) == set(TRIED) - {"table_candidates"}
    assert links_in(page(browser, "session_nets", session)) == {}
    assert explained(browser, session, "table_candidates", status=404, **asked())


def test_the_numbers_are_those_of_the_preview(desk):
    person, browser, session, _, _ = desk
    before = stored(person)
    shown = page(browser, "session_nets", session, **ALL)
    facts = {table: facts_in(explained(browser, session, table, **ALL)) for table in TRIED}
    line = re.search(r"([\d,]+) of ([\d,]+) nets cover ([\d,]+) of ([\d,]+) people", shown).groups()
    for found in facts.values():
        names = ("nets_allocated", "nets", "people_covered", "population")
        assert [found[name] for name in names] == [number.replace(",", "") for number in line]
        assert found["title_of_plan"] == "By & by"
    counted = {words.lower(): number for words, number in table_after(shown, "What happens to the")}
    said = facts["table_outcomes"]
    assert counted[said["commonest"]] == said["commonest_wards"] == str(max(map(int, counted.values())))
    first, said = table_after(shown, "The first wards by risk"), facts["table_first"]
    assert said["first"] == str(len(first)) == "10"
    for name, column in (("first_need", 3), ("first_nets", 4)):
        assert int(said[name]) == sum(int(row[column]) for row in first if row[column].isdecimal())
    lgas, said = table_after(shown, "<summary>By LGA"), facts["table_delivery"]
    served = sum(int(row[2]) > 0 for row in lgas)
    assert (int(said["lgas"]), int(said["without"])) == (served, len(lgas) - served)
    assert [said["lga"], said["lga_need"], said["lga_nets"]] in [row[:3] for row in lgas]
    assert int(said["lga_nets"]) == max(int(row[2]) for row in lgas)
    assert f"{float(said['cost']):,.2f}".removesuffix(".00") in shown and said["currency"] == "NGN"
    wards, nets = re.search(r"known to be urban: ([\d,]+), with ([\d,]+) nets", shown).groups()
    said = facts["table_candidates"]
    assert (said["urban_wards"], said["urban_nets"]) == (wards.replace(",", ""), nets.replace(",", ""))
    assert float(said["threshold"]) == 40
    assert stored(person) == before


@pytest.mark.parametrize("table", ["table_outcomes", "table_delivery"])
def test_a_plan_is_explained_alike_before_and_after_it_is_stored(desk, table):
    _, browser, session, _, plan = desk
    tried_now = facts_in(explained(browser, session, table, **asked(name="First")))
    assert tried_now == facts_in(page(browser, "explain_figure", session, plan["id"], table))


@pytest.mark.parametrize("table", TRIED)
def test_both_languages_say_the_same_facts_and_no_other_number(desk, table):
    person, browser, session, _, _ = desk
    change = {"strategy": "sequential", "candidate_threshold": "40"}
    facts = tried_facts(tried(person, session, **change), table)
    english, french = (explanation(language, facts) for language in ("en", "fr"))
    assert len(english) == len(french) >= 3
    for lines, comma in ((english, False), (french, True)):
        for line in lines:
            assert unsupported_numbers(line, [facts], FIXED_PARTS, decimal_comma=comma) == [], line
    query = asked(**change)
    for language, lines in (("en", english), ("fr", french)):
        shown = html.unescape(explained(browser, session, table, **query, language=language))
        assert f'class="explanation" lang="{language}"' in shown and all(line in shown for line in lines)
    place = reverse("explain_tried", args=[session, table])
    part = browser.get(place, query | {"language": "fr"}, headers={"HX-Request": "true"})
    assert "<html" not in text_of(part) and french[0] in html.unescape(text_of(part))
    assert "no-store" in part["Cache-Control"]
    whole = html.unescape(re.search(r'<a href="([^"]+)"', text_of(part))[1])
    assert whole.startswith(f"{place}?") and facts_in(text_of(browser.get(whole)))


def test_a_split_that_the_clock_ended_is_said_to_be_searched_again(desk):
    person, _, session, _, _ = desk
    found = tried(person, session, strategy="best_split", lga_minimum="1", candidate_threshold="40")
    for table in TRIED:
        proven, ended = (tried_facts(replace(found, proven=proven), table) for proven in (True, False))
        assert "searched again" not in " ".join(explanation("en", proven))
        assert "searched again" in explanation("en", ended)[-1]
        assert "cherchée de nouveau" in explanation("fr", ended)[-1]


@pytest.mark.parametrize(
    ("change", "words"),
    [
        ({}, "nets times people for each net"),
        ({"quantity": "household", "household_size": "5"}, "population times nets ÷ need"),
    ],
)
def test_what_covered_means_follows_from_how_needs_are_counted(desk, change, words):
    _, browser, session, _, _ = desk
    shown = explained(browser, session, "table_first", **asked(**change))
    assert f"Covered means: {'the ' if change else ''}{words}" in shown and shown.count("Covered means") == 1


@pytest.mark.parametrize(
    ("change", "words"),
    [
        ({"nets": "0"}, "0 nets can&#x27;t be planned"),
        ({"nets": "lots"}, "valid integer"),
        ({"nets": ""}, "valid integer"),
        ({"nets": "1" * 400}, "Nothing that you stored before was changed"),
        ({"population": "column:ward_name"}, "Say which"),
        ({"population": "reference:x"}, "Nothing that you stored before was changed"),
        ({"urban_rule": "exclude"}, "no silent default"),
        ({"people_per_net": "9"}, "from 1 to 3"),
        ({"name": "a\x00b"}, "Nothing that you stored before was changed"),
        ({"strategy": "best_split", "lga_minimum": "100"}, "No split keeps all limits"),
    ],
)
def test_what_cannot_be_planned_leads_to_the_preview_that_says_why(desk, change, words):
    person, browser, session, _, _ = desk
    before = len(person.events("explain.requested"))
    for headers in ({}, {"HX-Request": "true"}):
        answer = browser.get(
            reverse("explain_tried", args=[session, "table_outcomes"]), asked(**change), headers=headers
        )
        assert answer.status_code == 302
        shown = text_of(browser.get(answer["Location"]))
        assert words in shown and 'class="problem"' in shown
    assert len(person.events("explain.requested")) == before


@pytest.mark.parametrize("name", MARKUP[:4])
def test_a_name_in_the_address_stays_a_name(desk, name):
    _, browser, session, _, _ = desk
    places = [reverse("session_nets", args=[session])]
    places += [reverse("explain_tried", args=[session, table]) for table in ("table_outcomes", "table_first")]
    for place in places:
        for headers in ({}, {"HX-Request": "true"}):
            answer = browser.get(place, asked(name=name), headers=headers)
            assert answer.status_code == 200 and live_in(answer.content) == [], place
            assert html.escape(name) in text_of(answer), place


def test_an_address_without_a_plan_leads_to_the_form_and_an_unknown_table_is_404(desk):
    _, browser, session, _, _ = desk
    answer = browser.get(reverse("explain_tried", args=[session, "table_outcomes"]))
    assert answer.status_code == 302 and answer["Location"].startswith(
        reverse("session_nets", args=[session])
    )
    place = reverse("explain_tried", args=[session, "table_outcomes"]).replace("table_outcomes", "{}")
    for table in ("nothing", "table_wards", "map_coverage", quote("../x", safe=""), "%00"):
        assert browser.get(place.format(table), asked()).status_code == 404, table
    assert browser.post(place.format("table_first"), asked()).status_code == 405


def test_a_session_of_another_or_without_a_ranking_has_no_plan(desk, bob):
    _, _, session, _, _ = desk
    stranger = browse(bob)
    assert explained(stranger, session, "table_outcomes", status=404, **asked())
    own = bob.browser().post("/api/sessions/", {"name": "Own"}, "application/json").json()["id"]
    answer = stranger.get(reverse("explain_tried", args=[own, "table_outcomes"]), asked())
    assert answer.status_code == 302 and "No ranking yet" in text_of(stranger.get(answer["Location"]))
    assert bob.events("explain.requested") == []


def test_whoever_asks_leaves_an_event_without_words(desk):
    person, browser, session, _, _ = desk
    before = len(person.events("explain.requested"))
    explained(browser, session, "table_first", **asked(name="Secret"))
    (event,) = person.events("explain.requested")[before:]
    assert event.data == {"kind": "itn_plan", "figure": "table_first", "where": "preview"}
    assert event.object_id == event.session_id == session


def test_a_preview_says_what_a_stored_plan_does(desk):
    person, _, session, _, plan = desk
    shown = as_plan(tried(person, session, name="First"))
    assert shown.summary["people_covered"] == plan["summary"]["people_covered"]
    assert shown.params["name"] == plan["params"]["name"]
