"""Secrets by reference, and what of them may be seen."""

from __future__ import annotations

from pathlib import Path

import pytest

from bisonwatch.config import redaction
from bisonwatch.config.secrets import URL_OPTIONS, DatabaseUrl, Secret, masked_url, passwords
from bisonwatch.config.settings import Settings, database_path
from bisonwatch.errors import ConfigError
from bisonwatch.store.url_options import KNOWN, whereabouts


def test_a_secret_is_resolved_from_where_it_points(tmp_path: Path) -> None:
    """A secret is read from the environment, from a file without its last line break, or is the text itself."""
    file = tmp_path / "key"
    file.write_text("from-file\n")
    assert Secret.parse("env:KEY").resolve({"KEY": "from-env"}) == "from-env"
    assert Secret.parse(f"file:{file}").resolve() == "from-file"
    assert Secret.parse("itself").resolve() == "itself"


@pytest.mark.parametrize("environ", [{}, {"KEY": ""}, {"KEY": " "}])
def test_an_unset_variable_is_an_error_when_it_is_needed(environ: dict[str, str]) -> None:
    """A variable that is unset or empty is an error that names it, only when the secret is resolved."""
    secret = Secret.parse("env:KEY")
    with pytest.raises(ConfigError) as caught:
        secret.resolve(environ)
    assert str(caught.value) == "the environment variable KEY is not set"


def test_an_unreadable_secret_file_is_an_error(tmp_path: Path) -> None:
    """A secret file that is missing or empty is named in the error."""
    empty = tmp_path / "empty"
    empty.touch()
    with pytest.raises(ConfigError) as missing:
        Secret.parse(f"file:{tmp_path}/none").resolve()
    with pytest.raises(ConfigError) as nothing:
        Secret.parse(f"file:{empty}").resolve()
    assert str(missing.value) == f"the secret file {tmp_path}/none cannot be read: no such file or directory"
    assert str(nothing.value) == f"the secret file {empty} is empty"


def test_a_plain_secret_is_never_shown() -> None:
    """Neither repr nor str nor a dump of the settings shows a secret's text; a reference may be seen."""
    settings = Settings.model_validate(
        {"alerts": {"slack": {"bot_token": "xoxb-very-secret"}, "webhook": "env:HOOK"}}
    )
    for text in (
        repr(settings),
        str(settings.alerts),
        settings.model_dump_json(),
        str(settings.model_dump()),
    ):
        assert "xoxb" not in text
        assert "env:HOOK" in text or "HOOK" not in text


@pytest.mark.parametrize("value", ["env:", "file: ", "", 12, None, ["a"]])
def test_what_cannot_be_a_secret_is_refused_unseen(value: object) -> None:
    """A secret must be text that names something, and the message never repeats it."""
    with pytest.raises(
        ValueError, match=r"write env:NAME(, file:/path or the secret itself, as text| or file:/path)"
    ):
        Secret.parse(value)


