"""The command table: help, wrong calls, and what is imported for them."""

from __future__ import annotations

import subprocess
import sys

import pytest

from bisonwatch.cli.main import COMMANDS
from tests.cli.conftest import Shell

INNER = [["config", "init"], ["config", "check"], ["config", "show"], ["db", "upgrade"], ["db", "status"], ["db", "spool"],
         ["db", "spool", "list"], ["db", "spool", "adopt"], ["db", "spool", "discard"],
         ["webhooks", "list"], ["webhooks", "register"],
         ["accounts", "held"], ["accounts", "confirm"], ["jobs", "list"], ["jobs", "run"],
         ["runs", "list"], ["runs", "show"], ["runs", "cancel"],
         ["letters", "list"], ["letters", "show"], ["letters", "replay"], ["letters", "discard"],
         ["cache", "stats"], ["cache", "refresh"], ["cache", "clear"]]  # fmt: skip


def python(code: str, *arguments: str) -> str:
    """What a fresh interpreter prints."""
    command = [sys.executable, "-c", code, *arguments]
    done = subprocess.run(command, capture_output=True, text=True, timeout=40, check=False)
    assert done.returncode == 0, done.stderr
    return done.stdout


@pytest.mark.parametrize("words", [[], *([name] for name in COMMANDS), *INNER], ids=" ".join)
def test_every_command_explains_itself_with_an_example(shell: Shell, words: list[str]) -> None:
    """`--help` says what it does, and shows a call that can be copied."""
    said = shell.run(*words, "--help")
    assert (said.code, said.err) == (0, "")
    [example] = [line for line in said.out.splitlines() if "Example: bisonwatch" in line]
    assert " ".join(words) in example
    assert shell.run(*words, "-h").out == said.out


def test_the_table_lists_every_command_with_its_summary(shell: Shell) -> None:
    """In the order of the table."""
    text = shell.run("--help").out
    places = [text.index(f"  {name} ") for name in COMMANDS]
    assert places == sorted(places)


def test_the_version_is_told(shell: Shell) -> None:
    """As one line."""
    assert shell.run("--version").out.startswith("bisonwatch ")


@pytest.mark.parametrize(
    ("words", "line"),
    [
        (["nope"], "bisonwatch: No such command 'nope'. (`bisonwatch --help` explains)\n"),
        (
            ["status", "--jsn"],
            "bisonwatch status: No such option '--jsn'. Did you mean '--json'? (`bisonwatch status --help` explains)\n",
        ),
        (
            ["db", "status", "now"],
            "bisonwatch db status: Got unexpected extra argument (now) (`bisonwatch db status --help` explains)\n",
        ),
        (
            ["demo", "--rate", "fast"],
            "bisonwatch demo: Invalid value for '--rate': 'fast' is not a valid float range. (`bisonwatch demo --help` explains)\n",
        ),
        (
            ["demo", "--scenario", "nope"],
            "bisonwatch: no scenario 'nope' (there are calm, webhook-outage, drops, api-down)\n",
        ),
        (
            ["demo", "--for", "banana"],
            "bisonwatch: --for write a duration with its unit, such as 45s, 5m or 1h30m, not 'banana'\n",
        ),
        (
            ["demo", "--database", "nope://user:hush@host"],
            "bisonwatch: --database: write sqlite:///PATH (four slashes for an absolute path) or "
            "postgresql://USER:PASSWORD@HOST:PORT/DATABASE, in a password %40 for @, %2F for /, %23 for #, %3F for ?\n",
        ),
        (["demo", "--keep", "/dev/null/x"], "bisonwatch: --keep /dev/null/x: cannot be made: not a directory\n"),
        (
            ["resync"],
            "bisonwatch: which workspaces? name them (instance/id, id or name) or say --all\n",
        ),
        (["resync", "12", "--all"], "bisonwatch: name workspaces or say --all, not both\n"),
        (["resync", "12", "--only", "leads,moods"], "bisonwatch: --only takes leads, accounts, metrics, campaigns, replies, sends, not 'moods'\n"),
    ],
    ids=lambda value: " ".join(value) if isinstance(value, list) else "",
)  # fmt: skip
def test_a_wrong_call_is_one_line_and_exit_2(shell: Shell, words: list[str], line: str) -> None:
    """It says what is wrong and what would be right."""
    said = shell.run(*words)
    assert (said.code, said.out, said.err) == (2, "", line)


def test_a_group_without_its_word_shows_its_words(shell: Shell) -> None:
    """On stderr, since nothing was done."""
    said = shell.run("config")
    assert (said.code, said.out) == (2, "")
    assert "Commands:\n  check" in said.err


def test_help_of_one_command_imports_no_other() -> None:
    """Nor the engine, nor the database, for the table itself."""
    told = python(
        """
import sys
from bisonwatch.cli.main import COMMANDS, main
def call(*words):
    for name in [name for name in sys.modules if name.endswith("_command")]:
        del sys.modules[name]
    try:
        main(words)
    except SystemExit as ended:
        assert ended.code == 0
    return sorted(name.rpartition(".")[2] for name in sys.modules if name.endswith("_command"))
assert call("--help") == []
assert not {"sqlalchemy", "httpx", "textual", "rich", "uvicorn"} & set(sys.modules)
for name in COMMANDS:
    assert call(name, "--help") == [f"{name}_command"], name
"""
    )
    assert "Usage: bisonwatch" in told


def test_the_rooms_of_the_engine_import_no_terminal() -> None:
    """Whichever of their modules is imported; nor do they import what only an extra brings."""
    told = python(
        """
import importlib, pkgutil, sys
for room in ("engine", "api", "ingest", "sync", "store", "cache", "health", "exports", "clients", "domain", "config"):
    package = importlib.import_module(f"bisonwatch.{room}")
    for found in pkgutil.walk_packages(package.__path__, package.__name__ + "."):
        if ".migrations." not in found.name and found.name != "bisonwatch.exports.parquet":
            importlib.import_module(found.name)
print(sorted({"textual", "pyarrow"} & set(sys.modules)))
"""
    )
    assert told == "[]\n"


@pytest.mark.parametrize(("words", "code"), [(["status"], 0), (["--daemon"], 1)])
def test_status_and_daemon_never_import_the_terminal(shell: Shell, words: list[str], code: int) -> None:
    """They must run where no terminal is, and start quickly."""
    if code:
        shell.config["listener"]["host"] = "203.0.113.1"  # every module is imported, then the port is refused
    told = python(
        """
import sys
from bisonwatch.cli.main import main
try:
    main(sys.argv[2:])
except SystemExit as ended:
    assert ended.code == int(sys.argv[1]), ended.code
print("FOUND", sorted({"textual", "alembic"} & set(sys.modules)))
""",
        str(code),
        "--config",
        str(shell.write()),
        *words,
    )
    assert told.splitlines()[-1] == "FOUND []"
