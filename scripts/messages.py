"""Gathers every text of the interface into locale/*/LC_MESSAGES/django.po and compiles them; needs no system gettext.

    make messages                        gather, keep the translations there are, compile
    python -m scripts.messages --check   fail on a catalogue that is out of date or a French text that is missing

Texts come from three places: gettext calls in Python, translate tags in templates, and what the cores say in plain
English (context `core`: their f-strings, with the values as named places).
"""

from __future__ import annotations

import ast
import io
import re
import sys
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path

from babel.messages import Catalog
from babel.messages.extract import DEFAULT_KEYWORDS, extract_python
from babel.messages.mofile import write_mo
from babel.messages.pofile import read_po, write_po
from django.conf import settings
from django.utils.translation.template import templatize

from assistant.core.explaining import HIGH_MARKS
from assistant.core.explaining import PLACE as FACT
from assistant.core.explanations import EXPLANATIONS
from reports.core.language import THIN

ROOT = Path(__file__).resolve().parent.parent
LANGUAGES = ("fr", "ha")
# Every text has to be there in these; in the others what is missing stays English.
COMPLETE = ("fr",)
PACKAGES = ("chatmrpt", "sessions_app", "reference", "analysis", "itn", "reports", "assistant")
CONTEXT = "core"
# What speaks English without Django, and what of it reaches a person.
CORES = (
    "analysis/core", "analysis/readers", "analysis/runs.py", "analysis/covariates.py", "analysis/raster_notes.py", "analysis/raster_people.py", "analysis/known_names.py",
    "analysis/joining.py", "analysis/tpr_runs.py", "analysis/tpr_burden.py", "analysis/tpr_people.py", "analysis/tpr_compute.py", "analysis/tpr_maps.py",
    "analysis/trend_words.py", "analysis/figures", "analysis/figure_list.py", "itn/figures", "itn/labels.py", "itn/core", "itn/runs.py", "itn/registration.py", "itn/sources.py", "itn/params.py", "itn/wished.py",
    "analysis/params.py", "analysis/covariate_params.py", "analysis/reference_use.py", "analysis/reference_inspect.py",
    "analysis/tpr_params.py", "analysis/dhis2/addresses.py", "analysis/dhis2/connection.py", "analysis/dhis2/pulling.py",
    "analysis/dhis2/steps.py", "analysis/dhis2/logins.py", "analysis/dhis2/params.py", "analysis/api.py", "reference/actions.py", "reference/fields.py", "reference/selectors.py",
    "reference/kinds.py", "reference/api.py", "reports/params.py", "reports/actions.py",
    "sessions_app/problems.py", "sessions_app/actions.py", "sessions_app/resumable.py", "sessions_app/params.py",
    "sessions_app/files.py", "sessions_app/kinds.py", "sessions_app/uploads.py", "sessions_app/selectors.py",
    "sessions_app/downloads.py", "sessions_app/accounts/throttles.py",
    "analysis/tools", "analysis/queries/query.py", "analysis/queries/execution.py", "itn/tools.py", "reports/tools.py",
    "assistant/wording.py", "assistant/definitions.py", "assistant/condition_wording.py", "assistant/net_wording.py", "assistant/positivity_wording.py", "assistant/report_wording.py",
    "assistant/turns.py", "assistant/dialogues.py", "assistant/context.py", "assistant/talk_pages.py",
    "assistant/model_turns.py", "assistant/understanding.py", "assistant/toolbox.py", "assistant/actions.py", "assistant/figure_tool.py",
    "assistant/language/ledger.py",
)  # fmt: skip
EXPLAINED = ROOT / "assistant/core/explanations.py"
# Names of places and columns, which no language changes.
NAMES = (
    "analysis/tools/tpr_names.py",
    "analysis/core/zones.py",
    "analysis/core/names.py",
    "analysis/readers/aliases.py",
)
# Tables of labels: there a single word is a text, too.
LABELS = (
    "itn/labels.py", "itn/figures/interactive.py", "analysis/core/variables.py", "analysis/tools/desk.py", "analysis/tools/places.py",
    "analysis/tools/positivity.py", "analysis/tools/reports.py", "analysis/tools/catalogue.py", "analysis/tools/tpr_choice.py", "itn/tools.py", "reports/tools.py",
    "assistant/report_wording.py", "assistant/context.py", "assistant/talk_pages.py", "assistant/understanding.py",
)  # fmt: skip
# Marks of words of ours in a sentence (`assistant.plurals`), and labels of variables -> how the names of their places end.
MARKED = {"ours": "words", "each": "list", "label_of": "words"}
# Plural-Forms of Babel's own, but Hausa has none there.
PLURALS = {"fr": "nplurals=2; plural=(n > 1);", "ha": "nplurals=2; plural=(n != 1);"}
KEYWORDS = {
    name: DEFAULT_KEYWORDS.get(name.removesuffix("_lazy").removesuffix("_noop"), None)
    for name in ("_", "gettext", "gettext_lazy", "gettext_noop", "ngettext", "ngettext_lazy", "pgettext",
                 "pgettext_lazy", "npgettext", "npgettext_lazy")
}  # fmt: skip
# Marks of markup, patterns and programs.
_PROGRAM = re.compile(
    r"<[a-z]|</|/>|\\[bdws]|^BEGIN |\(\?|\? ?5\||datum\.|redis\.|split\(|\[class|sans-serif|-shadow|charset=|no-store|^\.mark"
)
_PLACE = re.compile(r"%\(\w+\)[a-z]|%%|\{\w*\}")
_MARKUP = re.compile(r"</?[a-z]+(?:\s[^>]*)?>|\"")


