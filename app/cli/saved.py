"""`crmdeck saved`: the saved queries, which are the same for every workspace."""

from difflib import get_close_matches
from typing import Final

import click

from app.cli.failures import Exit, Failed
from app.cli.json_output import put_json
from app.cli.output import put, say, width_cells
from app.cli.table import Column, Table
from app.domain.remembered import NotRemembered, SavedListing, SavedQueries, SavedQuery
from app.domain.safe_text import Shown, shown
from app.domain.values import Json
from app.wiring import saved_queries

_COLUMNS: Final = tuple(
    Column(Shown(heading)) for heading in ("NAME", "TYPE", "PINNED", "QUERY", "NOTE")
)


@click.command("saved")
@click.option(
    "--format",
    "form",
    type=click.Choice(["table", "json"]),
    default="table",
    show_default=True,
    help="How to write it.",
)
def command(form: str) -> None:
    """List the saved queries.

    They are files in the folder "queries" of the configuration folder, the same for every workspace; crmdeck query --saved
    NAME asks one. A file that holds no query is named with its line, and left as it is.
    """
    listing = read_saved(saved_queries())
    if form == "json":
        put_json([_to_json(query) for query in listing.queries])
    else:
        rows = [_cells(query) for query in listing.queries]
        table = Table(_COLUMNS, rows, width_cells())
        put(table.heading, *map(table.line, rows))
    for broken in listing.broken:
        say(str(broken))
    if broken_count := len(listing.broken):
        raise Failed(f"{broken_count} of the files hold no query.", status=Exit.PARTLY)


def read_saved(queries: SavedQueries) -> SavedListing:
    """All saved queries. Raises `Failed`."""
    try:
        return queries.all()
    except NotRemembered as error:
        raise Failed(str(error)) from None


def find_saved(queries: SavedQueries, name: str) -> SavedQuery:
    """The saved query of a name, with its folder or without.

    Raises:
        Failed: if there is none, or several; names what was probably meant.
    """
    listing = read_saved(queries)
    found = listing.named(name)
    if len(found) == 1:
        return found[0]
    if found:
        paths = ", ".join(query.path for query in found)
        raise Failed(f"{name} may be any of: {paths}. Give the folder too.", status=Exit.USAGE)
    folded = {query.path.casefold(): query.path for query in listing.queries}
    folded |= {query.name.casefold(): query.path for query in listing.queries}
    near = get_close_matches(name.casefold(), folded, n=1)
    hints = [f"Did you mean {folded[near[0]]}?" if near else "crmdeck saved lists them all."]
    hints += [str(broken) for broken in listing.broken if name.casefold() in broken.file.casefold()]
    raise Failed(f"There is no saved query {name}.", *hints, status=Exit.USAGE)


def _cells(query: SavedQuery) -> list[Shown]:
    text = " ".join(query.text.split()) or "all records"
    pin = "yes" if query.is_pinned else ""
    return [
        shown(cell, limit=500) for cell in (query.path, query.record_type, pin, text, query.note)
    ]


def _to_json(query: SavedQuery) -> Json:
    return {
        "name": query.path,
        "record_type": query.record_type,
        "text": query.text,
        "columns": [*query.columns],
        "pinned": query.is_pinned,
        "note": query.note,
    }
