"""Every tool of the ward analysis. The assistant gathers these lists; screens and chat reach the same functions."""

from analysis.tools import burden, places, positivity, questions, report_tables, reports, tpr_choice
from analysis.tools.desk import Tool

# `needs`: the kind of result without which the tool has nothing to say.
TOOLS = (
    Tool("describe_data", "Describe the data", reports.describe_data),
    Tool("list_variables", "List the variables", reports.list_variables, "dataset"),
    Tool("missing_values", "Missing values", reports.missing_values, "dataset"),
    Tool("match_report", "Match report", reports.match_report, "dataset"),
    Tool("run_risk", "Run the risk analysis", reports.run_risk),
    Tool("results_summary", "Summary of the ranking", reports.results_summary, "risk"),
    Tool("rank_wards", "Wards at one end of a variable", questions.rank_wards, "dataset"),
    Tool("first_of_lgas", "Wards at one end in each LGA", questions.first_of_lgas, "dataset"),
    Tool("list_wards", "Wards that fit", questions.list_wards, "dataset"),
    Tool("list_lgas", "LGAs", questions.list_lgas, "dataset"),
    Tool("count_wards", "How many wards fit", questions.count_wards, "dataset"),
    Tool("aggregate", "A number over wards", questions.aggregate, "dataset"),
    Tool("rank_lgas", "LGAs by a variable", questions.rank_lgas, "dataset"),
    Tool("correlate", "How two variables go together", questions.correlate, "dataset"),
    Tool("ward_value", "One value of a ward", places.ward_value, "dataset"),
    Tool("explain_ward", "Why a ward has its rank", places.explain_ward, "risk"),
    Tool("neighbours", "The wards around a ward", places.neighbours, "risk"),
    Tool("compare_places", "Two wards or LGAs side by side", places.compare_places, "dataset"),
    Tool("stability", "How firm the ranks are", reports.stability, "risk"),
    Tool("list_filled", "Filled cells", reports.list_filled, "risk"),
    Tool("pca_report", "Principal components", reports.pca_report, "risk"),
    Tool("show_map", "A map", reports.show_map, "risk"),
    Tool("show_chart", "A chart", reports.show_chart, "risk"),
    Tool("tpr_report", "Test positivity from facility reports", positivity.tpr_report, "tpr"),
    Tool(
        "report_table", "Wards, LGAs, facilities or months of the reports", report_tables.report_table, "tpr"
    ),
    Tool("tpr_trend", "Whether test positivity rises or falls", positivity.tpr_trend, "tpr"),
    Tool("burden_trend", "Whether the burden rises or falls", burden.burden_trend, "tpr"),
    Tool("compute_tpr", "Have test positivity computed", tpr_choice.compute_tpr),
    Tool("switch_tpr", "Other facilities or persons", tpr_choice.switch_tpr),
    Tool(
        "tpr_combinations", "Every combination of facilities and persons", tpr_choice.tpr_combinations, "tpr"
    ),
    Tool("tpr_quality", "How good the facility reports are", positivity.tpr_quality, "tpr"),
    Tool("define", "What a method or a word means", reports.define),
)