def gathered() -> Catalog:
    catalog = Catalog(project="ChatMRPT", charset="utf-8", creation_date=datetime(2026, 1, 1, tzinfo=UTC))
    for path in templates():
        _add(catalog, path, templatize_lines(path))
    for path in modules():
        _add(catalog, path, path.read_text("utf-8"))
        for text in core_texts(path):
            _put(catalog, path, text, CONTEXT)
    for text in explained():
        _put(catalog, EXPLAINED, text, CONTEXT)
    return catalog


def explained() -> dict[str, str]:
    """The sentences of explanations as patterns, with their French where it holds the same facts: it stands beside them."""
    texts = {}
    for english, french in (pair for said in EXPLANATIONS.values() for pair in said):
        facts = [FACT.findall(text) for text in (english, french)]
        # Words of ours by their form, or because one language says them in another way.
        names = {name for found in facts for name, form in found if form in ("t", "v")}
        names |= {name for name, form in facts[0] if not form} - {name for name, _ in facts[1]}
        own, other = (_as_pattern(text, names) for text in (english, HIGH_MARKS.sub(THIN, french)))
        texts[own] = other.replace("« ", f"«{THIN}") if _marks(own) == _marks(other) else ""
    return texts


def _as_pattern(text: str, in_words: set[str]) -> str:
    def place(found: re.Match[str]) -> str:
        name, form = found.groups()
        return "" if form == "n" else f"%({name}{'_words' if name in in_words else ''})s"

    return FACT.sub(place, text.replace("%", "%%")).strip()


def templates() -> list[Path]:
    folders = [ROOT / "templates", *ROOT.glob("*/templates")]
    return sorted(p for folder in folders for p in folder.rglob("*") if p.suffix in (".html", ".txt"))


def modules() -> list[Path]:
    found = (path for package in PACKAGES for path in (ROOT / package).rglob("*.py"))
    return sorted(p for p in found if not {"tests", "migrations", "management"} & set(p.parts))


def templatize_lines(path: Path) -> str:
    """A template as Django's gettext calls; the rest is blanked, its indentation too, which Python would mind."""
    text = templatize(path.read_text("utf-8"), origin=str(path))
    return "\n".join(line.lstrip() for line in text.split("\n"))


def _add(catalog: Catalog, path: Path, source: str) -> None:
    found = extract_python(io.BytesIO(source.encode()), list(KEYWORDS), (), {"encoding": "utf-8"})
    for _, function, texts, _ in found:
        texts = texts if isinstance(texts, (tuple, list)) else (texts,)
        if any(not isinstance(one, str) for one in texts[: _wanted(function)]):
            continue
        if "pgettext" in function:
            context, texts = texts[0], texts[1:]
        else:
            context = None
        _put(
            catalog,
            path,
            tuple(texts[:2]) if function.lstrip("p").startswith(("ng", "np")) else texts[0],
            context,
        )


def _wanted(function: str) -> int:
    return ("pgettext" in function) + (2 if function.startswith("n") else 1)


def _put(catalog: Catalog, path: Path, text: str | tuple[str, ...], context: str | None) -> None:
    if any(map(str.isalpha, "".join(text))):
        catalog.add(text, locations=[(path.relative_to(ROOT).as_posix(), None)], context=context)


# What the cores say --------------------------------------------------------------------------------


