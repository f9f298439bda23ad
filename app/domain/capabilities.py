"""Can this be done, on what evidence, and if not, why: what gates every key, tab and field.

A capability never invents a cause: its reason says only what the evidence gives.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum
from types import MappingProxyType
from typing import Final

from app.domain.errors import BackendError, Forbidden, NotAllowed
from app.domain.query_limits import QueryLimits
from app.domain.schema import Attribute, RecordType, Relationship


class Answer(StrEnum):
    """Can it be done?"""

    YES = "yes"
    NO = "no"
    UNKNOWN = "unknown"


class Source(StrEnum):
    """What kind of evidence an answer stands on."""

    DECLARED = "DECLARED"
    """The schema says so."""
    DOCUMENTED = "DOCUMENTED"
    """The API's documentation says so."""
    LEARNED = "LEARNED"
    """The server refused it in this session."""
    POLICY = "POLICY"
    """Our own setting says so."""
    ASSUMED = "ASSUMED"
    """Nothing says so; the careful answer."""


@dataclass(frozen=True, slots=True)
class Capability:
    """An answer, its source, and the reason in words."""

    answer: Answer
    source: Source
    reason: str
    evidence: str = ""
    """Where the rule stands: a page, a schema pointer, a request number."""
    error_code: str | None = None
    """What the API would answer if it were tried."""
    instead: str = ""
    """What can be done in its place, if anything."""

    @property
    def is_open(self) -> bool:
        """May it be offered?"""
        return self.answer is Answer.YES


class Action(StrEnum):
    """What a resource can be asked for: the columns of the resource matrix."""

    CREATE = "create"
    READ = "read"
    QUERY = "query"
    PATCH = "patch"
    ARCHIVE = "archive"
    ASSERT = "assert"
    RELATIONSHIP_READ = "relationship read"
    RELATIONSHIP_WRITE = "relationship write"
    EDGE_PATCH = "edge patch"
    ATTRIBUTE_ITEMS = "attribute items"


READING = frozenset({Action.READ, Action.QUERY, Action.RELATIONSHIP_READ})
"""Actions that change nothing."""


@dataclass(frozen=True, slots=True)
class Lesson:
    """One thing the server refused in this session."""

    record_type: str
    action: Action
    name: str | None
    """The attribute or relationship; `None`: the action as a whole."""
    reason: str
    """The server's words; not yet sanitised."""
    status: int | None
    code: str | None
    number: int | None
    """The request that was refused, by its number in the log."""
    at: datetime
    """When it was sent, UTC."""

    @property
    def capability(self) -> Capability:
        """The answer this gives from now on."""
        what = self.record_type if self.name is None else f"{self.record_type}.{self.name}"
        status = "" if self.status is None else f" with {self.status}"
        return Capability(
            Answer.NO,
            Source.LEARNED,
            f"{what} {self.action}: the server refused it{status}: {self.reason}",
            f"request {self.number}, {self.at:%Y-%m-%d %H:%M:%S} UTC",
            self.code,
        )


class Learned:
    """What the server refused in one session; a success takes it back."""

    def __init__(self) -> None:
        self._lessons: dict[tuple[str, Action, str | None], Lesson] = {}
        self.limits = QueryLimits()
        """What it learned of how deep questions may be."""

    def __len__(self) -> int:
        return len(self._lessons)

    def learn(self, lesson: Lesson) -> None:
        """Keep a lesson; the newest of its kind counts."""
        self._lessons[lesson.record_type, lesson.action, lesson.name] = lesson

    def forget(self, record_type: str, action: Action, name: str | None = None) -> None:
        """It worked: what was learned of it no longer holds."""
        self._lessons.pop((record_type, action, name), None)

    def find(self, record_type: str, action: Action, name: str | None = None) -> Lesson | None:
        """What was learned of exactly this."""
        return self._lessons.get((record_type, action, name))


class Support(StrEnum):
    """What a cell of the matrix says."""

    SUPPORTED = "supported"
    NOT_AVAILABLE = "not available"
    """The endpoint is not implemented for this resource."""
    EXPLICIT_405 = "explicit 405"
    """The route exists and refuses the method: read-only."""
    UNSUPPORTED_400 = "400 unsupported"
    """The route exists and refuses the sub-resource for this type."""
    NOT_ROUTED = "not routed"
    """No route exists for the name."""


