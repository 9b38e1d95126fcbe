"""Who speaks to the object store and to Valkey, and with which keys. Each place stands here by file and function."""

import ast
from collections.abc import Iterator

from tests.test_structure import comes_from, named, nodes, sources

# What is done to objects: at the storage itself, and through the functions of sessions_app/storage.py.
STORAGE_METHODS = {"save", "open", "delete", "exists", "url", "listdir", "size", "path"}
STORES = {"save_object", "told_of", "delete_under"}
KEYS_ARE_MADE_BY = {"storage_key", "attempt_key", "part_key", "shared_key", "owner_prefix", "session_prefix"}
# Places whose key is neither made where it is used nor read from a row as `.storage_key`.
HANDED_ON = {
    ("sessions_app/storage.py", "save_object"): "its callers stand in this search themselves",
    ("sessions_app/storage.py", "told_of"): "the same",
    ("sessions_app/storage.py", "delete_under"): "its callers do; below that, names that the storage listed",
    ("sessions_app/resumable.py", "_became"): "_prefix, which is upload_prefix of the row",
    ("sessions_app/resumable.py", "_forget"): "the same",
    ("sessions_app/orphans.py", "_remove"): "keys that the storage listed and no row names",
    (
        "sessions_app/privacy/archive.py",
        "_Writer._file",
    ): "the key of a row, handed on by the line that read it",
    ("chatmrpt/stack/restore.py", "put_objects"): "keys of the list in the backup, into an empty store",
    ("chatmrpt/stack/restore.py", "_landed"): "the same keys; nothing is changed",
}
# Connections that don't go through Django's cache. What stands under their keys is made by cache_key and its like.
SPEAKS_TO_VALKEY = {
    ("sessions_app/accounts/throttles.py", "take"): "the key is a keyed digest, made by _key",
    ("sessions_app/accounts/throttles.py", "give_back"): "the same",
    ("chatmrpt/metrics.py", "count"): "the one key of the counters, which know no user",
    ("chatmrpt/metrics.py", "observe_seconds"): "the same",
    ("chatmrpt/metrics.py", "_counter_lines"): "the same, read",
    ("chatmrpt/doctor/running.py", "valkey_answers"): "asks the server about itself; no key",
    ("assistant/streams/log.py", "TurnLog.tell"): "log_key, which is made of cache_key",
    ("assistant/streams/serve.py", "Streams._connected"): "reads under log_key of the ticket's owner",
}
CONNECTS = {
    "get_redis_connection",
    "from_url",
    "Redis",
    "StrictRedis",
    "BlockingConnectionPool",
    "ConnectionPool",
}


def placed(tree: ast.AST, where: tuple[str, ...] = ()) -> Iterator[tuple[str, ast.AST]]:
    """Each node with the function or method that it stands in."""
    for node in ast.iter_child_nodes(tree):
        inside = where
        if isinstance(node, (ast.FunctionDef, ast.AsyncFunctionDef, ast.ClassDef)):
            inside = (*where, node.name)
        yield ".".join(inside), node
        yield from placed(node, inside)


def touches_storage(node: ast.AST) -> bool:
    if isinstance(node, ast.Attribute):
        return named(node.value) == "default_storage" and node.attr in STORAGE_METHODS
    return isinstance(node, ast.Name) and node.id in STORES


def storage_uses(tree: ast.AST) -> Iterator[tuple[str, int, ast.expr | None]]:
    """Each use with its place, its line and the key; None where no key can be told.

    A method may be called, or be handed to `partial` or `callback` in front of its key.
    """
    keys = {}
    for node in nodes(tree):
        if isinstance(node, ast.Call):
            keys[node.func] = node.args[0] if node.args else None
            for handed, key in zip(node.args, node.args[1:], strict=False):
                keys.setdefault(handed, key)
    for place, node in placed(tree):
        if touches_storage(node):
            yield place, node.lineno, keys.get(node)


def is_known(key: ast.expr | None, tree: ast.Module) -> bool:
    if key is None:
        return False
    of_a_row = named(key).rpartition(".")[2] in {"storage_key", "STORAGE_PROBE"} and "." in named(key)
    return of_a_row or comes_from(key, tree, KEYS_ARE_MADE_BY)


def test_storage_keys_come_from_their_maker_or_from_a_row():
    wrong, met = [], set()
    for name, tree in sources():
        for place, line, key in storage_uses(tree):
            if (name, place) in HANDED_ON:
                met.add((name, place))
            elif not is_known(key, tree):
                wrong.append(f"{name}:{line} {place} {ast.unparse(key) if key else ''}")
    assert wrong == []
    assert met == set(HANDED_ON), "an exception that nothing needs any more"


def test_the_storage_has_one_name():
    """Another name for it would not be found above."""
    wrong = [
        f"{name}:{node.lineno}"
        for name, tree in sources()
        for node in nodes(tree)
        if isinstance(node, (ast.ImportFrom, ast.Assign))
        for alias in getattr(node, "names", [])
        if alias.name in {"default_storage", "storages", "get_storage_class", *STORES}
        and (alias.asname or alias.name == "storages")
    ]
    assert wrong == []


def knows_redis(tree: ast.Module) -> bool:
    """Other clients have pools of connections, too."""
    imported = [
        node.module if isinstance(node, ast.ImportFrom) else node.names[0].name
        for node in nodes(tree)
        if isinstance(node, (ast.Import, ast.ImportFrom))
    ]
    return any((one or "").partition(".")[0] in {"redis", "django_redis"} for one in imported)


def test_valkey_is_spoken_to_in_few_places():
    met = {
        (name, place)
        for name, tree in sources()
        if not name.startswith("sessions_app/isolation/") and knows_redis(tree)
        for place, node in placed(tree)
        if isinstance(node, ast.Call) and named(node.func).rpartition(".")[2] in CONNECTS
    }
    assert met == set(SPEAKS_TO_VALKEY)


PLANTED = {
    "a name": ("default_storage.open(name)", False),
    "a format": ("default_storage.open(f'{user}/x')", False),
    "a callback": ("undo.callback(default_storage.delete, name)", False),
    "a partial": ("partial(default_storage.delete, request.GET['key'])", False),
    "a loose method": ("do = default_storage.delete", False),
    "a row's": ("default_storage.open(file.storage_key)", True),
    "a made one": ("key = storage_key(a, b, c, '.csv')\nsave_object(key, path)", True),
    "one of two made": ("key = storage_key(a, b, c, '.csv')\nkey = name\nsave_object(key, path)", False),
}


def test_the_search_finds_what_is_planted():
    for what, (text, good) in PLANTED.items():
        tree = ast.parse(text)
        found = [key for _, _, key in storage_uses(tree)]
        assert len(found) == 1, what
        assert is_known(found[0], tree) is good, what
