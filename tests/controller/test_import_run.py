"""Importing: what becomes of a create whose answer is lost, of rows of a run that was ended, and of an import done twice."""

from collections.abc import Iterator, Sequence
from datetime import datetime, timedelta
from types import MappingProxyType

import pytest

from app.controller.import_run import ImportRun
from app.domain.backend import Health
from app.domain.edits import Change
from app.domain.errors import ServerFailed, Unreachable
from app.domain.import_plan import plan_import
from app.domain.import_results import ImportRecord, RowOutcome, RowResult
from app.domain.import_source import SourceRow
from app.domain.outcomes import Unknown, WriteOutcome
from tests.support.backends import START, MemoryBackend
from tests.support.small_workspace import small_record_types, small_workspace

CONTACT = small_record_types()[0]


class Rows:
    """A file in memory; a `SourceFile`."""

    name = "rows"

    def __init__(self, *rows: dict[str, str]) -> None:
        self._rows = rows

    def fingerprint(self) -> str:
        return str(hash(str(self._rows)))

    def columns(self) -> tuple[str, ...]:
        return tuple(self._rows[0])

    def rows(self) -> Iterator[SourceRow]:
        for number, cells in enumerate(self._rows, 1):
            yield SourceRow(number, number + 1, MappingProxyType(cells))


class Lines:
    """Results in memory; a `ResultFile`. `lasting` are those that would outlive a power cut."""

    def __init__(self) -> None:
        self.written: list[RowResult] = []
        self.lasting: list[RowResult] = []

    def write(self, result: RowResult, *, is_lasting: bool = False) -> None:
        self.written.append(result)
        if is_lasting:
            self.lasting.append(result)

    def close(self) -> None:
        """Nothing."""

    @property
    def outcomes(self) -> list[str]:
        return [result.outcome.value for result in self.written]


class Forgetful(MemoryBackend):
    """Loses the answer of creates, done or not; knows a key it has seen."""

    loses: str = ""
    """`done`: it was done; `not done`: it was not; empty: answers come."""
    offers: tuple[str, ...] = ()

    async def health(self) -> Health:
        return Health("ok", self.offers)

    async def create(
        self, record_type: str, changes: Sequence[Change], *, intent: str | None = None
    ) -> WriteOutcome:
        self.intents: list[str | None] = [*getattr(self, "intents", ()), intent]
        if self.loses == "done":
            await super().create(record_type, changes, intent=intent)
        if self.loses:
            lost = ServerFailed("The answer was lost", status=502)
            return Unknown(lost, self.prepare_create(record_type, changes))
        return await super().create(record_type, changes, intent=intent)


def workspace() -> Forgetful:
    """The small workspace, which forgets nothing yet."""
    small = small_workspace()
    return Forgetful(small.record_types.values(), small.records.values())


ADA = {"first_name": "Ada", "last_name": "Lovelace", "primary_email": "ada@x.test"}
PLAIN = {"first_name": "Ada", "last_name": "Lovelace"}


async def run(
    backend: MemoryBackend,
    row: dict[str, str],
    record: ImportRecord | None = None,
    *,
    match: str | None = None,
    now: datetime = START,
) -> Lines:
    """Import one row; what was written."""
    source, lines = Rows(row), Lines()
    plan = plan_import(backend.resources, CONTACT, source.columns(), match=match)
    importing = ImportRun(backend, plan, source, lambda: now)
    heading = await importing.heading("memory")
    await importing.run(lines, record or ImportRecord(), heading, lambda _: None)
    return lines


def killed(lines: Lines) -> ImportRecord:
    """What a run finds that was killed right after a create was noted."""
    record = ImportRecord()
    for result in lines.lasting:
        record.note(result)
    return record


def people(backend: MemoryBackend) -> int:
    """How many of the name there are."""
    return sum(row.attributes.get("first_name") == "Ada" for row in backend.records.values())


async def test_a_create_is_on_the_disk_before_it_is_sent() -> None:
    """With the key it is sent under."""
    backend = workspace()
    lines = await run(backend, ADA)
    assert lines.outcomes == ["sending", "created"]
    assert [result.intent for result in lines.lasting] == backend.intents


