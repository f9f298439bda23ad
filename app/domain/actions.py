"""The table of actions: what keys, palette, help and the teach line read.

A row here and one `action_<name>` method on the screen or the application are all an action needs.
"""

from dataclasses import dataclass
from typing import Final


@dataclass(frozen=True, slots=True)
class ActionRow:
    """One thing a person can ask for."""

    name: str
    """The method is `action_<name>`; arguments stand in the key's own row."""
    keys: tuple[str, ...]
    """Textual key names, the first one is shown; none: by name only, from help, palette and command line."""
    label: str
    """One or two words for the last line."""
    help: str
    """What it does, in a sentence without the final stop."""
    group: str
    """The heading in help."""
    command_line: str = ""
    """The headless twin, if there is one."""
    is_hint: bool = False
    """Whether the last line may show it."""
    keys_in_words: str = ""
    """How help writes the keys, where the list itself would be too long."""


ACTIONS: Final = (
    ActionRow(
        "back",
        ("escape",),
        "back",
        "Close this view, clear the filter, or cancel a running request",
        "Moving",
    ),
    ActionRow("cursor_down", ("down", "j"), "down", "Next row", "Moving"),
    ActionRow("cursor_up", ("up", "k"), "up", "Previous row", "Moving"),
    ActionRow("cursor_left", ("left", "h"), "left", "Previous column", "Moving"),
    ActionRow("cursor_right", ("right", "l"), "right", "Next column", "Moving"),
    ActionRow(
        "page_down",
        ("pagedown", "ctrl+d"),
        "page down",
        "One screen on; loads the next page at the end",
        "Moving",
    ),
    ActionRow("page_up", ("pageup", "ctrl+u"), "page up", "One screen back", "Moving"),
    ActionRow("first_row", ("g", "home"), "first", "First row", "Moving"),
    ActionRow("last_row", ("G", "end"), "last", "Last loaded row; loads the next page", "Moving"),
    ActionRow(
        "open_tab",
        tuple("123456789"),
        "tab",
        "Record type by its number",
        "Record types",
        keys_in_words="1-9",
    ),
    ActionRow(
        "previous_tab",
        ("left_square_bracket",),
        "previous tab",
        "Previous record type",
        "Record types",
    ),
    ActionRow(
        "next_tab", ("right_square_bracket",), "next tab", "Next record type", "Record types"
    ),
    ActionRow(
        "record_types",
        ("0",),
        "types",
        "All record types and how each was found",
        "Record types",
        "crmdeck types",
    ),
    ActionRow(
        "previous_view",
        ("minus",),
        "last tab",
        "Back to the record type before this one",
        "Record types",
    ),
    ActionRow(
        "open_record",
        ("enter",),
        "open",
        "Open the record under the cursor",
        "Records",
        "crmdeck get TYPE ID",
        True,
    ),
    ActionRow(
        "quick_filter",
        ("slash",),
        "filter",
        "Filter the loaded rows; !text hides those that match",
        "Records",
        "",
        True,
    ),
    ActionRow(
        "sort",
        ("s",),
        "sort",
        "Sort by this column; again: flip, again: off",
        "Records",
        "crmdeck query --sort NAME",
        True,
    ),
    ActionRow(
        "add_sort",
        ("S",),
        "add sort",
        "Add this column as the next sort key, three at most",
        "Records",
    ),
    ActionRow("refresh", ("r",), "refresh", "Read the list again", "Records"),
    ActionRow(
        "refresh_schema",
        ("ctrl+r",),
        "refetch schema",
        "Fetch the schema again, then the list",
        "Records",
    ),
    ActionRow(
        "count",
        ("R",),
        "count",
        "Say what counting all rows would cost; again: count them",
        "Records",
    ),
    ActionRow(
        "export",
        ("E",),
        "export",
        "Write the rows on screen, the loaded ones or all to a file",
        "Records",
        "crmdeck export TYPE -o FILE",
    ),
    ActionRow(
        "import_file",
        ("I",),
        "import",
        "Make or change records from the rows of a file",
        "Records",
        "crmdeck import TYPE FILE",
    ),
    ActionRow(
        "bulk",
        ("b",),
        "bulk",
        "Change or archive the marked records by a plan",
        "Records",
        "crmdeck plan TYPE EXPR a=v ... -o FILE",
    ),
    ActionRow("preview", ("p",), "preview", "Show or hide the record beside the table", "Records"),
    ActionRow(
        "whole_value", ("V",), "whole value", "The whole value of the focused cell", "Records"
    ),
    ActionRow("mark", ("space",), "mark", "Mark this record, or take its mark away", "Records"),
    ActionRow(
        "mark_range", ("v",), "mark range", "Mark the rows from the last mark to here", "Records"
    ),
    ActionRow(
        "mark_all",
        ("asterisk",),
        "mark all",
        "Mark all loaded rows; again: none of them",
        "Records",
    ),
    ActionRow(
        "query_builder",
        ("f",),
        "query",
        "Build the query clause by clause; again: close it",
        "Query",
        "crmdeck query TYPE EXPR",
        True,
    ),
    ActionRow(
        "query_text",
        ("F",),
        "query text",
        "Write the query as text, with completion",
        "Query",
        "crmdeck query TYPE EXPR",
    ),
    ActionRow(
        "query_json",
        (),
        "query JSON",
        "Write the query as the JSON that the API takes",
        "Query",
        "crmdeck query TYPE --filters JSON",
        keys_in_words=":json",
    ),
    ActionRow("save_query", ("ctrl+s",), "save", "Keep the query under a name", "Query"),
    ActionRow(
        "saved_queries",
        ("H",),
        "saved",
        "Saved queries and history; what changed since one was last run",
        "Query",
        "crmdeck saved",
    ),
    ActionRow(
        "filter_cell",
        ("equals_sign",),
        "only these",
        "Ask only for the value of this cell",
        "Query",
    ),
    ActionRow(
        "exclude_cell", ("tilde",), "not these", "Ask for all but the value of this cell", "Query"
    ),
    ActionRow(
        "filter_like_row",
        ("ampersand",),
        "like this row",
        "Ask for records with the same choices, flags and references as this one",
        "Query",
    ),
    ActionRow(
        "paste_query",
        (),
        "paste",
        "Look up a pasted column of ids, e-mail addresses or domains, and see what was not found",
        "Query",
        keys_in_words=":paste",
    ),
    ActionRow(
        "statistics",
        ("number_sign",),
        "statistics",
        "What this column holds: counts, top values, a histogram",
        "Query",
    ),
    ActionRow("columns", ("c",), "columns", "Choose, order, widen and pin columns", "Query"),
    ActionRow("add_clause", ("a",), "add", "Add a condition below this line", "Query builder"),
    ActionRow(
        "remove_clause",
        ("x", "delete"),
        "remove",
        "Remove this clause or sort key",
        "Query builder",
    ),
    ActionRow(
        "switch_clause",
        ("space",),
        "off/on",
        "Keep this clause but do not ask it; again: ask it",
        "Query builder",
    ),
    ActionRow(
        "negate_clause", ("n",), "not", "Ask for the opposite of this clause", "Query builder"
    ),
    ActionRow(
        "join_clause",
        ("o",),
        "and/or",
        "Let all clauses of this group hold, or any of them",
        "Query builder",
    ),
    ActionRow(
        "group_clause",
        ("left_parenthesis",),
        "group",
        "Put this clause into a group",
        "Query builder",
    ),
    ActionRow(
        "ungroup_clause", ("right_parenthesis",), "ungroup", "Dissolve this group", "Query builder"
    ),
    ActionRow(
        "clause_down", ("J", "shift+down"), "move down", "Move this clause down", "Query builder"
    ),
    ActionRow("clause_up", ("K", "shift+up"), "move up", "Move this clause up", "Query builder"),
    ActionRow(
        "undo_clause", ("u",), "undo", "Take the last change of the query back", "Query builder"
    ),
    ActionRow(
        "edit",
        ("e",),
        "edit",
        "Edit this record; a draft of it is taken up again",
        "Editing",
        "crmdeck patch TYPE ID",
    ),
    ActionRow(
        "new_record",
        ("n",),
        "new",
        "Make a record, or change the one that has a unique value",
        "Editing",
        "crmdeck create TYPE",
    ),
    ActionRow(
        "archive",
        ("D",),
        "archive",
        "Archive this record, after a review of what hangs on it",
        "Editing",
        "crmdeck archive TYPE ID",
    ),
    ActionRow(
        "resume_draft", ("N",), "drafts", "Go on with the draft that was saved last", "Editing"
    ),
    ActionRow("apply", ("A",), "apply", "Send what the review on screen shows", "Editing"),
    ActionRow(
        "undo", ("u",), "undo", "Take the last confirmed write back, after a review", "Editing"
    ),
    ActionRow("journal", ("U",), "journal", "What was sent, and how each of it ended", "Editing"),
    ActionRow("revert_field", ("u",), "as it was", "Give up the change of this attribute", "Form"),
    ActionRow(
        "clear_field", ("x", "delete"), "clear", "Let this attribute hold nothing: null", "Form"
    ),
    ActionRow(
        "empty_field",
        ("z",),
        "empty",
        "Let this attribute hold an empty text or list, which is not nothing",
        "Form",
    ),
    ActionRow("discard_draft", ("X",), "discard", "Give up the whole draft; asks before", "Form"),
    ActionRow(
        "assert_record",
        ("M",),
        "match",
        "Create, or update the record that has this unique value",
        "Form",
        "crmdeck assert TYPE",
    ),
    ActionRow("add_item", ("a",), "add", "Add an item to this list", "Form"),
    ActionRow("remove_item", ("x", "delete"), "remove", "Remove this item; again: keep it", "Form"),
    ActionRow("make_primary", ("m",), "primary", "Make this item the primary one", "Form"),
    ActionRow("take_mine", ("m",), "mine", "Send my value of this attribute", "Conflict"),
    ActionRow(
        "take_theirs",
        ("t",),
        "theirs",
        "Keep what somebody else wrote, and give up mine",
        "Conflict",
    ),
    ActionRow(
        "why",
        ("w",),
        "why",
        "Why is this locked, or why not: the rule and its source",
        "Explain",
        "crmdeck capabilities",
        True,
    ),
    ActionRow(
        "capabilities",
        (),
        "capabilities",
        "Every record type and action: what can be done, and on what evidence",
        "Explain",
        "crmdeck capabilities",
        keys_in_words=":capabilities",
    ),
    ActionRow(
        "request",
        ("i",),
        "request",
        "The exact request as JSON, curl and command line",
        "Explain",
        "",
        True,
    ),
    ActionRow("request_log", ("at",), "log", "Every request of this session", "Explain"),
    ActionRow("copy_value", ("y",), "copy", "Copy the focused value to the clipboard", "Records"),
    ActionRow("copy_id", ("Y",), "copy id", "Copy the record's id to the clipboard", "Records"),
    ActionRow(
        "command",
        ("colon",),
        "command",
        "Type a command: a record type, why, sort, q",
        "Everywhere",
    ),
    ActionRow(
        "help",
        ("question_mark", "f1"),
        "help",
        "Search and run everything that works here",
        "Everywhere",
        "crmdeck --help",
        True,
    ),
    ActionRow("palette", ("ctrl+p",), "palette", "Find an action by name", "Everywhere"),
    ActionRow(
        "lock",
        ("exclamation_mark",),
        "lock",
        "Refuse every write at once; again: type the workspace's name to unlock",
        "Everywhere",
        "--read-only",
    ),
    ActionRow(
        "cancel",
        ("ctrl+c",),
        "cancel",
        "Cancel the running request; twice within 2 s: quit",
        "Everywhere",
    ),
    ActionRow("quit", ("q",), "quit", "Leave crmdeck; in a view: close it", "Everywhere", "", True),
)
"""Everything that has a key, in the order help shows it."""

ACTION_BY_NAME: Final = {row.name: row for row in ACTIONS}
"""The same rows by name."""
