from __future__ import annotations

from django.db import models
from django.urls import reverse
from django.utils.translation import gettext_lazy as _

from sessions_app.isolation.owned import APPEND, READ, OwnedModel, Rights, reference
from sessions_app.isolation.shared import SharedModel


class Battle(OwnedModel):
    """One question to several language models, whose answers a person compares without knowing whose they are.

    `uses_data` is decided when the battle starts and can't be changed by the web role: such a battle never leaves in an
    export. `facts` is what the models are told beside the question, computed by tools; empty for a general question.
    """

    class Kind(models.TextChoices):
        GENERAL = "general", _("General question")
        RESULTS = "results", _("Own results")

    class Status(models.TextChoices):
        ANSWERING = "answering", _("Being answered")
        VOTING = "voting", _("Waiting for your vote")
        OVER = "over", _("Finished")
        FAILED = "failed", _("Not answered")

    session = reference("sessions_app.AnalysisSession", null=True, blank=True, related_name="battles")
    conversation = reference("assistant.Conversation", null=True, blank=True, related_name="battles")
    kind = models.CharField(max_length=16, choices=Kind.choices)
    question = models.TextField()
    facts = models.JSONField(default=list, blank=True)
    uses_data = models.BooleanField()
    # Sides and line-up follow from it; it is told to nobody.
    seed = models.BigIntegerField()
    status = models.CharField(max_length=16, choices=Status.choices, default=Status.ANSWERING)
    tries = models.PositiveIntegerField(default=1)
    created_at = models.DateTimeField(auto_now_add=True)
    finished_at = models.DateTimeField(null=True, blank=True)

    # Maintenance empties question and facts when the time of words is over; nobody else changes them.
    rights = Rights(
        web="DELETE, INSERT, SELECT, UPDATE (status), UPDATE (tries), UPDATE (finished_at)",
        system="SELECT, UPDATE (question), UPDATE (facts)",
    )

    class Meta:
        ordering = ["-created_at", "id"]
        indexes = [models.Index(fields=["owner", "-created_at"], name="battle_owner_newest")]
        constraints = [
            models.CheckConstraint(
                condition=models.Q(kind__in=["general", "results"]), name="battle_kind_known"
            ),
            models.CheckConstraint(
                condition=models.Q(status__in=["answering", "voting", "over", "failed"]),
                name="battle_status_known",
            ),
            models.CheckConstraint(
                condition=models.Q(kind="general") | models.Q(uses_data=True), name="battle_results_are_data"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.kind} ({self.status})"

    @classmethod
    def copied(cls, rows: models.QuerySet) -> models.QuerySet:
        """Only finished ones: from the seed of an open one the sides could be worked out."""
        return rows.filter(status=cls.Status.OVER)

    def get_absolute_url(self) -> str:
        return reverse("battle_detail", args=[self.pk])


class Entry(OwnedModel):
    """One model's answer in a battle. `place` is its place in the line-up; which model it is stays on the server."""

    class Status(models.TextChoices):
        RUNNING = "running", _("Running")
        DONE = "done", _("Done")
        FAILED = "failed", _("Failed")

    battle = reference("assistant.Battle", related_name="entries")
    place = models.PositiveIntegerField()
    # The name in the settings, and what the provider calls the model: under one name others may follow.
    model = models.CharField(max_length=20)
    version = models.CharField(max_length=200)
    status = models.CharField(max_length=16, choices=Status.choices, default=Status.RUNNING)
    text = models.TextField(blank=True)
    # Its numbers were not found in the facts, so the text isn't shown.
    withheld = models.BooleanField(default=False)
    error_code = models.CharField(max_length=40, blank=True)
    milliseconds = models.PositiveIntegerField(default=0)
    input_tokens = models.PositiveBigIntegerField(default=0)
    output_tokens = models.PositiveBigIntegerField(default=0)
    attempt = models.PositiveIntegerField(default=0)
    lease_until = models.DateTimeField(null=True, blank=True)
    asked_at = models.DateTimeField(auto_now_add=True)

    class Meta:
        ordering = ["battle", "place"]
        indexes = [
            models.Index(
                fields=["lease_until"], condition=models.Q(status="running"), name="entry_open_leases"
            ),
        ]
        constraints = [
            models.UniqueConstraint(fields=["owner", "battle", "place"], name="entry_place_once"),
            models.UniqueConstraint(fields=["owner", "battle", "model"], name="entry_model_once"),
            models.CheckConstraint(
                condition=models.Q(status__in=["running", "done", "failed"]), name="entry_status_known"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.place} ({self.status})"

    @classmethod
    def copied(cls, rows: models.QuerySet) -> models.QuerySet:
        """Only of finished battles: a row says whose the answer is, and before the end its owner is not to know."""
        return rows.filter(battle__status=Battle.Status.OVER)

    @property
    def label(self) -> str:
        """The model in the ranking: name and version, so that what was exchanged under one name isn't mixed."""
        return self.model if self.version == self.model else f"{self.model} ({self.version})"


class Round(OwnedModel):
    """Two answers side by side. Written once; `stays` is the side that goes on if nobody wins."""

    battle = reference("assistant.Battle", related_name="rounds")
    number = models.PositiveIntegerField()
    side_a = reference("assistant.Entry", related_name="+")
    side_b = reference("assistant.Entry", related_name="+")
    stays = models.CharField(max_length=1)
    created_at = models.DateTimeField(auto_now_add=True)

    rights = Rights(web=APPEND)

    class Meta:
        ordering = ["battle", "number"]
        constraints = [
            models.UniqueConstraint(fields=["owner", "battle", "number"], name="round_number_once"),
            models.CheckConstraint(condition=models.Q(stays__in=["a", "b"]), name="round_stays_known"),
            models.CheckConstraint(condition=~models.Q(side_a=models.F("side_b")), name="round_sides_differ"),
        ]

    def __str__(self) -> str:
        return f"round {self.number}"


class Vote(OwnedModel):
    """How one round went. Written once, one for each round."""

    class Choice(models.TextChoices):
        LEFT = "left", _("Left is better")
        RIGHT = "right", _("Right is better")
        TIE = "tie", _("Equally good")
        BOTH_BAD = "both_bad", _("Both are bad")

    round = reference("assistant.Round", related_name="votes")
    choice = models.CharField(max_length=16, choices=Choice.choices)
    reason = models.CharField(max_length=500, blank=True)
    created_at = models.DateTimeField(auto_now_add=True)

    # The reason is emptied when the time of words is over; the choice stands.
    rights = Rights(web=APPEND, system="SELECT, UPDATE (reason)")

    class Meta:
        ordering = ["created_at", "id"]
        constraints = [
            models.UniqueConstraint(fields=["owner", "round"], name="vote_once_a_round"),
            models.CheckConstraint(
                condition=models.Q(choice__in=["left", "right", "tie", "both_bad"]), name="vote_choice_known"
            ),
        ]

    def __str__(self) -> str:
        return self.choice


class Standing(SharedModel):
    """A model's place in one ranking, computed over all users and holding nobody. Written by maintenance alone."""

    category = models.CharField(max_length=16)
    model = models.CharField(max_length=230)
    rating = models.FloatField()
    # None where the voters don't tell how firm the rating is.
    low = models.FloatField(null=True, blank=True)
    high = models.FloatField(null=True, blank=True)
    # Votes connect the models of one group; between groups nobody has chosen.
    group = models.PositiveIntegerField(db_default=1)
    comparisons = models.PositiveIntegerField()
    wins = models.PositiveIntegerField()
    losses = models.PositiveIntegerField()
    ties = models.PositiveIntegerField()
    both_bad = models.PositiveIntegerField()
    computed_at = models.DateTimeField()

    rights = Rights(web=READ, staff=READ, system="DELETE, INSERT, SELECT")

    class Meta:
        ordering = ["category", "-rating", "model"]
        constraints = [
            models.UniqueConstraint(fields=["category", "model"], name="standing_model_once"),
        ]

    def __str__(self) -> str:
        return f"{self.category}: {self.model}"
