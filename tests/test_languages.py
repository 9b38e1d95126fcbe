"""The interface in other languages: nothing that a person reads is left out, and every page answers in each of them."""

import ast
import re
from collections.abc import Iterator
from datetime import date
from html.parser import HTMLParser
from pathlib import Path

import pytest
from babel.messages.pofile import read_po
from django.core import mail
from django.test import Client
from django.urls import reverse
from django.utils import translation
from django.utils.formats import date_format

from scripts import messages
from sessions_app import stored_words
from sessions_app.accounts import asked_mails
from sessions_app.accounts.tests.conftest import alice, browser, committed, mails_sent, person  # noqa: F401
from sessions_app.localised import decimal, plain_number, whole
from sessions_app.problems import Problem
from sessions_app.script_words import SCRIPT_WORDS
from tests import work

ROOT = Path(__file__).resolve().parent.parent
# Files are English: what an archive says of itself is one.
FILES = {"archive_readme.txt"}
TEMPLATES = sorted(
    path
    for ending in ("html", "txt")
    for path in (ROOT / "templates").rglob(f"*.{ending}")
    if path.name not in FILES
)
READ_ATTRIBUTES = {"alt", "title", "placeholder", "aria-label", "label", "data-label", "aria-description"}
# Names and units: the same in every language.
SAME_EVERYWHERE = {
    "ChatMRPT", "PNG", "SVG", "PDF", "CSV", "PCA", "LGA", "API", "GeoJSON", "JSON", "s", "min", "p", "ρ", "τ",
    "Report", "Rapport", "Markdown", "HTML", "SHA", "en", "français", "Token", "Authorization",
}  # fmt: skip
STAFF = (
    "sessions_app/admin.py",
    "sessions_app/staff/",
    "sessions_app/accounts/staff_site.py",
    "reference/admin.py",
)
# Answers to programs: English, like the names of their fields.
API = ("sessions_app/accounts/token_api.py",)


class Read(HTMLParser):
    """Gathers what a reader meets in a page: its text and the attributes that are read out."""

    def __init__(self) -> None:
        super().__init__()
        self.met: list[str] = []
        self.quiet = 0

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.quiet += tag in ("script", "style")
        self.met += [value for name, value in attrs if name in READ_ATTRIBUTES and value]

    def handle_endtag(self, tag: str) -> None:
        self.quiet -= tag in ("script", "style")

    def handle_data(self, data: str) -> None:
        if not self.quiet:
            self.met.append(data)


def untranslated(source: str) -> list[str]:
    """What stands in a template outside its translate tags."""
    bare = re.sub(r"{% blocktranslate.*?{% endblocktranslate %}", "", source, flags=re.DOTALL)
    bare = re.sub(
        r"{% block (?:body_?class|coltype) %}.*?{% endblock %}", "", bare, flags=re.DOTALL
    )  # names of styles
    literals = re.findall(r"\|default(?:_if_none)?:[\"']([^\"']+)[\"']", bare)
    bare = re.sub(r"{#.*?#}|{%.*?%}|{{.*?}}", "", bare, flags=re.DOTALL)
    reader = Read()
    reader.feed(bare)
    reader.close()
    return [text.strip() for text in (*reader.met, *literals) if _speaks(text)]


def _speaks(text: str) -> bool:
    return any(word not in SAME_EVERYWHERE for word in re.findall(r"[^\W\d_]+", text))


@pytest.mark.parametrize("path", TEMPLATES, ids=lambda path: path.relative_to(ROOT / "templates").as_posix())
def test_no_string_of_a_template_is_untranslatable(path):
    source = path.read_text("utf-8")
    if path.name == "_sample.html":
        source = re.sub(r"<ol>.*?</ol>", "", source)  # names of made-up wards
    assert untranslated(source) == []


@pytest.mark.parametrize(
    "source",
    [
        "<p>Hello</p>",
        "{% if x %}{{ n }} wards{% endif %}",
        '<input placeholder="Your name">',
        "<td data-label='Rank'></td>",
        '{{ lga|default:"not stated" }}',
        '<p>{% translate "Known" %} and unknown</p>',
    ],
)
def test_a_forgotten_string_is_found(source):
    assert untranslated(source)


