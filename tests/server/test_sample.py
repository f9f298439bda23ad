"""The sample workspace: complete, consistent, believable, the same every time, and of any size."""

import hashlib
import re
import sqlite3
import tracemalloc
from collections.abc import Iterator
from contextlib import closing
from datetime import date, datetime, time
from pathlib import Path

import pytest

from app.domain.errors import WorkspaceError
from app.domain.values import VALUE_TYPES
from app.server.sample.contacts import CONTACTS
from app.server.sample.custom_types import SAMPLE_TYPES
from app.server.sample.series import BATCH
from app.server.sample.workspace import KINDS, TODAY, write_sample
from app.server.sample.world import Draft, Kind, World
from app.server.store.columns import child_table, columns_of
from app.server.store.definitions import ORGANIZATION, AttributeDefinition, RecordTypeDefinition

BY_NAME = {row.api_name: row for row in SAMPLE_TYPES}
ALWAYS_EMPTY = {"owner_team_id", "deleted_by_user_id", "deleted_at"}
"""Attributes of note that the sample has no values for: there are no teams, and nothing is archived."""

Database = sqlite3.Connection


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("sample")


def _open(path: Path) -> Iterator[Database]:
    connection = sqlite3.connect(path)
    yield connection
    connection.close()


@pytest.fixture(scope="module")
def small(folder: Path) -> Iterator[Database]:
    """What a first start makes: 200 contacts."""
    write_sample(folder / "small.db")
    yield from _open(folder / "small.db")


@pytest.fixture(scope="module")
def large(folder: Path) -> Iterator[Database]:
    """Enough records to count shares."""
    write_sample(folder / "large.db", 2_500)
    yield from _open(folder / "large.db")


def column(database: Database, sql: str) -> list[object]:
    return [row[0] for row in database.execute(sql)]


def texts(database: Database, sql: str) -> list[str]:
    return [str(value) for value in column(database, sql)]


def share(database: Database, table: str, condition: str) -> float:
    """Which part of a table's rows fulfils a condition."""
    return float(database.execute(f'SELECT avg({condition}) FROM "{table}"').fetchone()[0])


def rows_of(contacts: int, seed: int = 1, today: date = TODAY) -> Iterator[str]:
    """All rows as they would be loaded."""
    world = World(contacts, seed, today)
    for kind in KINDS:
        random = world.series[kind.name].random()
        for numbers in world.series[kind.name].batches():
            draft = Draft(kind.tables, random)
            kind.fill(world, numbers, random, draft)
            for table, rows in draft.rows.items():
                yield from (f"{table}{row!r}" for row in rows)


def value_columns(
    definition: RecordTypeDefinition, row: AttributeDefinition
) -> tuple[str, tuple[str, ...]]:
    """Table and columns that hold an attribute."""
    if row.api_name in {"id", "created_at", "updated_at"}:
        return definition.api_name, (row.api_name,)
    if child := child_table(definition.api_name, row):
        return child.name, (child.value_column,)
    return definition.api_name, tuple(part.name for part in columns_of(row))


ATTRIBUTES = [
    pytest.param(definition, row, id=f"{definition.api_name}.{row.api_name}")
    for definition in SAMPLE_TYPES
    for row in definition.attributes
    if row.api_name not in ALWAYS_EMPTY | {ORGANIZATION, "pipeline_select_list_value_id"}
]

LINKS = sorted(
    {
        (row.link.table, row.link.near_column, definition.api_name)
        for definition in SAMPLE_TYPES
        for row in definition.relationships
        if row.link.table not in BY_NAME or BY_NAME[row.link.table].is_junction
    }
)


# -- the same every time


def test_equal_arguments_give_equal_rows() -> None:
    """Byte for byte."""
    assert list(rows_of(60)) == list(rows_of(60))


@pytest.mark.parametrize("other", [(60, 2, TODAY), (61, 1, TODAY), (60, 1, date(2026, 1, 5))])
def test_other_arguments_give_other_rows(other: tuple[int, int, date]) -> None:
    """Seed, size and day each count."""
    assert list(rows_of(60)) != list(rows_of(*other))


