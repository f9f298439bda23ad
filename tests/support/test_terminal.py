"""The pseudo-terminal driver, on programs of a few lines."""

import os
import re
import select
import signal
import sys
from pathlib import Path

import pytest

from tests.support.terminal import Screen, Terminal, key_bytes, modes_left_set

ECHO_KEYS = """
import os, sys, tty
tty.setraw(0)
print("ready", end="\\r\\n", flush=True)
while (data := os.read(0, 100)) != b"q":
    print(data, end="\\r\\n", flush=True)
"""
ASK = """
import os, sys, tty
tty.setraw(0)
os.write(1, sys.argv[1].encode("latin-1").decode("unicode_escape").encode())
data = b""
while not data.endswith(sys.argv[2].encode()):
    data += os.read(0, 100)
os.write(1, b"\\x1b[2J\\x1b[Hgot " + repr(data).encode())
"""


def python(code: str, *arguments: str) -> list[str]:
    """A command that starts fast: no site packages, no environment."""
    return [sys.executable, "-I", "-S", "-c", code, *arguments]


def test_wait_for_reads_until_the_text_is_there() -> None:
    """A text which the program writes late is waited for."""
    with Terminal(python("import time; time.sleep(0.05); print('row 17')")) as terminal:
        assert terminal.wait_for(re.compile(r"row (\d+)"))[1] == "17"


def test_wait_for_fails_with_the_screen() -> None:
    """The message of a wait in vain has the wanted text and what was there instead."""
    with Terminal(python("print('something else'); input()")) as terminal:
        terminal.wait_for("something")
        with pytest.raises(AssertionError, match=r"no 'wanted' in 0.05 s(?s:.*)\|something else"):
            terminal.wait_for("wanted", timeout_s=0.05)


def test_wait_for_fails_at_once_when_the_program_has_ended() -> None:
    """Nobody waits for the words of a dead program."""
    with Terminal(python("raise SystemExit(3)")) as terminal:
        terminal.wait_exit()
        with pytest.raises(AssertionError, match="ended with 3"):
            terminal.wait_for("wanted", timeout_s=float("inf"))


def test_wait_gone_reads_until_the_text_has_left() -> None:
    """A text which is overwritten late is waited out."""
    code = "import time; print('busy', end='', flush=True); time.sleep(0.05); print('\\rdone')"
    with Terminal(python(code)) as terminal:
        terminal.wait_for("busy")
        terminal.wait_gone("busy")
        assert terminal.screen.startswith("done")


def test_settle_returns_when_the_program_is_quiet() -> None:
    """All lines written in one go are there after the quiet."""
    with Terminal(python("[print(n) for n in range(9)]; input()")) as terminal:
        terminal.wait_for("0")
        terminal.settle(0.05)
        assert "8" in terminal.screen


def test_keys_reach_the_program() -> None:
    """Names become an xterm's bytes, other text is typed as it is."""
    with Terminal(python(ECHO_KEYS)) as terminal:
        terminal.wait_for("ready")
        for key, shown in {
            "down": r"b'\\x1b[B'",
            "f1": r"b'\\x1bOP'",
            "ctrl+c": r"b'\\x03'",
            "hello": "b'hello'",
        }.items():
            terminal.send(key)
            terminal.wait_for(shown.replace("\\\\", "\\"))
        terminal.send("q")
        assert terminal.wait_exit() == 0


@pytest.mark.parametrize(
    ("key", "expected"),
    [
        ("esc", b"\x1b"),
        ("pgdn", b"\x1b[6~"),
        ("ctrl+pgup", b"\x1b[5;5~"),
        ("shift+up", b"\x1b[1;2A"),
        ("shift+tab", b"\x1b[Z"),
        ("alt+x", b"\x1bx"),
        ("alt+enter", b"\x1b\r"),
        ("ctrl+shift+f2", b"\x1b[1;6Q"),
        ("f5", b"\x1b[15~"),
        ("space", b" "),
        ("+", b"+"),
        ("1+1", b"1+1"),
        ("é", b"\xc3\xa9"),
    ],
)
def test_key_bytes_are_those_of_an_xterm(key: str, expected: bytes) -> None:
    """Modifiers are part of the sequence; text stands for itself."""
    assert key_bytes(key) == expected


def test_esc_must_come_last() -> None:
    """A program would read Esc and the key after it as one."""
    with Terminal(python("input()")) as terminal, pytest.raises(ValueError, match="esc"):
        terminal.send("esc", "q")


def test_type_writes_a_key_name_as_text() -> None:
    """A word which happens to be a key's name can be typed."""
    with Terminal(python("print('<' + input() + '>')")) as terminal:
        terminal.type("home\n")
        terminal.wait_for("<home>")


