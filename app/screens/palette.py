"""The palette (Ctrl+P): every action by name."""

from functools import partial

from textual.command import DiscoveryHit, Hit, Hits, Provider
from textual.content import Content

from app.domain.actions import ACTIONS, ActionRow
from app.screens.browse import BrowseScreen
from widgets.key_bindings import keys_in_words


class ActionProvider(Provider):
    """Offers the table of actions."""

    async def discover(self) -> Hits:
        """Everything, before something is typed."""
        for row in ACTIONS:
            yield DiscoveryHit(
                Content(_prompt(row)), self._run(row), text=row.help, help=_help(row)
            )

    async def search(self, query: str) -> Hits:
        """What fits the typed text."""
        matcher = self.matcher(query)
        for row in ACTIONS:
            score = matcher.match(_prompt(row))
            if score > 0:
                yield Hit(score, matcher.highlight(_prompt(row)), self._run(row), help=_help(row))

    def _run(self, row: ActionRow) -> partial[None]:
        return partial(self._run_named, row.name)

    def _run_named(self, name: str) -> None:
        screen = self.screen
        if isinstance(screen, BrowseScreen):
            screen.call_later(screen.run_named, name)


def _prompt(row: ActionRow) -> str:
    return f"{row.label}: {row.help}"


def _help(row: ActionRow) -> str:
    return f"{keys_in_words(row)}   {row.command_line}".rstrip()
