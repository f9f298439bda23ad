"""What serves a path."""

import pytest

from app.server.public_v2.path_table import PathTable

TABLE = PathTable(
    [
        ("/health", "health"),
        ("/{kind}", "kind"),
        ("/{kind}/_query", "query"),
        ("/{kind}/{id}", "one"),
        ("/{kind}/{id}/of/{name}", "of"),
    ]
)


@pytest.mark.parametrize(
    ("path", "served", "parts"),
    [
        ("/health", "health", {}),
        ("/contact", "kind", {"kind": "contact"}),
        ("/contact/_query", "query", {"kind": "contact"}),
        ("/contact/a b", "one", {"kind": "contact", "id": "a b"}),
        ("/_query/_query", "query", {"kind": "_query"}),
        ("/{kind}/{id}", "one", {"kind": "{kind}", "id": "{id}"}),
        ("/c/1/of/x\n", "of", {"kind": "c", "id": "1", "name": "x\n"}),
    ],
)
def test_the_first_template_that_fits_serves_a_path(
    path: str, served: str, parts: dict[str, str]
) -> None:
    """Words are tried where they stand before the named parts, and parts hold what was given, a template's words too."""
    assert TABLE.find(path) == (served, parts)


@pytest.mark.parametrize(
    "path", ["", "/", "health", "/health/", "/c//of/x", "/c/1/off/x", "//_query"]
)
def test_a_path_that_no_template_fits_is_served_by_nothing(path: str) -> None:
    """A named part is never empty, and a slash at the end is a part."""
    assert TABLE.find(path) is None
