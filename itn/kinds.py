"""What net planning adds to the ledger: a plan, and an optional list of registered people."""

from django.utils.translation import gettext_noop

from sessions_app.kinds import FileKind, ResultKind

REGISTRATION = FileKind(
    name="registration",
    label=gettext_noop("campaign registration list"),
    extensions=(".csv", ".tsv", ".txt", ".xlsx", ".xls"),
    inspect="itn.registration.inspect_registration",
    part="sheet",
    help=gettext_noop(
        "Optional, for net plans: people per ward, household or site of an earlier campaign. CSV or Excel."
    ),
    optional=True,
)

ITN_PLAN = ResultKind(
    name="itn_plan",
    label=gettext_noop("Net plan"),
    params="itn.params.PlanParams",
    run="itn.runs.run_plan",
    steps=(
        ("read", gettext_noop("Reading the ranking")),
        ("population", gettext_noop("Counting people")),
        ("share", gettext_noop("Sharing the nets")),
        ("export", gettext_noop("Writing tables")),
        ("figures", gettext_noop("Drawing maps and curves")),
    ),
    parents=("risk",),
    replaced="itn.newer_sets.of_plan",
    step_title=gettext_noop("Nets"),
    url_name="session_nets",
    alternatives=True,
)

# The kinds of files inside a sentence, for `FileKind.noun`.
NOUNS = (gettext_noop("the campaign registration list"),)