@dataclass(frozen=True, slots=True)
class RelationshipRule:
    """What the relationship endpoints of a resource do."""

    typed: tuple[str, ...] = ()
    """Names with routes of their own; only these take a per-edge PATCH."""
    is_generic: bool = True
    """Whether any relationship name of the schema is served."""
    is_writable: bool = True
    """Whether links can be added and removed."""
    edge_attributes: Mapping[str, tuple[Attribute, ...]] = field(
        default_factory=lambda: MappingProxyType({})
    )
    """What a link of each typed name can carry; a link of any other name carries nothing."""


@dataclass(frozen=True, slots=True)
class AttributeItemsRule:
    """What the attribute sub-resources of a resource do."""

    names: tuple[str, ...] = ()
    """List-like attributes with endpoints of their own."""
    otherwise: Support = Support.NOT_AVAILABLE
    """What any other name gives."""


@dataclass(frozen=True, slots=True)
class ResourceRule:
    """A row of the resource matrix."""

    resource: str
    """A record type's API name, or `custom objects`."""
    cells: Mapping[Action, Support]
    """Create, read, query, patch, archive and assert."""
    relationships: RelationshipRule | None
    """`None`: there are no relationship endpoints."""
    attribute_items: AttributeItemsRule
    query_scopes: Mapping[str, str]
    """Record type -> attribute; if not empty, a query needs at least one of these as an `eq` filter."""
    note: str = ""
    """What the documentation adds, in our words."""
    create_words: tuple[Attribute, ...] = ()
    """If not empty: what a create takes, in a body of its own, instead of the attributes of the schema."""

    def support(self, action: Action) -> Support:
        """What the cell of an action says; for relationships and attribute items: whether any are served."""
        match action:
            case Action.RELATIONSHIP_READ:
                return Support.NOT_AVAILABLE if self.relationships is None else Support.SUPPORTED
            case Action.RELATIONSHIP_WRITE:
                if self.relationships is None:
                    return Support.NOT_AVAILABLE
                return Support.SUPPORTED if self.relationships.is_writable else Support.EXPLICIT_405
            case Action.EDGE_PATCH:
                typed = self.relationships is not None and self.relationships.typed
                return Support.SUPPORTED if typed else Support.NOT_AVAILABLE
            case Action.ATTRIBUTE_ITEMS:
                return (
                    Support.SUPPORTED
                    if self.attribute_items.names
                    else self.attribute_items.otherwise
                )
            case _:
                return self.cells[action]

    @property
    def is_read_only(self) -> bool:
        """Whether nothing can be created or changed."""
        writes = (Action.CREATE, Action.PATCH, Action.ARCHIVE)
        return all(self.cells[action] is not Support.SUPPORTED for action in writes)


@dataclass(frozen=True, slots=True)
class ResourceMatrix:
    """What an API documents per resource and action."""

    api: str
    """The API's name, for people."""
    source: str
    """The page the rows come from."""
    rules: Mapping[str, ResourceRule]
    """The named resources, in the page's order."""
    custom: ResourceRule
    """The row that holds for every other record type."""
    learned: Learned = field(default_factory=Learned, compare=False, repr=False)
    """What the server refused in this session; a backend gives each session its own."""

    def rule(self, record_type: str) -> ResourceRule:
        """The row that holds for a record type."""
        return self.rules.get(record_type, self.custom)

    def capability(self, record_type: str, action: Action) -> Capability:
        """What the documentation says of one action on one record type."""
        rule = self.rule(record_type)
        support = rule.support(action)
        name = f"{record_type} {action}"
        match support:
            case Support.SUPPORTED:
                return Capability(
                    Answer.YES,
                    Source.DOCUMENTED,
                    f"{name}: {_supported(rule, action)}",
                    self.source,
                )
            case Support.EXPLICIT_405:
                reason = f"{name}: the route exists and refuses the method; {rule.resource} is read-only here."
                return Capability(
                    Answer.NO,
                    Source.DOCUMENTED,
                    reason,
                    self.source,
                    "method_not_allowed",
                    rule.note,
                )
            case Support.UNSUPPORTED_400:
                reason = f"{name}: the route exists and refuses every name for {rule.resource}."
                return Capability(
                    Answer.NO,
                    Source.DOCUMENTED,
                    reason,
                    self.source,
                    "sub_resource_not_supported",
                    rule.note,
                )
            case Support.NOT_ROUTED | Support.NOT_AVAILABLE:
                reason = f"{name}: the endpoint is not implemented for {rule.resource}."
                return Capability(
                    Answer.NO, Source.DOCUMENTED, reason, self.source, None, rule.note
                )

    def edge_patch(self, record_type: str, relationship: str) -> Capability:
        """Whether the links of one relationship can be edited in place."""
        rule = self.rule(record_type).relationships
        if rule is not None and relationship in rule.typed:
            lesson = self.learned.find(record_type, Action.EDGE_PATCH, relationship)
            if lesson is not None:
                return lesson.capability
            reason = f"{record_type} {relationship}: a typed junction; its links take PATCH."
            return Capability(Answer.YES, Source.DOCUMENTED, reason, self.source)
        reason = (
            f"{record_type} {relationship}: per-edge PATCH exists only on typed junction routes."
        )
        instead = (
            "Remove the link and add it again." if rule is not None and rule.is_writable else ""
        )
        return Capability(Answer.NO, Source.DOCUMENTED, reason, self.source, None, instead)

    def attribute_items(self, record_type: str, attribute: str) -> Support:
        """What the sub-resource of one list-like attribute does."""
        rule = self.rule(record_type).attribute_items
        return Support.SUPPORTED if attribute in rule.names else rule.otherwise


