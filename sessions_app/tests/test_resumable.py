"""Files in parts: in any order, twice, interrupted, by strangers, in two tabs; whole and once in the end."""

import base64
import hashlib
import io
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta

import pytest
from django.core.files.storage import default_storage
from django.db import connection, connections, transaction
from django.test import Client
from django.utils import timezone

from sessions_app import resumable, tasks
from sessions_app.isolation.scope import scope
from sessions_app.isolation.storage import part_key, session_prefix, upload_prefix
from sessions_app.models import ResumableUpload, UploadPart
from sessions_app.tests.browsing import browse, text_of
from sessions_app.tests.people import problem

pytestmark = pytest.mark.usefixtures("counting")
PART = resumable.HEAD_BYTES
CONTENT = b"word " * 120_000  # 600,000 bytes: two whole parts and a rest


def hexed(content: bytes) -> str:
    return hashlib.sha256(content).hexdigest()


def begin(api: Client, session, content: bytes = CONTENT, name: str = "words.txt", **fields):
    asked = {
        "kind": "words",
        "name": name,
        "size_bytes": len(content),
        "head_sha256": hexed(content[:PART]),
    } | fields
    return api.post(f"/api/sessions/{session.pk}/uploads/", asked, "application/json")


def put(api: Client, upload: str, number: int, content: bytes = CONTENT, **extra):
    chunk = content[(number - 1) * PART : number * PART]
    digest = base64.b64encode(hashlib.sha256(chunk).digest()).decode()
    return api.put(
        f"/api/uploads/{upload}/parts/{number}/",
        chunk,
        "application/octet-stream",
        headers={"Content-Digest": f"sha-256=:{digest}:"} | extra.pop("headers", {}),
        **extra,
    )


def sums(content: bytes = CONTENT) -> str:
    return hexed("".join(hexed(content[at : at + PART]) for at in range(0, len(content), PART)).encode())


def finish(api: Client, upload: str, content: bytes = CONTENT):
    return api.post(f"/api/uploads/{upload}/finish/", {"parts_sha256": sums(content)}, "application/json")


def rows(person, model):
    with scope(person.user.pk), transaction.atomic():
        return list(model.objects.all())


def test_parts_in_any_order_become_the_file_they_came_from(alice):
    api, session = alice.browser(), alice.session()
    begun = begin(api, session)
    assert begun.status_code == 201, begun.content
    made = begun.json()
    assert (made["part_bytes"], made["part_count"], made["received"]) == (PART, 3, [])
    assert [put(api, made["id"], number).status_code for number in (3, 1, 2)] == [201] * 3

    stored = finish(api, made["id"])
    assert stored.status_code == 201, stored.content
    file = stored.json()
    assert (file["name"], file["size_bytes"], file["sha256"]) == ("words.txt", 600_000, hexed(CONTENT))
    assert file["report"] == {"words": 120_000}
    with default_storage.open(alice.files()[0].storage_key) as content:
        assert content.read() == CONTENT
    assert len(alice.objects()) == 1, "the parts are gone"
    assert rows(alice, UploadPart) == []
    assert [event.verb for event in alice.events()][-2:] == ["upload.begun", "file.stored"]


def test_the_same_file_chosen_again_goes_on_where_it_stopped(alice):
    """The browser was closed: nothing is known but the file itself."""
    api, session = alice.browser(), alice.session()
    first = begin(api, session).json()
    put(api, first["id"], 2)
    again = begin(alice.browser(), session)
    assert again.status_code == 200
    assert again.json()["id"] == first["id"]
    assert [part["number"] for part in again.json()["received"]] == [2]
    assert again.json()["received"][0]["sha256"] == hexed(CONTENT[PART : 2 * PART])
    others = [
        begin(api, session, name="other.txt"),
        begin(api, session, b"x" + CONTENT[1:]),
        begin(api, session, CONTENT + b"x"),
        begin(api, alice.session()),
    ]
    assert [answer.status_code for answer in others] == [201] * 4
    assert len({first["id"], *(answer.json()["id"] for answer in others)}) == 5
    listed = api.get(f"/api/sessions/{session.pk}/uploads/").json()["results"]
    assert len(listed) == 4


