"""Filters as SQL: a typed tree in, a condition with bound values out.

Negation has two values: what is not true is false, so `ne`, `not_in` and `not` hold for empty values. Over a list-like
attribute or a path a negative operator is the negation of its positive one: it holds if no item, no linked record matches.
Archived records are not reached by a path.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from types import MappingProxyType
from typing import Final

from app.domain.operators import OPERATORS, Arity, OperatorName
from app.domain.query import Filter, GroupKind, Node
from app.domain.values import Json
from app.server.refusals import Refusal, quoted
from app.server.store.catalogue import Catalogue
from app.server.store.columns import ADDRESS_PARTS, child_table
from app.server.store.definitions import AttributeDefinition, RecordTypeDefinition
from app.server.store.dialect import Dialect
from app.server.store.operands import OPERANDS, BadOperand, Operand
from app.server.store.paths import Hop, Path, resolve_path
from app.server.store.sql import FALSE, Bound, Sql, all_of, any_of, selected, wrapped

MAX_DEPTH: Final = 5
MAX_CLAUSES: Final = 100
MAX_VALUES: Final = 1_000
"""Values of all `in` and `not_in` lists together."""

_NEGATIONS: Final[Mapping[OperatorName, OperatorName]] = MappingProxyType(
    {
        OperatorName.NE: OperatorName.EQ,
        OperatorName.NOT_IN: OperatorName.IN,
        OperatorName.NOT_EXISTS: OperatorName.EXISTS,
    }
)
"""Negative operators and what they negate."""

_BOUNDS: Final = MappingProxyType({OperatorName.BETWEEN: (OperatorName.GTE, OperatorName.LTE)})
"""What each operand of an operator means by itself, where they mean different things."""

_POINTED: Final = frozenset({OperatorName.EQ, OperatorName.IN, OperatorName.STARTS_WITH})
_FEW_VALUES: Final = frozenset(
    {"boolean", "enum", "select", "contact_stage", "account_stage", "opportunity_stage"}
)


@dataclass
class _Budget:
    """What a question may still cost."""

    clauses: int = MAX_CLAUSES
    values: int = MAX_VALUES

    def spend(self, values: int) -> None:
        self.clauses -= 1
        self.values -= values
        if self.clauses < 0:
            raise Refusal("invalid_filter_value", f"at most {MAX_CLAUSES} conditions", "filters")
        if self.values < 0:
            raise Refusal("invalid_filter_value", f"at most {MAX_VALUES:,} values", "filters")


@dataclass(frozen=True)
class FilterCompiler:
    """Compiles the filters of one question."""

    dialect: Dialect
    catalogue: Catalogue
    record_type: RecordTypeDefinition

    def compile(self, nodes: tuple[Node, ...], alias: str) -> Sql | None:
        """A condition on the rows named `alias`, `None` for no filters. Raises `Refusal`."""
        if not nodes:
            return None
        return all_of(self._nodes(nodes, alias, _Budget(), 1, "/filters"))

    def _nodes(
        self, nodes: Sequence[Node], alias: str, budget: _Budget, depth: int, place: str
    ) -> list[Sql]:
        """The conditions of a list that stands at `place` in the body; a refusal names the one it is about."""
        return [
            self._placed(node, alias, budget, depth, f"{place}/{index}")
            for index, node in enumerate(nodes)
        ]

    def _placed(self, node: Node, alias: str, budget: _Budget, depth: int, place: str) -> Sql:
        try:
            return self._node(node, alias, budget, depth, place)
        except Refusal as refusal:
            refusal.details = refusal.details or {"pointer": place}
            raise

    def _node(self, node: Node, alias: str, budget: _Budget, depth: int, place: str) -> Sql:
        if isinstance(node, Filter):
            return self._leaf(node, alias, budget)
        if depth >= MAX_DEPTH:
            raise Refusal(
                "invalid_filter_value", f"groups are nested deeper than {MAX_DEPTH}", "filters"
            )
        inside = f"{place}/{node.kind.value}"
        match node.kind:
            case GroupKind.AND:
                parts = self._nodes(node.nodes, alias, budget, depth + 1, inside)
                return wrapped("(", all_of(parts))
            case GroupKind.OR:
                return any_of(self._nodes(node.nodes, alias, budget, depth + 1, inside))
            case GroupKind.NOT:
                return negated(self._placed(node.nodes[0], alias, budget, depth + 1, inside))

    def _leaf(self, leaf: Filter, alias: str, budget: _Budget) -> Sql:
        path = resolve_path(self.catalogue, self.record_type, leaf.field)
        name = _operator(leaf, path.attribute)
        operands = self._operands(leaf, path.attribute, name)
        budget.spend(len(operands))
        positive = _NEGATIONS.get(name, name)
        condition = self._condition(path, positive, operands, alias)
        return condition if positive is name else negated(condition)

    def _operands(
        self, leaf: Filter, attribute: AttributeDefinition, name: OperatorName
    ) -> tuple[Bound, ...]:
        field = quoted(leaf.field)
        operand = OPERANDS.get(attribute.value_type)
        raws = _raw_operands(leaf, name, field)
        if operand is None:
            return ()
        try:
            return tuple(
                operand.parse(raw, attribute, asked)
                for raw, asked in zip(raws, _BOUNDS.get(name, (name,) * len(raws)), strict=True)
            )
        except BadOperand as error:
            raise Refusal("invalid_filter_value", f"the value for {field} {error}", field) from None

    def _condition(
        self, path: Path, name: OperatorName, operands: tuple[Bound, ...], alias: str
    ) -> Sql:
        """The positive condition, from the first hop inwards."""
        selective = name in _POINTED and path.attribute.value_type not in _FEW_VALUES
        inner_alias = alias if not path.hops else f"h{len(path.hops)}"
        condition = self._compared(path, name, operands, inner_alias, selective=selective)
        for index in range(len(path.hops) - 1, -1, -1):
            near_alias = alias if index == 0 else f"h{index}"
            condition = self._hopped(
                path.hops[index], condition, near_alias, f"h{index + 1}", selective=selective
            )
        return condition

    def _hopped(
        self, hop: Hop, condition: Sql, near_alias: str, far_alias: str, *, selective: bool
    ) -> Sql:
        """Some record over the hop, not archived, fulfils the condition (which speaks of `far_alias`).

        A pointed question starts at the few records that match; any other one looks from each record at its neighbours.
        """
        quote = self.dialect.quote
        source = f"{quote(hop.target.api_name)} AS {far_alias}"
        conditions = [Sql(f'{far_alias}."archived_at" IS NULL'), condition]
        own = f"{near_alias}.{quote(hop.near)}" if hop.table is None else f'{near_alias}."id"'
        if hop.table is None:
            found = f'{far_alias}."id"'
        elif hop.is_reverse:
            found = f"{far_alias}.{quote(hop.near)}"
        else:
            link = f"l{far_alias}"
            found = f"{link}.{quote(hop.near)}"
            source = f"{quote(hop.table)} AS {link}, {source}"
            conditions.insert(0, Sql(f'{far_alias}."id" = {link}.{quote(hop.far)}'))
            if hop.table in self.catalogue:
                conditions.insert(1, Sql(f'{link}."archived_at" IS NULL'))
        if selective or hop.table is None:
            return wrapped(f"{own} IN (", selected(found, source, *conditions))
        return wrapped("EXISTS (", selected("1", source, Sql(f"{found} = {own}"), *conditions))

    def _compared(
        self,
        path: Path,
        name: OperatorName,
        operands: tuple[Bound, ...],
        alias: str,
        *,
        selective: bool,
    ) -> Sql:
        """The attribute itself, on the rows named `alias`."""
        quote, attribute = self.dialect.quote, path.attribute
        child = child_table(path.owner.api_name, attribute)
        operand = OPERANDS.get(attribute.value_type)
        if child is not None:
            item = f"i{alias}"
            inner = self._predicate(f"{item}.{quote(child.value_column)}", name, operands, operand)
            table, record = f"{quote(child.name)} AS {item}", f'{item}."record_id"'
            own = f'{alias}."id"'
            if selective:
                return wrapped(f"{own} IN (", selected(record, table, inner))
            return wrapped("EXISTS (", selected("1", table, Sql(f"{record} = {own}"), inner))
        if attribute.value_type == "address":
            parts = (f"{alias}.{quote(f'{attribute.api_name}_{part}')}" for part in ADDRESS_PARTS)
            return any_of(Sql(f"{part} IS NOT NULL") for part in parts)
        return self._predicate(f"{alias}.{quote(attribute.api_name)}", name, operands, operand)

    def _predicate(
        self,
        expression: str,
        name: OperatorName,
        operands: tuple[Bound, ...],
        operand: Operand | None,
    ) -> Sql:
        if name is OperatorName.EXISTS or operand is None:
            return Sql(f"{expression} IS NOT NULL")
        return _PREDICATES[name](self.dialect, expression, operands, operand)


def negated(condition: Sql) -> Sql:
    """True where the condition is false or knows nothing."""
    return wrapped("((", condition, ") IS NOT TRUE)")


def _operator(leaf: Filter, attribute: AttributeDefinition) -> OperatorName:
    for name in attribute.filter_operators:
        if name == leaf.operator:
            return name
    allowed = ", ".join(attribute.filter_operators)
    raise Refusal(
        "invalid_filter_operator",
        f"{quoted(leaf.field)} takes {allowed}, not {quoted(leaf.operator)}",
        quoted(leaf.field),
    )


def _raw_operands(leaf: Filter, name: OperatorName, field: str) -> list[Json]:
    """The operands still as JSON, as many as the operator takes."""
    value = leaf.value
    match OPERATORS[name].arity:
        case Arity.NONE:
            return []
        case Arity.ONE:
            return [value]
        case Arity.TWO:
            if not isinstance(value, list) or len(value) != 2:
                raise Refusal("invalid_filter_value", f"{name} takes a list [low, high]", field)
            return value
        case Arity.MANY:
            if not isinstance(value, list):
                raise Refusal("invalid_filter_value", f"{name} takes a list", field)
            if len(value) > MAX_VALUES:
                raise Refusal("invalid_filter_value", f"at most {MAX_VALUES:,} values", field)
            return value


Predicate = Callable[[Dialect, str, tuple[Bound, ...], Operand], Sql]


def _equal(dialect: Dialect, expression: str, operands: tuple[Bound, ...], operand: Operand) -> Sql:
    value = operands[0]
    if not operand.is_text:
        return Sql(f"{expression} = {dialect.placeholder}", (value,))
    if operand.ignores_case:
        return dialect.is_same_text(expression, str(value))
    return dialect.is_exactly(expression, str(value))


def _among(dialect: Dialect, expression: str, operands: tuple[Bound, ...], operand: Operand) -> Sql:
    if not operands:
        return FALSE
    if not operand.ignores_case:
        return Sql(f"{expression} IN ({dialect.places(len(operands))})", operands)
    texts = [str(value) for value in operands]
    plain = tuple(text.lower() for text in texts if text.isascii())
    parts = [dialect.is_same_text(expression, text) for text in texts if not text.isascii()]
    if plain:
        listed = f"{dialect.text_key(expression)} IN ({dialect.places(len(plain))})"
        parts.append(Sql(listed, plain))
    return any_of(parts)


def _matching(before: str, after: str) -> Predicate:
    def match(dialect: Dialect, expression: str, operands: tuple[Bound, ...], _: Operand) -> Sql:
        return dialect.matches(expression, before, str(operands[0]), after)

    return match


def _ordered(sign: str) -> Predicate:
    def compare(dialect: Dialect, expression: str, operands: tuple[Bound, ...], _: Operand) -> Sql:
        return Sql(f"{expression} {sign} {dialect.placeholder}", operands)

    return compare


def _between(dialect: Dialect, expression: str, operands: tuple[Bound, ...], _: Operand) -> Sql:
    place = dialect.placeholder
    return Sql(f"{expression} BETWEEN {place} AND {place}", operands)


_PREDICATES: Final[Mapping[OperatorName, Predicate]] = MappingProxyType(
    {
        OperatorName.EQ: _equal,
        OperatorName.IN: _among,
        OperatorName.CONTAINS: _matching("%", "%"),
        OperatorName.STARTS_WITH: _matching("", "%"),
        OperatorName.ENDS_WITH: _matching("%", ""),
        OperatorName.GT: _ordered(">"),
        OperatorName.GTE: _ordered(">="),
        OperatorName.LT: _ordered("<"),
        OperatorName.LTE: _ordered("<="),
        OperatorName.BETWEEN: _between,
    }
)
"""The SQL of each positive operator."""