def core_texts(path: Path) -> list[str]:
    name = path.relative_to(ROOT).as_posix()
    if name in NAMES or not any(name == core or name.startswith(core + "/") for core in CORES):
        return []
    tree = ast.parse(path.read_text("utf-8"))
    left_out = set(_not_said(tree))
    found = []
    for node in ast.walk(tree):
        if id(node) in left_out:
            continue
        if isinstance(node, ast.JoinedStr):
            found.append((node.lineno, node.col_offset, pattern_of(node)))
        elif isinstance(node, ast.Constant) and isinstance(node.value, str):
            found.append((node.lineno, node.col_offset, node.value.replace("%", "%%")))
    labels = name in LABELS
    chosen = {
        inner.body.value
        for node in ast.walk(tree)
        if isinstance(node, ast.IfExp)
        for inner in (node, ast.IfExp(node.test, node.orelse, node.body))
        if _choice(inner.body)
    }
    return [
        text for _, _, text in sorted(found) if is_said(text) or (labels and is_label(text)) or text in chosen
    ]


def _not_said(tree: ast.Module) -> Iterator[int]:
    """Docstrings, parts of f-strings, statements of SQL, and what is raised at programmers."""
    for node in ast.walk(tree):
        if isinstance(node, ast.Expr) and isinstance(node.value, ast.Constant):
            yield id(node.value)
        elif (
            isinstance(node, ast.Call)
            and isinstance(node.func, ast.Attribute)
            and node.func.attr == "execute"
        ):
            yield from map(id, node.args)
        elif isinstance(node, ast.JoinedStr):
            yield from (id(inner) for part in node.values for inner in ast.walk(part) if not _choice(inner))
        elif isinstance(node, ast.Call) and _at_programmers(node.func):
            yield from (id(inner) for inner in ast.walk(node))


def _choice(node: ast.AST) -> bool:
    """One of the words that an f-string chooses between, such as Rises and Falls."""
    return isinstance(node, ast.Constant) and bool(re.fullmatch(r"[A-Z][a-z]{3,}", str(node.value)))


def _at_programmers(called: ast.expr) -> bool:
    return ast.unparse(called) in {"ValueError", "TypeError", "RuntimeError", "KeyError", "log.warning"}


def pattern_of(node: ast.JoinedStr) -> str:
    """An f-string as a gettext text: each value a place with the name of what stands there."""
    text, taken = "", dict[str, str]()
    for part in node.values:
        if isinstance(part, ast.Constant):
            text += str(part.value).replace("%", "%%")
        elif isinstance(part, ast.FormattedValue):
            text += f"%({_place(part, taken)})s"
    return text


def _place(part: ast.FormattedValue, taken: dict[str, str]) -> str:
    source = ast.unparse(part)
    names = [n.id for n in ast.walk(part.value) if isinstance(n, ast.Name)]
    names += [n.attr for n in ast.walk(part.value) if isinstance(n, ast.Attribute)]
    names += [
        n.slice.value
        for n in ast.walk(part.value)
        if isinstance(n, ast.Subscript) and ast.unparse(n.value).startswith("facts") and _is_text(n.slice)
    ]
    wanted = [
        name for name in names if name not in ("len", "int", "str", "listed", "join", "sorted", "self", "sum")
    ]
    base = (wanted or ["value"])[-1].strip("_").lower()
    # What is said in every language, a single word too: see `stored_words`.
    kind = MARKED.get(ast.unparse(part.value.func)) if isinstance(part.value, ast.Call) else None
    if kind:
        base = f"{base.removesuffix('_words')}_{kind}"
    name, number = base, 2
    while name in taken and taken[name] != source:
        name, number = f"{base}_{number}", number + 1
    taken[name] = source
    return name


def _is_text(node: ast.expr) -> bool:
    return isinstance(node, ast.Constant) and isinstance(node.value, str)


def is_said(text: str) -> bool:
    """Whether it is language: words with spaces between them, no markup, pattern or program."""
    words = re.sub(r"%\(\w+\)s", " ", text)
    if _PROGRAM.search(text):
        return False
    if " " not in text.strip() or not re.search(r"[A-Za-z’']{2,}", words):
        return False
    spoken = re.findall(r"[A-Za-z’']{2,}", words)
    return len(spoken) >= 3 or (len(spoken) >= 2 and (text[:1].isupper() or "%(" in text))


def is_label(text: str) -> bool:
    return bool(re.search(r"[A-Z][a-z]|[a-z] [a-z]", text)) and not re.search(r"[<>{}|]|_", text)


# The files -----------------------------------------------------------------------------------------


def folder(language: str) -> Path:
    return ROOT / "locale" / language / "LC_MESSAGES"


