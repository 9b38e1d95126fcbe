"""Which command a whole message is. A table of rules, most particular first; no rule looks at part of a message."""

from __future__ import annotations

from dataclasses import dataclass

from assistant.core.reading import Reading

DATA_KINDS = "variable ward lga number"
# "What is …?" asks what these mean; of any other variable it asks how much.
DEFINED = frozenset({"u5_tpr_rdt", "pfpr", "burden"})
FILTERS = "ABOVE ATLEAST BELOW ATMOST BETWEEN WHERE HIGH MEDIUM LOWTIER TIER RISK URBAN RURAL"
# What a question for an order or a choice among places of the facility reports is made of.
REPORTED = (
    "WARD LGA FACILITY QUALITY TESTED POSITIVES MONTH variable number lga ward TOP LOW ABOVE BELOW ATLEAST ATMOST BETWEEN BY WHAT "
    "SHOW LIST HOWMANY SUM LEVELS WORKFLOW WHERE REPORT"
)
# Said around any command without changing it.
COURTESY = frozenset({"SHOW", "YES", "GREET", "THANKS"})
ASKING = "SHOW LIST WHAT WHERE YES RUN"


@dataclass(frozen=True, slots=True)
class Rule:
    """`need`: groups that must each be there, alternatives joined by |; `allow`: what else may be said."""

    intent: str
    need: str
    allow: str = ""

    def fits(self, tags: frozenset[str]) -> bool:
        """Return whether the tags hold all that is needed and nothing that is not foreseen."""
        groups = [group.split("|") for group in self.need.split()]
        known = {tag for group in groups for tag in group} | set(self.allow.split())
        return tags <= known | COURTESY and all(tags & set(group) for group in groups)


