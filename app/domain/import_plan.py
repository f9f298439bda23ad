"""Which column of a file means which attribute, and what existing records are found by."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace

from app.domain.capabilities import Action, Answer, ResourceMatrix, attribute_write, may
from app.domain.import_source import CannotImport
from app.domain.lint import ITEM_MEMBERS
from app.domain.operators import OperatorName
from app.domain.schema import Attribute, RecordType


@dataclass(frozen=True, slots=True)
class Match:
    """What existing records are found by."""

    name: str
    """As `_assert` names it: an attribute, or the member an item of a list-like one is known by, such as a domain."""
    attribute: Attribute
    """Where a query looks for it."""


@dataclass(frozen=True, slots=True)
class ColumnUse:
    """What becomes of one column."""

    column: str
    attribute: Attribute | None = None
    """What it sets; `None`: it is not written."""
    why_not: str = ""
    """Why it is not written, in words."""


@dataclass(frozen=True)
class ImportPlan:
    """What a file's rows are to become."""

    record_type: RecordType
    """As its schema says it, or with the words that a create takes instead."""
    uses: tuple[ColumnUse, ...]
    match: Match | None = None
    match_column: str | None = None
    """Where the value to match by stands."""

    @property
    def written(self) -> Mapping[str, Attribute]:
        """The attributes that are set, by column."""
        return {use.column: use.attribute for use in self.uses if use.attribute is not None}

    @property
    def identity(self) -> str:
        """What tells this plan from others over the same file; the same text for the same plan."""
        pairs = [f"{use.column}={use.attribute.api_name}" for use in self.uses if use.attribute]
        match = f"{self.match_column}={self.match.name}" if self.match is not None else ""
        return "\n".join([self.record_type.api_name, match, *sorted(pairs)])


def match_of(schema: RecordType, name: str) -> Match:
    """What records are found by under a name.

    Raises:
        CannotImport: if the name is no unique attribute that can be asked for.
    """
    attribute = schema.attribute_by_name.get(name) or next(
        (row for row in schema.attributes if row.is_unique and main_member(row) == name), None
    )
    possible = match_names(schema)
    if attribute is None or not _is_match(attribute):
        ways = f"Possible: {', '.join(possible)}." if possible else "It has none."
        raise CannotImport(f"{name} is no unique attribute of {schema.api_name}. {ways}")
    is_item = attribute.is_array and name == attribute.api_name
    member = main_member(attribute) if is_item and not attribute.is_creatable else None
    return Match(member or name, attribute)


def match_names(schema: RecordType) -> tuple[str, ...]:
    """The attributes that existing records can be found by."""
    return tuple(row.api_name for row in schema.attributes if _is_match(row))


def _is_match(attribute: Attribute) -> bool:
    is_unique = attribute.is_unique or attribute.api_name == "id"
    return is_unique and attribute.is_filterable and OperatorName.IN in attribute.filter_operators


def plan_import(
    matrix: ResourceMatrix,
    schema: RecordType,
    columns: Sequence[str],
    *,
    match: str | None = None,
    given: Mapping[str, str | None] | None = None,
) -> ImportPlan:
    """What the columns of a file mean: as `given` says (`None`: not written), else by API name, by display name, folded.

    Raises:
        CannotImport: if the type takes no records, for a name in `given` that is none, for two columns of one attribute, and
            where an attribute that every new record needs has no column.
    """
    action = may(matrix, schema.api_name, Action.CREATE, is_read_only=False)
    if action.answer is Answer.NO:
        raise CannotImport(f"{action.reason} ({action.source}: {action.evidence})")
    words = matrix.rule(schema.api_name).create_words
    taken = replace(schema, attributes=words) if words else schema
    by = match_of(schema, match) if match is not None else None
    given = given or {}
    _check_given(given, columns, taken)
    uses = tuple(_use(matrix, taken, column, given, by) for column in columns)
    match_column = _match_column(uses, columns, by, given) if by is not None else None
    plan = ImportPlan(taken, uses, by, match_column)
    _check_uses(plan)
    return plan


