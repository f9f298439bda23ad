"""Files that must agree: stylesheets with modules, the README with the commands and with CI."""

import re
import subprocess

import pytest

from app.cli.root import COMMANDS
from tests.architecture.sources import ROOT, class_names, selected_classes

SHEETS = sorted((ROOT / "styles").glob("*.tcss"))
PLACES = ("widgets", "widgets/editors", "app/screens")
"""Where the module of a sheet may be."""


@pytest.mark.parametrize("sheet", SHEETS, ids=lambda file: file.stem)
def test_a_sheet_belongs_to_a_module(sheet: object) -> None:
    """Each sheet styles a class of the widget or screen of its name; `app.tcss` styles what is everywhere."""
    file = next(file for file in SHEETS if file == sheet)
    if file.stem == "app":
        return
    owners = [path for place in PLACES if (path := ROOT / place / f"{file.stem}.py").exists()]
    assert len(owners) == 1
    assert selected_classes(file.read_text(encoding="utf-8")) & class_names(owners[0])


def test_every_widget_has_a_sheet() -> None:
    """A module of `widgets` with a widget class has a stylesheet of its name."""
    bare = [
        str(file.relative_to(ROOT))
        for file in sorted((ROOT / "widgets").rglob("*.py"))
        if _has_widget(file.read_text(encoding="utf-8"))
        and not (ROOT / "styles" / f"{file.stem}.tcss").exists()
    ]
    assert bare == []


def _has_widget(source: str) -> bool:
    """Whether a module derives a class from one of Textual's widgets."""
    imported = re.findall(
        r"^from textual\.(?:widgets?|scroll_view|containers|screen)\S* import (.+)$", source, re.M
    )
    names = {name.strip(" ()") for line in imported for name in line.split(",")}
    bases = re.findall(r"^class \w+\(([^)]*)\)", source, re.M)
    return any(names & set(re.split(r"\W+", base)) for base in bases)


def tracked(path: str) -> bool:
    """Whether git knows a file."""
    done = subprocess.run(
        ["git", "ls-files", "--error-unmatch", path], cwd=ROOT, capture_output=True, check=False
    )
    return done.returncode == 0


def test_the_readme_names_every_command() -> None:
    """Whoever reads the README learns of each sub-command."""
    assert tracked("README.md")
    text = (ROOT / "README.md").read_text(encoding="utf-8")
    assert [name for name in COMMANDS if f"crmdeck {name}" not in text] == []


def test_the_readme_names_no_key() -> None:
    """No example shows a key on a command line (RELIABILITY 3.10, K5)."""
    text = (ROOT / "README.md").read_text(encoding="utf-8")
    assert not re.search(r"--(api-)?(key|token)|Bearer (?!\$)", text)


def test_ci_runs_the_command_of_the_readme() -> None:
    """The test command stands once: CI takes it from the README."""
    assert tracked(".ci/run")
    done = subprocess.run(
        [ROOT / ".ci" / "run", "--print"], capture_output=True, text=True, timeout=10, check=True
    )
    text = (ROOT / "README.md").read_text(encoding="utf-8")
    assert done.stdout.strip()
    assert "pytest" in done.stdout
    assert f"\n{done.stdout.strip()}\n" in text
