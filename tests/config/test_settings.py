"""The settings file: what it says, and what is said when it is wrong."""

import re
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from app.config.keys import CommandKey, KeyringKey, StoredKey, VariableKey
from app.config.settings import Profile, load_settings
from app.domain.errors import ConfigError
from app.domain.secret import Secret

CANARY = "canary-7f3a9c51-key"


def put(folder: Path, text: str, mode: int = 0o600) -> Path:
    file = folder / "config.toml"
    file.write_text(text, encoding="utf-8")
    file.chmod(mode)
    return folder


def test_no_file_is_an_empty_one(tmp_path: Path) -> None:
    """And none is made."""
    got = load_settings(tmp_path)
    assert (got.file, dict(got.profiles)) == (tmp_path / "config.toml", {})
    assert [*tmp_path.iterdir()] == []


@pytest.mark.parametrize("text", ["", "# nothing yet\n", "\ufeff", "[profiles]\n", "[keys]\n"])
def test_a_file_may_say_nothing(tmp_path: Path, text: str) -> None:
    """Comments and empty tables are fine."""
    assert dict(load_settings(put(tmp_path, text)).profiles) == {}


def test_everything_a_profile_can_say(tmp_path: Path) -> None:
    """As in the manual; what is left out has its default."""
    text = """
    [profiles.acme]
    api = "public-v2"
    url = "https://crm.example/api/v2/"
    key = { env = "ACME_KEY" }
    read_only = true
    label = "PROD"
    record_types = ["renewal", "site"]
    time_zone = "Europe/Berlin"

    [profiles.test]
    key = { command = ["pass", "show", "crm"] }

    [profiles.hub]
    api = "hubspot"
    key = { keyring = "hub" }

    [profiles.file]

    [keys]
    file = "KEY"
    """.replace("KEY", CANARY).replace("ACME_" + CANARY, "ACME_KEY")
    got = load_settings(put(tmp_path, text))
    assert list(got.profiles.values()) == [
        Profile(
            "acme",
            "public-v2",
            "https://crm.example/api/v2",
            VariableKey("ACME_KEY"),
            True,
            "PROD",
            ("renewal", "site"),
            ZoneInfo("Europe/Berlin"),
        ),
        Profile(
            "test",
            "public-v2",
            "https://api.reevo.ai/api/v2",
            CommandKey(("pass", "show", "crm")),
        ),
        Profile("hub", "hubspot", "https://api.hubapi.com", KeyringKey("hub")),
        Profile("file", "public-v2", "https://api.reevo.ai/api/v2", StoredKey(Secret(CANARY))),
    ]
    assert got.key_variables == {"ACME_KEY"}
    assert CANARY not in repr(got)


def test_an_unknown_profile_names_the_known_ones_and_the_file(tmp_path: Path) -> None:
    """So that a typing error is seen at once."""
    got = load_settings(put(tmp_path, '[profiles.acme]\nkey = { env = "K" }\n'))
    with pytest.raises(ConfigError, match=r"no profile acne in .*config\.toml\. Known: acme\."):
        got.profile("acne")
    with pytest.raises(ConfigError, match=r"Known: none\."):
        load_settings(tmp_path / "empty").profile("acme")


GOOD = '[profiles.acme]\nkey = { env = "K" }\n'

