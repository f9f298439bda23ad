"""Any order of creates, changes, archives and asserts of contacts leaves what a simple model of them says."""

import asyncio
import tempfile
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import httpx
from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import (
    Bundle,
    RuleBasedStateMachine,
    consumes,
    initialize,
    invariant,
    multiple,
    rule,
)

from app.server.store.standard import STANDARD_TYPES
from app.server.store.workspace import Store, open_workspace
from app.server.store.writer import WorkspaceWriter
from tests.server.workspaces import client_of

EMAILS = st.sampled_from(
    ["a@x.test", "A@X.test", "b@x.test", "c@x.test", "é@x.test", "e\u0301@x.test"]
)
TITLES = st.none() | st.sampled_from(["", "CEO", "CTO"])
NAMES = st.sampled_from(["Ann", "Bob", "Zoë"])


def _same(email: str) -> str:
    return email.replace("e\u0301", "é").lower()


@dataclass
class Person:
    """What the model knows of a contact."""

    first_name: str
    title: str | None
    emails: list[str] = field(default_factory=list)
    """Each as `_same` says it."""
    primary: str | None = None
    updated_at: str = ""


class Contacts(RuleBasedStateMachine):
    """The server and the model side by side."""

    contacts = Bundle("contacts")

    @initialize()
    def open(self) -> None:
        """An empty workspace."""
        self.folder = tempfile.TemporaryDirectory()
        path = Path(self.folder.name) / "model.db"
        with WorkspaceWriter(path, STANDARD_TYPES):
            pass
        self.store: Store = open_workspace(path)
        self.runner = asyncio.Runner()
        self.client = client_of(self.store)
        self.people: dict[str, Person] = {}

    def teardown(self) -> None:
        """Let go of it."""
        if hasattr(self, "runner"):
            self.runner.run(self.client.aclose())
            self.runner.close()
            self.store.close()
            self.folder.cleanup()

    def ask(self, method: str, path: str, body: Any = None) -> httpx.Response:
        """One request."""
        return self.runner.run(self.client.request(method, path, json=body))

    def holder(self, email: str) -> str | None:
        """Who has an address."""
        return next((key for key, row in self.people.items() if _same(email) in row.emails), None)

    def note(self, answer: httpx.Response, person: Person) -> str:
        """The model takes what was answered."""
        data = answer.json()["data"]
        person.updated_at = data["updated_at"]
        self.people[data["id"]] = person
        return str(data["id"])

    def promote(self, person: Person, email: str | None) -> None:
        """What writing the primary address does."""
        if email is not None and _same(email) not in person.emails:
            person.emails.append(_same(email))
        person.primary = None if email is None else _same(email)

    @rule(target=contacts, name=NAMES, title=TITLES, email=st.none() | EMAILS)
    def create(self, name: str, title: str | None, email: str | None) -> Any:
        """A new one, unless the address is taken."""
        attributes = {"first_name": name, "last_name": "X", "title": title, "primary_email": email}
        answer = self.ask("POST", "/contact", {"attributes": attributes})
        if email is not None and self.holder(email) is not None:
            assert answer.status_code == 409
            return multiple()
        assert answer.status_code == 201
        person = Person(name, title)
        self.promote(person, email)
        return self.note(answer, person)

    @rule(contact=contacts, title=TITLES, email=st.none() | EMAILS)
    def patch(self, contact: str, title: str | None, email: str | None) -> None:
        """Title and primary address."""
        body = {"attributes": {"title": title, "primary_email": email}}
        answer = self.ask("PATCH", f"/contact/{contact}", body)
        person = self.people[contact]
        if email is not None and self.holder(email) not in {None, contact}:
            assert answer.status_code == 409
            return
        assert answer.status_code == 200
        before = person.updated_at
        has_same_words = (person.title, person.primary) == (title, email and _same(email))
        person.title = title
        self.promote(person, email)
        self.note(answer, person)
        assert person.updated_at > before or (has_same_words and person.updated_at == before)

    @rule(contact=contacts, emails=st.lists(EMAILS, max_size=3, unique_by=_same))
    def replace(self, contact: str, emails: list[str]) -> None:
        """The whole list, the first one primary."""
        items = [{"email": email, "is_primary": place == 0} for place, email in enumerate(emails)]
        answer = self.ask("PATCH", f"/contact/{contact}", {"attributes": {"contact_emails": items}})
        if any(self.holder(email) not in {None, contact} for email in emails):
            assert answer.status_code == 409
            return
        person = self.people[contact]
        person.emails = [_same(email) for email in emails]
        person.primary = person.emails[0] if emails else None
        self.note(answer, person)

    @rule(contact=consumes(contacts))
    def archive(self, contact: str) -> None:
        """Gone, and its addresses are free."""
        if contact in self.people:
            assert self.ask("DELETE", f"/contact/{contact}").status_code == 204
            del self.people[contact]
        assert self.ask("GET", f"/contact/{contact}").status_code == 404

    @rule(target=contacts, email=EMAILS, title=TITLES, name=NAMES)
    def assert_record(self, email: str, title: str | None, name: str) -> Any:
        """The holder of an address is changed, or there is a new one."""
        body = {
            "match": {"contact_emails": email},
            "attributes": {"first_name": name, "last_name": "X", "title": title},
        }
        answer = self.ask("POST", "/contact/_assert", body)
        holder = self.holder(email)
        if holder is None:
            assert (answer.status_code, answer.json()["meta"]["action"]) == (201, "created")
            person = Person(name, title)
            self.promote(person, email)
            return self.note(answer, person)
        assert (answer.status_code, answer.json()["meta"]["action"]) == (200, "updated")
        assert answer.json()["data"]["id"] == holder
        person = self.people[holder]
        person.first_name, person.title = name, title
        self.note(answer, person)
        return multiple()

    @invariant()
    def both_say_the_same(self) -> None:
        """The query shows the model's people in the order they were made."""
        if not hasattr(self, "runner"):
            return
        rows = self.ask("POST", "/contact/_query", {"limit": 100}).json()["data"]
        assert [row["id"] for row in rows] == list(self.people)
        for row, person in zip(rows, self.people.values(), strict=True):
            attributes = row["attributes"]
            shown = [item["value"] for item in attributes["contact_emails"]]
            assert attributes["first_name"]["value"] == person.first_name
            assert attributes["title"]["value"] == person.title
            assert attributes["display_name"]["value"] == f"{person.first_name} X"
            assert [_same(item["email"]) for item in shown] == person.emails
            primary = [_same(item["email"]) for item in shown if item["is_primary"]]
            assert primary == ([person.primary] if person.primary else [])
            found = attributes["primary_email"]["value"]
            assert (None if found is None else _same(found)) == person.primary
            assert row["updated_at"] == person.updated_at


TestContacts = Contacts.TestCase
TestContacts.settings = settings(max_examples=25, stateful_step_count=20, deadline=None)
