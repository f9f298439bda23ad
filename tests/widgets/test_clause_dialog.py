"""Making a condition step by step, without a screen."""

from datetime import UTC, datetime

import pytest

from app.domain.date_words import Calendar
from app.domain.expression import Condition, DateWord, Operand
from app.domain.schema import RecordType
from tests.support.small_workspace import small_record_types, uuid_of
from widgets.clause_dialog import ClauseDialog

CALENDAR = Calendar(datetime(2026, 1, 5, 9, 30, tzinfo=UTC), UTC)


def types() -> dict[str, RecordType]:
    """The schemas of the small workspace."""
    return {row.api_name: row for row in small_record_types()}


def dialog(start: Condition | None = None) -> ClauseDialog:
    """A dialog on contacts."""
    known = types()
    return ClauseDialog(known["contact"], known, CALENDAR, start)


def keys(asking: ClauseDialog) -> list[str]:
    """What is offered."""
    return [choice.key for choice in asking.question().choices]


def test_only_filterable_attributes_are_offered() -> None:
    """And the steps on to other record types."""
    offered = keys(dialog())
    schema = types()["contact"]
    own = [name for name in offered if not name.endswith(".")]
    assert own == [row.api_name for row in schema.attributes if row.is_filterable]
    assert "accounts." in offered
    assert "address" not in own or schema.attribute_by_name["address"].is_filterable


def test_only_the_operators_of_the_schema_are_offered() -> None:
    """In the server's order."""
    asking = dialog()
    asking.answer("stage", "")
    assert keys(asking) == [*types()["contact"].attribute_by_name["stage"].filter_operators]


@pytest.mark.parametrize(
    ("answers", "field", "operator", "value"),
    [
        (["stage", "eq", "working"], "stage", "eq", "working"),
        (["title", "exists"], "title", "exists", None),
        (["title", "contains", "VP"], "title", "contains", "VP"),
        (["updated_at", "gte", "7D"], "updated_at", "gte", DateWord("7d")),
        (
            ["updated_at", "between", "monday", "2026-01-05T00:00:00Z"],
            "updated_at",
            "between",
            (DateWord("monday"), "2026-01-05T00:00:00Z"),
        ),
        (["accounts.", "display_name", "eq", "Acme"], "accounts.display_name", "eq", "Acme"),
    ],
)
def test_answers_make_a_condition(
    answers: list[str], field: str, operator: str, value: Operand
) -> None:
    """Step by step, as far as the operator needs."""
    asking = dialog()
    for text in answers:
        assert asking.condition is None
        asking.answer(None, text)
    assert asking.condition == Condition(field, operator, value)


def test_several_values_are_gathered_until_they_are_taken() -> None:
    """One that is chosen again is given up."""
    asking = dialog()
    for text in ("stage", "in", "working", "won", "lost", "won"):
        asking.answer(text, "")
    take = keys(asking)[0]
    assert asking.question().choices[0].note == "working, lost"
    asking.answer(take, "")
    assert asking.condition == Condition("stage", "in", ("working", "lost"))


@pytest.mark.parametrize(
    ("answers", "text", "words"),
    [
        (["stage", "eq"], "nonsense", "none of its choices"),
        (["updated_at", "gte"], "soon", "is not a moment"),
        (["owner_user_id", "eq"], "J. Diaz", "is not an id"),
    ],
)
def test_a_text_that_is_no_such_value_is_refused_and_the_step_stays(
    answers: list[str], text: str, words: str
) -> None:
    """Nothing that was chosen before is lost."""
    asking = dialog()
    for answer in answers:
        asking.answer(answer, "")
    with pytest.raises(ValueError, match=words):
        asking.answer(None, text)
    assert asking.condition is None
    assert asking.question().title.startswith(answers[0])


def test_a_condition_that_is_changed_starts_at_its_value() -> None:
    """Most changes are of the value; the operator is one step back."""
    asking = dialog(Condition("stage", "in", ("won",), is_off=True))
    assert asking.question().choices[0].note == "won"
    asking.answer("lost", "")
    asking.answer(keys(asking)[0], "")
    assert asking.condition == Condition("stage", "in", ("won", "lost"), is_off=True)
    assert asking.back()
    assert keys(asking)[0] == "eq"


def test_a_condition_the_builder_cannot_express_starts_at_the_attribute() -> None:
    """Such as one on an attribute the schema lost."""
    assert "stage" in keys(dialog(Condition("gone", "eq", "x")))


def test_stepping_back_from_the_first_question_leaves() -> None:
    """There is nothing before it; before that each step has one."""
    asking = dialog()
    asking.answer("accounts.", "")
    assert asking.back()
    assert not asking.back()


def test_an_unknown_schema_is_asked_for() -> None:
    """Until it is there, there is nothing to choose."""
    known = types()
    account = known.pop("account")
    asking = ClauseDialog(known["contact"], known, CALENDAR)
    asking.answer("accounts.", "")
    assert asking.question().wanted_type == "account"
    asking.schemas = {**known, "account": account}
    assert asking.question().wanted_type is None
    assert "display_name" in keys(asking)


def test_references_are_searched_by_name_or_given_by_id() -> None:
    """What was found is offered; an id needs no search."""
    asking = dialog()
    asking.answer("owner_user_id", "")
    asking.answer("eq", "")
    assert asking.question().searched_type == "user"
    wanted = uuid_of("user", 1)
    asking.offer_records([(wanted, "J. Diaz")])
    assert [choice.label for choice in asking.question().choices] == ["J. Diaz"]
    other = uuid_of("user", 9)
    assert asking.question(other).choices[0].key == other
    asking.answer(wanted, "")
    assert asking.condition == Condition("owner_user_id", "eq", wanted)