def test_the_rows_are_those_of_every_machine() -> None:
    """The same on every Python and system. A wanted change of the sample changes this digest."""
    digest = hashlib.sha256("\n".join(rows_of(60)).encode()).hexdigest()
    assert digest == "992354190d49bc6971ec8608dab225940b37b6a4045247ec634c165a66fbaeaa"


def test_files_differ_in_nothing_but_the_secret(folder: Path) -> None:
    """Two files with equal arguments hold the same tables, apart from the key that signs cursors."""
    dumps = []
    for name in ("one.db", "two.db"):
        write_sample(folder / name, 20)
        dumps += [
            {line for line in connection.iterdump() if "cursor_secret" not in line}
            for connection in _open(folder / name)
        ]
    assert dumps[0] == dumps[1]


# -- complete and consistent


def test_every_value_type_occurs() -> None:
    """Between them the record types have an attribute of each type of the contract's table 3.2."""
    found = {row.value_type for definition in SAMPLE_TYPES for row in definition.visible}
    assert set(VALUE_TYPES) <= found


def test_a_select_with_several_choices_occurs() -> None:
    """A multi-select is an array."""
    assert BY_NAME["subscription"].attribute_by_name["modules"].is_array


@pytest.mark.parametrize(("definition", "row"), ATTRIBUTES)
def test_every_attribute_has_values_of_its_type(
    large: Database, definition: RecordTypeDefinition, row: AttributeDefinition
) -> None:
    """Some record has a value, and every value reads as what the schema says."""
    table, columns = value_columns(definition, row)
    for name in columns:
        found = column(large, f'SELECT DISTINCT "{name}" FROM "{table}" WHERE "{name}" IS NOT NULL')
        assert found
        assert all(is_of_type(row, value) for value in found)


def is_of_type(row: AttributeDefinition, value: object) -> bool:
    match row.value_type:
        case "number" | "percent" | "currency":
            return isinstance(value, int | float)
        case "boolean":
            return value in (0, 1)
        case "timestamp":
            moment = datetime.fromisoformat(str(value))
            return len(str(value)) == 24 and moment.tzinfo is not None
        case "date":
            return str(date.fromisoformat(str(value))) == value
        case "time":
            return str(time.fromisoformat(str(value))) == value
        case "enum":
            return value in [option.api_name for option in row.options]
        case "select" | "contact_stage" | "account_stage" | "opportunity_stage":
            return value in [option.id for option in row.options]
        case "uuid" | "record_reference":
            return (
                re.fullmatch(r"[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}", str(value)) is not None
            )
        case "phone_number" | "contact_phone_number":
            return re.fullmatch(r"\+\d{8,15}", str(value)) is not None
        case "url":
            return str(value).startswith("https://")
        case _:
            return isinstance(value, str)


@pytest.mark.parametrize(("definition", "row"), ATTRIBUTES)
def test_every_reference_resolves(
    small: Database, definition: RecordTypeDefinition, row: AttributeDefinition
) -> None:
    """What a reference names is there."""
    if row.related_record_type is None:
        return
    table, (name,) = value_columns(definition, row)
    target = row.related_record_type
    assert not column(
        small,
        f'SELECT "{name}" FROM "{table}" WHERE "{name}" NOT IN (SELECT id FROM "{target}") LIMIT 1',
    )


@pytest.mark.parametrize(("table", "end", "target"), LINKS)
def test_every_link_resolves(small: Database, table: str, end: str, target: str) -> None:
    """Both ends of every link are there, and no relationship is empty."""
    assert column(small, f'SELECT count(*) FROM "{table}"') != [0]
    assert not column(
        small,
        f'SELECT "{end}" FROM "{table}" WHERE "{end}" NOT IN (SELECT id FROM "{target}") LIMIT 1',
    )


