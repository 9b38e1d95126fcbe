"""What the assistant stores is English; a French reader meets it in French, and may answer in French."""

import csv
import io
import re

import pytest
from django.db import transaction
from django.test import Client
from django.urls import reverse
from django.utils import translation

from assistant import sharing
from assistant.commands import TOOLS
from assistant.context import FOLLOWING
from assistant.core.explaining import PLACE
from assistant.core.explaining import _filled as filled
from assistant.core.explanations import EXPLANATIONS
from assistant.core.reading import Lexicon
from assistant.core.routing import decide
from assistant.shown import shown_turn
from assistant.talk_pages import WORDS
from assistant.tests.test_journey import Speaker, made_up, upload
from assistant.turns import PAGES, SMALL_TALK
from assistant.understanding import OFFERS
from reports.core.language import LANGUAGES, Language
from sessions_app.isolation.scope import scope
from sessions_app.stored_words import own_words, translated
from sessions_app.tests.browsing import browse, text_of
from sessions_app.tests.people import people
from tests import work

# Chips that stand in no list of `context`.
CHIPS = (
    *OFFERS.values(),
    "What can you do?", "Describe the data", "Status", "Run the risk analysis", "List the variables", "Missing values",
    "Help", "Cancel", "Back",
)  # fmt: skip
# Words that no French sentence of ours has; names of the made-up wards don't hold them either.
ENGLISH = re.compile(
    r"\b(the|of|and|with|is|are|has|have|not|for|to|by|from|over|in|no|its|rank|nets|people)\b", re.I
)
# What stands in quotation marks is the name of a plan, which is its owner's.
NAMED = re.compile("«.*?»")
# The same in both languages: units, formats, names of columns and files.
SAME = {
    "Score",
    "LGA",
    "Ward",
    "Code",
    "Variable",
    "Wards",
    "PDF",
    "Markdown",
    "HTML",
    "JSON",
    "Unit",
    "0–1",
    "%",
    "°C",
}
BEFORE_FILES = (
    "good morning", "thanks", "who are you?", "help", "yes", "no", "back", "cancel", "status", "describe my data",
    "how do i upload my data?", "run the risk analysis", "what is the weather in paris?", "facility tpr", "plan nets",
    "show my conversations", "share this conversation", "transcript", "start a new conversation",
)  # fmt: skip
ABOUT_REPORTS = (
    "facility tpr", "tpr trend", "trend of tpr in {lga}", "quality of the facility reports", "facility tpr in {lga} LGA",
    "facility tpr of {ward}", "which facility has the most tests", "how many secondary facilities are there", "unusual months",
    "wards with a reporting rate below 95 %", "which wards are rising", "how many people tested positive in {lga}", "all combinations of facilities and persons", "switch to secondary facilities", "no",
)  # fmt: skip
ABOUT_WARDS = (
    "describe my data", "list the variables", "missing values", "show the match report", "results", "top 10 wards",
    "lowest ward", "top 10 wards in {lga} by rainfall", "and the lowest?", "list wards with rainfall above 5",
    "how many wards", "how many wards with rainfall above 5 in {lga}", "how many high risk wards", "average rainfall in {lga}",
    "average rainfall", "which lga has the highest rainfall", "which lga has the most high risk wards", "list the lgas",
    "correlate rainfall with tpr", "correlate rainfall with rainfall", "what is the rainfall of {ward}", "rank of {ward}",
    "why is {ward} ranked first?", "compare {ward} and {other}", "compare {lga} and {other_lga}", "how stable is the ranking?",
    "how stable is {ward}?", "which cells were filled?", "pca results", "explain the map", "explain the pca", "explain the scree plot",
    "what is tpr?", "what is rainfall?", "how is the score calculated?", "show the map", "map of rainfall", "histogram of rainfall",
    "neighbours of {ward}", "tell me about {lga}", "what correlates with tpr", "what share of the population lives in high risk wards",
    "what percent of wards are high risk", "why is the second ward ranked second?", "plot rainfall against tpr",
    "total rainfall", "what tier is {ward} in", "does {lga} have more rain than {other_lga}",
    "scree plot", "download the results", "status", "report in hausa", "make a report of the plan", "what is nonsense?",
)  # fmt: skip
ABOUT_NETS = (
    "plan {nets} nets", "compare with 70,000", "compare with highest risk first", "compare my plans", "what would 50,000 more nets do?", "why does {ward} get so few nets?",
    "delivery list", "delivery list in bales of 50", "how many nets for {lga} LGA?", "plan {nets} nets, rural first", "50 %",
    "plan {nets} nets with a household size of 5", "which wards get no nets?", "which wards are fully covered?",
    "from which urban wards could nets be taken?", "30 %", "store this plan",
)  # fmt: skip


