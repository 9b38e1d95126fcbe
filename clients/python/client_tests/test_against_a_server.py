"""The client against a real running server, as two people: the walk-through as it stands, and what the README promises."""

import os
import subprocess
import sys
import threading
from pathlib import Path

import geopandas
import httpx2 as httpx
import pandas as pd
import pytest

from chatmrpt_client import (
    BadRequest,
    Client,
    Conflict,
    DifferentBytes,
    Forbidden,
    NotFound,
    Refused,
    SignedOut,
)
from chatmrpt_client.downloads import save
from chatmrpt_client.rows import FileRow

HERE = Path(__file__).resolve().parents[1]


def walk(account, demo, out: Path) -> subprocess.Popen[str]:
    command = [
        sys.executable,
        "walkthrough.py",
        account.address,
        account.email,
        account.password,
        *map(str, demo),
        str(out),
    ]
    environment = os.environ | {"PYTHONPATH": str(HERE), "PYTHONWARNINGS": "default"}
    return subprocess.Popen(
        command, cwd=HERE, env=environment, text=True, stdout=subprocess.PIPE, stderr=subprocess.PIPE
    )


@pytest.fixture(scope="module")
def walked(people, demo, tmp_path_factory):
    """Both people go through it at once; their folders and what was printed."""
    folders = [tmp_path_factory.mktemp("walk") for _ in people]
    started = [walk(account, demo, folder) for account, folder in zip(people, folders, strict=True)]
    told = [process.communicate(timeout=500) for process in started]
    assert [process.returncode for process in started] == [0, 0], "\n".join(
        error[-2_000:] for _, error in told
    )
    return [(folder, out) for folder, (out, _) in zip(folders, told, strict=True)]


def test_the_walk_through_runs_as_it_stands(walked):
    for folder, told in walked:
        wards = pd.read_csv(folder / "wards_from_python.csv")
        shapes = geopandas.read_file(folder / "ranking.geojson")
        assert len(wards) == 200 and set(wards["composite_rank"].dropna()) >= {1, 2, 3}
        assert len(shapes) == 200 and shapes.crs.to_epsg() == 4326
        assert (folder / "report.html").read_text().startswith("<!")
        for words in (
            "rows wait for your word",
            "nets are shared",
            "wards get more nets in the second plan",
            "invalid_request",
            "wards with shapes, CRS EPSG:4326",
        ):
            assert words in told
        first = wards.sort_values("composite_rank")["ward_name"].iloc[0]
        assert first in told.split("nets are shared")[1], "the answer names the first ward"


def test_each_sees_their_own_work_alone(walked, people):
    alice, bob = people
    with alice.client() as mine, bob.client() as theirs:
        (session,) = mine.sessions()
        (other,) = theirs.sessions()
        assert session.id != other.id
        result = next(one for one in session.results() if one.kind == "risk")
        for refused in (
            lambda: theirs.session(session.id),
            lambda: other.result(result.id),
            lambda: list(result.__class__(theirs._transport, result.row).ward_rows()),
        ):
            with pytest.raises(NotFound) as refusal:
                refused()
            assert (refusal.value.status, refusal.value.code) == (404, "not_found")
            assert refusal.value.fix


def test_plans_stand_side_by_side_in_the_order_asked_for(walked, people):
    with people[0].client() as client:
        (session,) = client.sessions()
        plan, less = (session.result(one.id) for one in session.results() if one.kind == "itn_plan")
        if plan.summary["nets"] < less.summary["nets"]:
            plan, less = less, plan
        beside = session.compare_plans([less, plan], first=plan, second=less)
        assert (beside.row.first, beside.row.second) == (plan.id, less.id)
        given = [one.summary["nets_allocated"] for one in (plan, less)]
        assert beside.plans()["nets_allocated"].tolist() == given
        assert beside.changes()["nets_change"].sum() == given[1] - given[0]
        assert list(beside.lgas().columns) == ["lga_name", plan.id, less.id] and len(beside.lgas())
        assert beside.plans()["cost_total"].isna().all(), "no price was stated"


def test_files_come_whole_with_their_checksum_or_not_at_all(walked, people, tmp_path):
    with people[0].client() as client:
        (session,) = client.sessions()
        ranking = session.result(next(one.id for one in session.results() if one.kind == "risk"))
        wards = ranking.wards()
        path = ranking.download("wards.csv", tmp_path)
        assert set(pd.read_csv(path)["ward_code"]) == set(wards["ward_code"])
        assert ranking.download("map_rank.svg", tmp_path, as_png=True).read_bytes().startswith(b"\x89PNG")
        asked = {"chart": "bars", "x": "composite_score", "by": "ward"}
        bars = pd.read_csv(ranking.chart(tmp_path / "bars.csv", form="csv", **asked))
        assert bars.iloc[0, 1] == pytest.approx(wards["composite_score"].max())
        assert ranking.chart(tmp_path / "bars.svg", **asked).read_bytes().startswith(b"<svg")
        file = ranking.files["wards.csv"]
        wrong = FileRow(**{**vars(file), "sha256": "0" * 64})
        with pytest.raises(DifferentBytes):
            save(client._transport, wrong, tmp_path / "other.csv")
        with pytest.raises(NotFound, match="It left"):
            ranking.download("no such file", tmp_path)
        assert sorted(one.name for one in tmp_path.iterdir()) == [
            "bars.csv",
            "bars.svg",
            "map_rank.png",
            "wards.csv",
        ]
        some = list(ranking.ward_rows(search=wards["ward_name"].iloc[0]))
        assert 1 <= len(some) < 200
        with pytest.raises(Conflict) as refusal:
            ranking.cancel()
        assert refusal.value.code == "result_already_finished"