# fmt: off
RULES: tuple[Rule, ...] = (
    # Words of politeness and of getting about: alone, or with other such words.
    Rule("cancel", "CANCEL", "THISONE"),
    Rule("new_chat", "NEW", "RUN"),
    Rule("share", "SHARELINK", ""),
    Rule("transcript", "TRANSCRIPT", "DOWNLOAD RUN WHAT WHERE HOW"),
    Rule("history", "TALKS", "LIST WHAT WHERE HOW"),
    Rule("identity", "WHO", ""),
    Rule("help", "HELP", "SHOW LIST GREET WHAT NOT NO HOW RUN"),
    Rule("back", "BACK", ""),
    Rule("status", "STATUS", "RUN HOW WHAT ANALYSIS METHOD RISK SHOW RANKING"),
    Rule("thanks", "THANKS", "YES GREET"),
    Rule("greet", "GREET", "HOW"),
    Rule("no", "NO", "THANKS NOT"),
    Rule("yes", "YES", "THANKS"),
    # A figure or table in plain words.
    Rule("explain_figure", "EXPLAIN MAP|CHART|HIST|BOX|SCREE|LOADINGS|CURVE", "EXPLAIN variable PCA TIER SCORE RANKING RISK WARD NET PLAN WORKFLOW STABLE RESULTS HIGH COMPOSITE TOPIC_SCORE URBAN EXTENT LGA BY HOW WHAT THISONE METHOD COMPARE AGREE MODELS MAP CHART HIST BOX TREND DELIVERY QUALITY COMBOS CORR FILLED MISSING VALUES FILES"),
    Rule("explain_figure", "METHOD WHAT|EXPLAIN|HOW MAP|CHART|HIST|BOX|SCREE|LOADINGS|CURVE", "EXPLAIN WHAT HOW MAP CHART variable THISONE PCA TIER NET PLAN"),
    Rule("explain_figure", "EXPLAIN FILES", "RANKING WARD NET PLAN FILLED DELIVERY COMBOS"),
    Rule("explain_figure", "EXPLAIN DELIVERY|TREND|COMBOS|CORR|COMPARE|AGREE", "EXPLAIN WORKFLOW variable NET PLAN LGA MAP"),
    # Nets, reports, positivity from facility tests.
    Rule("methods", "NET WHAT|METHOD|EXPLAIN", "HOW METHOD EXPLAIN"),
    Rule("net_candidates", "CANDIDATE", "NET WHAT WHERE WARD LIST SHOW HOWMANY HOW URBAN ABOVE ATLEAST number NOURBAN PLAN BY TIER LOWTIER RISK EXTENT"),
    Rule("net_served", "SERVED WARD|NET|PLAN|WHAT|HOWMANY|lga", "WHAT WHERE LIST SHOW HOWMANY WARD NET PLAN lga BY number"),
    Rule("nets", "COVERED", "HOWMANY WHAT variable NET PLAN SUM SHARE BY HOW SHOW"),
    Rule("net_store", "KEEP", "NET"),
    Rule("net_more", "EXTRA number", "NET WHAT HOW HOWMANY PLAN RUN"),
    Rule("net_more", "EXTRA PLAN|NET|WHAT", "NET WHAT HOW HOWMANY PLAN RUN"),
    Rule("net_delivery", "DELIVERY", "NET LGA lga PLAN LIST SHOW WHAT HOWMANY BY number PALLET RUN HOW DOWNLOAD"),
    Rule("net_delivery", "NET lga|LGA", "HOWMANY WHAT SHOW LGA LIST BY PLAN WHY HOW DOWNLOAD lga TOP LOW"),
    Rule("net_ward", "WHY SERVED ward", "WHAT WARD lga NET PLAN RISK HIGH"),
    Rule("net_ward", "NET|PLAN ward", "WHY EXPLAIN HOWMANY WHAT HOW WARD lga SHOW LOW TOP NET PLAN LGA"),
    Rule("nets", "NET|PLAN|MOSQUITO NET|PLAN", "HOWMANY TOP RISK PLAN RUN ANALYSIS WHERE WHAT HIST HOUSEHOLD RURALFIRST number COMPARE SHOW YES HOW SUM RURAL TOP URBAN URBANFIRST NOURBAN INTURN PROPORTION WEIGHTED CAPPED BELOW ABOVE ATLEAST ATMOST"),
    Rule("nets", "RURALFIRST|URBANFIRST|NOURBAN number", "URBAN RURAL BELOW ABOVE ATLEAST ATMOST PLAN"),
    Rule("nets", "INTURN|PROPORTION|WEIGHTED|CAPPED|RURALFIRST|URBANFIRST|NOURBAN", "number RUN"),
    Rule("follow", "AND_ ward|lga|variable|LOW|TOP|number", "LGA WARD BY"),
    Rule("nets", "COMPARE number", "PLAN URBAN"),
    Rule("nets", "COMPARE INTURN|PROPORTION|WEIGHTED|CAPPED|RURALFIRST|URBANFIRST|NOURBAN", "PLAN NET number URBAN RURAL BELOW ABOVE ATLEAST ATMOST BETWEEN"),
    Rule("report", "REPORT", "FILES LANGUAGE RUN SHOW DOWNLOAD ANALYSIS RESULTS PLAN NET RANKING RISK PACKAGE LIST"),
    Rule("report", "PACKAGE", "DATA FILES LANGUAGE RUN SHOW DOWNLOAD ANALYSIS RESULTS PLAN NET RANKING RISK"),
    Rule("tpr", "SWITCH|RUN|LEVELS|AGES LEVELS|AGES", "LEVELS AGES WORKFLOW RUN SWITCH"),
    Rule("tpr", "RUN|SWITCH LEVELS|AGES", "LEVELS AGES WORKFLOW variable ANALYSIS DATA FILES"),
    Rule("tpr", "COMBOS", "COMPARE SHOW LIST"),
    Rule("tpr", "variable|RATE WORKFLOW", "RUN SHOW FILES DATA ANALYSIS LEVELS AGES ward lga WARD LGA WHAT BY"),
    Rule("reports", "FACILITY|QUALITY|TESTED|POSITIVES|MONTH TOP|LOW", REPORTED),
    Rule("reports", "FACILITY|QUALITY|TESTED|POSITIVES ABOVE|BELOW|ATLEAST|ATMOST|BETWEEN number", REPORTED),
    Rule("tpr", "variable LEVELS", "WHAT SHOW WORKFLOW"),
    Rule("reports", "HOWMANY|LIST|WHAT|SHOW|lga|ward FACILITY|LEVELS", REPORTED),
    Rule("reports", "TOP|LOW|BY WORKFLOW", REPORTED),
    Rule("reports", "WARD|LGA|FACILITY TREND", "WHAT HOWMANY LIST SHOW variable TOP LOW RISK number lga WORKFLOW WHERE"),
    Rule("reports", "TREND TOP|LOW", "WHAT WARD LGA SHOW variable number lga"),
    Rule("reports", "FACILITY|WARD|LGA|MONTH BY|LIST|SHOW TESTED|POSITIVES|QUALITY", REPORTED),
    Rule("reports", "BY|LGA|WARD QUALITY|TESTED|POSITIVES", REPORTED),
    Rule("reports", "MONTH variable|TESTED|POSITIVES", "WHAT SHOW BY TREND lga LGA ward WARD LIST CHART WORKFLOW number HOWMANY"),
    Rule("reports", "UNUSUAL", "WHAT SHOW LIST WARD LGA lga ward variable MONTH WORKFLOW TESTED POSITIVES HOWMANY"),
    Rule("reports", "SPOTS", "WHAT SHOW LIST WARD LGA lga variable WORKFLOW WHERE MAP RISK"),
    Rule("tests", "TESTED|POSITIVES", "HOWMANY WHAT SUM lga ward LGA WARD SHOW RISK METHOD"),
    Rule("tpr_quality", "QUALITY", "WORKFLOW DATA REPORT variable WHAT HOW SHOW lga LGA ROWS FILES"),
    Rule("tpr_trend", "TREND", "variable WORKFLOW ward lga WARD LGA SHOW WHAT HOW BY RISK"),
    Rule("tpr", "RUN variable", "ANALYSIS METHOD HOWMANY"),
    # The data and what became of it.
    Rule("upload", "UPLOAD", "HOW WHERE WHAT DATA FILES WARD MAP"),
    Rule("describe", "WHAT|DESCRIBE|SHOW DATA|DESCRIBE", "FILES DESCRIBE EXPLAIN SHOW HOW"),
    Rule("upload", "WHAT|WHERE|HOW FILES UPLOAD", "HOW WHAT WHERE"),
    Rule("upload", "WHAT|WHERE FILES", "HOW WHAT WHERE PUT"),
    Rule("methods", "HOW MATCH", "WARD RUN METHOD"),
    Rule("matches", "MATCH", "SHOW REPORT HOWMANY WARD NOT ROWS HOW WHAT RUN LIST RESULTS DATA FILES NO"),
    Rule("matches", "REPORT MATCH", "SHOW"),
    Rule("missing", "MISSING", "VALUES VARS variable HOW HOWMANY WHAT SHOW LIST WARD DATA BY"),
    Rule("missing", "NO DATA WARD", "WHAT HOWMANY LIST SHOW"),
    Rule("filled", "FILLED", "DATA VALUES WHAT SHOW LIST HOWMANY VARS variable ward WARD YES"),
    Rule("variables", "VARS", "LIST SHOW WHAT FILES DATA HOWMANY SUM RANKING SCORE ANALYSIS RISK"),
    Rule("describe", "DESCRIBE", "DATA FILES SHOW RUN UPLOAD THISONE WHAT EXPLAIN"),
    Rule("describe", "EXPLAIN DATA", "SHOW"),
    Rule("describe", "WHAT DATA", "SHOW"),
    Rule("describe", "DESCRIBE EXPLAIN", "DATA FILES"),
    Rule("results", "RESULTS", "SHOW WHAT ANALYSIS DESCRIBE RISK RANKING LIST EXPLAIN STATUS"),
    Rule("results", "SHOW|WHAT RANKING", ""),
    Rule("results", "DESCRIBE RANKING", "SHOW ANALYSIS RISK WHAT"),
    Rule("stability", "STABLE RANKING|WARD|SCORE|MODELS", "RANKING HOW WARD MODELS WHAT HOWMANY BETWEEN TOP SCORE LIST"),
    # Methods before the things they are about.
    Rule("pca", "PCA SHOW|RANKING|WHY|AND_|LOADINGS", "WHAT SHOW RANKING WHY"),
    Rule("pca", "KMO", "PCA DATA WHAT SHOW RESULTS"),
    Rule("compare", "COMPARE|AGREE PCA COMPOSITE|TOPIC_SCORE", "COMPARE AGREE RANKING HOW SHOW WHAT BETWEEN MODELS"),
    Rule("compare", "AGREE RANKING", "HOW COMPARE"),
    Rule("compare", "AGREE COMPARE", "HOW RANKING"),
    Rule("pca", "PCA RESULTS|COMPOSITE|AGREE|TOPIC_SCORE", "COMPARE AGREE RANKING HOW SHOW RESULTS WHAT DESCRIBE"),
    Rule("methods", "METHOD", "HOW WHAT EXPLAIN TOPIC_SCORE TOPIC_NORM TOPIC_IMPUTE SCORE PCA RANKING WARD TIER STABLE variable COMPOSITE ANALYSIS RISK MATCH SHOW RUN FILLED MISSING VALUES VARS KMO MODELS"),
    Rule("methods", "HOW RUN variable|SCORE|RANKING", "METHOD EXPLAIN"),
    Rule("methods", "DESCRIBE METHOD", ""),
    Rule("methods", "HOW SCORE|COMPOSITE|TOPIC_SCORE|TOPIC_NORM|TOPIC_IMPUTE|FILLED|MATCH|RANKING|MISSING", "EXPLAIN METHOD WARD variable VARS VALUES MISSING RUN FILLED TOPIC_IMPUTE RISK MATCH SHOW"),
    Rule("methods", "EXPLAIN|WHAT PCA|TIER|TOPIC_SCORE|TOPIC_NORM|TOPIC_IMPUTE|STABLE|COMPOSITE|SCORE", "EXPLAIN WHAT METHOD RANKING SCORE HIGH COMPOSITE"),
    Rule("methods", "EXPLAIN RANKING", "HOW METHOD SHOW"),
    Rule("methods", "EXPLAIN variable", "METHOD"),
    Rule("methods", "TOPIC_IMPUTE", "WHAT HOW"),
    Rule("stability", "STABLE|MODELS", "RANKING HOW ward WARD MODELS WHAT HOWMANY BY SHOW LIST TOP RISK BETWEEN AGREE number"),
    # Pictures and files.
    Rule("chart", "HIST|BOX|SCREE|LOADINGS", "SHOW variable CHART RUN WHAT STABLE PCA SCORE RANKING MODELS BY WARD lga"),
    Rule("chart", "CHART", "SHOW variable STABLE RUN PCA BOX WHAT RISK TIER"),
    Rule("map", "MAP URBAN", "SHOW WHERE WARD TIER RISK RANKING BY EXTENT ABOVE ATLEAST number"),
    Rule("map", "MAP", "WHERE TOP LOWTIER MEDIUM SHOW RISK variable PCA TIER SCORE RANKING RUN WARD WHAT HIST COMPOSITE TOPIC_SCORE RESULTS URBAN EXTENT BY lga LGA HIGH LIST YES"),
    Rule("download", "DOWNLOAD", "FILES RESULTS DATA SHOW RANKING WARD MAP REPORT WHAT HOW WHERE"),
    Rule("download", "FILES", "SHOW RESULTS WHAT LIST RANKING"),
    # Relations between things.
    Rule("correlate", "WHAT CORR VARS variable|SCORE|RISK", "VARS TOP HOW RANKING"),
    Rule("correlate", "CORR variable", "SHOW WHAT HOW BETWEEN ABOVE WHERE COMPARE YES THISONE lga"),
    Rule("compare", "COMPARE ward|lga", "WARD LGA WHAT SHOW BETWEEN RISK HOW variable RANKING"),
    Rule("explain", "WHY", "WHAT ward lga WARD RANKING RISK TOP LOW HIGH LOWTIER MEDIUM TIER number SCORE variable THISONE EXPLAIN MODELS WHY BY HOW NO NOT"),
    Rule("explain", "HOW|WHAT ward TOP|LOW", "RISK HIGH LOWTIER HOW number WHY EXPLAIN"),
    Rule("explain", "EXPLAIN|DESCRIBE ward", "RANKING RISK WARD HIGH LOWTIER TOP LOW SCORE lga EXPLAIN DESCRIBE HOW WHAT WHY SHOW number"),
    Rule("explain", "DATA|VALUES ward", "SHOW LIST WHAT DATA VALUES"),
    Rule("about_lga", "EXPLAIN|DESCRIBE lga", "SHOW WHAT RISK LGA"),
    # Counting and calculating.
    Rule("count", "SHARE WARD", f"{DATA_KINDS} {FILTERS} WHAT SUM SHOW"),
    Rule("aggregate", "SHARE variable lga", "WHAT SUM SHOW"),
    Rule("count", "HOWMANY HIGH|LOWTIER|MEDIUM", "RISK TIER lga"),
    Rule("count", "HOWMANY WARD|LGA", f"{DATA_KINDS} {FILTERS} SUM TOP LOW"),
    Rule("aggregate", "HOWMANY variable", "WHAT lga SUM LGA"),
    Rule("value", "WHERE ward RANKING", "WHAT"),
    Rule("value", "ward variable|SCORE|RANKING|TIER|TOPIC_SCORE", "WHAT WARD lga HOWMANY SHOW HOW variable number HIGH SUM"),
    Rule("rank_lgas", "LGA variable", "BY SHOW WHAT LIST"),
    Rule("rank_lgas", "LGA TOP|LOW|RANKING|COMPARE|BY|RISK|MEAN|MEDIAN|MAX|MIN", f"{ASKING} MEAN MEDIAN SUM MAX MIN TOP LOW RANKING BY BETWEEN COMPARE RISK SCORE variable number HIGH WARD TIER HOWMANY STD LOWTIER MORE WEIGHTED"),
    Rule("aggregate", "MEAN|SUM|MEDIAN|MIN|MAX|STD variable|SCORE", f"{ASKING} {FILTERS} lga WARD LGA BY MAX MIN TOP LOW SUM HOWMANY number"),
    Rule("aggregate", "TOP LOW variable", "SHOW WHAT"),
    Rule("list", "LIST|WHAT|SHOW|WARD|ABOVE|BELOW|ATLEAST|ATMOST|BETWEEN|RURAL|URBAN variable ABOVE|BELOW|ATLEAST|ATMOST|BETWEEN number", f"{ASKING} WARD {DATA_KINDS} {FILTERS}"),
    Rule("list", "ABOVE|BELOW|ATLEAST|ATMOST number URBAN|RISK", f"{ASKING} WARD {DATA_KINDS} {FILTERS}"),
    Rule("aggregate", "variable lga", "WHAT SUM HOWMANY LGA SHOW RURAL"),
    Rule("rank", "TOP|LOW WARD|variable|RISK|SCORE|RANKING|number|AND_|TOPIC_SCORE|COMPOSITE|WHAT|WHERE", f"{ASKING} {DATA_KINDS} {FILTERS} WARD BY VALUES RANKING SCORE COMPOSITE TOPIC_SCORE PREVALENCE_ TOP LOW AND_ WHY_"),
    Rule("rank", "RANKING|BY variable|SCORE", f"{ASKING} {DATA_KINDS} {FILTERS} WARD BY RANKING RISK"),
    Rule("list", "LIST|SHOW|WHAT LGA", "LIST SHOW WHAT"),
    Rule("list", "HIGH|MEDIUM|LOWTIER RISK|TIER|WARD", f"{ASKING} WARD lga {FILTERS} LGA number"),
    Rule("list", "WARD lga", f"{ASKING} LGA {FILTERS}"),
    Rule("list", "LIST|SHOW WARD", f"{ASKING} {FILTERS}"),
    Rule("aggregate", "variable WHAT", "SUM"),
    # Asking for the computation itself, said in many ways; last, because its words are common.
    Rule("run_risk", "RUN|RANKING|ANALYSIS|RISK ANALYSIS|RISK|RANKING", "RUN RISK ANALYSIS RANKING WARD YES BY DATA MAP_ STATUS_ LIST_ TIER SCORE"),
    Rule("run_risk", "ANALYSIS DATA", "RUN"),
    Rule("run_risk", "RUN", "ANALYSIS"),
    Rule("map", "RISK MAP", ""),
)
# fmt: on


def intent_of(reading: Reading) -> str | None:
    """Return the intent of the first rule that fits the whole message, or None.

    A message with a word that nobody knows fits no rule; so does one that holds nothing but numbers and names.
    """
    if "unknown" in reading.tags:
        return None
    if reading.tags == {"WHAT", "variable"} and set(reading.values("variable")) <= DEFINED:
        return "methods"
    return next((rule.intent for rule in RULES if rule.fits(reading.tags)), None)
