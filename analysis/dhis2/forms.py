"""What the import page sends."""

from collections.abc import Mapping
from typing import Any

from django import forms
from django.http import QueryDict
from django.utils.translation import gettext_lazy as _

from analysis.dhis2.addresses import LONGEST
from analysis.dhis2.login import Login
from analysis.dhis2.wishes import SOURCES

# The names that levels of a hierarchy usually have, by what they are to us.
LEVEL_NAMES = {
    "state_level": ("state", "region", "province"),
    "lga_level": ("lga", "local government", "district"),
    "ward_level": ("ward", "sub-district", "chiefdom"),
}
USUAL_LEVELS = {"state_level": 2, "lga_level": 3, "ward_level": 4}
LEVEL_LABELS = {"state_level": _("State"), "lga_level": _("LGA"), "ward_level": _("Ward")}
SOURCE_LABELS = {
    "analytics": _(
        "The server's own sums (analytics): quick; as fresh as its last update, mostly of last night"
    ),
    "values": _("What was typed in (data values): slower, and up to this minute"),
}


class ConnectForm(forms.Form):
    """Where the server is, and a token or a user name with password. What was typed as a secret is not shown again."""

    address = forms.CharField(
        label=_("Address of the server"),
        max_length=LONGEST,
        help_text=_("As in your browser, such as https://dhis2.example.org/dhis."),
        widget=forms.TextInput(attrs={"autocomplete": "url", "inputmode": "url", "spellcheck": "false"}),
    )
    token = forms.RegexField(
        r"^[\x21-\x7e]+$",
        label=_("Personal access token"),
        required=False,
        max_length=500,
        help_text=_("Made in DHIS2 under your profile; it needs to read only."),
        widget=forms.PasswordInput(attrs={"autocomplete": "off"}),
    )
    user_name = forms.RegexField(
        r"^[^\x00-\x1f\x7f:]+$",
        label=_("Or your user name there"),
        required=False,
        max_length=200,
        widget=forms.TextInput(
            attrs={"autocomplete": "off", "autocapitalize": "none", "spellcheck": "false"}
        ),
    )
    password = forms.CharField(
        label=_("and password"),
        required=False,
        max_length=500,
        strip=False,
        widget=forms.PasswordInput(attrs={"autocomplete": "off"}),
    )

    def clean(self) -> dict[str, Any]:
        given = super().clean() or {}
        named = {name for name in ("token", "user_name", "password") if given.get(name)}
        if not self.errors and named not in ({"token"}, {"user_name", "password"}):
            raise forms.ValidationError(_("Give a token, or user name and password, and not both."))
        return given

    def login(self) -> Login:
        return Login(**{name: self.cleaned_data[name] for name in ("token", "user_name", "password")})


def read_import(sent: QueryDict, login_id: str) -> dict[str, Any]:
    """The parameters of an import as the page sends them; they are judged where every client's are."""
    levels = {name: sent.get(name) or usual for name, usual in USUAL_LEVELS.items()}
    asked = {name: sent.get(name, "").strip() for name in ("org_unit", "first", "last")}
    return {
        "login": login_id,
        "elements": sent.getlist("element"),
        "source": sent.get("source", SOURCES[0]),
        **asked,
        **levels,
    }


def choices(found: Mapping[str, Any], sent: Mapping[str, Any]) -> dict[str, Any]:
    """What the page offers of what a server has; `sent` is what was chosen before."""
    levels = found["levels"] or [{"level": n, "name": ""} for n in range(1, 7)]
    chosen = set(sent["elements"]) if sent else {one["id"] for one in found["elements"] if one["wanted"]}
    return {
        "areas": found["areas"],
        "area": sent.get("org_unit") or _only_state(found["areas"]),
        "levels": [
            {
                "name": name,
                "label": LEVEL_LABELS[name],
                "value": int(sent.get(name) or _level_of(name, levels)),
                "choices": levels,
            }
            for name in USUAL_LEVELS
        ],
        "elements": [one | {"checked": one["id"] in chosen} for one in found["elements"]],
        "sources": [
            {
                "value": value,
                "label": SOURCE_LABELS[value],
                "checked": value == sent.get("source", SOURCES[0]),
            }
            for value in SOURCES
        ],
        "first": sent.get("first", ""),
        "last": sent.get("last", ""),
    }


def _level_of(name: str, levels: list[dict[str, Any]]) -> int:
    for row in levels:
        if any(word in row["name"].casefold() for word in LEVEL_NAMES[name]):
            return int(row["level"])
    return USUAL_LEVELS[name]


def _only_state(areas: list[dict[str, Any]]) -> str:
    states = [area["id"] for area in areas if area["level"] == USUAL_LEVELS["state_level"]]
    return states[0] if len(states) == 1 else ""
