"""The attributes a command line names."""

from collections.abc import Sequence

import click

from app.cli.failures import did_you_mean
from app.domain.safe_text import shown
from app.domain.schema import Attribute, RecordType


def named_columns(record_type: RecordType, names: Sequence[str]) -> tuple[Attribute, ...]:
    """The attributes of those names, in that order.

    Raises:
        click.UsageError: for a name the schema does not have.
    """
    known = record_type.attribute_by_name
    for name in names:
        if name not in known:
            text = f"{record_type.api_name} has no attribute {name}. {did_you_mean(name, known)}"
            raise click.UsageError(shown(text.strip()))
    return tuple(known[name] for name in names)
