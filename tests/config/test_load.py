"""File < environment < flags, and what is said when something is wrong."""

from __future__ import annotations

import errno
import os
from collections.abc import Mapping
from datetime import timedelta
from pathlib import Path

import pytest

from bisonwatch.config.load import Loaded, load
from bisonwatch.config.paths import find
from bisonwatch.config.settings import Settings
from bisonwatch.errors import ConfigError


@pytest.fixture(autouse=True)
def _elsewhere(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("XDG_CONFIG_HOME", str(tmp_path / "home"))


def loaded(text: str, environ: Mapping[str, str] | None = None, **flags: str) -> Loaded:
    Path("bisonwatch.yaml").write_text(text, encoding="utf-8")
    return load(None, environ or {}, {key.replace("__", "."): value for key, value in flags.items()})


def refusal(text: str, environ: Mapping[str, str] | None = None, **flags: str) -> str:
    with pytest.raises(ConfigError) as caught:
        loaded(text, environ, **flags)
    assert caught.value.exit_code == 2
    return str(caught.value)


def test_without_a_file_everything_has_its_default() -> None:
    """No file is needed: the settings are the defaults and name no instance."""
    found = load(None, {})
    assert found.settings == Settings()
    assert found.path is None
    assert set(found.sources.values()) == {"default"}


def test_the_file_is_looked_for_in_four_places(tmp_path: Path) -> None:
    """--config wins over $BISONWATCH_CONFIG, it over ./bisonwatch.yaml, and that over the user's config folder."""
    named, pointed = tmp_path / "named.yaml", tmp_path / "pointed.yaml"
    home = tmp_path / "home" / "bisonwatch" / "bisonwatch.yaml"
    home.parent.mkdir(parents=True)
    assert find(None, {}) is None
    home.touch()
    assert find(None, {}) == home
    Path("bisonwatch.yaml").touch()
    assert find(None, {}) == Path("bisonwatch.yaml")
    assert find(None, {"BISONWATCH_CONFIG": str(pointed)}) == pointed
    assert find(named, {"BISONWATCH_CONFIG": str(pointed)}) == named


def test_flags_win_over_the_environment_and_it_over_the_file() -> None:
    """Each value comes from the strongest layer that gives it, and its source says which."""
    text = "sync:\n  poll_every: 1m\n  silence: 2m\n  timeout: 3s\n"
    environ = {"BISONWATCH__SYNC__SILENCE": "4m", "BISONWATCH__SYNC__TIMEOUT": "5s"}
    found = loaded(text, environ, sync__timeout="6s")
    sync = found.settings.sync
    assert (sync.poll_every, sync.silence, sync.timeout) == (
        timedelta(minutes=1),
        timedelta(minutes=4),
        timedelta(seconds=6),
    )
    assert {
        key: found.sources[f"sync.{key}"] for key in ("poll_every", "silence", "timeout", "concurrency")
    } == {
        "poll_every": "bisonwatch.yaml:2",
        "silence": "environment BISONWATCH__SYNC__SILENCE",
        "timeout": "flag --sync-timeout",
        "concurrency": "default",
    }


def test_the_environment_reaches_into_lists() -> None:
    """A whole list, one entry's value, and a new entry can come from the environment; wholes are laid before parts."""
    environ = {
        "BISONWATCH__INSTANCES__0__API_KEY": "env:OTHER",
        "BISONWATCH__INSTANCES__1__NAME": "second",
        "BISONWATCH__INSTANCES__1__URL": "https://b",
        "BISONWATCH__INSTANCES__1__API_KEY": "12345",
        "BISONWATCH__INSTANCES": '[{"name": "first", "url": "https://a", "api_key": "env:KEY", "workspaces": [12]}]',
        "BISONWATCH__SYNC__CANARY_EVERY": "null",
    }
    found = loaded("instances: [{name: lost, url: https://lost, api_key: x}]\n", environ)
    first, second = found.settings.instances
    assert [first.name, str(first.api_key), first.watches(13)] == ["first", "env:OTHER", False]
    assert [second.name, second.url, second.api_key and second.api_key.resolve()] == [
        "second",
        "https://b",
        "12345",
    ]
    assert found.settings.sync.canary_every is None
    assert found.sources["instances.0.name"] == "environment BISONWATCH__INSTANCES"
    assert found.sources["instances.0.workspaces.0.id"] == "environment BISONWATCH__INSTANCES"
    assert found.sources["instances.0.api_key"] == "environment BISONWATCH__INSTANCES__0__API_KEY"
    assert found.sources["instances.1.pace"] == "default"


def test_an_empty_variable_counts_as_not_set() -> None:
    """A variable that is set to nothing changes nothing, and a warning says so."""
    found = loaded("timezone: Europe/Berlin\n", {"BISONWATCH__TIMEZONE": ""})
    assert found.settings.timezone == "Europe/Berlin"
    assert found.warnings == ("environment BISONWATCH__TIMEZONE: is empty and counts as not set",)


def test_an_empty_section_has_its_defaults() -> None:
    """A section whose keys are all commented out is as good as absent."""
    assert loaded("cache:\nalerts:\n  slack:\n").settings == Settings()


def test_workspaces_are_all_or_chosen() -> None:
    """`all`, bare ids and ids with keys of their own are the three ways to choose workspaces."""
    text = "instances: [{name: a, url: https://a, api_key: env:A, workspaces: %s}]"
    assert loaded(text % "all").settings.instances[0].workspaces is None
    instance = loaded(text % "[12, {id: 13, api_key: env:B}]").settings.instances[0]
    assert [str(instance.key_for(id)) for id in (12, 13)] == ["env:A", "env:B"]
    assert [instance.watches(id) for id in (12, 13, 14)] == [True, True, False]


def test_times_and_words_mean_what_they_say() -> None:
    """YAML's old surprises are off: 22:00 is a time of day and `none` a word."""
    found = loaded("alerts: {quiet_hours: {from: 22:00, to: 07:00}}\nretention: {bodies: none}\n").settings
    quiet = found.alerts.quiet_hours
    assert quiet is not None
    assert (quiet.start, quiet.end, quiet.below, found.retention.bodies) == (
        "22:00",
        "07:00",
        "critical",
        "none",
    )


DURATION = "write a duration with its unit, such as 45s, 5m or 1h30m"
KEY = "is required, unless each entry of workspaces has an api_key of its own"


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("sync:\n  pol_every: 5m\n", "2: sync.pol_every: unknown key; did you mean poll_every?"),
        ("poll_every: 5m\n", "1: poll_every: unknown key; did you mean sync.poll_every?"),
        ("\nwhatever: 1\n", "2: whatever: unknown key"),
        ("sync: {poll_every: 5}\n", f"1: sync.poll_every: {DURATION}, not 5"),
        ("sync: {poll_every: 0s}\n", "1: sync.poll_every: must be longer than 0s"),
        ("sync: {poll_every: null}\n", f"1: sync.poll_every: {DURATION}, not null"),
        ("sync: {concurrency: many}\n", "1: sync.concurrency: write a whole number, not 'many'"),
        ("sync: {concurrency: 0}\n", "1: sync.concurrency: must be at least 1, not 0"),
        (
            "sync: {reseller_tags: Acme}\n",
            "1: sync.reseller_tags: write a list such as [a, b], not a single value",
        ),
        ("sync: 5m\n", "1: sync: write keys and values below it, not a single value"),
        ("terminal: {read_only: maybe}\n", "1: terminal.read_only: write true or false, not 'maybe'"),
        ("terminal: {theme: ''}\n", "1: terminal.theme: must not be empty"),
        ("terminal: {theme: 5}\n", "1: terminal.theme: write text, not 5"),
        (
            "terminal: {on_hangup: stopp}\n",
            "1: terminal.on_hangup: must be one of stop, keep, not 'stopp'; did you mean stop?",
        ),
        ("listener: {port: 70000}\n", "1: listener.port: must be at most 65535, not 70000"),
        ("listener: {max_body: 2GiB}\n", "1: listener.max_body: must not be larger than max_pending"),
        ("listener: {tls: {cert: a}}\n", "1: listener.tls.key: is required"),
        ("timezone: Mars\n", "1: timezone: no time zone is called 'Mars'; write such as Europe/Berlin"),
        (
            "health:\n  thresholds:\n    disk_free: 120%\n",
            "3: health.thresholds.disk_free: must lie between 0 and 1 (or 0% and 100%), not '120%'",
        ),
        (
            "health: {thresholds: {lag_warning: 1h}}\n",
            "1: health.thresholds.lag_warning: must not be longer than lag_critical",
        ),
        ("instances: [{url: https://a, api_key: k}]\n", "1: instances.0.name: is required"),
        ("instances:\n- name: a\n  url: https://a\n", f"2: instances.0.api_key: {KEY}"),
        (
            "instances:\n- {name: a, url: https://a, api_key: k}\n- {name: a, url: https://b, api_key: k}\n",
            "3: instances.1.name: another instance is called a",
        ),
        (
            "instances: [{name: A b, url: https://a, api_key: k}]\n",
            "1: instances.0.name: use small letters, digits and hyphens only, not 'A b'",
        ),
        (
            "instances:\n- name: a\n  url: https://a\n  api_key: k\n  workspaces:\n  - 12\n  - 12\n",
            "7: instances.0.workspaces.1.id: workspace 12 is listed twice",
        ),
        (
            "instances: [{name: a, url: https://a, api_key: k, workspaces: 12}]\n",
            "1: instances.0.workspaces: write all, or a list such as [12, 13], not 12",
        ),
        (
            "instances: [{name: main, url: https://a, api_key: k}]\nclients: [{workspace: mian/12}]\n",
            "2: clients.0.workspace: no instance is called mian; did you mean main?",
        ),
        (
            "api: {tokens: [my-secret-token]}\n",
            "1: api.tokens.0: write keys and values below it, not a single value",
        ),
        ("a: 1\na: 2\n", "2: a: given twice, first on line 1"),
        ("sync:\n  silence: 1m\n  silence: 2m\n", "3: sync.silence: given twice, first on line 2"),
        ("- a\n", "1: the file must be a mapping of keys and values"),
        ("sync: {poll_every: 5m\nx: 1\n", "2:2: not valid YAML: expected ',' or '}', but got ':'"),
        (
            "sync: !!python/name:os.system 1\n",
            "1: sync: the tag tag:yaml.org,2002:python/name:os.system is not allowed",
        ),
        ("a: !!int x\n", "1: a: is not what its tag says"),
        ("a: &a [*a]\n", "1: a.0: an alias to what holds it"),
        ("a: " + "[" * 2000 + "\n", " not valid YAML: nested too deeply"),
        ("retention: {runs: 999999d}\n", "1: retention.runs: '999999d' is too long; 36500d is the most"),
        ("sync: {canary_every: 1m}\n", "1: sync.canary_every: must be at least 10m"),
        ("retention: {events: 9d}\n", "1: retention.events: must be at least 12d"),
        ("a: 1\n---\nb: 2\n", "2:1: not valid YAML: but found another document"),
    ],
)
def test_a_wrong_file_is_refused_in_one_line(text: str, message: str) -> None:
    """A message says file, line, key, what is wrong, and the nearest right name."""
    assert refusal(text) == f"bisonwatch.yaml:{message}"


