"""Test positivity chosen by words: numbers, back and out, questions in between, and what is not there."""

import pytest
from django.db import transaction

from analysis.synthetic import make_state
from analysis.synthetic_dhis2 import make_export, make_truth, write_export
from analysis.tests.test_tpr_pages import stored, work
from analysis.writers.geo import write_gpkg
from assistant.core.verifier import unsupported_numbers
from assistant.tests.scripted import Say, Scripted
from assistant.wording import DEFINITIONS, FIXED
from sessions_app.isolation.scope import scope
from sessions_app.models import AnalysisResult


@pytest.fixture(scope="module")
def made(tmp_path_factory):
    """Reports of which none comes from a tertiary facility."""
    folder = tmp_path_factory.mktemp("dhis2")
    boundaries = make_state(seed=3, wards=24, lgas=3)[1]
    export = write_export(make_export(make_truth(boundaries, months=14), "B"), folder / "all.csv")
    lines = export.read_text().splitlines(keepends=True)
    path = folder / "export.csv"
    path.write_text("".join(line for line in lines if "ertiary" not in line))
    return path, write_gpkg(boundaries, folder / "wards.gpkg", layer="wards")


@pytest.fixture
def speak(alice, made):
    """Somebody with facility reports and boundaries, and nothing computed yet."""
    api, session = alice.browser(), alice.session("DHIS2")
    stored(alice, session, made)
    place = f"/api/conversations/{api.post(f'/api/sessions/{session.pk}/conversations/').json()['id']}/turns/"

    def say(text: str) -> dict:
        answer = api.post(place, {"text": text}, "application/json")
        assert answer.status_code == 201, answer.content
        turn = answer.json()
        assert "could not be traced" not in turn["answer"] and turn["next_actions"]
        known = (*FIXED, *DEFINITIONS.values(), text, turn["answer"].splitlines()[-1])
        assert not turn["results"] or unsupported_numbers(turn["answer"], turn["results"], known) == []
        return turn

    return say


def labels(turn) -> list[str]:
    return [chip["label"] for chip in turn["next_actions"]]


def results_of(person) -> list[AnalysisResult]:
    with scope(person.user.pk), transaction.atomic():
        return list(AnalysisResult.objects.filter(kind="tpr").order_by("created_at"))


def test_each_step_offers_what_the_reports_hold_and_numbers_or_names_choose(speak, alice):
    turn = speak("start the tpr workflow")
    (found,) = turn["results"]
    assert found["asking"] == "level"
    assert [row["number"] for row in found["rows"]] == list(range(1, len(found["rows"]) + 1))
    assert all(row["facilities"] > 0 and row["tested"] > 0 for row in found["rows"])
    assert [row["choice"] for row in found["rows"] if row["recommended"]] == ["Primary"]
    assert labels(turn) == [*(row["choice"] for row in found["rows"]), "Cancel"]
    turn = speak("1")
    assert ", Primary." in turn["answer"] and "Which persons?" in turn["answer"]
    assert "Which tests?" in speak("children under five")["answer"]
    assert "Which time?" in speak("Pooled")["answer"]
    assert results_of(alice) == []
    turn = speak("all of the time")
    assert turn["results"][0]["say"] == "tpr_started" and turn["artefacts"][0]["kind"] == "result"
    (queued,) = results_of(alice)
    told = {name: queued.params[name] for name in ("level", "age_group", "method", "period")}
    assert told == {"level": "primary", "age_group": "u5", "method": "pooled", "period": "all"}
    assert turn["artefacts"][0]["result"] == str(queued.pk)
    done = work(alice)
    assert f"{done.summary['tpr_percent']:.1f} %" in speak("facility tpr")["answer"]


