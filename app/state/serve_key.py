"""The key that `crmdeck serve` accepts."""

import secrets
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from app.domain.errors import ConfigError
from app.domain.secret import Secret, secret_from
from app.state.private_files import create_private, make_private_folder, read_private

VARIABLE: Final = "CRMDECK_SERVE_KEY"
FILE_NAME: Final = "serve.key"


@dataclass(frozen=True, slots=True)
class ServeKey:
    """A key and where it is kept."""

    key: Secret
    file: Path | None
    """`None`: it came from the environment."""


def serve_key(state_folder: Path, environ: Mapping[str, str]) -> ServeKey:
    """The key of the environment, else the one kept in the state folder, which is made on first use.

    Raises:
        ConfigError: if the variable is empty or odd, or if the file cannot be used.
    """
    text = environ.get(VARIABLE)
    if text is not None:
        return ServeKey(_checked(text, f"The variable {VARIABLE}"), None)
    file = state_folder / FILE_NAME
    make_private_folder(state_folder)
    try:
        with suppress(FileExistsError):
            if not file.exists():
                create_private(file, secrets.token_urlsafe(32).encode() + b"\n")
        kept = read_private(file)
    except OSError as error:
        raise ConfigError(f"The key file {file} cannot be made: {error.strerror}.") from None
    return ServeKey(_checked(kept.decode("utf-8", "replace"), f"The key file {file}"), file)


def _checked(text: str, origin: str) -> Secret:
    try:
        return secret_from(text, origin)
    except ValueError as error:
        raise ConfigError(f"{error}.") from None