class Reader(Speaker):
    """Asks in English and reads every turn as a French page shows it."""

    def __init__(self, person, session) -> None:
        super().__init__(person, session)
        self.english: list[str] = []
        self.mixed: list[str] = []
        self.intents: set[str] = set()

    def ask_all(self, texts, **names) -> None:
        for text in texts:
            turn = self.say(text.format(**names))
            self.intents.add(turn.intent)
            with scope(self.person.user.pk), transaction.atomic(), translation.override("fr"):
                self.read(turn)

    def read(self, turn) -> None:
        shown = shown_turn(turn)
        told = [(line, translated(line)) for line in shown["lines"]]
        named = [
            *shown["links"],
            *(one for one in turn.artefacts if one["kind"] == "result"),
            *shown["pictures"],
        ]
        told += [(one["title"], translated(one["title"])) for one in named]
        told += [
            (one["label"], translated(one["label"]))
            for one in shown["chips"]
            if not one["label"][0].isdigit()
        ]
        for table in shown["tables"]:
            told += [("Column", one["title"]) for one in table["columns"] if not one["named"]]
            ours = [n for n, one in enumerate(table["columns"]) if one["ours"]]
            told += [("Cell", row[n]["value"]) for row in table["first"] for n in ours]
        for english, french in told:
            if english == french and french not in SAME and any(map(str.isalpha, french)):
                self.english.append(french)
            elif ENGLISH.search(NAMED.sub("", french)) and french not in SAME:
                self.mixed.append(french)


@pytest.fixture(scope="module")
def area(tmp_path_factory):
    return made_up(tmp_path_factory.mktemp("made-up"))


def test_a_french_reader_meets_no_english_line(area, committed):
    with people() as make:
        person = make("lectrice")
        reader = Reader(person, person.session("Lecture"))
        reader.ask_all(BEFORE_FILES)
        upload(person, reader.session, area)
        reader.ask_all(
            ("status", "start the tpr workflow", "status", "what is tpr?", "1", "back", "1", "1", "1", "1")
        )
        reader.work()
        names = names_of(area)
        reader.ask_all(ABOUT_REPORTS, **names)
        files = {file.kind: str(file.pk) for file in person.files()}
        both = {kind: files[kind] for kind in ("ward_table", "boundaries")}
        matched = work.computed(person.user, work.ask_for(person.user, reader.session, "dataset", **both))
        assert matched.status == "succeeded"
        reader.ask_all(("status", "run the risk analysis", "run the risk analysis"))
        reader.work()
        reader.ask_all(ABOUT_WARDS, **names)
        reader.ask_all(ABOUT_NETS, **names)
        reader.work()
        reader.ask_all(
            ("plan nets", "make a report of the plan in french", "download the results", "data package")
        )
        assert reader.english == []
        assert reader.mixed == []
        every = {*TOOLS, *SMALL_TALK, *WORDS, *PAGES}
        assert every - reader.intents == set(), "an intent that nobody asked for"
        seen_elsewhere(reader)


def names_of(area) -> dict[str, str]:
    rows = list(csv.DictReader(io.StringIO(area.table.decode())))
    names = [row["ward_name"] for row in rows]
    other = next(row["lga_name"] for row in rows if row["lga_name"] != area.lga)
    second = next(name for name in names if names.count(name) == 1 and name != area.ward)
    return {"lga": area.lga, "other_lga": other, "ward": area.ward, "other": second, "nets": "60,000"}


def seen_elsewhere(reader: Reader) -> None:
    """The page, the transcripts and a shared copy say it in French, too; programs get English."""
    person, conversation = reader.person, reader.conversation
    browser = browse(person)
    place = conversation.get_absolute_url()
    browser.post("/language/", {"language": "fr"})
    page = text_of(browser.get(place))
    assert "Recevraient plus de moustiquaires" in page and "would get more nets" not in page
    assert 'value="Télécharger les résultats"' in page, "a chip sends what it says"
    copy = text_of(browser.get(f"{place}transcript/"))
    assert "Vous :" in copy.replace("\u202f", " ") and "a le rang" in copy and "has rank" not in copy
    with scope(person.user.pk), translation.override("fr"):
        link, secret = sharing.share(by=person.user, conversation=conversation, days=1)
        with transaction.atomic():
            link.refresh_from_db()
            assert "has rank" in str(link.snapshot) and "a le rang" not in str(link.snapshot)
    shared = reverse("shared_conversation", args=[secret])
    assert "has rank" in text_of(Client().get(shared))
    read = text_of(Client().get(shared, HTTP_ACCEPT_LANGUAGE="fr"))
    assert '<html lang="fr"' in read and "a le rang" in read and "has rank" not in read
    assert "Élevée" in read and re.search(r'class="num"[^>]*><bdi>0,\d', read)
    assert not re.search(r"<bdi>0\.\d|<bdi>High<|no data", read)
    turns = f"/api/conversations/{conversation.pk}/turns/"
    assert "has rank" in str(browser.get(turns).json())
    told = browser.get(turns, HTTP_ACCEPT_LANGUAGE="fr").json()
    assert "a le rang" in str([turn["answer"] for turn in told]) and "Mean of" not in str(
        told[-1]["artefacts"]
    )