def test_back_goes_one_step_back_status_tells_and_exit_leaves(speak, alice):
    speak("run tpr")
    speak("primary")
    speak("2")
    turn = speak("back")
    assert "Which persons?" in turn["answer"] and ", Primary." in turn["answer"]
    assert "Back" in labels(turn)
    turn = speak("status")
    assert "Still open: Which persons?" in turn["answer"] and "Under five" in labels(turn)
    assert "Which facilities?" in speak("back")["answer"]
    turn = speak("back")
    assert "first question" in turn["answer"] and "Primary" in labels(turn)
    assert "dropped" in speak("exit")["answer"]
    assert "Primary" not in labels(speak("status")) and results_of(alice) == []


@pytest.mark.parametrize("text", ["not primary", "pas primaire", "no not that one", "not 1"])
def test_a_no_chooses_nothing(speak, text):
    speak("start tpr")
    turn = speak(text)
    assert turn["intent"] != "answer" and "Still open: Which facilities?" in turn["answer"]
    assert "Which persons?" in speak("secondary")["answer"]


def test_a_no_is_not_sent_to_a_language_model(speak, settings):
    server = Scripted([Say("I took primary for you.")])
    with server.running():
        settings.LANGUAGE_MODELS = server.configured()
        speak("start tpr")
        assert speak("not primary")["route"] == "none"
        assert server.asked == []


def test_a_question_in_between_is_answered_and_the_step_stays_open(speak):
    speak("start tpr")
    speak("primary")
    turn = speak("what is tpr?")
    assert turn["intent"] == "methods" and "Test positivity rate" in turn["answer"]
    assert "Still open: Which persons?" in turn["answer"] and "Under five" in labels(turn)
    turn = speak("what can you do")
    assert "Still open" in turn["answer"]
    assert "Which tests?" in speak("1")["answer"]


def test_what_was_said_at_once_is_not_asked_again(speak):
    assert "Which tests?" in speak("run tpr for primary facilities, under five")["answer"]
    speak("cancel")
    speak("start tpr")
    assert "Which tests?" in speak("secondary, over five")["answer"]


def test_another_combination_is_offered_and_computed_only_after_a_yes(speak, alice):
    speak("run tpr for primary facilities, under five")
    speak("1")
    speak("1")
    first = work(alice)
    turn = speak("switch to secondary, under five")
    (found,) = turn["results"]
    whole = next(
        row
        for row in first.summary["combinations"]
        if (row["level"], row["age_group"], row["method"], row["period"])
        == ("secondary", "u5", "pooled", "all")
    )
    assert found["facts"]["whole"]["tpr_percent"] == whole["tpr_percent"]
    assert f"{whole['tpr_percent']:.1f} %" in turn["answer"] and "out of date" in turn["answer"]
    assert labels(turn)[:2] == ["Compute it", "Leave it as it is"] and len(results_of(alice)) == 1
    assert "Nothing was computed" in speak("no")["answer"] and len(results_of(alice)) == 1
    speak("switch to secondary, under five")
    assert speak("yes")["results"][0]["say"] == "tpr_started"
    second = work(alice)
    assert second.params["level"] == "secondary" and second.params["facilities"] == first.params["facilities"]
    assert second.summary["tpr_percent"] == pytest.approx(whole["tpr_percent"])
    assert "That is what the test positivity is of now" in speak("switch to secondary, under five")["answer"]


def test_what_the_reports_lack_is_said_and_what_they_have_is_offered(speak):
    turn = speak("start tpr")
    had = [row["choice"] for row in turn["results"][0]["rows"]]
    speak("cancel")
    turn = speak("run tpr for tertiary facilities")
    assert "Tertiary" not in had
    assert "hold nothing for “Tertiary”" in turn["answer"]
    assert [row["choice"] for row in turn["results"][0]["rows"]] == had


def test_all_combinations_stand_in_one_table(speak, alice):
    speak("run tpr for all facilities, all ages")
    speak("1")
    speak("1")
    done = work(alice)
    (found,) = speak("compare all combinations")["results"]
    assert len(found["rows"]) == len(done.summary["combinations"]) > 8
    assert {row["tested"] for row in found["rows"]} == {row["tested"] for row in done.summary["combinations"]}
