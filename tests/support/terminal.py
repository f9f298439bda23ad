r"""Run a program on a pseudo-terminal, press its keys and read its screen.

    with Terminal([sys.executable, "-m", "app"], columns=80, lines=24) as terminal:
        terminal.wait_for("contact")
        terminal.send("down", "enter")
        terminal.wait_for(re.compile(r"(\d+) loaded"))
        terminal.send("ctrl+q")
        assert terminal.wait_exit() == 0
        assert modes_left_set(terminal.raw) == set()

The terminal answers what programs ask an xterm (device attributes, cursor position, modes, sizes,
colours, kitty keyboard flags). Nothing waits by sleeping: every wait reads until it is fulfilled or
its deadline has passed. What is written is drawn when the screen is looked at, so that reading
keeps up with the program and the stamps in `chunks` are right.

Not drawn: REP, SU and SD (`CSI b`, `S`, `T`), which pyte does not know. Unknown sequences are
dropped, as a terminal does.
"""

import contextlib
import errno
import fcntl
import os
import pty
import re
import select
import signal
import subprocess
import termios
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from pathlib import Path
from types import TracebackType
from typing import Self, TypeAlias

import pyte

DEFAULT_TIMEOUT_S = 10.0
"""How long a wait may take when the caller does not say."""
READ_SIZE_BYTES = 65_536
"""The most that one read takes."""
SLICE_S = 0.01
"""How long one look at the terminal may take where two things are waited for."""

_HIDDEN_VARIABLES = re.compile(
    r"COLORTERM|COLUMNS|LINES|NO_COLOR|FORCE_COLOR|TERM_PROGRAM\w*|TEXTUAL\w*|SSH_\w+|TMUX|STY"
)
"""Variables of our own terminal and test run which would change what a program shows."""

_MODE_NAMES = {
    1: "application cursor keys",
    7: "no line wrap",
    25: "cursor hidden",
    1000: "mouse clicks",
    1002: "mouse drags",
    1003: "mouse moves",
    1004: "focus reports",
    1006: "mouse SGR",
    1015: "mouse urxvt",
    1016: "mouse pixels",
    1049: "alternate screen",
    2004: "bracketed paste",
    2026: "synchronised output",
    2048: "in-band resize",
}
"""DEC private modes by number; the words say what the program left behind."""
_MODES_AT_START = frozenset({7, 25})
"""Private modes which are set in a fresh terminal: line wrap and the visible cursor."""
_KITTY_KEYS = "kitty keys"

_SEQUENCE = re.compile(
    rb"\x1b(?:"
    rb"\[(?P<prefix>[<=>?]?)(?P<parameters>[0-9;:]*)(?P<between>[ -/]*)(?P<final>[@-~])"
    rb"|\](?P<command>[^\x07\x1b]*)(?:\x07|\x1b\\)"
    rb"|[PX^_](?P<device>[^\x1b]*)\x1b\\"
    rb"|(?P<plain>[ -/]*[0-OQ-WYZ\\`-~]))"
)
"""A whole control sequence: CSI, OSC, a device string (DCS, SOS, PM, APC), or a plain escape."""
_UNFINISHED = re.compile(
    rb"\x1b(?:\[[0-?]*[ -/]*|\][^\x07\x1b]*\x1b?|[PX^_][^\x1b]*\x1b?|[ -/]*)\Z"
)
"""The start of a control sequence whose rest is in the next chunk."""

_Piece: TypeAlias = re.Match[bytes] | bytes
"""A control sequence, or a text between two of them."""

_COLOUR_ANSWERS = {
    b"10;?": "\x1b]10;rgb:e5e5/e5e5/e5e5\x1b\\",
    b"11;?": "\x1b]11;rgb:0000/0000/0000\x1b\\",
}
"""Foreground and background colour, by the OSC command that asks."""