BAD = {
    # Syntax
    "no value": ("[profiles.acme]\nurl =\n", 2, "must be TOML"),
    "no quotes": ("[profiles.acme]\n\napi = public-v2\n", 3, "must be TOML"),
    "unclosed": ('[profiles.acme]\napi = "public-v2', 2, "must be TOML"),
    "open table": ("\n[profiles.acme\n", 2, "must be TOML"),
    "given twice": ('[profiles.a]\nurl = "https://a"\nurl = "https://b"\n', 3, "must be TOML"),
    "table twice": (GOOD + "\n[profiles.acme]\n", 4, "must be TOML"),
    # Unknown keys
    "unknown table": (GOOD + "\n[profile.x]\n", 4, "profile is not a setting; did you mean profiles"),
    "unknown setting": (GOOD + "readonly = true\n", 3, "did you mean read_only"),
    "unknown and far": (GOOD + "colour = 1\n", 3, "known: api, url, key, read_only, label"),
    "unknown way": ('[profiles.a]\nkey = { envv = "K" }\n', 2, "key.envv is not a setting; did you mean env"),
    "unknown key name": (GOOD + '\n[keys]\nacmee = "x"\n', 5, "belongs to no profile; did you mean acme"),
    # Kinds
    "flag as text": (GOOD + 'read_only = "yes"\n', 3, "read_only must be true or false"),
    "flag as number": (GOOD + "read_only = 1\n", 3, "read_only must be true or false"),
    "label as number": (GOOD + "label = 3\n", 3, "label must be a text in quotes"),
    "long label": (GOOD + f'label = "{"x" * 21}"\n', 3, "is too long"),
    "types as text": (GOOD + 'record_types = "renewal"\n', 3, "must be a list of texts"),
    "types of numbers": (GOOD + "record_types = [\n  1,\n]\n", 3, "must be a text in quotes"),
    "profile as text": ('\n[profiles]\nacme = "x"\n', 3, "must be a table"),
    "profiles as list": ("profiles = []\n", 1, "must be a table"),
    "keys as text": ('keys = "x"\n', 1, "must be a table"),
    "key as number": (GOOD + "\n[keys]\nacme = 3\n", 5, "must be a text in quotes"),
    "command as text": ('[profiles.a]\nkey = { command = "pass show x" }\n', 2, "must be a list of texts"),
    "command empty": ("[profiles.a]\nkey = { command = [] }\n", 2, "is empty"),
    # Values
    "unknown api": ('[profiles.a]\napi = "salesforce"\nkey = { env = "K" }\n', 2, '"public-v2", "hubspot"'),
    "plain http": (GOOD + 'url = "http://crm.example/api"\n', 3, "must begin with https://"),
    "no address": (GOOD + 'url = "crm.example"\n', 3, "must look like https://"),
    "key in address": (GOOD + 'url = "https://u:p@crm.example"\n', 3, "characters an API's address never has"),
    "no zone": (GOOD + 'time_zone = "Europe/Berlim"\n', 3, "machine knows; did you mean Europe/Berlin?"),
    "folder of zones": (GOOD + 'time_zone = "America"\n', 3, "is no time zone this machine knows"),
    "path as zone": (GOOD + 'time_zone = "../../../etc/localtime"\n', 3, "is no time zone this machine knows"),
    "empty zone": (GOOD + 'time_zone = ""\n', 3, 'write a name such as "Europe/Berlin"'),
    "zone as number": (GOOD + "time_zone = 2\n", 3, "must be a text in quotes"),
    "no variable": ('[profiles.a]\nkey = { env = "MY KEY" }\n', 2, "no name of a variable"),
    "inline key": (f'[profiles.a]\nkey = "{CANARY}"\n', 2, "must not be the key itself: write key = {"),
    "no way": ("[profiles.a]\nkey = {}\n", 2, "exactly one of env, keyring and command"),
    "two ways": ('[profiles.a]\nkey = { env = "K", keyring = "a" }\n', 2, "exactly one of env, keyring and command"),
    "no key": ('\n\n[profiles.a]\nlabel = "x"\n', 3, "profiles.a has no key: write key = {"),
    "two keys": (GOOD + f'[keys]\nacme = "{CANARY}"\n', 2, "is given twice"),
    "empty key": ('[profiles.a]\n[keys]\na = ""\n', 3, "is no key"),
    "odd key": (f'[profiles.a]\n[keys]\na = "{CANARY} x"\n', 3, "is no key"),
    "odd name": ('[profiles."a b"]\nkey = { env = "K" }\n', 1, "use letters, digits"),
    # Places
    "after comments": (GOOD + "\n# one\n# two\n\nlabel = 3\n", 7, "label must be a text"),
    "in several lines": (GOOD + 'record_types = [\n "a",\n 3,\n]\n', 3, "must be a text in quotes"),
    "after a long text": ('[profiles.a]\nlabel = """\nlabel = 3\n"""\nreed_only = 1\n', 5, "did you mean read_only"),
    "dotted": ('profiles.a.key.env = "K"\nprofiles.a.label = 3\n', 2, "label must be a text"),
}  # fmt: skip