async def test_a_lost_create_is_found_by_its_unique_value() -> None:
    """At once, by the run that lost it."""
    backend = workspace()
    backend.loses = "done"
    assert (await run(backend, ADA)).outcomes == ["sending", "created"]
    assert people(backend) == 1


@pytest.mark.parametrize("loses", ["done", "not done"])
async def test_a_lost_create_with_nothing_unique_stays_unknown(loses: str) -> None:
    """A later run does not send it again: nobody can tell."""
    backend = workspace()
    backend.loses = loses
    lines = await run(backend, PLAIN)
    assert lines.outcomes == ["sending", "unknown"]
    before = people(backend)
    backend.loses = ""
    assert (await run(backend, PLAIN, killed(lines))).outcomes == ["unknown"]
    assert people(backend) == before


async def test_where_the_server_knows_keys_a_killed_create_goes_again_under_its_own() -> None:
    """And under no other, and only as long as the key is known."""
    backend = workspace()
    backend.offers = ("idempotency-key",)
    lines = await run(backend, PLAIN)
    again = await run(backend, PLAIN, killed(lines), now=START + timedelta(hours=1))
    assert again.outcomes == ["created"]
    assert len(set(backend.intents)) == 1
    late = await run(backend, PLAIN, killed(lines), now=START + timedelta(hours=25))
    assert late.outcomes == ["unknown"]


async def test_an_older_record_with_the_unique_value_is_not_taken_for_the_new_one() -> None:
    """The create was refused then, or is lost: nobody can tell."""
    backend = workspace()
    await run(backend, ADA)
    lines = Lines()
    sending = RowResult(1, 2, RowOutcome.SENDING, intent="k", at=START + timedelta(days=1))
    lines.write(sending, is_lasting=True)
    assert (await run(backend, ADA, killed(lines), now=START + timedelta(days=1))).outcomes == [
        "unknown"
    ]


async def test_a_killed_row_with_a_match_is_found_by_it() -> None:
    """Created, as it holds all of the row; and changed like any other where it does not."""
    backend = workspace()
    lines = await run(backend, ADA, match="primary_email")
    assert (await run(backend, ADA, killed(lines), match="primary_email")).outcomes == ["created"]
    other = ADA | {"last_name": "King"}
    assert (await run(backend, other, killed(lines), match="primary_email")).outcomes == ["updated"]
    assert people(backend) == 1


async def test_a_row_that_was_not_sent_is_no_open_question() -> None:
    """Nobody listened: a later run just sends it."""
    backend = workspace()
    backend.fail("POST /contact", Unreachable("Nobody listens"), times=1)
    record, lines = ImportRecord(), Lines()
    source = Rows(PLAIN)
    importing = ImportRun(
        backend, plan_import(backend.resources, CONTACT, source.columns()), source, lambda: START
    )
    heading = await importing.heading("memory")
    with pytest.raises(Unreachable):
        await importing.run(lines, record, heading, lambda _: None)
    assert lines.outcomes == ["sending", "not sent"]
    assert not record.open
    await importing.run(lines, record, heading, lambda _: None)
    assert lines.outcomes[2:] == ["sending", "created"]


async def test_the_key_of_a_row_is_the_same_for_the_same_import() -> None:
    """Done again without its results, on a server that knows keys, it makes nothing twice; another row has another."""
    backend = workspace()
    await run(backend, PLAIN)
    await run(backend, PLAIN)
    await run(backend, PLAIN | {"last_name": "King"})
    first, second, third = backend.intents
    assert first == second != third


async def test_two_records_of_one_value_are_not_chosen_between() -> None:
    """The row is told of, and nothing is sent."""
    backend = workspace()
    for _ in range(2):
        await backend.create("contact", [Change(name, text) for name, text in ADA.items()])
    writes = backend.log.writes
    lines = await run(backend, ADA | {"last_name": "King"}, match="primary_email")
    assert [(row.outcome, row.code) for row in lines.written] == [
        (RowOutcome.BAD, "ambiguous_match")
    ]
    assert backend.log.writes == writes