# Python --------------------------------------------------------------------------------------------


def spoken_literals(tree: ast.Module) -> Iterator[tuple[int, str]]:
    """Literal texts where a person reads them: messages, labels and helps of forms, refused values."""
    for node in ast.walk(tree):
        if not isinstance(node, ast.Call):
            continue
        called = ast.unparse(node.func)
        spoken = []
        # Labels of figures are drawn, and drawn in English; the API's own descriptions are for programmers.
        if called.startswith("forms.") or called in ("FileKind", "ResultKind"):
            spoken = [
                word.value
                for word in node.keywords
                if word.arg in ("label", "help", "help_text", "step_title")
            ]
        if re.fullmatch(r"messages\.(success|warning|error|info)", called):
            spoken += node.args[1:2]
        if called.endswith("ValidationError"):
            spoken += node.args[:1]
        if called.endswith(".add_error"):
            spoken += node.args[1:2]
        for value in spoken:
            text = ast.unparse(value)
            if isinstance(value, (ast.Constant, ast.JoinedStr)) and re.search(r"[A-Za-z]{2}", text):
                yield node.lineno, text


def test_no_message_or_label_of_a_form_is_untranslatable():
    wrong = []
    for path in messages.modules():
        name = path.relative_to(ROOT).as_posix()
        if name.startswith((*STAFF, *API, *messages.CORES)):
            continue  # staff pages are English; what the cores say is gathered as it stands
        tree = ast.parse(path.read_text("utf-8"))
        wrong += [f"{name}:{line}: {text}" for line, text in spoken_literals(tree)]
    assert wrong == []


def test_no_text_hides_in_an_f_string_where_it_is_not_gathered():
    hidden = [
        f"{path.relative_to(ROOT)}:{node.lineno}"
        for path in messages.modules()
        for node in ast.walk(ast.parse(path.read_text("utf-8")))
        if isinstance(node, ast.JoinedStr)
        for inner in ast.walk(node)
        if isinstance(inner, ast.Call)
        and ast.unparse(inner.func).endswith("gettext")
        and inner.args
        and isinstance(inner.args[0], ast.Constant)
    ]
    assert hidden == []


def test_a_literal_message_is_found():
    tree = ast.parse("messages.success(request, f'{name} is stored.')\nforms.CharField(label='Name')")
    assert len(list(spoken_literals(tree))) == 2


def test_every_word_of_a_script_is_in_its_list():
    for script, words in SCRIPT_WORDS.items():
        source = (ROOT / f"static/js/{script}.js").read_text("utf-8")
        calls = re.findall(r"(?:said|plural)\(([^;]*?)\)", source)
        told = {text for call in calls for text in re.findall(r'"([^"\\]*[A-Za-z][^"\\]*)"', call)}
        assert {text for text in told if " " in text} <= set(words), script
        assert all(f'"{text}"' in source for text in words if text not in ("High", "Medium", "Low")), script


def test_a_fault_of_a_translation_is_found():
    catalog = read_po(
        b'msgid "%(n)s wards"\nmsgstr "wards"\n\nmsgid "<b>A</b> b"\nmsgstr "<i>A</i> b"\n\nmsgid "c"\nmsgstr ""\n'.splitlines()
    )
    faults = [fault for message in catalog if message.id for fault in messages.faults_of("fr", message)]
    assert len(faults) == 3


# Choosing ------------------------------------------------------------------------------------------


