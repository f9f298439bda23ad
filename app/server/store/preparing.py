"""What changing needs beside the data: made when a file is made in one go, or before its first change."""

from app.server.store.claims import prepare_claims
from app.server.store.linking import prepare_links
from app.server.store.replies import prepare_replies
from app.server.store.writing import Writer


def prepare_changes(writer: Writer) -> None:
    """Make the tables and indexes that only changes need, unless that was done; all values are read for it once."""
    prepare_claims(writer)
    prepare_links(writer)
    prepare_replies(writer)
