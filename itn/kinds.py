"""What net planning adds to the ledger: a plan, and an optional list of registered people."""

from sessions_app.kinds import FileKind, ResultKind

REGISTRATION = FileKind(
    name="registration",
    label="campaign registration list",
    extensions=(".csv", ".tsv", ".txt", ".xlsx", ".xls"),
    inspect="itn.registration.inspect_registration",
    help="Optional, for net plans: people per ward, household or site of an earlier campaign. CSV or Excel.",
    optional=True,
)

ITN_PLAN = ResultKind(
    name="itn_plan",
    label="Net plan",
    params="itn.params.PlanParams",
    run="itn.runs.run_plan",
    steps=(
        ("read", "Reading the ranking"),
        ("population", "Counting people"),
        ("share", "Sharing the nets"),
        ("export", "Writing tables"),
        ("figures", "Drawing maps and curves"),
    ),
    parents=("risk",),
    step_title="Nets",
    url_name="session_nets",
    alternatives=True,
)
