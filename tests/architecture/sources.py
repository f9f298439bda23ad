"""Reading our own source for the tests of this folder."""

import ast
import re
from collections.abc import Iterator
from pathlib import Path

ROOT = Path(__file__).parents[2]
"""The repository."""


def modules(*folders: str) -> Iterator[tuple[Path, ast.Module]]:
    """Every module below these folders, by its path in the repository."""
    for folder in folders:
        for file in sorted((ROOT / folder).rglob("*.py")):
            yield file.relative_to(ROOT), ast.parse(file.read_text(encoding="utf-8"))


def texts(tree: ast.Module) -> Iterator[ast.Constant]:
    """Every text in the code; docstrings and other texts that stand alone are none."""
    alone = {id(node.value) for node in ast.walk(tree) if isinstance(node, ast.Expr)}
    for node in ast.walk(tree):
        if isinstance(node, ast.Constant) and isinstance(node.value, str) and id(node) not in alone:
            yield node


def class_names(file: Path) -> set[str]:
    """The classes a module defines."""
    tree = ast.parse(file.read_text(encoding="utf-8"))
    return {node.name for node in ast.walk(tree) if isinstance(node, ast.ClassDef)}


def selected_classes(sheet: str) -> set[str]:
    """The widget classes that a stylesheet selects at its top level."""
    without_comments = re.sub(r"/\*.*?\*/", "", sheet, flags=re.DOTALL)
    found: set[str] = set()
    depth = 0
    for line in without_comments.splitlines():
        if depth == 0:
            found.update(re.findall(r"(?<![\w.#:$-])([A-Z]\w*)", line.partition("{")[0]))
        depth += line.count("{") - line.count("}")
    return found
