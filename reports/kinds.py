"""What reporting adds to the ledger: a report of a ranking, of a plan, or of plans side by side."""

from sessions_app.kinds import ResultKind

REPORT = ResultKind(
    name="report",
    label="Report",
    params="reports.params.ReportParams",
    run="reports.runs.run_report",
    steps=(
        ("read", "Reading the results"),
        ("write", "Writing the report"),
        ("pdf", "Setting the PDF"),
        ("word", "Writing the Word document"),
        ("package", "Packing the data"),
    ),
    describes=True,
    url_name="session_reports",
)