@pytest.mark.parametrize(
    ("table", "name"),
    [
        ("contact__contact_emails", "email"),
        ("contact__contact_emails", "id"),
        ("contact__contact_phone_numbers", "id"),
        ("account__domains", "domain_name"),
        ("device", "serial"),
        ("user", "email"),
    ],
)
def test_unique_values_are_unique(large: Database, table: str, name: str) -> None:
    """Whatever the case of their letters."""
    values = [value.lower() for value in texts(large, f'SELECT "{name}" FROM "{table}"')]
    assert len(set(values)) == len(values)


@pytest.mark.parametrize(
    ("table", "owner"),
    [
        ("contact__contact_emails", "record_id"),
        ("contact__contact_phone_numbers", "record_id"),
        ("account__domains", "record_id"),
        ("contact_account", "contact_id"),
    ],
)
def test_of_several_exactly_one_is_primary(large: Database, table: str, owner: str) -> None:
    """E-mails, numbers, domains, a contact's accounts."""
    sums = column(large, f'SELECT DISTINCT sum(is_primary) FROM "{table}" GROUP BY "{owner}"')
    assert sums == [1]


def test_a_contact_has_one_primary_opportunity_at_most(large: Database) -> None:
    """As the local CRM holds it for every junction of a contact."""
    deals = 'SELECT DISTINCT sum(is_primary) FROM contact_opportunity GROUP BY "contact_id"'
    assert set(column(large, deals)) == {0, 1}


def test_derived_attributes_agree_with_their_source(large: Database) -> None:
    """Display name, primary e-mail and primary number follow from the others."""
    wrong = """
        SELECT count(*) FROM contact
        LEFT JOIN contact__contact_emails mail ON mail.record_id = contact.id AND mail.is_primary
        LEFT JOIN contact__contact_phone_numbers phone ON phone.record_id = contact.id AND phone.is_primary
        WHERE primary_email IS NOT mail.email OR primary_phone_number IS NOT phone.phone_number
        OR display_name != first_name || ' ' || coalesce(middle_name || ' ', '') || last_name"""
    assert column(large, wrong) == [0]


def test_an_opportunity_says_the_same_everywhere(large: Database) -> None:
    """Outcome, status and closing date follow the stage; its contacts work for its account."""
    stage = BY_NAME["opportunity"].option_id("stage", "closed_won")
    assert column(large, f"SELECT DISTINCT outcome FROM opportunity WHERE stage = '{stage}'") == [
        "WON"
    ]
    assert share(large, "opportunity", "(outcome IS NULL) = (closed_at IS NULL)") == 1
    strangers = """
        SELECT count(*) FROM contact_opportunity edge JOIN opportunity ON opportunity.id = edge.opportunity_id
        WHERE NOT EXISTS (SELECT 1 FROM contact_account job
            WHERE job.contact_id = edge.contact_id AND job.account_id = opportunity.account_id)"""
    assert column(large, strangers) == [0]


def test_custom_types_are_reached_by_walking() -> None:
    """The contact schema names two of them; the third one is behind them."""
    related = {
        name: {row.related_record_type for row in BY_NAME[name].relationships} for name in BY_NAME
    }
    assert {"subscription", "site"} <= related["contact"]
    assert {"subscription", "site"} <= related["account"]
    assert [name for name, types in related.items() if "device" in types] == [
        "subscription",
        "site",
    ]


def test_relationships_name_each_other() -> None:
    """An inverse of an inverse is the relationship itself, over the same table."""
    for definition in SAMPLE_TYPES:
        for row in definition.relationships:
            if row.inverse_api_name is None:
                continue
            back = BY_NAME[row.related_record_type].relationship_by_name[row.inverse_api_name]
            assert back.inverse_api_name == row.api_name
            assert back.related_record_type == definition.api_name


# -- believable


def test_no_record_is_from_the_future(large: Database) -> None:
    """Made and changed before the evening of the last working day, changed after it was made."""
    for definition in SAMPLE_TYPES:
        latest, odd = large.execute(
            f'SELECT max(updated_at), sum(updated_at < created_at) FROM "{definition.api_name}"'
        ).fetchone()
        assert latest < "2026-11-20T18"
        assert odd == 0