_PLAIN_KEYS = {
    "enter": "\r",
    "esc": "\x1b",
    "tab": "\t",
    "shift+tab": "\x1b[Z",
    "space": " ",
    "backspace": "\x7f",
    "ctrl+space": "\x00",
}
_LETTER_KEYS = {"up": "A", "down": "B", "right": "C", "left": "D", "end": "F", "home": "H"} | {
    f"f{number}": letter for number, letter in enumerate("PQRS", start=1)
}
"""Keys sent as `CSI letter` (`SS3 letter` for f1 to f4), or `CSI 1;modifier letter`."""
_NUMBER_KEYS = {"insert": 2, "delete": 3, "pgup": 5, "pgdn": 6} | {
    f"f{number}": code for number, code in enumerate((15, 17, 18, 19, 20, 21, 23, 24), start=5)
}
"""Keys sent as `CSI number ~`, or `CSI number;modifier ~`."""
_MODIFIERS = {"shift": 1, "alt": 2, "ctrl": 4}


def key_bytes(key: str) -> bytes:
    """What an xterm sends for a key: its name, perhaps with `shift+`, `alt+`, `ctrl+`, or a text.

    A text which is no key's name stands for itself.
    """
    return _key_text(key).encode()


def _key_text(key: str) -> str:
    if key in _PLAIN_KEYS:
        return _PLAIN_KEYS[key]
    *modifiers, name = key.split("+") if key[-1:] != "+" else [key]
    if not set(modifiers) <= set(_MODIFIERS):
        return key
    code = 1 + sum(_MODIFIERS[modifier] for modifier in modifiers)
    if name in _LETTER_KEYS:
        plain = "\x1bO" if name.startswith("f") else "\x1b["
        return (f"\x1b[1;{code}" if modifiers else plain) + _LETTER_KEYS[name]
    if name in _NUMBER_KEYS:
        return f"\x1b[{_NUMBER_KEYS[name]}" + (f";{code}~" if modifiers else "~")
    if modifiers[:1] == ["alt"]:
        return "\x1b" + _key_text(key.removeprefix("alt+"))
    if modifiers == ["ctrl"] and len(name) == 1:
        return chr(ord(name.upper()) & 0x1F)
    return key


def modes_left_set(raw: bytes) -> set[str]:
    """Names of the terminal modes which differ from a fresh terminal's after `raw` was written."""
    modes = _Modes()
    for sequence in _SEQUENCE.finditer(raw):
        modes.follow(sequence)
    return modes.left_set()


class _Modes:
    """The private modes and keyboard flags which a byte stream has set."""

    def __init__(self) -> None:
        self._reset()

    def _reset(self) -> None:
        self.private = set(_MODES_AT_START)
        self._kitty: dict[bool, list[int]] = {False: [0], True: [0]}
        """Stack of keyboard flags of the main screen and of the alternate one."""

    @property
    def is_alternate(self) -> bool:
        return bool(self.private & {47, 1047, 1049})

    @property
    def kitty_flags(self) -> int:
        return self._kitty[self.is_alternate][-1]

    def follow(self, sequence: re.Match[bytes]) -> None:
        """Apply a control sequence if it changes a mode."""
        numbers = _numbers(sequence)
        match sequence["prefix"], sequence["between"], sequence["final"]:
            case b"?", b"", b"h":
                self.private.update(numbers)
            case b"?", b"", b"l":
                self.private.difference_update(numbers)
            case b">" | b"<" | b"=", b"", b"u":
                self._change_kitty_flags(sequence["prefix"], numbers)
            case _:
                if sequence["plain"] == b"c":
                    self._reset()

    def _change_kitty_flags(self, prefix: bytes, numbers: list[int]) -> None:
        stack = self._kitty[self.is_alternate]
        match prefix:
            case b">":
                stack.append(numbers[0] if numbers else 0)
            case b"<":
                del stack[max(1, len(stack) - (numbers[0] if numbers else 1)) :]
            case _:
                stack[-1] = numbers[0] if numbers else 0

    def left_set(self) -> set[str]:
        changed = self.private ^ _MODES_AT_START
        names = {_MODE_NAMES.get(mode, f"mode {mode}") for mode in changed}
        return names | {_KITTY_KEYS for stack in self._kitty.values() if stack != [0]}