def test_more_input_than_the_terminal_holds_is_taken() -> None:
    """A program that echoes each block is read from while it is written to."""
    code = """
import os, tty
tty.setraw(0); os.write(1, b"ready"); left = 50_000
while left: data = os.read(0, 1000); left -= len(data); os.write(1, b"." * len(data))
os.write(1, b"all")
"""
    with Terminal(python(code)) as terminal:
        terminal.wait_for("ready")
        terminal.type("x" * 50_000)
        terminal.wait_for("all")


def test_paste_is_marked_when_the_program_asks_for_it() -> None:
    """With mode 2004 set, a paste comes between its two marks."""
    with Terminal(python(ASK, r"\x1b[?2004h go", "~")) as terminal:
        terminal.wait_for("go")
        terminal.paste("text")
        terminal.wait_for(r"b'\x1b[200~text\x1b[201~'")


@pytest.mark.parametrize(
    ("question", "last", "answer"),
    [
        (r"\x1b[c", "c", r"\x1b[?62;22c"),
        (r"\x1b[>c", "c", r"\x1b[>41;390;0c"),
        (r"\x1b[5n", "n", r"\x1b[0n"),
        (r"\x1b[3;7H\x1b[6n\x1b[9;9H", "R", r"\x1b[3;7R"),
        (r"\x1b[?2026$p", "y", r"\x1b[?2026;2$y"),
        (r"\x1b[?2048$p", "y", r"\x1b[?2048;0$y"),
        (r"\x1b[?25$p", "y", r"\x1b[?25;1$y"),
        (r"\x1b[>25u\x1b[?u", "u", r"\x1b[?25u"),
        (r"\x1b[18t", "t", r"\x1b[8;24;80t"),
        (r"\x1b]11;?\x07", "\\", r"\x1b]11;rgb:0000/0000/0000\x1b\\"),
        (r"\x1b[>q", "\\", r"\x1bP>|XTerm(390)\x1b\\"),
    ],
)
def test_questions_are_answered(question: str, last: str, answer: str) -> None:
    """A program that blocks on an answer gets what an xterm would say."""
    with Terminal(python(ASK, question, last)) as terminal:
        terminal.wait_for(f"got b'{answer}'")


def test_in_band_resize_is_reported_when_asked_for() -> None:
    """A terminal that knows mode 2048 reports its size at once and with every change."""
    code = ASK.replace("data = b", "os.read(0, 100); os.write(1, b'now'); data = b")
    with Terminal(python(code, r"\x1b[?2048h", "t"), has_in_band_resize=True) as terminal:
        terminal.wait_for("now")
        terminal.resize(100, 30)
        terminal.wait_for(r"got b'\x1b[48;30;100;0;0t'")


def test_resize_reaches_the_program() -> None:
    """The program gets SIGWINCH and finds the new size."""
    code = """
import os, signal, sys
signal.signal(signal.SIGWINCH, lambda *_: os.write(1, b"now %d %d" % os.get_terminal_size()))
print("at first", *os.get_terminal_size(), flush=True)
signal.pause(); input()
"""
    with Terminal(python(code), columns=100, lines=30) as terminal:
        terminal.wait_for("at first 100 30")
        terminal.resize(60, 20)
        terminal.wait_for("now 60 20")
        assert len(terminal.screen.split("\n")) == 20


def test_a_signal_is_the_exit_status() -> None:
    """As in the subprocess module, an ending by a signal is its negative number."""
    with Terminal(python("print('ready'); input()")) as terminal:
        terminal.wait_for("ready")
        assert terminal.exit_status is None
        terminal.signal(signal.SIGTERM)
        assert terminal.wait_exit() == -signal.SIGTERM


def test_hang_up_sends_sighup() -> None:
    """A program whose terminal is gone gets SIGHUP, as from a lost connection."""
    with Terminal(python("print('ready'); input()")) as terminal:
        terminal.wait_for("ready")
        terminal.hang_up()
        assert terminal.wait_exit() == -signal.SIGHUP


def test_wait_exit_fails_while_the_program_runs() -> None:
    """A program that does not end is told of, not waited for without end."""
    with (
        Terminal(python("input()")) as terminal,
        pytest.raises(AssertionError, match="still runs"),
    ):
        terminal.wait_exit(timeout_s=0.05)


def test_the_last_words_of_a_program_are_kept() -> None:
    """What is written right before the exit is on the screen and in the raw bytes."""
    with Terminal(python("print('x' * 2000 + 'last words')")) as terminal:
        terminal.wait_exit()
        assert "last words" in terminal.screen
        assert terminal.raw.endswith(b"last words\r\n")


def test_nothing_is_left_running(tmp_path: Path) -> None:
    """A child of the program, deaf to the hang-up, ends with the context."""
    pipe = tmp_path / "pipe"
    os.mkfifo(pipe)
    code = """
import os, signal, sys, time
signal.signal(signal.SIGHUP, signal.SIG_IGN)
kept_open = os.open(sys.argv[1], os.O_WRONLY)
os.write(kept_open, b"forked" if os.fork() else b"")
time.sleep(60)
"""
    reader = os.open(pipe, os.O_RDONLY | os.O_NONBLOCK)
    try:
        with Terminal(python(code, str(pipe))):
            assert select.select([reader], [], [], 10)[0]
            assert os.read(reader, 100) == b"forked"
            assert not select.select([reader], [], [], 0)[0]
        assert select.select([reader], [], [], 10)[0]
        assert os.read(reader, 100) == b"", "both writers are gone"
    finally:
        os.close(reader)