def _supported(rule: ResourceRule, action: Action) -> str:
    """What a supported cell adds to the word."""
    match action:
        case Action.RELATIONSHIP_READ | Action.RELATIONSHIP_WRITE if rule.relationships is not None:
            typed = [f"typed {name}" for name in rule.relationships.typed]
            return "supported (" + ", ".join([*typed, "generic names"]) + ")."
        case Action.EDGE_PATCH if rule.relationships is not None:
            return "supported on " + ", ".join(rule.relationships.typed) + " only."
        case Action.ATTRIBUTE_ITEMS:
            return "supported for " + ", ".join(rule.attribute_items.names) + " only."
        case Action.QUERY if rule.query_scopes:
            return "supported, within one " + " or ".join(rule.query_scopes) + "."
        case _:
            return "supported."


ATTRIBUTE_LESSONS: Final = MappingProxyType(
    {"field_not_creatable": Action.CREATE, "field_not_updatable": Action.PATCH}
)
"""Codes that teach something of an attribute, and of which action. Source: Create and Update Records."""


def lessons_of(
    error: BackendError,
    record_type: str,
    action: Action,
    name: str | None,
    attributes: frozenset[str],
    at: datetime,
) -> tuple[Lesson, ...]:
    """What a refusal teaches: 403 and 405 of the action, two codes of the attributes they name; all else nothing.

    `name` is the relationship or list-like attribute of the call, `attributes` are those that were sent.
    """

    def lesson(taught: Action, about: str | None, reason: str, code: str | None) -> Lesson:
        return Lesson(record_type, taught, about, reason, error.status, code, error.number, at)

    if isinstance(error, Forbidden | NotAllowed):
        return (lesson(action, name, error.reason, error.code),)
    found = []
    for fault in error.faults:
        about = (fault.field or "").rpartition("/")[2]
        taught = ATTRIBUTE_LESSONS.get(fault.code)
        if taught is None:
            continue
        if name is not None:
            found.append(lesson(action, name, fault.message, fault.code))
        elif about in attributes:
            found.append(lesson(taught, about, fault.message, fault.code))
    return tuple(found)


READ_ONLY_POLICY = Capability(
    Answer.NO,
    Source.POLICY,
    "This session is read-only: the transport refuses every write.",
    "profile setting read_only, --read-only, or the lock (!)",
    None,
    "! takes a lock back; else start without --read-only, or with a profile that may write.",
)
"""What the read-only guard says of every write."""


def may(
    matrix: ResourceMatrix,
    record_type: str,
    action: Action,
    *,
    is_read_only: bool,
    is_junction: bool = False,
) -> Capability:
    """The capability of an action: documentation first, then our own policy, then what the server refused."""
    documented = matrix.capability(record_type, action)
    if documented.is_open and is_read_only and action not in READING:
        return READ_ONLY_POLICY
    lesson = matrix.learned.find(record_type, action)
    if documented.is_open and lesson is not None:
        return lesson.capability
    if documented.is_open and is_junction and action not in READING:
        return Capability(
            Answer.UNKNOWN,
            Source.ASSUMED,
            f"{record_type} is a junction; the documentation does not say.",
            matrix.source,
        )
    return documented


