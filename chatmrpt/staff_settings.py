"""Who may do what on the staff site, and what stands on it. The apps name their parts; this is the one list of them."""

from django.utils.translation import gettext_lazy as _


def _may(app: str, *rights: str) -> tuple[str, ...]:
    return tuple(f"{app}.{right}" for right in rights)


# Groups that `migrate` makes and keeps as they stand here: name, and the permissions of its members. Only people
# marked as staff come in at all; without a role they see the numbers of the first page and nobody's rows.
STAFF_ROLES = (
    (
        "User support",
        (
            *_may(
                "sessions_app",
                "view_user", "change_user",
                "view_analysissession", "view_storedfile", "view_personaltoken", "change_personaltoken",
                "view_refreshgrant", "view_event", "view_isolationattempt",
                "view_analysisresult", "change_analysisresult", "view_waitingresult", "change_waitingresult",
            ),
            *_may("assistant", "view_conversation", "read_conversation", "view_modelcall", "view_battle"),
            *_may("reference", "view_referenceset"),
        ),
    ),
    ("Study manager", (*_may("sessions_app", "export_event"), *_may("assistant", "view_modelcall"))),
    ("Reference manager", _may("reference", "view_referenceset", "add_referenceset", "change_referenceset")),
)  # fmt: skip

# Groups of numbers on the first page, in this order.
STAFF_NUMBERS = (
    "chatmrpt.staff_numbers.health_now",
    "sessions_app.staff.numbers.people",
    "sessions_app.staff.numbers.work",
    "assistant.staff.numbers.language_models",
)
# What each user has used, beside their name.
STAFF_MEASURES = (
    "sessions_app.staff.measures.SESSIONS",
    "sessions_app.staff.measures.RESULTS",
    "sessions_app.staff.measures.STORED",
    "assistant.staff.measures.TOKENS",
)
# Pages that are no list of one table.
STAFF_PAGES = (
    "assistant.staff.usage.UsagePage",
    "assistant.staff.usage.UsageTable",
    "sessions_app.staff.study.StudyPage",
    "sessions_app.staff.retention.RetentionPage",
)
# Models by their label, pages by their stem.
STAFF_MENU = (
    (_("People"), ("sessions_app.user", "sessions_app.personaltoken", "sessions_app.refreshgrant")),
    (
        _("Work"),
        ("sessions_app.analysissession", "sessions_app.storedfile", "sessions_app.analysisresult",
         "sessions_app.waitingresult", "assistant.conversation", "assistant.battle"),
    ),
    (_("Use"), ("usage", "study")),
    (_("Safety"), ("sessions_app.isolationattempt", "sessions_app.event", "retention")),
    (_("Reference"), ("reference.referenceset",)),
)  # fmt: skip