def test_a_part_sent_twice_is_kept_once_and_with_other_content_refused(alice):
    api, session = alice.browser(), alice.session()
    upload = begin(api, session).json()["id"]
    assert put(api, upload, 2).status_code == 201
    assert put(api, upload, 2).status_code == 200
    assert len(alice.objects()) == 1
    changed = CONTENT[:PART] + b"x" * PART + CONTENT[2 * PART :]
    problem(put(api, upload, 2, changed), 409, "upload_part_differs")
    assert api.get(f"/api/uploads/{upload}/").json()["received"][0]["sha256"] == hexed(
        CONTENT[PART : 2 * PART]
    )


def test_the_same_part_from_two_connections_at_once_is_kept_once(alice):
    api, session = alice.browser(), alice.session()
    upload = begin(api, session).json()["id"]

    def send(_):
        try:
            return put(alice.browser(), upload, 1).status_code
        finally:
            connections.close_all()

    with ThreadPoolExecutor(4) as pool:
        answers = list(pool.map(send, range(4)))
    assert sorted(answers) == [200, 200, 200, 201]
    assert len(rows(alice, UploadPart)) == len(alice.objects()) == 1


REFUSED_PARTS = {
    "no checksum": ({"headers": {"Content-Digest": ""}}, 400, "invalid_request"),
    "md5": ({"headers": {"Content-Digest": "md5=:abc=:"}}, 400, "invalid_request"),
    "wrong checksum": (
        {"headers": {"Content-Digest": f"sha-256=:{base64.b64encode(bytes(32)).decode()}:"}},
        422,
        "checksum_differs",
    ),
}


@pytest.mark.parametrize("case", REFUSED_PARTS)
def test_a_part_with_a_wrong_checksum_leaves_nothing(alice, case):
    extra, status, code = REFUSED_PARTS[case]
    api = alice.browser()
    upload = begin(api, alice.session()).json()["id"]
    problem(put(api, upload, 1, **extra), status, code)
    assert (rows(alice, UploadPart), alice.objects()) == ([], [])


def test_a_part_of_a_wrong_size_number_or_type_is_refused(alice):
    api, session = alice.browser(), alice.session()
    upload = begin(api, session).json()["id"]
    problem(put(api, upload, 1, CONTENT[:1000]), 422, "part_size_wrong")
    problem(put(api, upload, 3, CONTENT + b"more"), 422, "part_size_wrong")
    for number in (0, 4, 2**40):
        chunk = b"x"
        digest = base64.b64encode(hashlib.sha256(chunk).digest()).decode()
        answer = api.put(
            f"/api/uploads/{upload}/parts/{number}/",
            chunk,
            "application/octet-stream",
            headers={"Content-Digest": f"sha-256=:{digest}:"},
        )
        problem(answer, 400, "invalid_request")
    problem(
        api.put(f"/api/uploads/{upload}/parts/1/", "{}", "application/json"), 415, "unsupported_media_type"
    )
    other = begin(api, session, head_sha256=hexed(b"something else")).json()["id"]
    assert "head_sha256" in problem(put(api, other, 1), 422, "checksum_differs")["detail"]
    assert alice.objects() == []


@pytest.mark.parametrize("kept", [0, 0.4, 0.99])
def test_a_part_cut_off_in_the_middle_leaves_nothing_and_can_be_sent_again(alice, kept):
    api, session = alice.browser(), alice.session()
    upload = begin(api, session).json()["id"]
    put(api, upload, 1)
    half = io.BytesIO(CONTENT[PART : PART + int(PART * kept)])
    answer = put(api, upload, 2, **{"wsgi.input": half})
    problem(answer, 400, "upload_cut_off")
    assert [part["number"] for part in api.get(f"/api/uploads/{upload}/").json()["received"]] == [1]
    assert len(alice.objects()) == 1
    assert put(api, upload, 2).status_code == 201


def test_no_transaction_is_open_while_a_part_is_read(alice):
    api = alice.browser()
    upload = begin(api, alice.session()).json()["id"]
    seen = []

    class Watched(io.BytesIO):
        def read(self, *size):
            seen.append(connection.in_atomic_block)
            return super().read(*size)

    assert put(api, upload, 1, **{"wsgi.input": Watched(CONTENT[:PART])}).status_code == 201
    assert seen
    assert not any(seen)