def test_most_records_are_young(large: Database) -> None:
    """The timeline gets denser towards today."""
    assert share(large, "activity", "created_at > '2026'") > 0.4
    assert share(large, "activity", "created_at < '2025'") < 0.3


@pytest.mark.parametrize(
    ("table", "condition", "low", "high"),
    [
        ("contact", "title IS NULL", 0.05, 0.12),
        ("contact", "primary_phone_number IS NULL", 0.2, 0.35),
        ("contact", "unicode(first_name) >= 0x370", 0.15, 0.35),
        ("account", "estimated_annual_revenue IS NULL", 0.04, 0.12),
        ("account", "estimated_annual_revenue > 20000000", 0.05, 0.3),
        ("opportunity", "closed_at IS NULL", 0.2, 0.5),
        ("opportunity", "next_step_due_at < '2026-11-20'", 0.1, 0.3),
        ("task", "status IN ('OPEN', 'IN_PROGRESS', 'BLOCKED')", 0.1, 0.3),
        ("task", "status = 'OPEN' AND due_at < '2026-11-20'", 0.02, 0.2),
        ("meeting", "start_date > '2026-11-21'", 0.005, 0.1),
        ("activity", "type = 'MEETING' AND metadata IS NOT NULL", 0.05, 0.15),
        ("activity", "type != 'MEETING' AND metadata IS NOT NULL", 0, 0),
        ("note", "length(note_html) > 2000", 0.005, 0.1),
        ("subscription", "renews_on < '2026-11-21'", 0.01, 0.2),
    ],
)
def test_shares_are_as_in_life(
    large: Database, table: str, condition: str, low: float, high: float
) -> None:
    """Skewed, with gaps, with things that are late and things to come."""
    assert low <= share(large, table, condition) <= high


def test_stages_are_skewed(large: Database) -> None:
    """Every stage occurs, the commonest three times as often as the rarest."""
    counts = column(large, "SELECT count(*) FROM contact GROUP BY stage ORDER BY 1")
    assert len(counts) == len(BY_NAME["contact"].attribute_by_name["stage"].options)
    assert int(str(counts[-1])) > 3 * int(str(counts[0]))


@pytest.mark.parametrize("start", "ΑКאم中あ가अก", ids=lambda letter: f"{ord(letter):04x}")
def test_names_come_in_many_scripts(large: Database, start: str) -> None:
    """Greek, Cyrillic, Hebrew, Arabic, Han, kana, Hangul, Devanagari, Thai."""
    block = range(ord(start) & ~0xFF, (ord(start) & ~0xFF) + 0x100)
    blocks = {"中": range(0x4E00, 0xA000), "가": range(0xAC00, 0xD7A4), "ก": range(0xE00, 0xE80)}
    names = "".join(texts(large, "SELECT display_name FROM contact"))
    assert any(ord(letter) in blocks.get(start, block) for letter in names)


@pytest.mark.parametrize(
    ("table", "name", "text"),
    [
        ("contact", "last_name", "O'Brien"),
        ("contact", "display_name", "[bold"),
        ("contact", "display_name", '"'),
        ("contact", "first_name", "\n"),
        ("contact", "display_name", "DROP TABLE"),
        ("account", "display_name", "[bold]"),
        ("account", "display_name", "<script>"),
        ("note", "note_html", "\x1b["),
        ("note", "note_html", "\x07"),
    ],
)
def test_hostile_looking_texts_are_there_by_default(
    small: Database, table: str, name: str, text: str
) -> None:
    """So that every day's work shows whether they are shown safely."""
    assert any(text in value for value in texts(small, f'SELECT "{name}" FROM "{table}"'))


def test_some_names_are_too_long_for_any_column(small: Database) -> None:
    """Longer than a wide terminal."""
    assert max(map(len, texts(small, "SELECT display_name FROM contact"))) > 150


