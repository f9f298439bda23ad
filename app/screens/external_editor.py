"""A text in the program that `$VISUAL` or `$EDITOR` names, with the terminal to itself."""

import asyncio
import os
import shlex
import tempfile
from pathlib import Path

from textual.app import App, SuspendNotSupported


class NoEditor(Exception):
    """The program could not be run, or did not end well; the text is as it was."""


def command() -> list[str]:
    """The program and its arguments."""
    return shlex.split(os.environ.get("VISUAL") or os.environ.get("EDITOR") or "vi")


async def edited_text(app: App[object], text: str) -> str:
    """What the program left of a text; it stands in a private file meanwhile. Raises NoEditor."""
    handle, name = await asyncio.to_thread(tempfile.mkstemp, ".txt", "crmdeck-")
    file = Path(name)
    try:
        os.close(handle)
        await asyncio.to_thread(file.write_text, text, encoding="utf-8", newline="")
        await _run(app, file)
        return await asyncio.to_thread(_read, file, text)
    except OSError as error:
        raise NoEditor(f"{shlex.join(command())}: {error.strerror}") from None
    except UnicodeDecodeError:
        raise NoEditor("What the program wrote is not UTF-8; the text is as it was.") from None
    finally:
        await asyncio.to_thread(file.unlink, missing_ok=True)


async def _run(app: App[object], file: Path) -> None:
    """Raises NoEditor, OSError."""
    try:
        with app.batch_update(), app.suspend():
            process = await asyncio.create_subprocess_exec(*command(), str(file))
            status = await process.wait()
    except SuspendNotSupported:
        raise NoEditor("This terminal cannot be given to another program.") from None
    if status:
        raise NoEditor(f"{shlex.join(command())} ended with {status}; the text is as it was.")


def _read(file: Path, before: str) -> str:
    """What was written; the line end that editors add to the last line is not taken for a change."""
    text = file.read_bytes().decode()
    is_added = text.endswith("\n") and not before.endswith("\n")
    return text.removesuffix("\n") if is_added else text