@pytest.mark.parametrize(("text", "line", "words"), BAD.values(), ids=BAD.keys())
def test_what_is_wrong_is_said_with_file_and_line(
    tmp_path: Path, text: str, line: int, words: str
) -> None:
    """And with what to do; the file is left as it is, and no key is repeated."""
    with pytest.raises(ConfigError) as caught:
        load_settings(put(tmp_path, text))
    message = str(caught.value)
    assert message.startswith(f"{tmp_path / 'config.toml'}, line {line}: "), message
    assert words in message
    assert message.endswith((".", ")"))
    assert CANARY not in message
    assert (tmp_path / "config.toml").read_text(encoding="utf-8") == text


def test_a_file_with_keys_must_be_closed_to_others(tmp_path: Path) -> None:
    """One without keys may be read by anyone."""
    text = f'[profiles.a]\n[keys]\na = "{CANARY}"\n'
    with pytest.raises(ConfigError, match=r"chmod 600 .*config\.toml"):
        load_settings(put(tmp_path, text, 0o640))
    assert load_settings(put(tmp_path, GOOD, 0o644)).profiles


def test_a_file_with_keys_must_not_be_a_link(tmp_path: Path) -> None:
    """A link without keys is how people keep their dot files."""
    real = tmp_path / "real"
    real.mkdir()
    put(real, f'[profiles.a]\n[keys]\na = "{CANARY}"\n')
    (tmp_path / "config.toml").symlink_to(real / "config.toml")
    with pytest.raises(ConfigError, match="is a link"):
        load_settings(tmp_path)
    put(real, GOOD)
    assert load_settings(tmp_path).profiles


def test_bytes_that_are_no_text_are_named_by_line(tmp_path: Path) -> None:
    """Where the first bad byte stands."""
    (tmp_path / "config.toml").write_bytes(b"# one\n# two\nlabel = '\xff'\n")
    with pytest.raises(ConfigError, match="line 3: is not UTF-8"):
        load_settings(tmp_path)


def test_a_file_far_too_large_is_refused(tmp_path: Path) -> None:
    """It is something else."""
    with pytest.raises(ConfigError, match="too large"):
        load_settings(put(tmp_path, "#" * (1024 * 1024 + 1)))


def test_a_folder_in_its_place_is_refused(tmp_path: Path) -> None:
    """With words instead of a traceback."""
    (tmp_path / "config.toml").mkdir()
    with pytest.raises(ConfigError, match="cannot be read"):
        load_settings(tmp_path)


FULL = f"""[profiles.acme]
api = "public-v2"
url = "https://crm.example/api/v2"
key = {{ env = "ACME_KEY" }}
read_only = true
label = "PROD"
record_types = ["renewal"]

[profiles.file]
[keys]
file = "{CANARY}"
""".encode()


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.lists(st.tuples(st.integers(0, len(FULL) - 1), st.integers(0, 255)), max_size=4))
def test_a_damaged_file_is_read_or_refused_never_a_traceback(
    tmp_path: Path, changes: list[tuple[int, int]]
) -> None:
    """Any bytes changed to any others; the message names the file, and no key."""
    data = bytearray(FULL)
    for place, value in changes:
        data[place] = value
    file = tmp_path / "config.toml"
    file.write_bytes(data)
    file.chmod(0o600)
    said = str(file)
    try:
        load_settings(tmp_path)
    except ConfigError as error:
        said = str(error)
    assert str(file) in said
    assert not re.search(r"canary-\w+-key", said)
    assert file.read_bytes() == data