def _numbers(sequence: re.Match[bytes]) -> list[int]:
    parameters = sequence["parameters"] or b""
    return [int(part) for part in re.split(rb"[;:]", parameters) if part]


class _Splitter:
    """Cuts a byte stream, which comes in chunks, into texts and whole control sequences."""

    def __init__(self) -> None:
        self._held_back = b""
        """The start of a sequence whose rest is in the next chunk."""

    def split(self, chunk: bytes) -> Iterator[_Piece]:
        """The pieces which the chunk completes, in their order."""
        data = self._held_back + chunk
        unfinished = _UNFINISHED.search(data)
        end = unfinished.start() if unfinished else len(data)
        self._held_back = data[end:]
        done = 0
        for sequence in _SEQUENCE.finditer(data, 0, end):
            if sequence.start() > done:
                yield data[done : sequence.start()]
            yield sequence
            done = sequence.end()
        if done < end:
            yield data[done:end]


class Screen:
    """What a terminal shows after the bytes it was fed: two pyte screens and the way to them."""

    def __init__(self, columns: int, lines: int) -> None:
        self.columns = columns
        self.lines = lines
        self.modes = _Modes()
        self._splitter = _Splitter()
        self._screens = {
            is_alternate: pyte.Screen(columns, lines) for is_alternate in (False, True)
        }
        self._streams = {
            is_alternate: pyte.ByteStream(screen) for is_alternate, screen in self._screens.items()
        }

    def feed(self, data: bytes) -> None:
        """Draw a chunk of output."""
        for piece in self._splitter.split(data):
            self.draw(piece)

    def draw(self, piece: _Piece) -> None:
        """Draw a text, or do what a control sequence says."""
        if isinstance(piece, bytes):
            self._streams[self.modes.is_alternate].feed(piece.replace(b"\x1b", b""))
            return
        was_alternate = self.modes.is_alternate
        self.modes.follow(piece)
        if self.modes.is_alternate and not was_alternate:
            self._screens[True].reset()
        if _is_known_to_pyte(piece):
            # more parameters than pyte's method takes: pyte resets its parser and goes on
            with contextlib.suppress(TypeError, ValueError, IndexError):
                self._streams[self.modes.is_alternate].feed(piece[0])

    @property
    def text(self) -> str:
        """The lines, without the blanks at their ends."""
        screen = self._screens[self.modes.is_alternate]
        return "\n".join(self._line(screen, row) for row in range(self.lines))

    def _line(self, screen: pyte.Screen, row: int) -> str:
        cells = [screen.buffer[row][column].data for column in range(self.columns)]
        shown = [
            # the second half of a wide character is empty, unless its first half was overwritten
            cell or ("" if before and pyte.screens.wcwidth(before[0]) == 2 else " ")
            for before, cell in zip(["", *cells], cells, strict=False)
        ]
        return "".join(shown).rstrip()

    @property
    def cursor(self) -> tuple[int, int]:
        """Line and column of the cursor, counted from 0."""
        cursor = self._screens[self.modes.is_alternate].cursor
        return cursor.y, min(cursor.x, self.columns - 1)

    def resize(self, columns: int, lines: int) -> None:
        """Change the size; what no longer fits is lost."""
        self.columns = columns
        self.lines = lines
        for screen in self._screens.values():
            screen.resize(lines, columns)


def _is_known_to_pyte(sequence: re.Match[bytes]) -> bool:
    """Whether pyte draws the sequence rightly, rather than write its rest as text."""
    if sequence["final"] is None:
        return sequence["plain"] is not None
    if sequence["prefix"] == b"?":
        return sequence["final"] in b"hl" and not sequence["between"]
    is_bare = not sequence["prefix"] and not sequence["between"]
    return is_bare and b":" not in sequence["parameters"] and sequence["final"] not in b"cnt"