def test_finishing_early_names_the_missing_parts_and_finishing_twice_stores_one_file(alice):
    api, session = alice.browser(), alice.session()
    upload = begin(api, session).json()["id"]
    put(api, upload, 2)
    assert problem(finish(api, upload), 409, "upload_incomplete")["examples"] == ["1", "3"]
    put(api, upload, 1), put(api, upload, 3)
    problem(finish(api, upload, CONTENT[:-1] + b"x"), 422, "checksum_differs")

    def end(_):
        try:
            return finish(alice.browser(), upload).json()["id"]
        finally:
            connections.close_all()

    with ThreadPoolExecutor(3) as pool:
        ids = set(pool.map(end, range(3)))
    assert ids == {str(alice.files()[0].pk)}
    assert len(alice.objects()) == 1
    assert finish(api, upload).json()["id"] in ids
    assert api.get(f"/api/uploads/{upload}/").json()["file"] in ids
    problem(put(api, upload, 1), 409, "upload_finished")
    assert begin(api, session).status_code == 201, "a finished upload is not gone on with"


def test_a_file_that_cannot_be_read_is_refused_and_takes_its_parts_along(alice):
    api, session = alice.browser(), alice.session()
    broken = CONTENT[:-1] + b"\x00"
    upload = begin(api, session, broken).json()["id"]
    for number in (1, 2, 3):
        put(api, upload, number, broken)
    problem(finish(api, upload, broken), 422, "file_type_not_taken")
    assert (alice.files(), alice.objects(), rows(alice, ResumableUpload)) == ([], [], [])


REFUSED = {
    "type by its name": ({"name": "words.pdf"}, 422, "file_type_not_taken"),
    "kind": ({"kind": "artifact"}, 400, "invalid_request"),
    "nameless": ({"name": "\u202e."}, 422, "file_name_unusable"),
    "empty": ({"size_bytes": 0}, 422, "file_empty"),
    "negative": ({"size_bytes": -1}, 400, "invalid_request"),
    "too large": ({"size_bytes": 2**40}, 413, "file_too_large"),
    "no checksum": ({"head_sha256": "abc"}, 400, "invalid_request"),
    "an owner": ({"owner": "x"}, 400, "invalid_request"),
}


@pytest.mark.parametrize("case", REFUSED)
def test_what_could_not_become_a_file_is_not_begun(alice, case):
    fields, status, code = REFUSED[case]
    problem(begin(alice.browser(), alice.session(), **fields), status, code)
    assert rows(alice, ResumableUpload) == []


def test_only_so_many_uploads_wait(alice, settings):
    settings.UPLOAD = settings.UPLOAD | {"max_unfinished_per_user": 1}
    api, session = alice.browser(), alice.session()
    first = begin(api, session).json()["id"]
    problem(begin(api, session, name="other.txt"), 409, "too_many_uploads")
    assert api.delete(f"/api/uploads/{first}/").status_code == 204
    assert begin(api, session, name="other.txt").status_code == 201


def test_a_stranger_reaches_no_upload(alice, bob):
    session = alice.session()
    upload = begin(alice.browser(), session).json()["id"]
    put(alice.browser(), upload, 1)
    api, pages = bob.browser(), browse(bob)
    for answer in (
        begin(api, session),
        api.get(f"/api/sessions/{session.pk}/uploads/"),
        api.get(f"/api/uploads/{upload}/"),
        put(api, upload, 2),
        put(api, upload, 2, headers={"Content-Digest": "nonsense"}),
        finish(api, upload),
        api.delete(f"/api/uploads/{upload}/"),
    ):
        problem(answer, 404, "not_found")
    theirs = bob.session()
    for address in (
        f"/sessions/{session.pk}/data/uploads/{upload}/finish/",
        f"/sessions/{session.pk}/data/uploads/{upload}/discard/",
        f"/sessions/{theirs.pk}/data/uploads/{upload}/discard/",
    ):
        assert pages.post(address).status_code == 404
    assert bob.objects() == []
    assert [part["number"] for part in alice.browser().get(f"/api/uploads/{upload}/").json()["received"]] == [
        1
    ]