@pytest.mark.parametrize(
    ("written", "resolved"),
    [
        ("sqlite:///~/mirror.db", "sqlite:////home/ann/mirror.db"),
        ("sqlite:////var/mirror.db", "sqlite:////var/mirror.db"),
        ("postgresql://u:p@h:6543/db", "postgresql://u:p@h:6543/db"),
        ("postgres://u:p@h/db", "postgresql://u:p@h/db"),
        ("env:URL", "postgresql://env/db"),
    ],
)
def test_a_database_address_is_resolved_at_use(
    written: str, resolved: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """`~` is expanded and references are followed when the address is used, not when it is loaded."""
    monkeypatch.setenv("HOME", "/home/ann")
    settings = Settings.model_validate({"database": {"url": written}})
    environ = {"URL": "postgresql://env/db"}
    assert settings.database.url.resolve(environ) == resolved
    path = database_path(settings, environ)
    assert (f"sqlite:///{path}" if path else None) == (resolved if "sqlite" in resolved else None)


@pytest.mark.parametrize(
    "text",
    [
        "mysql://h/db",
        "sqlite://",
        "sqlite:///",
        "sqlite:///:memory:",
        "postgresql://h",
        "postgresql://h:x/db",
        "postgresql://u:p@ss@h/db",
        "postgresql://u:12/ss@h/db",
        "postgresql://u:p#ss@h/db",
        "postgresql://u:p?ss@h/db",
    ],
)
def test_an_unsound_database_address_is_refused(text: str) -> None:
    """Only a file of SQLite or a Postgres database with a name is an address, also behind a reference."""
    with pytest.raises(ValueError, match="write sqlite:///PATH"):
        DatabaseUrl.parse(text)
    with pytest.raises(ConfigError, match="env:URL: write sqlite:///PATH"):
        DatabaseUrl.parse("env:URL").resolve({"URL": text})


@pytest.mark.parametrize(
    ("url", "said"),
    [
        (
            "postgresql://u:p@h/db?sslmode=require&foo=1",
            "its option 'foo' is not known; sslmode, sslrootcert, host and port are (write %3F for a ? in a password)",
        ),
        (
            "postgresql://u:12/x?cret@h/db",
            "its option with an @ in it is not known; sslmode, sslrootcert, host and port are (write %3F for a ? in a password)",
        ),
        (
            "sqlite:///mirror.db?mode=ro",
            "the address of an SQLite file takes no options: write it without '?'",
        ),
    ],
)
def test_an_option_that_nobody_knows_is_refused(url: str, said: str) -> None:
    """When the configuration is read, or when the reference is followed; nothing that may be a password is repeated."""
    with pytest.raises(ValueError, match="option") as plain:
        DatabaseUrl.parse(url)
    with pytest.raises(ConfigError) as behind:
        DatabaseUrl.parse("env:URL").resolve({"URL": url})
    assert (str(plain.value), str(behind.value)) == (said, f"env:URL: {said}")


def test_the_known_options_are_those_of_the_store() -> None:
    """What the configuration lets through, the store takes; every option of the store may be written."""
    whereabouts(dict.fromkeys(URL_OPTIONS, "1"))
    for name in URL_OPTIONS:
        DatabaseUrl.parse(f"postgresql://h/db?{name}=1")
    assert set(URL_OPTIONS) == KNOWN


@pytest.mark.parametrize(
    ("url", "masked", "hidden"),
    [
        ("postgresql://u:p%40ss@h/db", "postgresql://u:•••@h/db", ("p%40ss", "p@ss")),
        ("postgresql://h/db?user=u&password=pw", "postgresql://h/db?user=u&password=•••", ("pw",)),
        ("postgresql://u@h/db?sslmode=require", "postgresql://u@h/db?sslmode=require", ()),
        ("sqlite:///~/mirror.db", "sqlite:///~/mirror.db", ()),
    ],
)
def test_only_the_passwords_of_an_address_are_masked(url: str, masked: str, hidden: tuple[str, ...]) -> None:
    """An address keeps all but its passwords, which the redactor learns in every form."""
    assert masked_url(url) == masked
    assert str(DatabaseUrl(Secret(url))) == masked
    assert passwords(url) == hidden


def test_the_redactor_learns_every_secret_that_resolves() -> None:
    """Secrets are collected wherever they stand; one that is not set is passed over."""
    settings = Settings.model_validate(
        {
            "database": {"url": "env:URL"},
            "instances": [
                {
                    "name": "main",
                    "url": "https://a",
                    "api_key": "env:UNSET",
                    "workspaces": [{"id": 1, "api_key": "key-one"}],
                }
            ],
            "api": {"tokens": [{"name": "ops", "role": "viewer", "token": "env:TOKEN"}]},
            "crm": {"primary": "postgresql://u:pw-crm@h/db", "edge": "sqlite:///x.db"},
        }
    )
    found = redaction.secret_values(settings, {"URL": "postgresql://u:pw-main@h/db", "TOKEN": "token-ops"})
    assert found == ("pw-main", "key-one", "token-ops", "pw-crm")
    assert [key for key, _ in redaction.references(settings)] == [
        "database.url",
        "instances.0.api_key",
        "instances.0.workspaces.0.api_key",
        "api.tokens.0.token",
        "crm.primary",
        "crm.edge.sqlite",
    ]
