"""What the nets page sends, as the parameters of a plan."""

from collections.abc import Mapping, Sequence
from typing import Any

from itn.selectors import Base
from sessions_app.localised import plain_number

FIELDS = (
    "name", "nets", "strategy", "urban_rule", "threshold", "people_per_net", "buffer_percent", "quantity",
    "household_size", "cap_percent", "risk_ratio", "ranking", "population", "year", "rule", "currency", "per_net",
    "per_lga", "of_lga", "budget", "lga_minimum", "ward_floor", "candidate_threshold", "parity",
)  # fmt: skip
# Typed as the language of the page writes numbers.
NUMBERS = (
    "threshold", "people_per_net", "buffer_percent", "household_size", "cap_percent", "risk_ratio", "per_net", "per_lga",
    "budget", "lga_minimum", "ward_floor", "candidate_threshold",
)  # fmt: skip
_PLAIN = (
    "name",
    "strategy",
    "urban_rule",
    "people_per_net",
    "buffer_percent",
    "quantity",
    "risk_ratio",
    "ranking",
)


def read_plan(sent: Mapping[str, str], base: Base, columns: Sequence[str]) -> dict[str, Any]:
    """The parameters as the API takes them. Fields that the chosen strategy or rule does not use are dropped.

    A form without JavaScript shows and sends them all.
    """
    said = {name: sent.get(name, "").strip() for name in FIELDS}
    said |= {name: plain_number(said[name]) for name in NUMBERS}
    params: dict[str, Any] = {
        "risk": str(base.risk.pk),
        "nets": "".join(said["nets"].split()).replace(",", ""),
    }
    params |= {name: said[name] for name in _PLAIN if said[name]}
    for field, used in (
        ("threshold", said["urban_rule"] not in ("", "off")),
        ("cap_percent", said["strategy"] == "capped"),
        ("household_size", said["quantity"] == "household"),
        ("candidate_threshold", True),
    ):
        if used and said[field]:
            params[field] = said[field]
    params["population"] = _population(said, base, columns)
    if said["parity"]:
        params["parity"] = True
    costs: dict[str, Any] = {
        name: said[name] for name in ("currency", "per_net", "per_lga", "budget") if said[name]
    }
    if said["of_lga"]:
        costs["of_lga"] = _single_lgas(said["of_lga"])
    if said["strategy"] == "best_split":
        params["limits"] = {name: said[name] for name in ("lga_minimum", "ward_floor") if said[name]}
    return params | ({"costs": costs} if costs else {})


def _single_lgas(text: str) -> dict[str, str]:
    """Deliveries to single LGAs, one a line: the name, a colon, the amount."""
    lines = [line.rpartition(":") for line in text.splitlines() if line.strip()]
    return {name.strip(): plain_number(amount) for name, _, amount in lines}


def _population(said: Mapping[str, str], base: Base, columns: Sequence[str]) -> dict[str, Any]:
    kind, _, column = said["population"].partition(":")
    common = {"year": said["year"], "rule": said["rule"] or "leave"}
    if kind == "registration" and base.registration is not None:
        return {"source": "registration", "file": str(base.registration.pk)} | common
    if kind == "reference":
        return {"source": "reference", "reference": column, "rule": common["rule"]}
    return {"source": "column"} | ({"column": column} if column in columns else {}) | common


def form_fields(params: Mapping[str, Any]) -> dict[str, str]:
    """The fields of the page that ask for the same plan; the opposite of `read_plan`."""
    people = params["population"]
    where = f"{people['source']}:{people.get('column') or people.get('reference') or ''}"
    if people["source"] == "registration":
        where = "registration:"
    fields = {name: params[name] for name in FIELDS if name in params and name != "population"}
    fields |= {name: people[name] for name in ("year", "rule") if people.get(name)} | {"population": where}
    for group in ("costs", "limits"):
        fields |= {name: value for name, value in (params.get(group) or {}).items() if name in FIELDS}
    own = fields.pop("of_lga", None) or {}
    fields["of_lga"] = "\n".join(f"{name}: {amount}" for name, amount in own.items())
    fields["parity"] = "true" if params.get("parity") else ""
    return {name: str(value) for name, value in fields.items() if value not in (None, "")}