@pytest.mark.parametrize(
    ("name", "value", "message"),
    [
        ("SYNC__POL_EVERY", "1m", "sync.pol_every: unknown key; did you mean poll_every?"),
        ("TIMEZONE__X", "1", "timezone: is a single value, nothing can stand below it"),
        ("INSTANCES__3__NAME", "a", "instances.3: the list has 0 entries; the next one is 0"),
        ("INSTANCES__X__NAME", "a", "instances: write a list such as [a, b], not a mapping"),
        ("INSTANCES", "[{name: ", "not valid YAML: expected the node content, but found '<stream end>'"),
        ("LISTENER__PORT", "http", "listener.port: write a whole number, not 'http'"),
    ],
)
def test_a_wrong_variable_is_refused_by_its_name(name: str, value: str, message: str) -> None:
    """A message about the environment names the variable."""
    variable = f"BISONWATCH__{name}"
    assert refusal("timezone: UTC\n", {variable: value}) == f"environment {variable}: {message}"


def test_every_error_is_reported_in_the_order_of_the_file() -> None:
    """Several things that are wrong are several lines, in the order of the file, flags named as flags."""
    text = "sync:\n  pol_every: 5m\n  silence: 5\n\n\n\n\n\n\ntimezone: Mars\n"
    assert refusal(text, database__pool="0").splitlines() == [
        "bisonwatch.yaml:2: sync.pol_every: unknown key; did you mean poll_every?",
        f"bisonwatch.yaml:3: sync.silence: {DURATION}, not 5",
        "bisonwatch.yaml:10: timezone: no time zone is called 'Mars'; write such as Europe/Berlin",
        "flag --database-pool: database.pool: must be at least 1, not '0'",
    ]