@pytest.fixture
def speak(alice, area):
    """Somebody with facility reports and boundaries, whose page is French."""
    reader = Speaker(alice, alice.session("Rapports"))
    upload(alice, reader.session, area)
    return reader


@pytest.mark.parametrize(
    "answer", ["Toutes les formations", "toutes les formations", "All facilities", "all"]
)
def test_an_open_question_is_answered_by_the_words_that_a_french_page_shows(speak, answer):
    turn = speak.say("lancer le calcul du tpr")
    assert turn.results[0]["asking"] == "level"
    with translation.override("fr"):
        assert "Toutes les formations" in [translated(chip["label"]) for chip in turn.next_actions]
    turn = speak.say(answer)
    assert (turn.intent, turn.slots, turn.results[0]["asking"]) == ("answer", {"option": "all"}, "age_group")
    assert speak.say("Femmes enceintes").slots == {"option": "pw"}
    assert speak.say("Retour").intent == "back"
    assert speak.say("Annuler").intent == "cancel"


NAMES = Lexicon(("Kuta",), ("Shiroro",), ("rainfall", "u5_tpr_rdt"))


@pytest.mark.parametrize("text", sorted({*CHIPS, *(text for texts in FOLLOWING.values() for text in texts)}))
def test_a_french_chip_asks_what_the_english_one_asks(text):
    with translation.override("fr"):
        french = translated(text)
    assert french != text
    asked, answered = decide(text, NAMES), decide(french, NAMES)
    # An explanation that is asked for in French is given in French.
    slots = {name: value for name, value in answered.slots.items() if name != "language"}
    assert (answered.intent, slots) == (asked.intent, dict(asked.slots))


@pytest.mark.parametrize(
    ("english", "french"),
    [
        (
            "Rainfall, over 12 wards with a value (in the LGA Bosso; with Elevation above 1,200.5), each counted alike: mean 1,012.5 mm per year; median 0.25 mm per year.",
            "Pluie, sur 12 wards avec une valeur (dans le LGA Bosso ; avec Altitude au-dessus de 1 200,5), chacun comptant autant : moyenne 1 012,5 mm par an ; médiane 0,25 mm par an.",
        ),
        (
            "Population, over 12 wards with a value (in the LGA Bosso): total 10,227 people.",
            "Population, sur 12 wards avec une valeur (dans le LGA Bosso) : total 10 227 habitants.",
        ),
        ("In the ward Rise (Trends), Tier: High.", "Dans le ward Rise (Trends), Tranche : Élevée."),
        ("What the wards get: all it needs (1,200 wards); not reached: nets ran out (1 ward).", "Ce que reçoivent les wards : tout ce qu'il lui faut (1 200 wards) ; non atteint : moustiquaires épuisées (1 ward)."),
        ("1 ward would get more nets, 2 fewer.", "Recevraient plus de moustiquaires : 1 ward ; moins : 2."),
        ("Rainfall has rank 1 of 1,240, in the high tier, with the score 0.812.", "Rainfall a le rang 1 sur 1 240, dans la tranche élevée, avec le score 0,812."),
        ("Still open: Which persons? Answer with a number or a name; “back” and “exit” work, too.", "Toujours en attente : Quelles personnes ? Répondez par un numéro ou un nom ; « retour » et « quitter » sont aussi compris."),
    ],
)  # fmt: skip
def test_numbers_and_words_of_ours_are_said_and_names_stay(english, french):
    with translation.override("fr"):
        assert re.sub(r"[\u202f\xa0]", " ", translated(english)) == french
    assert translated(english) == english


def test_cells_are_written_as_the_language_writes_them():
    with translation.override("fr"):
        assert [own_words(cell) for cell in ("12.5", "1,234", "no data", "High", "1.2×10⁹", "-0.5")] == [
            "12,5", "1\xa0234", "pas de données", "Élevée", "1,2×10⁹", "-0,5",
        ]  # fmt: skip


def sample_facts(pair: tuple[str, str]) -> dict[str, object]:
    """Something in each place of an explanation's sentence."""
    found = {name: form for text in pair for name, form in PLACE.findall(text)}
    kinds = {"w": 12_345, "g": 1_234.5, "v": "Rainfall", "t": "High", "n": True, "": "Kuta Gari"}
    return {name: kinds.get(form, 12.25) for name, form in found.items()}


@pytest.mark.parametrize("say", EXPLANATIONS)
def test_an_explanation_that_was_stored_in_english_reads_as_the_french_one(say):
    for pair in EXPLANATIONS[say]:
        facts = sample_facts(pair)
        english, french = (
            filled(Language(code), text, facts) for code, text in zip(LANGUAGES, pair, strict=True)
        )
        with translation.override("fr"):
            told = translated(english)
        assert told != english, english
        if set(PLACE.findall(pair[0])) == set(PLACE.findall(pair[1])):
            assert spaced(told) == spaced(french)


def spaced(text: str) -> str:
    """Spaces that never break come in two widths."""
    return re.sub(r"[\u202f\xa0]", " ", text)