def attribute_write(
    matrix: ResourceMatrix,
    record_type: RecordType,
    attribute: Attribute,
    action: Action,
    *,
    is_read_only: bool,
) -> Capability:
    """Whether an attribute can be set on create (`Action.CREATE`) or changed (`Action.PATCH`)."""
    resource = may(matrix, record_type.api_name, action, is_read_only=is_read_only)
    if not resource.is_open:
        return resource
    flag, code = (
        ("is_creatable", "field_not_creatable")
        if action is Action.CREATE
        else ("is_updatable", "field_not_updatable")
    )
    is_declared = attribute.is_creatable if action is Action.CREATE else attribute.is_updatable
    evidence = (
        f"GET _schema/{record_type.api_name}, {record_type.pointer(attribute.api_name)}/{flag}"
    )
    name = f"{record_type.api_name}.{attribute.api_name}"
    own_endpoint = (
        matrix.attribute_items(record_type.api_name, attribute.api_name) is Support.SUPPORTED
    )
    lesson = matrix.learned.find(record_type.api_name, action, attribute.api_name)
    if is_declared and lesson is not None:
        return lesson.capability
    if is_declared:
        reason = f"The schema says {flag}=true for {name}."
        instead = "Single items also have an endpoint of their own." if own_endpoint else ""
        return Capability(Answer.YES, Source.DECLARED, reason, evidence, None, instead)
    reason = f"The schema says {flag}=false for {name}. It gives no other reason."
    instead = (
        "Its items are added, changed and removed one by one, by their own endpoint."
        if own_endpoint
        else ""
    )
    return Capability(Answer.NO, Source.DECLARED, reason, evidence, code, instead)


def attribute_filter(record_type: RecordType, attribute: Attribute) -> Capability:
    """Whether a query can filter by an attribute."""
    evidence = f"GET _schema/{record_type.api_name}, {record_type.pointer(attribute.api_name)}/is_filterable"
    name = f"{record_type.api_name}.{attribute.api_name}"
    if attribute.is_filterable:
        operators = " ".join(attribute.filter_operators) or "none listed"
        return Capability(Answer.YES, Source.DECLARED, f"Filters on {name}: {operators}.", evidence)
    reason = f"The schema says is_filterable=false for {name}."
    return Capability(Answer.NO, Source.DECLARED, reason, evidence, "invalid_filter_field")


def attribute_sort(record_type: RecordType, attribute: Attribute) -> Capability:
    """Whether a query can sort by an attribute."""
    evidence = (
        f"GET _schema/{record_type.api_name}, {record_type.pointer(attribute.api_name)}/is_sortable"
    )
    name = f"{record_type.api_name}.{attribute.api_name}"
    if attribute.is_sortable:
        return Capability(
            Answer.YES, Source.DECLARED, f"The schema says is_sortable=true for {name}.", evidence
        )
    reason = f"The schema says is_sortable=false for {name}."
    return Capability(Answer.NO, Source.DECLARED, reason, evidence, "unsortable_field")


def relationship_write(
    matrix: ResourceMatrix,
    record_type: RecordType,
    relationship: Relationship,
    *,
    is_read_only: bool,
) -> Capability:
    """Whether links of a relationship can be added and removed."""
    resource = may(
        matrix, record_type.api_name, Action.RELATIONSHIP_WRITE, is_read_only=is_read_only
    )
    if not resource.is_open:
        return resource
    name = f"{record_type.api_name}.{relationship.api_name}"
    evidence = f"GET _schema/{record_type.api_name}, relationship {relationship.api_name}"
    lesson = matrix.learned.find(
        record_type.api_name, Action.RELATIONSHIP_WRITE, relationship.api_name
    )
    if relationship.is_creatable and lesson is not None:
        return lesson.capability
    if relationship.is_creatable:
        return Capability(
            Answer.YES, Source.DECLARED, f"The schema says is_creatable=true for {name}.", evidence
        )
    reason = f"The schema says is_creatable=false for {name}."
    return Capability(Answer.NO, Source.DECLARED, reason, evidence, "field_not_updatable")


def attribute_items_write(
    matrix: ResourceMatrix, record_type: str, attribute: str, *, is_read_only: bool
) -> Capability:
    """Whether items of a list-like attribute can be added, changed and removed one by one."""
    resource = may(matrix, record_type, Action.ATTRIBUTE_ITEMS, is_read_only=is_read_only)
    rule = matrix.rule(record_type).attribute_items
    if resource.source is Source.POLICY or not rule.names:
        return resource
    name = f"{record_type}.{attribute}"
    if attribute not in rule.names:
        is_refused = rule.otherwise is Support.UNSUPPORTED_400
        reason = f"{name}: only {', '.join(rule.names)} have an endpoint for single items."
        code = "sub_resource_not_supported" if is_refused else None
        return Capability(Answer.NO, Source.DOCUMENTED, reason, matrix.source, code)
    lesson = matrix.learned.find(record_type, Action.ATTRIBUTE_ITEMS, attribute)
    return resource if lesson is None else lesson.capability