def test_a_message_never_repeats_a_password() -> None:
    """An unsound database address is refused without being repeated."""
    message = refusal("database: {url: 'postgresql://u:hunter2@h:x/db'}\n")
    assert message.startswith("bisonwatch.yaml:1: database.url: write sqlite:///PATH")
    assert "hunter2" not in message


def test_a_named_file_must_exist_and_be_readable(tmp_path: Path) -> None:
    """A file that was asked for by name and is missing, a folder, or not text is an error."""
    binary = tmp_path / "binary.yaml"
    binary.write_bytes(b"\xff\xfe\x00")
    missing = tmp_path / "missing.yaml"
    for file, message in (
        (missing, f"{missing}: no such file (`bisonwatch config init` writes one)"),
        (tmp_path, f"{tmp_path}: cannot be read: is a directory"),
        (binary, f"{binary}: is not text in UTF-8"),
    ):
        with pytest.raises(ConfigError) as caught:
            load(file, {})
        assert str(caught.value) == message


def test_an_unreadable_file_is_an_error(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A file without read permission is named in the error (told by the system here, since root may read everything)."""
    file = tmp_path / "closed.yaml"
    file.touch()

    def denied(*_arguments: object, **_options: object) -> str:
        raise PermissionError(errno.EACCES, os.strerror(errno.EACCES))

    monkeypatch.setattr(Path, "read_text", denied)
    with pytest.raises(ConfigError) as caught:
        load(file, {})
    assert str(caught.value) == f"{file}: cannot be read: permission denied"
