"""What the tools of reporting found, in sentences. As in `wording`, every number comes out of the facts."""

from collections.abc import Callable, Mapping
from types import MappingProxyType
from typing import Any

from assistant.plurals import each, ours

Facts = Mapping[str, Any]
LANGUAGES = {"en": "English", "fr": "French"}
FORMATS = {"pdf": "PDF", "docx": "Word", "html": "HTML", "package": "data package"}
PARTS = {"tpr": "test positivity", "dataset": "matched wards", "risk": "the ranking", "itn_plan": "the net plan", "report": "the report"}  # fmt: skip


def _report(facts: Facts) -> list[str]:
    about = f"the net plan “{facts['title']}”" if facts["of"] == "itn_plan" else "the ranking"
    formats, language = [FORMATS[name] for name in facts["formats"]], LANGUAGES[facts["language"]]
    if facts["formats"] == ["package"]:
        lines = [
            f"The data package of {ours(about)} is being packed. The same numbers can be calculated from it again."
        ]
    else:
        lines = [f"A report of {ours(about)} is being written in {ours(language)}: {each(formats, ', ')}."]
    if facts["stale"]:
        lines.append("Something before it has changed since; the report will say that it is out of date.")
    return [*lines, "You can go on asking; the files will stand here when they are done."]


SAYINGS: Mapping[str, Callable[[Facts], list[str]]] = MappingProxyType(
    {
        "make_report": _report,
        "report_language": lambda facts: [
            "Reports are written in English or French; say “report in French”."
        ],
        "no_stored_plan": lambda facts: [
            "No net plan is stored yet, and a report is written of a stored one. Say “store this plan” first."
        ],
        "downloads": lambda facts: [
            f"Everything that is finished, to keep or to pass on: {each((PARTS[name] for name in facts['parts']), ', ')}."
        ],
        "nothing_to_download": lambda facts: ["Nothing is finished yet, so there is nothing to download."],
    }
)
