"""The whole way by words, in one conversation and without a language model: on a made-up state, and on Niger State."""

from dataclasses import dataclass

import pandas as pd
import pytest
from django.db import transaction

from analysis.readers.boundaries import read_boundaries
from analysis.synthetic import make_state, write_state
from analysis.synthetic_dhis2 import make_export, make_truth, write_export
from assistant.core.verifier import unsupported_numbers
from assistant.models import Turn
from assistant.tests.niger import ask, conversation_of, words_of
from assistant.wording import DEFINITIONS, FIXED
from itn.tests.test_runs import body
from sessions_app.isolation.scope import scope
from sessions_app.models import AnalysisResult
from sessions_app.tests.browsing import browse, text_of
from sessions_app.tests.people import people
from tests import work


@dataclass
class Area:
    """Files of a state, and how its people ask: a ward whose name is not its only one, an LGA, nets."""

    table: bytes
    boundaries: tuple[str, bytes]
    facilities: bytes
    lga: str
    ward: str
    nets: tuple[int, int]
    more: tuple[str, ...] = ()


def made_up(folder) -> Area:
    state = make_state(seed=3, wards=40, lgas=4)
    table, shapes = write_state(state, folder)
    export = write_export(make_export(make_truth(state[1], months=14), "B"), folder / "reports.csv")
    first = state[1].iloc[0]
    names = list(state[1]["ward_name"])
    ward = next(name for name in names if names.count(name) == 1)
    return Area(
        table.read_bytes(), (shapes.name, shapes.read_bytes()), export.read_bytes(), first["lga_name"], ward,
        (60_000, 80_000),
    )  # fmt: skip


def niger(folder, data) -> Area:
    shapes = data / "niger" / "Niger_State.zip"
    boundaries = read_boundaries(shapes, shapes.name).frame
    # Which facilities there are is made up; the wards are the real ones, named as in the ward table.
    table = pd.read_csv(data / "niger" / "Niger_plus.csv").set_index("WardCode")
    lgas = boundaries["ward_code"].map(table["lga_name"])
    truth = make_truth(boundaries.assign(lga_name=lgas, state_name="Niger"), months=3)
    export = write_export(make_export(truth, "B"), folder / "reports.csv")
    return Area(
        (data / "niger" / "Niger_plus.csv").read_bytes(), (shapes.name, shapes.read_bytes()), export.read_bytes(),
        "Bosso", "Manta", (500_000, 700_000), ("why is Sabon Gari ranked first?",),
    )  # fmt: skip


@pytest.fixture(params=["made up", pytest.param("niger", marks=[pytest.mark.realdata, pytest.mark.slow])])
def area(request, tmp_path) -> Area:
    if request.param == "made up":
        return made_up(tmp_path)
    return niger(tmp_path, request.getfixturevalue("realdata"))


class Speaker:
    """Says things and checks what holds for every answer."""

    def __init__(self, person, session) -> None:
        self.person, self.session = person, session
        self.conversation = conversation_of(person, session)

    def say(self, text: str, intent: str = "") -> Turn:
        with scope(self.person.user.pk), transaction.atomic():
            self.conversation.refresh_from_db()
        turn = ask(self.person, self.conversation, text)
        words = words_of(self.person, turn)
        assert turn.status == "done" and turn.next_actions, text
        assert "could not be traced" not in words
        if intent:
            assert turn.intent == intent, (text, turn.intent, words)
        if turn.results:
            known = (*FIXED, *DEFINITIONS.values(), text, words.splitlines()[-1])
            assert unsupported_numbers(words, turn.results, known) == [], words
        self.words = words
        return turn

    def work(self) -> AnalysisResult:
        """Be the worker for what was just asked for."""
        with scope(self.person.user.pk), transaction.atomic():
            waiting = AnalysisResult.objects.filter(session_id=self.session.pk, status="queued").get()
        done = work.computed(self.person.user, waiting)
        assert done.status == "succeeded", done.error
        return done

    def page(self) -> str:
        return text_of(browse(self.person).get(self.conversation.get_absolute_url()))


def upload(person, session, area) -> None:
    name, shapes = area.boundaries
    for kind, own_name, content in (
        ("ward_table", "wards.csv", area.table), ("boundaries", name, shapes), ("facilities", "reports.csv", area.facilities),
    ):  # fmt: skip
        work.upload(person.user, session, kind, own_name, content)


def test_from_a_greeting_to_a_report_in_french(area, committed):
    with people() as make:
        person = make("walker")
        session = person.session("Journey")
        speaker = Speaker(person, session)
        say = speaker.say
        say("good morning", "greet")
        turn = say("how do i upload my data?", "upload")
        assert turn.artefacts[0]["url"].endswith("/data/")
        upload(person, session, area)
        counted(speaker)
        ranked(speaker, area)
        asked(speaker, area)
        planned(speaker, area)
        reported(speaker)


