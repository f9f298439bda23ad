"""One key after the other: what is typed ahead goes where it was meant for.

Textual hands all keys that have arrived to the widget that has the focus now. Typed fast, pasted or sent over a slow link,
`:account` would open the command line and then run its letters as commands. So each key waits until the one before it was
handled, with the focus where that one put it.
"""

from collections import deque
from typing import Final

from textual import events, on
from textual.app import App
from textual.message import Message
from textual.widget import Widget

PATIENCE_S: Final = 0.5
"""A key whose widget went away without handling it holds the others no longer than this."""

IMMEDIATE_KEYS: Final = frozenset({"ctrl+c"})
"""Keys that overtake: they stop what is going on."""


class OrderlyKeysApp(App[int]):
    """An application that handles one key at a time."""

    class KeyHandled(Message):
        """Follows a key on its way up from the focused widget: when it is here, the key has been handled.

        It is sent twice: the second one follows what the widget said because of the key, such as that Enter was pressed.
        """

        def __init__(self, target: Widget, *, is_last: bool) -> None:
            super().__init__()
            self.target = target
            self.is_last = is_last

    def __init__(self) -> None:
        super().__init__()
        self._waiting_keys: deque[events.Key] = deque()
        self._key_number = 0
        self._is_key_under_way = False

    async def on_event(self, event: events.Event) -> None:
        """Let a key through when none is under way; other events pass."""
        if not isinstance(event, events.Key) or event.is_forwarded or event.key in IMMEDIATE_KEYS:
            await super().on_event(event)
        elif self._is_key_under_way:
            if not self._waiting_keys:
                number = self._key_number
                self.set_timer(PATIENCE_S, lambda: self._lose_patience(number))
            self._waiting_keys.append(event)
        else:
            self._is_key_under_way = True
            self._key_number += 1
            target = self.focused or self.screen
            await super().on_event(event)
            self._follow(target, is_last=False)

    def _follow(self, target: Widget, *, is_last: bool) -> None:
        if not target.post_message(self.KeyHandled(target, is_last=is_last)):
            self.call_later(self._pass_next_key)

    @on(KeyHandled)
    def wait_for_focus(self, event: KeyHandled) -> None:
        """A change of focus which the key asked for stands in the queue by now; go behind it."""
        if event.is_last:
            self.call_later(self._pass_next_key)
        else:
            self._follow(event.target, is_last=True)

    def _lose_patience(self, number: int) -> None:
        if self._is_key_under_way and self._key_number == number:
            self._pass_next_key()

    def _pass_next_key(self) -> None:
        self._is_key_under_way = False
        if self._waiting_keys:
            self.post_message(self._waiting_keys.popleft())
