"""What `config show` and `config check` say."""

from __future__ import annotations

import re
import subprocess
import sys
from pathlib import Path

import pytest

import bisonwatch
from bisonwatch.config import paths
from bisonwatch.config.check import NOT_BUILT, check
from bisonwatch.config.explain import as_text, show
from bisonwatch.config.load import Loaded, load
from bisonwatch.config.shape import every_key

SOUND = """\
instances: [{name: main, url: https://a, api_key: env:KEY, webhook_token: env:HOOK}]
listener: {public_url: https://hooks.example.com}
"""
ENVIRON = {"KEY": "k", "HOOK": "hook-7d1f9a2c04be"}


@pytest.fixture(autouse=True)
def _here(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)


def written(text: str) -> Loaded:
    Path("b.yaml").write_text(text, encoding="utf-8")
    return load(Path("b.yaml"), {})


def remarks(text: str, environ: dict[str, str] | None = None) -> list[str]:
    return [str(remark) for remark in check(written(text), ENVIRON if environ is None else environ)]


def test_show_says_where_each_value_came_from() -> None:
    """`config show` lists every key with its value as the file would write it, and its source."""
    loaded = load(
        None, {"BISONWATCH__DATABASE__URL": "postgresql://u:hunter2@h/db"}, {"sync.poll_every": "90s"}
    )
    lines = {setting.key: (setting.value, setting.source) for setting in show(loaded)}
    assert lines["database.url"] == ("postgresql://u:•••@h/db", "environment BISONWATCH__DATABASE__URL")
    assert lines["sync.poll_every"] == ("1m30s", "flag --sync-poll-every")
    assert lines["sync.provider_tags.google"] == ('["Google", "Gmail"]', "default")
    assert lines["listener.tls"] == ("null", "default")
    assert lines["instances"] == ("[]", "default")


def test_show_aligns_its_columns() -> None:
    """As text, a setting is one line of three aligned columns."""
    settings = [setting for setting in show(load(None, {})) if setting.key.startswith("retention")]
    assert as_text(tuple(settings)) == (
        "retention.inbox    30d   default\n"
        "retention.bodies   text  default\n"
        "retention.events   400d  default\n"
        "retention.runs     30d   default\n"
        "retention.api_log  14d   default"
    )


def test_a_sound_configuration_has_no_remarks() -> None:
    """Nothing is said about a configuration that is complete."""
    assert remarks(SOUND) == []


@pytest.mark.parametrize(
    ("more", "expected"),
    [
        (
            "alerts: {slack: {bot_token: env:SLACK}}\n",
            [
                "warning: b.yaml:3: alerts.slack.bot_token: the environment variable SLACK is not set",
                "warning: b.yaml:3: alerts.slack: has no effect: alerts are not sent to Slack yet",
            ],
        ),
        ("crm: null\n", []),
        ("cache: {prefetch: 9s}\n", []),
        (
            "api: {host: 0.0.0.0}\n",
            [
                "error: b.yaml:3: api.host: is reachable from outside without a token; set api.tokens",
                "warning: b.yaml:3: api.host: is reachable from outside without TLS; "
                "set api.tls, or name the proxy in api.trusted_proxies",
            ],
        ),
        (
            "api: {tls: {cert: none.pem, key: none.key}}\n",
            ["error: b.yaml:3: api.tls.cert: none.pem is no file"],
        ),
        (
            "database: {url: 'postgresql://u:hunter2@h/db'}\n",
            ["warning: b.yaml:3: database.url: holds a secret in plain text; write env:NAME or file:/path"],
        ),
    ],
)
def test_check_says_what_to_change(more: str, expected: list[str]) -> None:
    """`config check` names what is unset, exposed, in plain text, missing or not built, errors first."""
    assert remarks(SOUND + more) == expected


def test_check_lists_unset_references_and_what_keeps_webhooks_away() -> None:
    """An unset reference is an error of `config check`, not of loading."""
    text = "instances: [{name: main, url: http://a, api_key: env:KEY}]\nlistener: {host: 0.0.0.0}\n"
    assert remarks(text, {}) == [
        "error: b.yaml:1: instances.0.api_key: the environment variable KEY is not set",
        "error: b.yaml:2: listener.host: is reachable from outside, and no instance has a token for it; "
        "set instances.0.webhook_token, or listen on 127.0.0.1",
        "warning: default: instances.0.webhook_token: is not set: "
        "no webhook of this instance is taken, everything is polled",
        "warning: b.yaml:1: instances.0.url: keys travel in clear text; write https://",
        "warning: default: listener.public_url: is not set, so webhooks cannot be registered",
        "warning: b.yaml:2: listener.host: is reachable from outside without TLS; "
        "set listener.tls, or name the proxy in listener.trusted_proxies",
    ]
    assert "warning: default: instances: names no instance, so nothing is watched" in remarks("", {})


def test_what_is_not_built_are_real_keys() -> None:
    """Each part in NOT_BUILT is a setting or a section."""
    keys = list(every_key())
    assert [part for part in NOT_BUILT if not any(f"{key}.".startswith(f"{part}.") for key in keys)] == []


def test_what_the_code_reads_is_not_said_to_be_without_effect() -> None:
    """A part that gets built must leave NOT_BUILT, or `config check` tells people to ignore a setting that works."""
    src = Path(bisonwatch.__file__).parent
    code = "".join(file.read_text() for file in src.rglob("*.py") if file.parent.name != "config")
    used = [part for part in NOT_BUILT if re.search(rf"\b{re.escape(_read_as(part))}\b", code)]
    assert used == []


def _read_as(part: str) -> str:
    """As it stands in code: with its section, since a bare name may be anything."""
    return ".".join(["settings", *part.split(".")][-2:])


def test_places_are_where_the_platform_keeps_them(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """The file, the themes and the data lie in the user's folders for them."""
    monkeypatch.setenv("XDG_CONFIG_HOME", str(tmp_path / "c"))
    monkeypatch.setenv("XDG_DATA_HOME", str(tmp_path / "d"))
    assert paths.config_file() == tmp_path / "c" / "bisonwatch" / "bisonwatch.yaml"
    assert paths.themes_folder() == tmp_path / "c" / "bisonwatch" / "themes"
    assert paths.data_folder() == tmp_path / "d" / "bisonwatch"


def test_configuration_needs_no_door() -> None:
    """Loading a configuration imports neither the database's nor the provider's nor the terminal's libraries."""
    code = (
        "import sys, bisonwatch.config.load, bisonwatch.config.check;"
        "print({'sqlalchemy', 'httpx', 'textual'} & set(sys.modules))"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout == "set()\n"