def test_the_browser_the_cookie_and_the_account_choose_in_this_order(alice, browser):  # noqa: F811
    stranger = browser()
    asked = {"HTTP_ACCEPT_LANGUAGE": "fr-FR,fr;q=0.9"}
    assert b'<html lang="en" dir="ltr">' in stranger.get("/").content
    page = stranger.get("/", **asked)
    assert "Quels wards ont le risque de paludisme" in page.content.decode()
    assert page["Content-Language"] == "fr" and "Accept-Language" in page["Vary"] and "Cookie" in page["Vary"]
    answer = stranger.post("/language/", {"language": "ha"}, HTTP_REFERER="http://testserver/help/", **asked)
    assert (answer.status_code, answer["Location"]) == (302, "http://testserver/help/")
    assert b'<html lang="ha"' in stranger.get("/", **asked).content
    alice.client.post("/language/", {"language": "fr"})
    alice.client.cookies["django_language"] = "ha"
    assert b'<html lang="fr"' in alice.client.get("/sessions/").content
    assert len(alice.events("account.language_chosen")) == 1


def test_a_language_that_is_not_there_is_refused(browser):  # noqa: F811
    answer = browser().post("/language/", {"language": "tlh"})
    assert answer.status_code == 400 and "django_language" not in answer.cookies


def test_the_way_back_is_never_to_another_site(browser):  # noqa: F811
    answer = browser().post("/language/", {"language": "fr"}, HTTP_REFERER="https://example.org/")
    assert answer["Location"] == reverse("landing")


def test_programs_are_answered_in_english_unless_they_ask(alice):  # noqa: F811
    alice.client.post("/language/", {"language": "fr"})
    missing = "/api/sessions/00000000-0000-4000-8000-000000000000/"
    assert alice.client.get(missing).json()["title"] == "There is no such thing here"
    said = alice.client.get(missing, HTTP_ACCEPT_LANGUAGE="fr").json()
    assert (said["code"], said["title"]) == ("not_found", "Il n'y a rien de tel ici")


def test_mails_are_in_the_language_of_their_reader(alice, mails_sent):  # noqa: F811
    alice.client.post("/language/", {"language": "fr"})
    # She has an account already: the mail says so.
    with translation.override("en"):
        asked_mails.ask_for_sign_up(alice.email, "")
    assert mails_sent() == 1
    assert mail.outbox[-1].subject == "Votre compte ChatMRPT"
    assert "Vous en avez déjà un" in mail.outbox[-1].body


# Stored words and numbers --------------------------------------------------------------------------


def test_a_stored_text_keeps_its_numbers_and_names_in_french():
    with translation.override("fr"):
        told = stored_words.translated("1,234 of 5,678 records of the table joined no ward.")
        assert told == "1\xa0234 lignes du tableau sur 5\xa0678 n'ont rejoint aucun ward."
        assert stored_words.translated("Sheet Rainfall was read, the others were not.").startswith(
            "La feuille Rainfall a été lue"
        )
        assert stored_words.translated("No such text anywhere, 12.") == "No such text anywhere, 12."
    assert stored_words.translated("Too few wards") == "Too few wards"


def test_a_refusal_is_stored_in_english_whatever_the_page():
    with translation.override("fr"):
        problem = Problem("file_empty").problem()
        assert problem["title"] == "The file is empty"
        assert stored_words.translated(problem["title"]) == "Le fichier est vide"


@pytest.mark.parametrize(
    ("language", "typed", "read"),
    [
        ("en", "1,234.5", "1234.5"),
        ("en", "1.5", "1.5"),
        ("en", "1,5", "1,5"),
        ("fr", "1,5", "1.5"),
        ("fr", "1.5", "1.5"),
        ("fr", "1\u202f234,5", "1234.5"),
        ("fr", "1.234,5", "1234.5"),
        ("ha", "1,000", "1000"),
        ("fr", "beaucoup", "beaucoup"),
    ],
)
def test_numbers_are_read_as_the_language_writes_them(language, typed, read):
    with translation.override(language):
        assert plain_number(typed) == read


def test_numbers_are_written_as_the_language_writes_them():
    with translation.override("fr"):
        assert (whole(1234567), decimal(0.5, 2)) == ("1\xa0234\xa0567", "0,50")
    with translation.override("ha"):
        assert (whole(1234567), decimal(0.5, 2)) == ("1,234,567", "0.50")