class Terminal:
    """A program on a pseudo-terminal of its own; leaving the context kills its process group."""

    def __init__(
        self,
        argv: Sequence[str | Path],
        *,
        env: Mapping[str, str] | None = None,
        cwd: Path | None = None,
        columns: int = 80,
        lines: int = 24,
        has_in_band_resize: bool = False,
    ) -> None:
        """`env` is added to ours, less the variables which tell of our own terminal."""
        self.chunks: list[tuple[float, bytes]] = []
        """All that was read, each with its time in `time.perf_counter()` seconds."""
        self.started_s = 0.0
        """When the program was started, on the same clock."""
        self.columns = columns
        self.lines = lines
        self._argv = [str(part) for part in argv]
        self._env = env or {}
        self._cwd = cwd
        self._has_in_band_resize = has_in_band_resize
        self._display = Screen(columns, lines)
        self._modes = _Modes()
        self._splitter = _Splitter()
        self._undrawn: list[_Piece] = []
        self._is_at_end = False
        self._exit_status: int | None = None

    def __enter__(self) -> Self:
        self._master, slave = pty.openpty()
        try:
            termios.tcsetwinsize(self._master, (self.lines, self.columns))
            os.set_blocking(self._master, False)
            self.started_s = time.perf_counter()
            self._process = subprocess.Popen(
                self._argv,
                stdin=slave,
                stdout=slave,
                stderr=slave,
                cwd=self._cwd,
                env=_environment(self._env),
                start_new_session=True,
                preexec_fn=_take_controlling_terminal,  # noqa: PLW1509  it calls nothing but ioctl
            )
        except BaseException:
            os.close(self._master)
            raise
        finally:
            os.close(slave)
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        # the child is not reaped before this, so that its number still means its own group
        with contextlib.suppress(ProcessLookupError):
            os.killpg(self.pid, signal.SIGKILL)
        self._process.wait()
        self.hang_up()

    @property
    def pid(self) -> int:
        """Process number of the program, also that of its process group."""
        return self._process.pid

    # What the program is given

    def send(self, *keys: str) -> None:
        """Press keys, each a name (`down`, `ctrl+c`, `shift+tab`, `f1`) or a text to be typed.

        Programs take the byte of Esc for the start of a longer key when more follows at once, so
        it must be the last of a call, and its effect be waited for.
        """
        if "esc" in keys[:-1]:
            raise ValueError("esc must be the last key of a send()")
        self.type("".join(_key_text(key) for key in keys))

    def type(self, text: str) -> None:
        """Write a text as it is, although it may be a key's name.

        Raises:
            AssertionError: the program does not take it.
        """
        unsent = text.encode()
        deadline_s = time.perf_counter() + DEFAULT_TIMEOUT_S
        while unsent and not self._is_at_end:
            if time.perf_counter() > deadline_s:
                raise AssertionError(self._failure(f"{len(unsent)} bytes of input not read"))
            if select.select([], [self._master], [], SLICE_S)[1]:
                unsent = unsent[self._write(unsent) :]
            else:
                self.read(0)  # a program stops reading when nobody takes what it writes

    def _write(self, data: bytes) -> int:
        """Write what fits; all of it is lost when the program has closed the terminal."""
        try:
            return os.write(self._master, data)
        except OSError as error:
            if error.errno != errno.EIO:
                raise
            return len(data)

    def paste(self, text: str) -> None:
        """Paste a text: between the paste marks when the program has asked for them."""
        is_bracketed = 2004 in self._modes.private
        self.type(f"\x1b[200~{text}\x1b[201~" if is_bracketed else text)

    def resize(self, columns: int, lines: int) -> None:
        """Change the size of the window; the program gets SIGWINCH or the in-band report."""
        self._draw()
        self.columns = columns
        self.lines = lines
        self._display.resize(columns, lines)
        termios.tcsetwinsize(self._master, (lines, columns))
        if 2048 in self._modes.private:
            self.type(self._size_report())

    def signal(self, number: signal.Signals) -> None:
        """Send a signal to the program alone."""
        os.kill(self.pid, number)

    def hang_up(self) -> None:
        """Close the terminal as a lost connection does: SIGHUP, and no more input or output."""
        if self._master >= 0:
            os.close(self._master)
            self._master = -1
            self._is_at_end = True

    # What the program does

    def read(self, timeout_s: float) -> bool:
        """Take one chunk of output; false when none came in time or none will come."""
        if self._is_at_end or not select.select([self._master], [], [], max(timeout_s, 0))[0]:
            return False
        try:
            data = os.read(self._master, READ_SIZE_BYTES)
        except OSError as error:
            if error.errno != errno.EIO:  # Linux's word for: the last program has closed it
                raise
            data = b""
        stamp_s = time.perf_counter()
        if not data:
            self._is_at_end = True
            return False
        self.chunks.append((stamp_s, data))
        self._receive(data)
        return True

    def settle(self, quiet_s: float = 0.1, timeout_s: float = DEFAULT_TIMEOUT_S) -> None:
        """Read until nothing has come for so long.

        Raises:
            AssertionError: the program still writes after `timeout_s`.
        """
        deadline_s = time.perf_counter() + timeout_s
        while self.read(quiet_s):
            if time.perf_counter() > deadline_s:
                raise AssertionError(self._failure(f"still writes after {timeout_s} s"))

    def wait_for(
        self, wanted: str | re.Pattern[str], timeout_s: float = DEFAULT_TIMEOUT_S
    ) -> re.Match[str]:
        """Read until the screen shows a text, or matches an expression; answers the match.

        Raises:
            AssertionError: it does not within `timeout_s`, or the program ended without it.
        """
        __tracebackhide__ = True
        expression = _expression(wanted)
        self._read_until(lambda: expression.search(self.screen) is not None, timeout_s)
        found = expression.search(self.screen)
        if found is None:
            raise AssertionError(self._failure(f"no {expression.pattern!r} in {timeout_s} s"))
        return found

    def wait_gone(
        self, unwanted: str | re.Pattern[str], timeout_s: float = DEFAULT_TIMEOUT_S
    ) -> None:
        """Read until the screen does not show a text any longer.

        Raises:
            AssertionError: it still does after `timeout_s`.
        """
        __tracebackhide__ = True
        expression = _expression(unwanted)
        self._read_until(lambda: expression.search(self.screen) is None, timeout_s)
        if expression.search(self.screen):
            raise AssertionError(self._failure(f"still {expression.pattern!r} after {timeout_s} s"))

    def wait_exit(self, timeout_s: float = DEFAULT_TIMEOUT_S) -> int:
        """Read until the program has ended; its status, or the negative number of its signal.

        Raises:
            AssertionError: it still runs after `timeout_s`.
        """
        __tracebackhide__ = True
        deadline_s = time.perf_counter() + timeout_s
        while (status := self.exit_status) is None:
            if time.perf_counter() > deadline_s:
                raise AssertionError(self._failure(f"still runs after {timeout_s} s"))
            if self._is_at_end:
                select.select([], [], [], SLICE_S)
            else:
                self.read(SLICE_S)
        while self.read(0) and time.perf_counter() < deadline_s:
            pass  # what it wrote at last
        return status

    @property
    def exit_status(self) -> int | None:
        """Status of the program, or the negative number of its signal; `None` while it runs."""
        if self._exit_status is None:
            ended = os.waitid(os.P_PID, self.pid, os.WEXITED | os.WNOHANG | os.WNOWAIT)
            if ended is not None:
                has_exited = ended.si_code == os.CLD_EXITED
                self._exit_status = ended.si_status if has_exited else -ended.si_status
        return self._exit_status

    @property
    def screen(self) -> str:
        """What the screen shows now, a line each, without the blanks at their ends."""
        self._draw()
        return self._display.text

    @property
    def cursor(self) -> tuple[int, int]:
        """Line and column of the cursor, counted from 0."""
        self._draw()
        return self._display.cursor

    @property
    def raw(self) -> bytes:
        """All the bytes the program has written."""
        return b"".join(data for _, data in self.chunks)

    @property
    def is_line_mode(self) -> bool:
        """Whether the terminal echoes and gives whole lines, as a shell expects it."""
        local_flags: int = termios.tcgetattr(self._master)[3]
        return bool(local_flags & termios.ECHO and local_flags & termios.ICANON)

    # Inside

    def _read_until(self, is_fulfilled: Callable[[], bool], timeout_s: float) -> None:
        """Read until the screen is as wanted, the time is over, or nothing more will come."""
        deadline_s = time.perf_counter() + timeout_s
        while not self._is_at_end:
            while self.read(0) and time.perf_counter() < deadline_s:
                pass
            remaining_s = deadline_s - time.perf_counter()
            if is_fulfilled() or remaining_s <= 0:
                return
            self.read(remaining_s)

    def _receive(self, data: bytes) -> None:
        """Cut new bytes into pieces to be drawn, and answer the questions among them."""
        for piece in self._splitter.split(data):
            self._undrawn.append(piece)
            if not isinstance(piece, bytes):
                self._modes.follow(piece)
                if answer := self._answer(piece):
                    self.type(answer)

    def _draw(self) -> None:
        for piece in self._undrawn:
            self._display.draw(piece)
        self._undrawn.clear()

    def _answer(self, sequence: re.Match[bytes]) -> str:
        """What an xterm answers to a sequence; empty when that is no question."""
        if sequence["command"] is not None:
            return _COLOUR_ANSWERS.get(sequence["command"], "")
        parameters = (sequence["parameters"] or b"").decode()
        match sequence["prefix"], parameters, sequence["between"], sequence["final"]:
            case b"", "" | "0", b"", b"c":
                return "\x1b[?62;22c"
            case b">", "" | "0", b"", b"c":
                return "\x1b[>41;390;0c"
            case b">", "" | "0", b"", b"q":
                return "\x1bP>|XTerm(390)\x1b\\"
            case b"", "5", b"", b"n":
                return "\x1b[0n"
            case b"" | b"?" as prefix, "6", b"", b"n":
                line, column = self.cursor
                return f"\x1b[{prefix.decode()}{line + 1};{column + 1}R"
            case b"?", number, b"$", b"p":
                return f"\x1b[?{number};{self._mode_state(int(number or 0))}$y"
            case b"?", "2048", b"", b"h":
                return self._size_report()
            case b"?", "", b"", b"u":
                return f"\x1b[?{self._modes.kitty_flags}u"
            case b"", "18", b"", b"t":
                return f"\x1b[8;{self.lines};{self.columns}t"
            case _:
                return ""

    def _mode_state(self, number: int) -> int:
        """DECRPM's answer: 0 not known, 1 set, 2 reset."""
        is_known = number in _MODE_NAMES and (number != 2048 or self._has_in_band_resize)
        return (1 if number in self._modes.private else 2) if is_known else 0

    def _size_report(self) -> str:
        """The in-band report of the size; we have no pixels to speak of."""
        return f"\x1b[48;{self.lines};{self.columns};0;0t" if self._has_in_band_resize else ""

    def _failure(self, reason: str) -> str:
        """The reason with the screen in a frame, for a message of AssertionError."""
        status = "runs" if self.exit_status is None else f"ended with {self.exit_status}"
        rule = "+" + "-" * self.columns + "+"
        rows = [f"|{line:<{self.columns}}|" for line in self.screen.split("\n")]
        return "\n".join([f"{reason} (the program {status})", rule, *rows, rule])


def _expression(wanted: str | re.Pattern[str]) -> re.Pattern[str]:
    return re.compile(re.escape(wanted)) if isinstance(wanted, str) else wanted


def _environment(added: Mapping[str, str]) -> dict[str, str]:
    kept = {
        name: value for name, value in os.environ.items() if not _HIDDEN_VARIABLES.fullmatch(name)
    }
    return kept | {"TERM": "xterm-256color", "LANG": "C.UTF-8", "LC_ALL": "C.UTF-8"} | dict(added)


def _take_controlling_terminal() -> None:
    fcntl.ioctl(0, termios.TIOCSCTTY, 0)