def counted(speaker: Speaker) -> None:
    """Test positivity, one choice after the other."""
    say = speaker.say
    turn = say("start the tpr workflow", "tpr")
    steps = []
    while turn.results[-1]["asking"] != "code":
        steps.append(turn.results[-1]["asking"])
        assert len(turn.results[-1]["rows"]) > 1
        turn = say("1", "answer")
    assert steps[0] in ("state", "level") and {"level", "age_group", "method", "period"} <= set(steps)
    assert turn.results[0]["say"] == "tpr_started"
    done = speaker.work()
    assert done.kind == "tpr" and done.params["level"] == "primary" and done.params["age_group"] == "u5"
    assert f"{done.summary['tpr_percent']:.1f} %" in (say("facility tpr", "tpr"), speaker.words)[1]


def ranked(speaker: Speaker, area: Area) -> None:
    turn = speaker.say("run the risk analysis", "run_risk")
    assert "not matched" in speaker.words and turn.artefacts
    files = {file.kind: str(file.pk) for file in speaker.person.files()}
    user = speaker.person.user
    matched = work.ask_for(
        user, speaker.session, "dataset", **{kind: files[kind] for kind in ("ward_table", "boundaries")}
    )
    assert work.computed(user, matched).status == "succeeded"
    turn = speaker.say("run the risk analysis", "run_risk")
    assert turn.artefacts[0]["kind"] == "result" and "0 %" in speaker.page()
    assert speaker.work().kind == "risk"
    assert "Done." in speaker.page()


def asked(speaker: Speaker, area: Area) -> None:
    say = speaker.say
    for text in ("show the map", "map tpr", "pca map", "tier map"):
        assert len(say(text, "map").results[0]["pictures"]) == 1, text
    turn = say(f"why is {area.ward} ranked first?", "explain")
    assert turn.results[0]["facts"]["ward_name"] == area.ward
    for text in area.more:
        turn = say(text, "explain")
        assert len(turn.results[0]["choices"]) == 3
        turn = say("1", "answer")
        assert turn.results[0]["facts"]["lga_name"] == "Chanchaga"
    turn = say(f"top 10 wards in {area.lga} by rainfall", "rank")
    assert {row["lga_name"] for row in turn.results[0]["rows"]} == {area.lga}
    assert say("and the lowest?").results[0]["facts"]["end"] == "lowest"
    assert say("correlate rainfall with TPR", "correlate").results[0]["facts"]["n"] > 10


def planned(speaker: Speaker, area: Area) -> None:
    say, (first, second) = speaker.say, area.nets
    turn = say(f"plan {first} nets, rural first", "nets")
    assert [chip["label"] for chip in turn.next_actions] == ["30 %", "50 %", "75 %", "Cancel"]
    turn = say("50 %", "answer")
    assert (turn.results[0]["facts"]["nets"], turn.results[0]["facts"]["threshold"]) == (first, 50)
    turn = say(f"compare with {second}", "nets")
    facts = turn.results[0]["facts"]
    assert (facts["first"]["nets"], facts["second"]["nets"]) == (first, second)
    # The question on the way there may be left open; the comparison asks it again.
    other = Speaker(speaker.person, speaker.session)
    other.say(f"plan {first} nets, urban first")
    other.say(f"compare with {second}", "nets")
    assert other.say("75 %", "answer").results[0]["facts"]["second"]["nets"] == second
    say("make a PDF report of the plan", "report")
    assert "Say “store this plan” first" in speaker.words
    say(f"plan {first} nets")
    say("store this plan", "net_store")
    assert speaker.work().params["nets"] == first


def reported(speaker: Speaker) -> None:
    say = speaker.say
    for text, params, names in (
        ("report in French", {"language": "fr"}, {"report.pdf", "report.docx", "report.html", "package.zip"}),
        ("make a PDF report of the plan", {"language": "en", "formats": ["pdf"]}, {"report.pdf"}),
        ("data package", {"formats": ["package"]}, {"package.zip"}),
    ):  # fmt: skip
        turn = say(text, "report")
        done = speaker.work()
        assert done.kind == "report" and {name: done.params[name] for name in params} == params
        kind = "itn_plan" if "plan" in text else "risk"
        assert done.summary["of_kind"] == kind, text
        page = speaker.page()
        assert turn.artefacts[0]["result"] == str(done.pk)
        assert all(name in page for name in names)
    files = [link for link in say("export results", "download").artefacts if link["kind"] == "file"]
    assert {"Ranked wards, CSV", "Net plan, CSV", "Data package", "Test positivity of the wards, CSV"} <= {
        link["title"] for link in files
    }
    browser = browse(speaker.person)
    for link in files:
        assert len(body(browser.get(link["url"]))) == link["bytes"]
    say("report in hausa", "report")
    assert "English or French" in speaker.words
