"""A plan that somebody speaks of: the stored one, or one computed from what was said, with what has to be asked first."""

from dataclasses import dataclass, replace
from typing import Any

import pandas as pd
from django.db import transaction
from django.urls import reverse
from rest_framework.exceptions import ValidationError

from analysis.tools.desk import Desk, Found
from itn import selectors as plans
from itn.core.plan import NetPlan, make_plan
from itn.core.settings import PlanSettings
from itn.labels import REASONS, STRATEGIES, URBAN_RULES
from itn.params import BEST_SPLIT, PlanParams
from itn.planning import loaded, planned
from itn.preview import PATIENCE
from itn.sources import plan_wards, population_columns
from reference.selectors import offered
from sessions_app.models import AnalysisResult
from sessions_app.params import check
from sessions_app.problems import Problem
from sessions_app.refusals import explained

THRESHOLDS = (30, 50, 75)
MOST_CHOICES = 6


@dataclass(frozen=True)
class Wish:
    """What was said about a plan. `chosen` holds answers to questions: `population=…;threshold=…`."""

    nets: int = 0
    strategy: str = ""
    urban_rule: str = ""
    threshold: float | None = None
    household_size: float = 0
    cap_percent: float | None = None
    population: str = ""
    chosen: str = ""

    @property
    def settles(self) -> bool:
        """Whether more was said than a number of nets: a stored plan may have been made in another way."""
        told = (self.strategy, self.urban_rule, self.household_size, self.population)
        return any(told) or self.threshold is not None or self.cap_percent is not None

    def answers(self) -> dict[str, str]:
        return dict(part.split("=", 1) for part in self.chosen.split(";") if "=" in part)


@dataclass(frozen=True)
class Made:
    """A plan that is spoken of: the stored one, or one that was computed in this turn."""

    plan: NetPlan
    params: dict[str, Any]
    title: str
    source: dict[str, str]
    stored: AnalysisResult | None = None
    wards: pd.DataFrame | None = None

    def facts(self) -> dict[str, Any]:
        settings = self.plan.settings
        rule = self.params.get("urban_rule", "off")
        return {
            name: value for name, value in self.plan.summary().items() if name != "reasons"
        } | {
            "title": self.title,
            "stored": self.stored is not None,
            "strategy": next(label for code, label, _ in STRATEGIES if code == self.params["strategy"]),
            "urban_rule": dict(URBAN_RULES)[rule] if rule != "off" else "",
            "threshold": None if settings.threshold is None else float(settings.threshold),
            "people_per_net": float(settings.people_per_net),
            "by_household": settings.quantity == "household",
            "population_source": self.source["population"],
            "population_year": self.source["population_year"],
            "outcomes": [
                {"words": REASONS[code], "wards": count}
                for code, count in self.plan.summary()["reasons"].items()
                if count
            ],
        }  # fmt: skip


def base_of(desk: Desk) -> plans.Base:
    desk.ranking()
    with transaction.atomic():
        base = plans.base_of(desk.newest)
    assert base is not None  # there is a ranking
    return base


def made_of(desk: Desk, wish: Wish) -> Made | Found:
    """The plan that was said, else the newest stored one; or the question that comes first.

    How a plan is made, said without a number of nets, is not answered with a stored plan that was made otherwise.
    """
    base = base_of(desk)
    if not wish.nets:
        with transaction.atomic():
            stored = plans.plans_of(desk.session).first()
        if stored is None or wish.settles:
            return Found("ask_nets", links=[nets_page(desk)])
        return Made(loaded(stored), stored.params, plans.title_of(stored), stored.summary["source"], stored)
    params = params_of(desk, base, wish)
    if isinstance(params, Found):
        return params
    try:
        with transaction.atomic():
            checked = check(PlanParams, params, desk.session)
    except ValidationError as error:
        raise explained(error) from None
    wards = plan_wards(base.risk, base.dataset, checked["population"].get("file"), checked)
    plan, _ = planned(wards.frame, checked, seconds=PATIENCE)
    strategy = checked["strategy"].replace("_", " ")
    return Made(plan, params, f"{plan.settings.nets:,} nets, {strategy}", wards.source, wards=wards.frame)


