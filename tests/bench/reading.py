"""Figures of plain reads in process: one record, and the first page in the default order."""

import asyncio
import json
from statistics import median

from starlette.types import ASGIApp

from app.server.application import create_application
from app.server.store.workspace import open_workspace
from tests.bench.figures import Figure, Limit
from tests.bench.programs import Bench
from tests.bench.server import PATH, ask, awaited, get, timed
from tests.bench.stored_rows import PAGE_SIZE, StoredRows

FIRST_PAGE: dict[str, object] = {"limit": PAGE_SIZE}
MOST = Limit(4.0)


def read(bench: Bench) -> list[Figure]:
    """A point read and a first page beside raw sqlite3 on the same records."""
    store = open_workspace(bench.big_workspace)
    stored = StoredRows(bench.big_workspace)
    try:
        return asyncio.run(_figures(bench, create_application(store), stored))
    finally:
        stored.close()
        store.close()


async def _figures(bench: Bench, server: ASGIApp, stored: StoredRows) -> list[Figure]:
    times: dict[str, list[float]] = {}

    def note(name: str, time_s: float) -> None:
        times.setdefault(name, []).append(time_s)

    ids = stored.ids(bench.choose(quick=50, full=500))
    await _check(server, stored, ids[0])
    bench.tell("point reads and first pages in process")
    for record_id in ids:
        path = _path(record_id)
        note("point rows", timed(lambda chosen=record_id: stored.point_rows(chosen)))  # type: ignore[misc]  # an old mypy limit
        note("point json", timed(lambda chosen=record_id: stored.point_json(chosen)))  # type: ignore[misc]  # as above
        note("point", await awaited(get(server, path)))
        note("first rows", timed(stored.first_rows))
        note("first json", timed(stored.first_json))
        note("first", await awaited(ask(server, FIRST_PAGE)))
    ms = {name: median(each) * 1000 for name, each in times.items()}
    return [
        figure
        for name in ("point", "first")
        for figure in (
            Figure(f"server.read.{name}", ms[name], "ms", ms[f"{name} rows"], MOST),
            Figure(f"server.read.{name}.json", ms[name], "ms", ms[f"{name} json"]),
        )
    ]


def _path(record_id: str) -> str:
    return f"{PATH.removesuffix('/_query')}/{record_id}"


async def _check(server: ASGIApp, stored: StoredRows, record_id: str) -> None:
    """Fail unless the baselines have the server's answers."""
    page = json.loads(await ask(server, FIRST_PAGE))["data"]
    if page != json.loads(stored.first_json())["data"]:
        raise AssertionError("the hand-written first page is not the server's")
    if [record["id"] for record in page] != [row[0] for row in stored.first_rows()[:PAGE_SIZE]]:
        raise AssertionError("the rows of the first page are not the server's")
    if json.loads(await get(server, _path(record_id))) != json.loads(stored.point_json(record_id)):
        raise AssertionError("the hand-written record is not the server's")
