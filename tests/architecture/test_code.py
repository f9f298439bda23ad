"""Rules of the code that no type checker knows."""

import ast
import re

from app.wire.public_v2.matrix import RESOURCES
from tests.architecture.sources import modules, texts

PRINTING = {"echo", "secho", "echo_via_pager", "print"}

CLI_OUTPUT = {"app/cli/output.py"}
"""The one module of the command line that writes to a stream."""

UNCHECKED = {"app/cli/json_output.py", "app/cli/output.py", "app/cli/query.py"}
"""Modules that may write text that is no `Shown`: escaped JSON."""


def test_no_record_type_is_named() -> None:
    """Controller, screens and widgets work from the schema: none knows a record type by name."""
    names = {*RESOURCES.rules} | {f"{name}s" for name in RESOURCES.rules}
    named = [
        f"{file}:{text.lineno} {text.value!r}"
        for file, tree in modules("app/controller", "app/screens", "widgets")
        for text in texts(tree)
        if " " not in str(text.value) and names & set(re.split(r"\W+", str(text.value)))
    ]
    assert named == []


def test_only_one_module_of_the_command_line_writes() -> None:
    """Remote text cannot reach a stream but through the sanitising output module."""
    writes = [
        f"{file}:{node.lineno}"
        for file, tree in modules("app/cli")
        if str(file) not in CLI_OUTPUT
        for node in ast.walk(tree)
        if isinstance(node, ast.Call) and _writes(node.func)
    ]
    assert writes == []


def _writes(function: ast.expr) -> bool:
    """Whether a call prints: `print`, click's echoes, or a write to a standard stream."""
    match function:
        case ast.Name(id=name):
            return name in PRINTING
        case ast.Attribute(value=stream, attr="write" | "writelines"):
            return ast.unparse(stream).startswith("sys.std")
        case ast.Attribute(attr=name):
            return name in PRINTING
    return False


def test_unsanitised_text_has_few_writers() -> None:
    """`put_part` takes any text; only the writers of escaped JSON use it."""
    users = {
        str(file)
        for file, tree in modules("app/cli")
        for node in ast.walk(tree)
        if isinstance(node, ast.Name | ast.alias)
        and (node.id if isinstance(node, ast.Name) else node.name) == "put_part"
    }
    assert users <= UNCHECKED


def test_packages_export_nothing() -> None:
    """An `__init__.py` is a docstring; `app` adds its version and `styles` lists its sheets."""
    full = [
        str(file)
        for file, tree in modules("app", "widgets")
        if file.name == "__init__.py"
        and str(file) != "app/__init__.py"
        and any(not isinstance(node, ast.Expr) for node in tree.body)
    ]
    assert full == []


def test_every_module_says_what_it_is() -> None:
    """Each module starts with a docstring."""
    silent = [
        str(file)
        for file, tree in modules("app", "widgets", "styles")
        if not ast.get_docstring(tree)
    ]
    assert silent == []