def params_of(desk: Desk, base: plans.Base, wish: Wish) -> dict[str, Any] | Found:
    """The parameters of a plan as the API takes them; what has no safe default is asked for."""
    population = _population(base, wish)
    if isinstance(population, Found):
        return population
    rule = wish.urban_rule or "off"
    said = wish.answers().get("threshold")
    threshold = wish.threshold if wish.threshold is not None else float(said) if said else None
    if rule != "off" and threshold is None:
        known = [wish.chosen] if wish.chosen else []
        choices = [
            {"id": ";".join([*known, f"threshold={share}"]), "label": f"{share} %", "also": [str(share)]}
            for share in THRESHOLDS
        ]
        return Found("which_threshold", {"rule": dict(URBAN_RULES)[rule], "nets": wish.nets}, choices=choices)
    params: dict[str, Any] = {
        "risk": str(base.risk.pk),
        "nets": wish.nets,
        "strategy": wish.strategy or ("capped" if wish.cap_percent else "proportional"),
        "urban_rule": rule,
        "population": population,
    }
    if rule != "off":
        params["threshold"] = f"{threshold:g}"
    if wish.household_size:
        params |= {"quantity": "household", "household_size": f"{wish.household_size:g}"}
    if wish.cap_percent is not None:
        params["cap_percent"] = f"{wish.cap_percent:g}"
    return params


def _population(base: plans.Base, wish: Wish) -> dict[str, Any] | Found:
    """What counts people: what was said, the column called population, else a question."""
    columns = population_columns(base.dataset)
    said = wish.population or wish.answers().get("population", "")
    if said == "registration:" and base.registration is not None:
        return {"source": "registration", "file": str(base.registration.pk)}
    if said.startswith("reference:"):
        return {"source": "reference", "reference": said.removeprefix("reference:")}
    if said or "population" in columns:
        return {"source": "column", "column": said or "population"}
    known = [wish.chosen] if wish.chosen else []
    names = [(name, name) for name in columns[:MOST_CHOICES]]
    if base.registration is not None:
        names.append(("registration:", base.registration.name))
    with transaction.atomic():
        names += [
            (f"reference:{row.pk}", f"{row.name}, {row.year}, version {row.version}")
            for row in offered("population")[:MOST_CHOICES]
        ]
    choices = [
        {"id": ";".join([*known, f"population={value}"]), "label": label, "also": []}
        for value, label in names
    ]
    return Found("which_population", {"n": len(choices)}, choices=choices)


@dataclass(frozen=True)
class Other:
    """In what a second plan of the same wards differs; what is not said stays as it is."""

    nets: int = 0
    strategy: str = ""
    urban_rule: str = ""
    threshold: float | None = None
    cap_percent: float | None = None

    @property
    def said(self) -> bool:
        return bool(self.nets or self.strategy or self.urban_rule) or (
            self.threshold is not None or self.cap_percent is not None
        )

    def settings(self, first: PlanSettings) -> PlanSettings:
        """The settings of the second plan; raises `BadInput` for what can't be used, or would be ignored."""
        strategy = self.strategy or ("capped" if self.cap_percent is not None else first.strategy)
        rule = self.urban_rule or first.urban_rule
        threshold = self.threshold if self.threshold is not None or rule == "off" else first.threshold
        cap = self.cap_percent if self.cap_percent is not None or strategy != "capped" else first.cap_percent
        return replace(
            first,
            nets=self.nets or first.nets,
            strategy=strategy,
            urban_rule=rule,
            threshold=threshold,
            cap_percent=cap,
        )


def with_other(made: Made, other: Other) -> NetPlan:
    """The same plan with another stock, or shared in another way."""
    if made.params["strategy"] == BEST_SPLIT and not other.strategy:
        raise Problem(
            "invalid_request",
            "A best split is searched anew for every stock; try it on the nets page.",
            where="nets",
        )
    wards = made.plan.wards.assign(population=made.plan.people()) if made.wards is None else made.wards
    return make_plan(wards, other.settings(made.plan.settings))


def nets_page(desk: Desk, title: str = "Plan nets") -> dict[str, Any]:
    return {"kind": "page", "title": title, "url": reverse("session_nets", args=[desk.session.pk])}