@pytest.mark.parametrize(
    ("language", "august", "november"),
    [
        ("en", "3 Aug. 2026", "29 Nov. 2026"),
        ("fr", "3 août 2026", "29 nov. 2026"),
        ("ha", "3 Aug. 2026", "29 Nov. 2026"),
    ],
)
def test_dates_are_written_as_the_language_writes_them(language, august, november):
    """Hausa has no names of months in Django, and shows the English ones."""
    source = " ".join(path.read_text("utf-8") for path in TEMPLATES if path.suffix == ".html")
    formats = set(re.findall(r'\|date:"([^"]+)"', source))
    assert not [one for one in formats if "M" in one or "m/d" in one], "French has no such short names"
    with translation.override(language):
        assert [date_format(date(2026, *day), "j N Y") for day in ((8, 3), (11, 29))] == [august, november]


# Pages ---------------------------------------------------------------------------------------------


@pytest.fixture
def kept(alice):  # noqa: F811
    done = work.finished_work(alice.user)
    plan = work.computed(alice.user, work.asked_plan(alice.user, done))
    assert plan.status == "succeeded", plan.error
    return done, plan


def pages_of(kept) -> list[str]:
    done, plan = kept
    session, risk = f"/sessions/{done.session.pk}/", f"/sessions/{done.session.pk}/results/{done.risk.pk}/"
    nets = f"{session}plans/{plan.pk}/"
    ways = (
        "",
        "map/",
        "wards/",
        "variables/",
        "models/",
        "stability/",
        "pca/",
        "comparison/",
        "filled/",
        "methods/",
        "downloads/",
    )
    return [
        "/", "/help/", "/sessions/", "/sessions/new/", "/accounts/profile/", "/accounts/tokens/", "/remembered/",
        *(session + way for way in ("settings/", "data/", "check/", "variables/", "nets/", "covariates/", "facilities/",
                                    "reference/", "chat/", "reports/")),
        *(risk + way for way in ways),
        *(nets + way for way in ("", "map/", "wards/", "delivery/", "curves/", "downloads/")),
    ]  # fmt: skip


def answers(client: Client, pages: list[str]) -> dict[str, str]:
    shown = {}
    for page in pages:
        answer = client.get(page)
        assert answer.status_code == 200, page
        shown[page] = answer.content.decode()
    return shown


def test_every_page_of_the_journey_answers_in_french_and_hausa(alice, kept):  # noqa: F811
    alice.client.post("/language/", {"language": "fr"})
    shown = answers(alice.client, pages_of(kept))
    assert all('<html lang="fr"' in page for page in shown.values())
    ranking = shown[next(page for page in shown if page.endswith(f"/results/{kept[0].risk.pk}/"))]
    assert "Les dix premiers" in ranking and "Risque" not in ranking.split("<main")[0]
    assert not re.search(r"The ten highest|Wards ranked|Sign out", ranking)
    alice.client.post("/language/", {"language": "ha"})
    answers(alice.client, pages_of(kept))


def test_longer_words_break_no_page(alice, kept, settings, tmp_path):  # noqa: F811
    """A French that is 40 % longer than it is, with letters beyond Latin-1."""
    folder = tmp_path / "fr/LC_MESSAGES"
    folder.mkdir(parents=True)
    with (messages.folder("fr") / "django.po").open("rb") as stream:
        catalog = read_po(stream)
    for message in catalog:
        if message.id and isinstance(message.string, str):
            message.string += " ɗƙ" + "ŋ" * int(len(message.string) * 0.4)
        elif message.id:
            message.string = tuple(text + " ɗƙ" + "ŋ" * int(len(text) * 0.4) for text in message.string)
    (folder / "django.mo").write_bytes(messages.compiled(catalog))
    settings.LOCALE_PATHS = [tmp_path]
    stored_words._patterns.cache_clear()
    try:
        alice.client.post("/language/", {"language": "fr"})
        shown = answers(alice.client, pages_of(kept))
        assert all("ŋŋŋ" in page for page in shown.values())
    finally:
        stored_words._patterns.cache_clear()
