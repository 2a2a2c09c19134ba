"""Keys admit whom they should, are never stored, and end when they are revoked."""

import asyncio
import json
import re
import subprocess
import sys
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path

import pytest
from click.testing import Result
from sqlalchemy import select
from sqlalchemy import text as sql
from typer.testing import CliRunner

from icp_fit.cli import app
from icp_fit.serving.access.keyring import FRESH, KeyRing
from icp_fit.serving.access.keys import Keys, StoredKey, match_key
from icp_fit.serving.access.roles import ALLOWED, Act, Role, may
from icp_fit.serving.errors import KeysError, StoreError
from icp_fit.serving.store.audit import read_trail
from icp_fit.serving.store.records import keys as table
from tests.support.checkout import CHECKOUT
from tests.support.databases import KINDS, open_database


@pytest.fixture(params=KINDS)
def keys(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Keys]:
    with open_database(request.param, tmp_path) as database:
        database.prepare()
        yield Keys(database)


class Clock:
    now = 1000.0

    def __call__(self) -> float:
        return self.now


def test_key_is_found_by_its_text_and_by_nothing_else(keys: Keys) -> None:
    key, text = keys.create("CRM", "score")
    other, other_text = keys.create("page", "view")
    stored = keys.stored()
    assert match_key(text, stored) == key
    assert match_key(other_text, stored) == other
    secret = text.split("_", 2)[2]
    wrong = ["", "_", "__", text + "x", text[:-1], text.upper(), f"icpfit_{other.id}_{secret}", f"x_{key.id}_{secret}",
             f"icpfit_unknown_{secret}", f"icpfit_{key.id}_", f"icpfit_{key.id}_\ud800", "ключ"]  # fmt: skip
    assert [match_key(text, stored) for text in wrong] == [None] * len(wrong)


def test_secret_is_stored_nowhere_and_each_has_its_own_salt(keys: Keys) -> None:
    texts = [keys.create("CRM", "score")[1] for _ in range(2)]
    with keys._database.read() as connection:
        rows = connection.execute(select(table)).all()
    for text in texts:
        secret = text.split("_", 2)[2]
        assert secret not in repr(rows)
    assert rows[0].salt != rows[1].salt
    assert [len(row.salt) * 8 for row in rows] == [128, 128]


def test_key_says_where_it_is_from_its_id_of_48_bits_and_its_secret_of_256(keys: Keys) -> None:
    key, text = keys.create("CRM", "score")
    assert re.fullmatch(rf"icpfit_{key.id}_[\w-]{{43}}", text)
    assert re.fullmatch("[0-9a-f]{12}", key.id)


def test_revoked_key_ends_while_others_go_on(keys: Keys) -> None:
    (old, old_text), (_, new_text) = keys.create("CRM", "score"), keys.create("CRM", "score")
    keys.revoke(old.id)
    stored = keys.stored()
    assert match_key(old_text, stored) is None
    assert match_key(new_text, stored) is not None
    assert [key.live for key in keys.list()] == [False, True]
    with pytest.raises(KeysError, match="no live key"):
        keys.revoke(old.id)


def test_changes_of_keys_are_in_the_trail(keys: Keys) -> None:
    key, _ = keys.create(name="CRM", role="score", by="k0")
    keys.revoke(id=key.id)
    entries = [(entry.act, entry.by, entry.subject) for entry in read_trail(keys._database)]
    assert entries == [("key revoked", "command line", key.id), ("key created", "k0", key.id)]


@pytest.mark.parametrize(
    ("name", "role", "says"), [("CRM", "root", "one of score, view, admin"), (" ", "view", "1 to 100")], ids=str
)
def test_key_of_no_role_or_name_is_refused(keys: Keys, name: str, role: str, says: str) -> None:
    with pytest.raises(KeysError, match=says):
        keys.create(name, role)
    assert not keys.any()


@pytest.mark.parametrize("padding", ["", "  "], ids=["bare", "padded"])
def test_name_has_1_to_100_characters_blanks_around_it_aside(keys: Keys, padding: str) -> None:
    for count in (1, 100):
        assert keys.create(padding + "x" * count + padding, "score")[0].name == "x" * count
    with pytest.raises(KeysError, match="in 1 to 100 characters, got 101"):
        keys.create(padding + "x" * 101 + padding, "score")


def test_time_of_last_use_does_not_wait_for_the_disk(tmp_path: Path) -> None:
    with open_database("sqlite", tmp_path) as database:
        database.prepare()
        keys = Keys(database)
        key, _ = keys.create("CRM", "score")
        keys.mark_used({key.id: datetime.now(UTC)})
        with database.read() as connection:
            assert connection.scalar(sql("pragma synchronous")) == 1  # normal: as the last write left it


@pytest.mark.parametrize(
    ("role", "act", "allowed"),
    [
        ("score", "predict", True),
        ("score", "outcomes", True),
        ("score", "history", False),
        ("view", "history", True),
        ("view", "what_if", True),
        ("view", "predict", False),
        ("view", "outcomes", False),
    ],
)
def test_role_allows_what_its_table_says(role: Role, act: Act, allowed: bool) -> None:
    assert may(role, act) is allowed


def test_admin_may_do_whatever_another_may() -> None:
    assert ALLOWED["score"] | ALLOWED["view"] < ALLOWED["admin"]