def test_nobody_real_can_be_written_or_called(large: Database) -> None:
    """Hosts end in .test or .example (RFC 2606); numbers are set aside for fiction."""
    fiction = re.compile(
        r"\+(1\d{3}55501\d\d|44(20794|11349|16149|13149|29201)\d{5}|49(3023125|6990009|4066969|8999998)\d{3}"
        r"|33(199000|261910|353010|465710|536490)\d{3}|61[27]5550\d{4})"
    )
    whole = "\n".join(large.iterdump())
    hosts = re.findall(r"(?:[\w.-]@|https?://)([\w.-]+)", whole)
    assert {host.rsplit(".", 1)[-1] for host in hosts} == {"test", "example"}
    phones = texts(large, "SELECT phone_number FROM contact__contact_phone_numbers")
    phones += texts(large, "SELECT phone FROM site WHERE phone IS NOT NULL")
    assert [number for number in phones if not fiction.fullmatch(number)] == []


# -- of any size


@pytest.mark.parametrize("contacts", [1, 2, 3, 17])
def test_tiny_workspaces_are_whole(tmp_path: Path, contacts: int) -> None:
    """Nothing divides by zero, every kind is there."""
    counts = write_sample(tmp_path / "tiny.db", contacts)
    assert counts["contact"] == contacts
    for database in _open(tmp_path / "tiny.db"):
        assert [column(database, f'SELECT count(*) FROM "{kind}"') for kind in counts] == [
            [count] for count in counts.values()
        ]


def test_a_batch_of_a_huge_workspace_is_made_alone() -> None:
    """The last contacts of a hundred millions need neither the others nor their memory."""
    world = World(100_000_000, 1, TODAY)
    last = range(100_000_000 - 200, 100_000_000)
    tracemalloc.start()
    random = world.contacts.random()
    draft = Draft(CONTACTS.tables, random)
    CONTACTS.fill(world, last, random, draft)
    peak_bytes = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert [row[0] for row in draft.rows["contact"]] == [
        world.contacts.id(number) for number in last
    ]
    assert peak_bytes < 4_000_000


@pytest.mark.parametrize("kind", KINDS, ids=lambda kind: kind.name)
def test_no_batch_is_larger_than_a_batch(kind: Kind) -> None:
    """What is in memory at a time does not depend on the size of the workspace."""
    batches = World(1_000_000, 1, TODAY).series[kind.name].batches()
    assert max(map(len, batches)) <= BATCH


def test_progress_grows_to_the_whole(tmp_path: Path) -> None:
    """The total stays the same, and in the end all is done."""
    told: list[tuple[int, int]] = []
    write_sample(tmp_path / "told.db", 10, progress=lambda done, total: told.append((done, total)))
    assert told == sorted(told)
    assert {total for _, total in told} == {told[-1][0]}


def test_an_interrupted_sample_leaves_nothing(tmp_path: Path) -> None:
    """Whether during the records or the indexes."""
    for share_done in (0.1, 0.9):

        def interrupt(done: int, total: int, after: float = share_done) -> None:
            if done > after * total:
                raise KeyboardInterrupt

        with pytest.raises(KeyboardInterrupt):
            write_sample(tmp_path / "half.db", 20, progress=interrupt)
        assert list(tmp_path.iterdir()) == []


def test_an_existing_file_is_never_touched(tmp_path: Path) -> None:
    """Whatever it is."""
    file = tmp_path / "precious.db"
    file.write_text("mine")
    with pytest.raises(WorkspaceError):
        write_sample(file, 5)
    assert file.read_text() == "mine"


def test_the_first_change_of_a_large_file_finds_everything_prepared(tmp_path: Path) -> None:
    """What holds unique values was made with the file; before its first change nothing has to be read."""
    path = tmp_path / "sample.db"
    write_sample(path, 60)
    with closing(sqlite3.connect(path)) as connection:
        counted = connection.execute("SELECT count(*) FROM crm_claim").fetchone()[0]
        emails = connection.execute("SELECT count(*) FROM contact__contact_emails").fetchone()[0]
    assert counted > emails > 60