def _check_given(
    given: Mapping[str, str | None], columns: Sequence[str], schema: RecordType
) -> None:
    for column, name in given.items():
        if column not in columns:
            raise CannotImport(f"The file has no column {column!r}. It has: {', '.join(columns)}.")
        is_known = name is None or name in schema.attribute_by_name or name == "id"
        is_item = any(main_member(row) == name for row in schema.attributes)
        if not is_known and not is_item:
            raise CannotImport(f"{schema.api_name} has no attribute {name}.")


def _use(
    matrix: ResourceMatrix,
    schema: RecordType,
    column: str,
    given: Mapping[str, str | None],
    match: Match | None,
) -> ColumnUse:
    name = given.get(column, column)
    if name is None:
        return ColumnUse(column, None, "left out")
    attribute = guessed(schema, name)
    if attribute is None:
        is_match = match is not None and name == match.name
        return ColumnUse(column, None, "" if is_match else "no attribute is called so")
    actions = [Action.CREATE] if match is None else [Action.CREATE, Action.PATCH]
    answers = [
        attribute_write(matrix, schema, attribute, action, is_read_only=False) for action in actions
    ]
    if any(answer.answer is not Answer.NO for answer in answers):
        return ColumnUse(column, attribute)
    if match is not None and attribute.api_name == match.attribute.api_name:
        return ColumnUse(column)
    if column in given:
        raise CannotImport(f"{column} cannot be written to {name}: {answers[0].reason}")
    return ColumnUse(column, None, answers[0].reason)


def guessed(schema: RecordType, name: str) -> Attribute | None:
    """The attribute a column's name means: its API name, its display name, or either without regard to case and signs."""
    if name in schema.attribute_by_name:
        return schema.attribute_by_name[name]
    for key in (lambda row: row.display_name == name, lambda row: _is_like(row, name)):
        found = [row for row in schema.attributes if key(row)]
        if len(found) == 1:
            return found[0]
    return None


def _is_like(attribute: Attribute, name: str) -> bool:
    wanted = folded(name)
    return wanted in (folded(attribute.api_name), folded(attribute.display_name))


def _match_column(
    uses: Iterable[ColumnUse], columns: Sequence[str], match: Match, given: Mapping[str, str | None]
) -> str:
    names = (match.name, match.attribute.api_name)
    for column in columns:
        if given.get(column, column) in names:
            return column
    for use in uses:
        if use.attribute is not None and use.attribute.api_name == match.attribute.api_name:
            return use.column
    names_folded = {folded(name) for name in (*names, match.attribute.display_name)}
    for column in columns:
        if folded(column) in names_folded:
            return column
    raise CannotImport(f"No column holds {match.name}: say which by --map COLUMN={match.name}.")


def _check_uses(plan: ImportPlan) -> None:
    names = [attribute.api_name for attribute in plan.written.values()]
    for name in names:
        if names.count(name) > 1:
            both = [column for column, row in plan.written.items() if row.api_name == name]
            raise CannotImport(
                f"{' and '.join(both)} both mean {name}: leave one out, as by --map '{both[-1]}='."
            )
    if not names:
        raise CannotImport(
            f"No column of the file means an attribute of {plan.record_type.api_name}."
        )
    if plan.match is None:
        missing = [
            row.api_name
            for row in plan.record_type.attributes
            if row.is_required_on_create and row.api_name not in names
        ]
        if missing:
            name = plan.record_type.api_name
            raise CannotImport(
                f"A {name} cannot be made without {', '.join(missing)}: no column holds it."
            )


def main_member(attribute: Attribute) -> str | None:
    """The member that an item of a list-like attribute is known by, such as the address of an e-mail item."""
    members = ITEM_MEMBERS.get(attribute.value_type, ())
    return members[0].api_name if members else None


def folded(name: str) -> str:
    """A name without regard to case, blanks and signs."""
    return "".join(letter for letter in name.casefold() if letter.isalnum())
