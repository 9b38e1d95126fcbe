"""Files on a real S3 server: links that expire, are for one object, die with it, and can't be altered.

rclone checks signatures and expiry; moto has the behaviour of the API. Each storage promise is tried on both.
"""

import sys
import time
import uuid
from collections.abc import Iterator
from pathlib import Path
from urllib.error import HTTPError
from urllib.parse import parse_qsl, urlencode, urlsplit
from urllib.request import ProxyHandler, build_opener

import pytest
from django.core.files.base import ContentFile
from django.core.files.storage import Storage, storages
from moto.server import ThreadedMotoServer

from chatmrpt.stack.processes import Child, ReservedPort, wait_for
from sessions_app import downloads, storage
from sessions_app.isolation.storage import owner_prefix, storage_key
from sessions_app.models import StoredFile

pytestmark = pytest.mark.s3
KEY, SECRET, REGION, BUCKET = "crowd", "a-secret-of-the-object-store", "us-east-1", "chatmrpt"


@pytest.fixture(scope="module", params=["rclone", "moto"])
def server(request, tmp_path_factory) -> Iterator[tuple[str, str]]:
    if request.param == "moto":
        moto = ThreadedMotoServer(ip_address="127.0.0.1", port=0, verbose=False)
        moto.start()
        host, port = moto.get_host_and_port()
        yield request.param, f"http://{host}:{port}"
        moto.stop()
        return
    program = Path(sys.prefix) / "bin" / "rclone"
    if not program.exists():
        pytest.skip("no rclone for this machine (its wheel knows no Linux on ARM)")
    folder = tmp_path_factory.mktemp("s3")
    (folder / "objects").mkdir()
    port = ReservedPort()
    child = Child(
        name="s3",
        command=[str(program), "serve", "s3", "--addr", f"127.0.0.1:{port.number}", str(folder / "objects")],
        log=folder / "s3.log",
        environment={"HOME": str(folder), "RCLONE_AUTH_KEY": f'"{KEY},{SECRET}"'},
    )
    port.hand_over()
    child.start()
    yield request.param, f"http://127.0.0.1:{port.number}"
    child.stop()


@pytest.fixture
def store(server, settings) -> Storage:
    name, address = server
    settings.STORAGES = {
        **settings.STORAGES,
        "default": {
            "BACKEND": "storages.backends.s3.S3Storage",
            "OPTIONS": {
                "bucket_name": BUCKET,
                "endpoint_url": address,
                "region_name": REGION,
                "access_key": KEY,
                "secret_key": SECRET,
                "addressing_style": "path",
                "signature_version": "s3v4",
                "default_acl": None,
                "file_overwrite": True,
                "querystring_auth": True,
                "querystring_expire": 60,
            },
        },
    }
    settings.STORAGE_LINKS = True
    made = storages["default"]

    def ready() -> bool:
        from botocore.exceptions import BotoCoreError, ClientError

        try:
            made.connection.meta.client.create_bucket(Bucket=BUCKET)
        except ClientError as error:
            return error.response["Error"]["Code"].startswith("BucketAlready")
        except BotoCoreError:
            return False
        return True

    assert wait_for(ready, seconds=20, pause=0.2)
    made.kind = name
    return made


def fetched(address: str) -> tuple[int, bytes]:
    try:
        with build_opener(ProxyHandler({})).open(address, timeout=10) as answer:
            return answer.status, answer.read()
    except HTTPError as refused:
        with refused:
            return refused.code, refused.read()


def stored(store: Storage, content: bytes = b"mine alone") -> StoredFile:
    owner, session, file_id = (uuid.uuid4() for _ in range(3))
    key = storage_key(owner, session, file_id, ".csv")
    assert store.save(key, ContentFile(content)) == key
    return StoredFile(
        id=file_id,
        owner_id=owner,
        name="wards, “mine”.csv",
        storage_key=key,
        media_type="text/csv",
        size_bytes=len(content),
    )


def test_a_download_is_a_link_of_its_own_for_a_minute(store):
    file = stored(store)
    answer = downloads.send(file)
    assert answer.status_code == 302
    assert answer["Cache-Control"] == "private, no-store"
    asked = dict(parse_qsl(urlsplit(answer["Location"]).query))
    assert int(asked["X-Amz-Expires"]) <= 60
    assert "attachment" in asked["response-content-disposition"]
    assert SECRET not in answer["Location"]
    assert fetched(answer["Location"]) == (200, b"mine alone")


def test_a_link_opens_no_other_object(store):
    if store.kind == "moto":
        pytest.skip("moto checks no signatures in addresses")
    mine, theirs = stored(store), stored(store, b"theirs")
    link = downloads.send(mine)["Location"]
    status, content = fetched(link.replace(mine.storage_key, theirs.storage_key))
    assert status == 403
    assert b"theirs" not in content


@pytest.mark.parametrize(
    "change", ["X-Amz-Expires", "X-Amz-Signature", "X-Amz-Date", "response-content-type"]
)
def test_an_altered_link_is_refused(store, change):
    if store.kind == "moto":
        pytest.skip("moto checks no signatures in addresses")
    link = downloads.send(stored(store))["Location"]
    parts = urlsplit(link)
    asked = dict(parse_qsl(parts.query))
    asked[change] = {"X-Amz-Expires": "604800", "response-content-type": "text/html"}.get(
        change, "0" * len(asked[change])
    )
    status, content = fetched(parts._replace(query=urlencode(asked)).geturl())
    assert status in (400, 403)
    assert b"mine alone" not in content


def test_a_link_ends(store):
    if store.kind == "moto":
        pytest.skip("moto doesn't look at the clock")
    file = stored(store)
    link = store.url(file.storage_key, expire=1)
    assert fetched(link)[0] == 200
    time.sleep(2.1)
    status, content = fetched(link)
    assert status in (400, 403)
    assert b"mine alone" not in content


def test_a_link_ends_with_its_object(store):
    file = stored(store)
    link = downloads.send(file)["Location"]
    assert storage.delete_under(owner_prefix(file.owner_id)) == 1
    status, content = fetched(link)
    assert status in (403, 404)
    assert b"mine alone" not in content


def test_nobody_reads_or_lists_without_a_signature(store):
    if store.kind == "moto":
        pytest.skip("moto lists without a signature")
    file = stored(store)
    address = f"{store.endpoint_url}/{BUCKET}/{file.storage_key}"
    assert fetched(address)[0] in (400, 401, 403)
    status, content = fetched(f"{store.endpoint_url}/{BUCKET}?list-type=2")
    assert status in (400, 401, 403), content


def test_what_is_saved_again_replaces_what_was_there(store):
    file = stored(store)
    assert store.save(file.storage_key, ContentFile(b"second")) == file.storage_key
    with store.open(file.storage_key) as content:
        assert content.read() == b"second"


def test_deleting_a_user_spares_the_neighbours(store):
    mine, theirs = stored(store), stored(store, b"theirs")
    assert storage.delete_under(owner_prefix(mine.owner_id)) == 1
    assert not store.exists(mine.storage_key)
    assert store.exists(theirs.storage_key)