def test_line_mode_is_told() -> None:
    """Raw mode, as left behind by a program that crashed, can be seen."""
    with Terminal(python(ECHO_KEYS)) as terminal:
        assert terminal.is_line_mode
        terminal.wait_for("ready")
        assert not terminal.is_line_mode


def test_environment_is_that_of_an_xterm(monkeypatch: pytest.MonkeyPatch) -> None:
    """Our own terminal does not show through; what the test adds does."""
    monkeypatch.setenv("NO_COLOR", "1")
    code = "import os; print(*(os.environ.get(n) for n in ('TERM', 'NO_COLOR', 'ADDED')))"
    with Terminal(python(code), env={"ADDED": "yes"}) as terminal:
        terminal.wait_for("xterm-256color None yes")


WHOLE = b"\x1b[?1049h\x1b[?25l\x1b[?1000h\x1b[>25u\x1b[?2004h"
"""What a full-screen program sets when it starts."""


@pytest.mark.parametrize(
    ("raw", "left"),
    [
        (b"text \x1b[31mred", set()),
        (WHOLE + b"\x1b[?2004l\x1b[<u\x1b[?1000l\x1b[?25h\x1b[?1049l", set()),
        (b"\x1b[?1049h\x1b[?25l", {"alternate screen", "cursor hidden"}),
        (
            b"\x1b[?1000;1003;1006h\x1b[?1003l\x1b[?1002h\x1b[?1015h",
            {"mouse clicks", "mouse SGR", "mouse drags", "mouse urxvt"},
        ),
        (b"\x1b[?2004h\x1b[?2048h", {"bracketed paste", "in-band resize"}),
        (b"\x1b[?1004h", {"focus reports"}),
        (b"\x1b[?7l\x1b[?12345h", {"no line wrap", "mode 12345"}),
        (b"\x1b[>25u\x1b[>1u\x1b[<u", {"kitty keys"}),
        (b"\x1b[>25u\x1b[>1u\x1b[<2u", set()),
        (b"\x1b[?1049h\x1b[>25u\x1b[?1049l\x1b[<u", {"kitty keys"}),
        (WHOLE + b"\x1bc", set()),
    ],
)
def test_modes_left_set_names_what_is_left(raw: bytes, left: set[str]) -> None:
    """Only what differs from a fresh terminal at the end of the stream is named."""
    assert modes_left_set(raw) == left


def test_modes_of_a_killed_program_are_left_set() -> None:
    """The bytes of a real program tell that it left the alternate screen on."""
    with Terminal(python(r"print('\x1b[?1049h\x1b[?25lready'); input()")) as terminal:
        terminal.wait_for("ready")
        terminal.signal(signal.SIGKILL)
        terminal.wait_exit()
        assert modes_left_set(terminal.raw) == {"alternate screen", "cursor hidden"}


@pytest.mark.parametrize(
    "sequence",
    [
        b"\x1b[<u",
        b"\x1b[>25u",
        b"\x1b[=1;2u",
        b"\x1b[4:3m",
        b"\x1b[!p",
        b"\x1b[2 q",
        b"\x1b[?2026$p",
        b"\x1b[>4;2m",
        b"\x1b[1;2;3;4;5A",
        b"\x1b[?5n",
        b"\x1bP+q544e\x1b\\",
        b"\x1b_Gi=1;AAAA\x1b\\",
        b"\x1b]8;;https://example.org\x1b\\",
        b"\x1b]52;c;eA==\x07",
        b"\x1b(B",
        b"\x1b=",
    ],
)
def test_sequences_leave_no_text_behind(sequence: bytes) -> None:
    """A sequence is not drawn, even if pyte does not know it or it comes in two chunks."""
    for cut in range(len(sequence) + 1):
        screen = Screen(20, 2)
        screen.feed(b"a" + sequence[:cut])
        screen.feed(sequence[cut:] + b"b")
        assert screen.text == "ab\n"


def test_the_alternate_screen_gives_way_to_the_main_one() -> None:
    """After a full-screen program, the shell's lines are there again."""
    screen = Screen(20, 2)
    screen.feed(b"shell\x1b[?1049h\x1b[Hprogram")
    assert screen.text == "program\n"
    screen.feed(b"\x1b[?1049l")
    assert screen.text == "shell\n"


def test_half_of_a_wide_character_is_a_blank() -> None:
    """What is left of a wide character after its first half was overwritten is a blank."""
    screen = Screen(20, 1)
    screen.feed("\u4e2dx".encode())
    assert screen.text == "\u4e2dx"
    screen.feed(b"\x1b[1;1Ha")
    assert screen.text == "a x"
