# %% [markdown]
# # From two files to a ranked map, in Python
#
# Run it cell by cell (VS Code, Spyder, Jupytext), or as a script:
#
#     python walkthrough.py https://mrpt.example me@example.org PASSWORD wards.csv boundaries.gpkg OUT
#
# The made-up state of `manage.py make_demo_data --out demo` will do for the two files.

# %%
import sys
from pathlib import Path

from chatmrpt_client import Client, Problem

ADDRESS, EMAIL, PASSWORD, WARD_TABLE, BOUNDARIES, OUT = sys.argv[1:7]
out = Path(OUT)
out.mkdir(parents=True, exist_ok=True)


def told(percent: float, step: str) -> None:
    print(f"{percent:5.0f} %  {step}")


# %% [markdown]
# ## Sign in
# Tokens are renewed by themselves. For a program that runs by itself, make a token on your tokens page and use
# `Client.with_token(ADDRESS, token)`.

# %%
client = Client.sign_in(ADDRESS, EMAIL, PASSWORD)
session = client.create_session("Walk-through", note="made by walkthrough.py")

# %% [markdown]
# ## Upload
# A file is checked when it arrives, and refused with the row or column that is wrong. In parts, a broken link costs
# nothing: the same call goes on where it stopped.

# %%
table = session.upload(WARD_TABLE, "ward_table")
boundaries = session.upload(
    BOUNDARIES,
    "boundaries",
    in_parts=True,
    on_progress=lambda done, size: print(f"{done:,} of {size:,} bytes"),
)
print(table.report["rows"], "rows,", boundaries.report["wards"], "wards on the map")

# %% [markdown]
# ## Match the wards
# Nothing doubtful is joined without you: look at what waits, and say which ward it is, or `None` for none.

# %%
dataset = session.match(table, boundaries).wait(told)
waiting = dataset.review()
print(len(waiting), "rows wait for your word")
if len(waiting):
    decided = dict(zip(waiting["table_row"], waiting["ward_code"], strict=True))
    dataset = dataset.confirm(decided).wait()

# %% [markdown]
# ## Rank them
# Without `variables=[…]` the server takes those that are usual in the zone, and says which.

# %%
ranking = session.rank(dataset).wait(told)
wards = ranking.wards()
print(wards[["composite_rank", "ward_name", "lga_name"]].head(10).to_string(index=False))
wards.to_csv(out / "wards_from_python.csv", index=False)

# %% [markdown]
# ## The map, as a GeoDataFrame

# %%
shapes = ranking.map()
shapes.to_file(out / "ranking.geojson", driver="GeoJSON")
print(len(shapes), "wards with shapes, CRS", shapes.crs)

# %% [markdown]
# ## Share nets, write a report

# %%
plan = session.plan_nets(ranking, nets=50_000, population={"source": "column", "column": "population"}).wait()
print(f"{plan.wards()['nets_allocated'].sum():,.0f}", "nets are shared")
less = session.plan_nets(ranking, nets=40_000, population={"source": "column", "column": "population"}).wait()
beside = session.compare_plans([less, plan])
print(beside.plans()[["name", "people_covered", "coverage_percent"]].to_string(index=False))
print(beside.row.wards_with_more, "wards get more nets in the second plan")
report = session.report(ranking, formats=["html"]).wait()
report.download("report.html", out)

# %% [markdown]
# ## Ask in words
# Every number in an answer was found in the session's tables.

# %%
answer = session.conversation().ask("top 5 wards")
print(answer.answer)

# %% [markdown]
# ## When something is wrong
# A refusal is an exception that says what is wrong, where, and what to do.

# %%
try:
    session.rank(dataset, variables=["rainfall", "craters_of_the_moon"])
except Problem as refusal:
    print(refusal.code, "-", refusal.where, "-", refusal.detail)

# %% [markdown]
# ## Sign out
# With `with Client.sign_in(…) as client:` this happens by itself.

# %%
client.sign_out()
client.close()