def test_ring_asks_the_database_once_for_many_requests(keys: Keys, monkeypatch: pytest.MonkeyPatch) -> None:
    _, text = keys.create("CRM", "score")
    reads: list[int] = []
    stored = keys.stored

    def counted() -> dict[str, StoredKey]:
        reads.append(1)
        return stored()

    monkeypatch.setattr(keys, "stored", counted)

    async def act() -> None:
        ring = KeyRing(keys, Clock())
        found = await asyncio.gather(*[ring.find(text) for _ in range(100)])
        assert None not in found
        assert [await ring.find("icpfit_x_y") for _ in range(100)] == [None] * 100

    asyncio.run(act())
    assert len(reads) == 1


def test_ring_notices_revocation_in_time_and_new_keys_sooner(keys: Keys) -> None:
    clock = Clock()

    async def act() -> None:
        ring = KeyRing(keys, clock)
        assert not await ring.any()
        key, text = keys.create("CRM", "score")
        clock.now += 1
        assert await ring.find(text) == key
        keys.revoke(key.id)
        clock.now += FRESH + 0.1
        assert await ring.find(text) is None
        assert await ring.any()  # a service whose keys are all revoked stays closed

    asyncio.run(act())


@pytest.mark.parametrize("seconds", [0.5, 500])
def test_ring_does_not_trust_a_clock_that_went_back(keys: Keys, seconds: float) -> None:
    clock = Clock()

    async def act() -> None:
        ring = KeyRing(keys, clock)
        key, text = keys.create("CRM", "score")
        assert await ring.find(text) is not None
        keys.revoke(key.id)
        clock.now -= seconds
        assert await ring.find(text) is None

    asyncio.run(act())


def test_ring_records_when_a_key_was_last_used(keys: Keys) -> None:
    clock = Clock()

    async def act() -> None:
        ring = KeyRing(keys, clock)
        _, text = keys.create("CRM", "score")
        for _ in range(2):
            await ring.find(text)
            clock.now += FRESH + 0.1

    asyncio.run(act())
    assert keys.list()[0].used_at is not None


def test_ring_lets_nobody_in_while_the_database_is_down(keys: Keys, monkeypatch: pytest.MonkeyPatch) -> None:
    clock = Clock()

    def down() -> dict[str, StoredKey]:
        raise StoreError("gone")

    async def act() -> None:
        ring = KeyRing(keys, clock)
        _, text = keys.create("CRM", "score")
        await ring.find(text)
        monkeypatch.setattr(keys, "stored", down)
        clock.now += FRESH + 0.1
        with pytest.raises(StoreError, match="gone"):
            await ring.find(text)

    asyncio.run(act())


@pytest.fixture
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("ICP_FIT_HOME", str(tmp_path))
    monkeypatch.delenv("ICP_FIT_DATABASE_URL", raising=False)
    return tmp_path


def run(*arguments: str) -> Result:
    return CliRunner().invoke(app, ["keys", *arguments])


def test_commands_create_list_and_revoke(home: Path) -> None:
    made = json.loads(run("create", "--name", "CRM", "--role", "view", "--json").stdout)
    assert made["key"].startswith(f"icpfit_{made['id']}_")
    listed = run("list", "--json").stdout
    assert made["key"].split("_", 2)[2] not in listed
    assert [(key["name"], key["role"]) for key in json.loads(listed)["keys"]] == [("CRM", "view")]
    assert run("revoke", made["id"]).exit_code == 0
    assert "revoked" in run("list").stdout


def test_audit_says_who_did_what_with_the_latest_first(home: Path) -> None:
    made = json.loads(run("create", "--name", "CRM", "--json").stdout)
    run("revoke", made["id"])
    told = json.loads(CliRunner().invoke(app, ["audit", "--json"]).stdout)["entries"]
    assert [(entry["act"], entry["by"], entry["subject"]) for entry in told] == [
        ("key revoked", "command line", made["id"]),
        ("key created", "command line", made["id"]),
    ]
    shown = CliRunner().invoke(app, ["audit", "--most", "1"]).stdout
    assert "key revoked" in shown
    assert "key created" not in shown


def test_create_prints_the_key_alone_to_standard_output(home: Path) -> None:
    result = run("create", "--name", "CRM")
    assert result.stdout.startswith("icpfit_")
    assert len(result.stdout.split()) == 1


@pytest.mark.parametrize(
    ("arguments", "database", "code", "says"),
    [
        (("create", "--name", "CRM", "--role", "root"), "", 2, "one of score, view, admin"),
        (("revoke", "none"), "", 2, "no live key `none`"),
        (("list",), "mysql://host/db", 2, "ICP_FIT_DATABASE_URL"),
        (("list",), "postgresql://127.0.0.1:1/none", 3, "cannot be used now"),
    ],
    ids=["role", "id", "scheme", "down"],
)
def test_command_names_what_is_wrong(
    home: Path, monkeypatch: pytest.MonkeyPatch, arguments: tuple[str, ...], database: str, code: int, says: str
) -> None:
    monkeypatch.setenv("ICP_FIT_DATABASE_URL", database)
    result = run(*arguments)
    assert (result.exit_code, result.stdout) == (code, "")
    assert says in result.stderr


def test_help_does_not_wait_for_the_database() -> None:
    heavy = "'sqlalchemy' in sys.modules or 'alembic' in sys.modules"
    code = f"import icp_fit.cli, sys; sys.exit({heavy})"
    subprocess.run([sys.executable, "-c", code], cwd=CHECKOUT, check=True)