def merged(language: str, fresh: Catalog) -> Catalog:
    path = folder(language) / "django.po"
    old = Catalog(locale=None)
    if path.exists():
        with path.open("rb") as stream:
            old = read_po(stream)
    new = Catalog(project="ChatMRPT", charset="utf-8", fuzzy=False, creation_date=fresh.creation_date,
                  revision_date=fresh.creation_date)  # fmt: skip
    given = explained() if language == "fr" else {}
    for message in sorted((m for m in fresh if m.id), key=_order):
        known = old.get(message.id, message.context)
        string = known.string if known is not None and "fuzzy" not in known.flags else None
        if message.context == CONTEXT:
            string = given.get(message.id) or string
        if isinstance(message.id, tuple) != isinstance(string, tuple) and string is not None:
            string = None
        new.add(message.id, string, locations=sorted(set(message.locations)), context=message.context)
    return new


def _order(message: object) -> tuple[str, str]:
    text = message.id if isinstance(message.id, str) else message.id[0]
    return (message.context or "", text)


def as_po(language: str, catalog: Catalog) -> bytes:
    out = io.BytesIO()
    write_po(out, catalog, width=110, omit_header=True, include_lineno=False)
    head = (
        'msgid ""\nmsgstr ""\n"Project-Id-Version: ChatMRPT\\n"\n'
        f'"Language: {language}\\n"\n"MIME-Version: 1.0\\n"\n"Content-Type: text/plain; charset=utf-8\\n"\n'
        f'"Content-Transfer-Encoding: 8bit\\n"\n"Plural-Forms: {PLURALS[language]}\\n"\n\n'
    )
    return head.encode() + out.getvalue().lstrip(b"\n")


def as_mo(po: bytes) -> bytes:
    return compiled(read_po(io.BytesIO(po)))


def compiled(catalog: Catalog) -> bytes:
    # Nothing in it may depend on the day on which it was made.
    catalog.creation_date = catalog.revision_date = datetime(2026, 1, 1, tzinfo=UTC)
    out = io.BytesIO()
    write_mo(out, catalog)
    return out.getvalue()


def write() -> None:
    fresh = gathered()
    for language in LANGUAGES:
        folder(language).mkdir(parents=True, exist_ok=True)
        po = as_po(language, merged(language, fresh))
        (folder(language) / "django.po").write_bytes(po)
        (folder(language) / "django.mo").write_bytes(as_mo(po))
        catalog = read_po(io.BytesIO(po))
        missing = sum(1 for m in catalog if m.id and not _filled(m))
        print(f"{language}: {len(catalog)} texts, {missing} without translation")


def faults() -> list[str]:
    fresh, wrong = gathered(), []
    for language in LANGUAGES:
        po, mo = folder(language) / "django.po", folder(language) / "django.mo"
        wanted = as_po(language, merged(language, fresh))
        if not po.exists() or po.read_bytes() != wanted:
            wrong.append(f"{po.relative_to(ROOT)} is out of date: make messages")
            continue
        if not mo.exists() or mo.read_bytes() != as_mo(wanted):
            wrong.append(f"{mo.relative_to(ROOT)} is not what the .po gives: make messages")
        for message in read_po(io.BytesIO(wanted)):
            if message.id:
                wrong += [
                    f"{language}: {fault}: {_order(message)[1]!r}" for fault in faults_of(language, message)
                ]
    return wrong


def faults_of(language: str, message: object) -> Iterator[str]:
    if "fuzzy" in message.flags:
        yield "fuzzy"
    if not _filled(message):
        if language in COMPLETE:
            yield "no translation"
        return
    ids = message.id if isinstance(message.id, tuple) else (message.id,)
    strings = message.string if isinstance(message.string, tuple) else (message.string,)
    for string in strings:
        if not any(_marks(string) == _marks(text) for text in ids):
            yield f"places or markup differ in {string!r}"


def _marks(text: str) -> tuple[list[str], list[str]]:
    # A place may stand twice, or in another order; markup must be the same.
    return sorted(set(_PLACE.findall(text))), sorted(_MARKUP.findall(text))


def _filled(message: object) -> bool:
    strings = message.string if isinstance(message.string, tuple) else (message.string,)
    return all(strings) and bool(strings)


def main() -> int:
    if not settings.configured:
        settings.configure(USE_I18N=True)
    if "--check" not in sys.argv:
        write()
        return 0
    wrong = faults()
    print("\n".join(wrong[:60]) or "the catalogues are complete and up to date")
    if len(wrong) > 60:
        print(f"and {len(wrong) - 60} more")
    return 1 if wrong else 0


if __name__ == "__main__":
    sys.exit(main())
