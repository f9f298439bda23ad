"""Values from a JSON Schema, as hypothesis draws them: enough of it for our own descriptions."""

from collections.abc import Callable, Mapping
from typing import Any

from hypothesis import strategies as st

from app.domain.values import Json

Shape = Mapping[str, Any]
Resolve = Callable[[Shape], Shape]
"""What a reference stands for; anything else as it is."""

NASTY = (
    "",
    " ",
    "0",
    "null",
    "'; DROP TABLE contact; --",
    "%",
    "\x7f",
    "é",
    "e\u0301",
    "\u202e",
    "𝔘",
    "x" * 300,
)
SCALARS: st.SearchStrategy[Json] = (
    st.none()
    | st.booleans()
    | st.integers()
    | st.floats(allow_nan=False, allow_infinity=False)
    | st.text(max_size=8)
    | st.sampled_from(NASTY)
)
ANYTHING: st.SearchStrategy[Json] = st.recursive(
    SCALARS,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=6), inner, max_size=3),
    max_leaves=6,
)  # fmt: skip
"""Any small JSON."""


class Drawing:
    """Strategies for the schemas of one document."""

    def __init__(self, resolve: Resolve, formats: Mapping[str, st.SearchStrategy[Json]]) -> None:
        """`formats` are strategies for texts of a format."""
        self._resolve = resolve
        self._formats = formats
        self._kept: dict[str, st.SearchStrategy[Json]] = {}

    def of(self, shape: Shape | bool) -> st.SearchStrategy[Json]:
        """Values that are as a schema says."""
        if isinstance(shape, bool):
            return ANYTHING
        reference = shape.get("$ref")
        if reference is None:
            return self._made(shape)
        if reference not in self._kept:
            self._kept[reference] = st.deferred(lambda: self._made(self._resolve(shape)))
        return self._kept[reference]

    def _made(self, shape: Shape) -> st.SearchStrategy[Json]:
        if "const" in shape:
            return st.just(shape["const"])
        if "enum" in shape:
            return st.sampled_from(shape["enum"])
        if "properties" in shape:
            return self._object(shape)
        for word in ("anyOf", "oneOf"):
            if word in shape:
                return st.one_of([self.of(row) for row in shape[word]])
        kinds = shape["type"] if isinstance(shape["type"], list) else [shape["type"]]
        return st.one_of([self._of_kind(kind, shape) for kind in kinds])

    def _object(self, shape: Shape) -> st.SearchStrategy[Json]:
        members = {name: self.of(row) for name, row in shape["properties"].items()}
        needed = {name: members.pop(name) for name in shape.get("required", ())}
        few = st.lists(st.sampled_from([*members]), max_size=4, unique=True) if members else None
        if few is None:
            return st.fixed_dictionaries(needed)
        return few.flatmap(
            lambda names: st.fixed_dictionaries(needed | {name: members[name] for name in names})
        )

    def _of_kind(self, kind: str, shape: Shape) -> st.SearchStrategy[Json]:
        match kind:
            case "null":
                return st.none()
            case "boolean":
                return st.booleans()
            case "integer":
                return st.integers(shape.get("minimum"), shape.get("maximum"))
            case "number":
                return st.integers() | st.floats(allow_nan=False, allow_infinity=False)
            case "array":
                return st.lists(
                    self.of(shape["items"]), min_size=shape.get("minItems", 0), max_size=3
                )
            case "object":
                return st.dictionaries(
                    st.sampled_from(["id", "email", "domain_name", "is_primary", "labels", "x"]),
                    SCALARS,
                    min_size=shape.get("minProperties", 0),
                    max_size=shape.get("maxProperties", 3),
                )
            case _:
                return self._text(shape)

    def _text(self, shape: Shape) -> st.SearchStrategy[Json]:
        if "pattern" in shape:
            return st.from_regex(str(shape["pattern"]), fullmatch=True)
        known = self._formats.get(shape.get("format", ""))
        plain = st.text(max_size=12) | st.sampled_from(NASTY)
        return plain if known is None else known
