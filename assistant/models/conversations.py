from __future__ import annotations

from django.db import models
from django.urls import reverse

from sessions_app.isolation.owned import OwnedModel, reference
from sessions_app.moments import Moment


class Conversation(OwnedModel):
    """A thread of turns about one session.

    `pending` is the question that waits for an answer, `focus` what the last answer was about; both are rows, so a
    conversation goes on after a restart, in another tab or on another machine.
    """

    session = reference("sessions_app.AnalysisSession", related_name="conversations")
    title = models.CharField(max_length=120)
    pinned = models.BooleanField(default=False)
    pending = models.JSONField(default=dict, blank=True)
    focus = models.JSONField(default=dict, blank=True)
    turn_count = models.PositiveIntegerField(default=0)
    # Counts what people change by hand, so that of two tabs the second one is told.
    version = models.PositiveIntegerField(default=0, db_default=0)
    created_at = models.DateTimeField(auto_now_add=True)
    updated_at = models.DateTimeField(auto_now=True)
    archived_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        ordering = ["-updated_at", "id"]
        indexes = [
            models.Index(fields=["owner", "session", "-updated_at"], name="conversation_owner_session"),
            models.Index(Moment("created_at").desc(), name="conversation_newest"),
            models.Index(fields=["owner", "-updated_at"], name="conversation_owner_newest"),
        ]
        permissions = [("read_conversation", "Can read what was said, for a stated reason")]

    def __str__(self) -> str:
        return self.title

    def get_absolute_url(self) -> str:
        return reverse(
            "conversation_detail", kwargs={"session_id": self.session_id, "conversation_id": self.pk}
        )


class Turn(OwnedModel):
    """One question and how it was answered.

    `results` holds what the tools returned, as data: pages render it each time anew. `artefacts` names the tables,
    maps and files the answer carries, `next_actions` the chips below it.
    """

    class Status(models.TextChoices):
        RUNNING = "running", "Running"
        DONE = "done", "Done"
        FAILED = "failed", "Failed"
        CANCELLED = "cancelled", "Cancelled"

    # What was said, by role, where whoever holds this row has just stored it: nobody else can have judged it yet.
    fresh_words: dict[str, str] | None = None

    conversation = reference("assistant.Conversation", related_name="turns")
    number = models.PositiveIntegerField()
    status = models.CharField(max_length=16, choices=Status.choices, default=Status.RUNNING)
    route = models.CharField(max_length=20, blank=True)
    intent = models.CharField(max_length=40, blank=True)
    slots = models.JSONField(default=dict, blank=True)
    results = models.JSONField(default=list, blank=True)
    artefacts = models.JSONField(default=list, blank=True)
    next_actions = models.JSONField(default=list, blank=True)
    error = models.JSONField(default=dict, blank=True)
    # Of turns that a language model answers: which one, how often workers took it up, until when one holds it.
    model = models.CharField(max_length=20, blank=True)
    attempt = models.PositiveIntegerField(default=0)
    lease_until = models.DateTimeField(null=True, blank=True)
    created_at = models.DateTimeField(auto_now_add=True)
    finished_at = models.DateTimeField(null=True, blank=True)
    # Since when what was said in it is gone; that there was a turn, and which command it was, stays.
    words_removed_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        ordering = ["conversation", "number"]
        indexes = [
            models.Index(fields=["owner", "conversation", "number"], name="turn_owner_conversation"),
            models.Index(
                fields=["lease_until"], condition=models.Q(status="running"), name="turn_open_leases"
            ),
            models.Index(Moment("created_at").desc(), name="turn_newest"),
            models.Index(
                fields=["created_at"],
                condition=models.Q(words_removed_at__isnull=True),
                name="turn_words_oldest",
            ),
        ]
        constraints = [
            models.UniqueConstraint(fields=["owner", "conversation", "number"], name="turn_number_once"),
            models.CheckConstraint(
                condition=models.Q(status__in=["running", "done", "failed", "cancelled"]),
                name="turn_status_known",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.number} ({self.status})"


class Message(OwnedModel):
    """What was said in a turn, in words; kept apart from the turn so that words may be deleted sooner."""

    class Role(models.TextChoices):
        USER = "user", "User"
        ASSISTANT = "assistant", "Assistant"

    conversation = reference("assistant.Conversation", related_name="messages")
    turn = reference("assistant.Turn", related_name="messages")
    role = models.CharField(max_length=16, choices=Role.choices)
    text = models.TextField()
    created_at = models.DateTimeField(auto_now_add=True)

    class Meta:
        ordering = ["created_at", "id"]
        indexes = [
            models.Index(fields=["owner", "turn"], name="message_owner_turn"),
            models.Index(fields=["owner", "conversation"], name="message_owner_conversation"),
        ]
        constraints = [
            models.UniqueConstraint(fields=["owner", "turn", "role"], name="message_role_once"),
            models.CheckConstraint(
                condition=models.Q(role__in=["user", "assistant"]), name="message_role_known"
            ),
        ]

    def __str__(self) -> str:
        return self.role