def test_an_upload_belongs_to_its_session(alice):
    first, second = alice.session(), alice.session()
    upload = begin(alice.browser(), first).json()["id"]
    pages = browse(alice)
    assert pages.post(f"/sessions/{second.pk}/data/uploads/{upload}/discard/").status_code == 404
    assert pages.post(f"/sessions/{first.pk}/data/uploads/{upload}/discard/").status_code == 302
    assert rows(alice, ResumableUpload) == []


def test_expired_uploads_are_refused_and_swept_with_their_parts(alice, bob):
    for person in (alice, bob):
        put(person.browser(), begin(person.browser(), person.session()).json()["id"], 1)
    late = rows(alice, ResumableUpload)[0]
    with scope(alice.user.pk), transaction.atomic():
        ResumableUpload.objects.update(expires_at=timezone.now() - timedelta(seconds=1))
    problem(put(alice.browser(), str(late.pk), 2), 410, "upload_expired")
    problem(finish(alice.browser(), str(late.pk)), 410, "upload_expired")
    assert len(alice.objects()) == 1
    assert tasks.remove_expired_uploads() >= 1
    assert (rows(alice, ResumableUpload), alice.objects()) == ([], [])
    assert len(bob.objects()) == 1


def test_an_upload_that_became_a_file_expires_without_being_called_discarded(alice):
    api, session = alice.browser(), alice.session()
    done, left = (begin(api, session, name=name).json()["id"] for name in ("done.txt", "left.txt"))
    for number in (1, 2, 3):
        put(api, done, number)
    assert finish(api, done).status_code == 201
    with scope(alice.user.pk), transaction.atomic():
        ResumableUpload.objects.update(expires_at=timezone.now() - timedelta(seconds=1))
    assert tasks.remove_expired_uploads() >= 2
    assert rows(alice, ResumableUpload) == []
    told = [str(event.object_id) for event in alice.events() if event.verb == "upload.discarded"]
    assert told == [left] and len(alice.objects()) == 1


def test_parts_go_with_their_session(alice):
    session = alice.session()
    api = alice.browser()
    put(api, begin(api, session).json()["id"], 1)
    assert api.delete(f"/api/sessions/{session.pk}/").status_code == 204
    assert (alice.objects(), rows(alice, ResumableUpload)) == ([], [])


def test_the_page_tells_of_an_unfinished_upload_and_ends_it_without_scripts(alice, settings):
    settings.FILE_KINDS = (
        *settings.FILE_KINDS,
        "analysis.kinds.BOUNDARIES",
    )  # the page has two slots or more
    settings.RESULT_KINDS = ()
    session = alice.session()
    api, pages = alice.browser(), browse(alice)
    upload = begin(api, session).json()["id"]
    put(api, upload, 1)
    page = text_of(pages.get(f"/sessions/{session.pk}/data/"))
    assert "256.0\xa0KB of 585.9\xa0KB" in page
    assert f"/sessions/{session.pk}/data/uploads/{upload}/discard/" in page
    put(api, upload, 2), put(api, upload, 3)
    finish_page = f"/sessions/{session.pk}/data/uploads/{upload}/finish/"
    answer = pages.post(finish_page, {"parts_sha256": "wrong"})
    assert answer.status_code == 422
    assert "checksum_differs" in text_of(answer)
    assert pages.post(finish_page, {"parts_sha256": sums()}).status_code == 302
    assert "words.txt is stored" in text_of(pages.get(f"/sessions/{session.pk}/data/"))


def test_parts_grow_with_the_file_so_that_there_are_not_too_many():
    assert resumable.part_bytes_for(1) == PART
    assert resumable.part_bytes_for(1_000 * PART) == PART
    assert resumable.part_bytes_for(1_000 * PART + 1) == 2 * PART
    for size in (1, 10**6, 10**8, 5 * 10**9):
        upload = ResumableUpload(size_bytes=size, part_bytes=resumable.part_bytes_for(size))
        assert upload.part_count <= 1_000
        assert sum(upload.size_of_part(n) for n in range(1, upload.part_count + 1)) == size


def test_keys_of_parts_are_made_of_row_ids_below_their_session(alice):
    owner, session, upload = alice.user.pk, alice.session().pk, alice.session().pk
    assert upload_prefix(owner, session, upload).startswith(session_prefix(owner, session))
    assert part_key(owner, session, upload, upload) == f"{owner}/{session}/{upload}/{upload}"
    with pytest.raises(TypeError):
        part_key(owner, session, upload, "../x")
