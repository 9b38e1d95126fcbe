"""Which data elements count tests of malaria, and under which header their values stand in the table. Needs no Django."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any

from analysis.core.tpr.fields import (
    GROUP_LABELS,
    METHOD_LABELS,
    Indicator,
    header_tokens,
    indicator_of,
    outpatient_group,
)
from analysis.dhis2.wishes import UID

_MALARIA = re.compile(r"\b(malaria|plasmodium|rdts?|microscop\w*|fever)\b")
_OTHER_DISEASES = re.compile(
    r"\b(hiv|aids|tb|tubercul\w*|syphilis|hepatitis|hbsag|hbv|hcv|covid\w*|sars|ebola|cholera|dengue|measles|lassa|"
    r"typhoid|yellow fever)\b"
)
_GROUP_HEADERS = {"u5": " <5yrs", "o5": " ≥5yrs (excl PW)", "pw": " Preg Women (PW)", "all": ""}
DEFAULT = "default"


@dataclass(frozen=True)
class Element:
    """A data element with the names of its category option combos by id; `keeps_zero`: zeros are stored."""

    id: str
    name: str
    keeps_zero: bool
    combos: Mapping[str, str] = field(default_factory=dict)

    def header(self, combo: str) -> str | None:
        """The header that one combo's values stand under; combos of one meaning share one, so that they are added.

        None: other combos of the element name an age group and this one doesn't, so that nobody knows whom it counts.
        """
        named = self.combos.get(combo, "")
        if not named or named.casefold() == DEFAULT:
            return self.name
        meaning, plain = indicator_of(f"{self.name} {named}"), indicator_of(self.name)
        if meaning is None:
            return f"{self.name} {named}"
        if meaning != plain:
            return self.name + _GROUP_HEADERS[meaning.group]
        if plain.group == "all" and self._names_groups():
            return None
        return self.name

    def _names_groups(self) -> bool:
        found = (indicator_of(f"{self.name} {name}") for name in self.combos.values())
        return any(meaning is not None and meaning.group != "all" for meaning in found)

    def meanings(self) -> list[Indicator]:
        """What its columns count, by the rules that find columns in an uploaded export."""
        headers = [self.header(combo) for combo in self.combos] or [self.name]
        found = dict.fromkeys(indicator_of(header) for header in headers if header is not None)
        return [meaning for meaning in found if meaning is not None]

    @property
    def is_wanted(self) -> bool:
        """Whether an import that names no elements takes it."""
        text = header_tokens(self.name)
        if _OTHER_DISEASES.search(text):
            return False
        return outpatient_group(self.name) is not None or bool(_MALARIA.search(text) and self.meanings())

    @property
    def is_of_malaria(self) -> bool:
        return bool(_MALARIA.search(header_tokens(self.name))) or outpatient_group(self.name) is not None

    def words(self) -> str:
        """What it counts, for a person who chooses."""
        return "; ".join(
            f"{meaning.status}, {METHOD_LABELS[meaning.method]}, {GROUP_LABELS[meaning.group]}"
            for meaning in self.meanings()
        ) or ("attendance" if outpatient_group(self.name) else "")


def read_elements(rows: Iterable[Mapping[str, Any]]) -> list[Element]:
    """The elements of a server's answer; what has no id or no name is left out."""
    found = []
    for row in rows:
        if isinstance(row.get("name"), str) and UID.fullmatch(str(row.get("id", ""))):
            combo = row.get("categoryCombo")
            options = combo.get("categoryOptionCombos", ()) if isinstance(combo, Mapping) else ()
            names = {
                str(one["id"]): one["name"]
                for one in options
                if isinstance(one, Mapping) and isinstance(one.get("name"), str) and "id" in one
            }
            name = " ".join(row["name"].split())
            found.append(Element(row["id"], name, row.get("zeroIsSignificant") is True, names))
    return found
