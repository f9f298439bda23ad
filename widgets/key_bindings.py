"""Keys from the table of actions."""

from textual.binding import Binding, BindingType

from app.domain.actions import ACTION_BY_NAME, ActionRow

_SHOWN_KEYS = {
    "enter": "Enter",
    "escape": "Esc",
    "slash": "/",
    "colon": ":",
    "at": "@",
    "question_mark": "?",
    "left_square_bracket": "[",
    "right_square_bracket": "]",
    "minus": "-",
    "left_parenthesis": "(",
    "right_parenthesis": ")",
    "equals_sign": "=",
    "tilde": "~",
    "ampersand": "&",
    "number_sign": "#",
    "space": "Space",
    "asterisk": "*",
    "exclamation_mark": "!",
    "delete": "Del",
    "pagedown": "PgDn",
    "pageup": "PgUp",
    "home": "Home",
    "end": "End",
    "f1": "F1",
    "up": "Up",
    "down": "Down",
    "left": "Left",
    "right": "Right",
}


def key_words(key: str) -> str:
    """A Textual key name as people write it."""
    if key.startswith("ctrl+"):
        return "Ctrl+" + key.removeprefix("ctrl+").upper()
    if key.startswith("shift+"):
        return "Shift+" + key_words(key.removeprefix("shift+"))
    return _SHOWN_KEYS.get(key, key)


def keys_in_words(row: ActionRow) -> str:
    """Every key of an action, for people."""
    return row.keys_in_words or " ".join(key_words(key) for key in row.keys)


def bindings_of(
    *names: str, is_priority: bool = False, through: str | None = None
) -> list[BindingType]:
    """Bindings of actions by name, each with all its keys; `through` is an action that takes the name and runs it."""
    rows = (ACTION_BY_NAME[name] for name in names)
    return [
        Binding(
            ",".join(row.keys),
            row.name if through is None else f"{through}({row.name!r})",
            row.label,
            show=row.is_hint,
            priority=is_priority,
        )
        for row in rows
    ]