def test_an_upload_goes_on_where_it_stopped(people, demo, tmp_path):
    table = tmp_path / "large.csv"
    table.write_bytes(demo[0].read_bytes() + b"\n" * 900_000)
    with people[0].client() as client:
        session, puts = client.create_session("Cut"), []
        client._transport._http.event_hooks["request"].append(
            lambda request: puts.append(request.url.path) if request.method == "PUT" else None
        )

        def break_off(done: int, size: int) -> None:
            if done > size / 2:
                raise KeyboardInterrupt

        with pytest.raises(KeyboardInterrupt):
            session.upload(table, "ward_table", in_parts=True, on_progress=break_off)
        sent, told = len(puts), []
        assert session.files() == [] and sent >= 2
        file = session.upload(
            table, "ward_table", in_parts=True, on_progress=lambda done, size: told.append((done, size))
        )
        assert len(puts) == len(set(puts)) == -(-table.stat().st_size // (256 * 1024)) > sent
        assert told[-1] == (table.stat().st_size,) * 2
        assert [one.id for one in session.files()] == [file.id]
        assert session.download(file, tmp_path / "back.csv").read_bytes() == table.read_bytes()
        session.delete()


def test_refusals_are_typed_and_say_what_is_wrong(people, tmp_path):
    bad = tmp_path / "bad.csv"
    bad.write_text("one,two\n")
    with people[0].client() as client:
        session = client.create_session("Refusals")
        with pytest.raises(Refused) as refusal:
            session.upload(bad, "ward_table")
        assert refusal.value.detail and refusal.value.fix and refusal.value.where
        with pytest.raises(BadRequest) as wrong:
            session.run("risk", dataset="7b8a6b1e-9c1d-4a55-8f3e-5f0f6a6f0001")
        assert wrong.value.where == "dataset"
        session.rename("Renamed", note="x")
        assert client.session(session.id).row.name == "Renamed"
        session.delete()
        with pytest.raises(NotFound):
            client.session(session.id)
    with pytest.raises(SignedOut):
        Client.sign_in(people[0].address, people[0].email, "not the password")


def test_tokens_are_renewed_once_for_all_threads_and_end_with_the_sign_in(people):
    client = people[1].client()
    signing = client._transport.signing
    first = signing.header()
    refreshed = []
    plain = signing._refresh
    signing._refresh = lambda token: refreshed.append(token) or plain(token)
    threads = [threading.Thread(target=signing.renewed, args=(first,)) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(refreshed) == 1 and signing.header() != first
    assert len(client.sessions()) == 1, "the new token opens what the old one did"
    signing._pair = type(signing._pair)("ended.by.now", signing._pair.refresh)
    assert len(client.sessions()) == 1, "a refused token is renewed without a word"
    assert len(refreshed) == 2
    last = signing.header()
    client.sign_out()
    client.close()
    answer = httpx.get(f"{people[1].address}/api/sessions/", headers={"Authorization": last})
    assert answer.status_code == 401
    assert "Sign" in repr(signing) and last not in repr(signing)


def test_a_personal_token_that_may_only_read_reads_and_changes_nothing(people):
    account = people[0]
    with account.client() as client:
        made = httpx.post(
            f"{account.address}/api/tokens/",
            json={"name": "reader"},
            headers={"Authorization": client._transport.signing.header()},
        ).json()
        with Client.with_token(account.address, made["token"]) as reader:
            assert [one.id for one in reader.sessions()] == [one.id for one in client.sessions()]
            with pytest.raises(Forbidden, match="may only read"):
                reader.create_session("no")


def test_of_a_workbook_with_several_sheets_one_is_named(people, demo, tmp_path):
    table, book = pd.read_csv(demo[0]), tmp_path / "wards.xlsx"
    with pd.ExcelWriter(book) as writer:
        table.to_excel(writer, sheet_name="2023", index=False)
        table.head(50).to_excel(writer, sheet_name="2024", index=False)
    with people[0].client() as client:
        session = client.create_session("Sheets")
        for in_parts in (False, True):
            with pytest.raises(Refused) as refusal:
                session.upload(book, "ward_table", in_parts=in_parts)
            assert set(refusal.value.examples) >= {"2023", "2024"}
            file = session.upload(book, "ward_table", in_parts=in_parts, sheet="2024")
            assert session.file(file.id).report["rows"] == 50
        other = session.read_again(file, sheet="2023")
        assert other.id != file.id and session.file(other.id).report["rows"] == len(table)
        session.delete()
