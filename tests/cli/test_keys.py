"""`bisonwatch keys`, against a simulated provider on a real port, and the file a key is written to."""

from __future__ import annotations

import json
import os
import stat
import urllib.request
from pathlib import Path
from typing import Any

import pytest

from bisonwatch.cli.keys_file import ROOM, KeyFile
from bisonwatch.errors import CallError
from bisonwatch.store.place import Place
from tests.cli.conftest import Shell, config_of

NAMES = {12: "Northwind Desk", 13: "Cobalt Ridge", 14: "Palmetto Labs"}


@pytest.fixture
def admin(shell: Shell, sqlite_place: Place, provider: dict[str, Any]) -> Shell:
    """An instance with nothing but its super-admin key."""
    with urllib.request.urlopen(f"{provider['url']}/_sim/world") as answer:
        key = json.load(answer)["admin_key"]
    shell.config = config_of(sqlite_place, url=provider["url"], api_key=key, workspaces="all")
    return shell


def minted(folder: Path) -> dict[str, str]:
    return {file.name: file.read_text() for file in sorted(folder.iterdir())}


def test_each_workspace_has_its_key_and_no_secret_is_shown(watching: Shell) -> None:
    """Masked to the number, with its kind, what it reads, and when that was checked."""
    said = watching.run("keys", "list")
    assert (said.code, said.err) == (0, "")
    head, *rows = said.out.splitlines()
    assert head.split() == ["WORKSPACE", "NAME", "KEY", "KIND", "READS", "CHECKED", "STATE"]
    assert [row.split()[0] for row in rows] == ["main/12", "main/13", "main/14"]
    assert all(" api-user " in row and row.endswith("  ok") for row in rows)
    found = watching.run("keys", "list", "--json").json
    assert [(key["workspace"], key["reads"], key["error"]) for key in found["keys"]] == [
        (12, 12, None), (13, 13, None), (14, 14, None)
    ]  # fmt: skip
    for choice in watching.config["instances"][0]["workspaces"]:
        number, secret = choice["api_key"].split("|")
        assert f"{number}|•••" in said.out
        assert secret not in said.out + json.dumps(found)


def test_a_key_of_another_workspace_is_told(watching: Shell) -> None:
    """Exit 1, and the others are served."""
    choices = watching.config["instances"][0]["workspaces"]
    choices[0]["api_key"], choices[1]["api_key"] = choices[1]["api_key"], choices[1]["api_key"]
    said = watching.run("keys", "list")
    assert said.code == 1
    rows = {row.split()[0]: row for row in said.out.splitlines()[1:]}
    assert "the key configured for main/12 reads main/13" in rows["main/12"]
    assert rows["main/13"].endswith("  ok")


def test_a_super_admin_key_serves_what_its_user_has_selected(admin: Shell) -> None:
    """The others say so; with the setting they are switched to."""
    said = admin.run("keys", "list")
    rows = {row.split()[0]: row for row in said.out.splitlines()[1:]}
    assert (said.code, len(rows)) == (0, 3)
    assert rows["main/12"].endswith("  ok")
    assert rows["main/13"].endswith("not served: its user has main/12 selected")
    admin.config["instances"][0]["switch_workspaces"] = True
    rows = {row.split()[0]: row for row in admin.run("keys", "list").out.splitlines()[1:]}
    assert rows["main/14"].endswith("switched to it when it is read")


def test_minted_keys_are_written_one_by_one_and_work(admin: Shell, tmp_path: Path) -> None:
    """Mode 0600, in a folder of mode 0700; what is printed can be pasted; the second time nothing is made."""
    said = admin.run("keys", "mint", "--all", "--to", str(tmp_path / "keys"), "--yes")
    assert (said.code, said.err) == (0, "")
    folder = tmp_path / "keys"
    keys = minted(folder)
    assert list(keys) == ["main-12.key", "main-13.key", "main-14.key"]
    assert stat.S_IMODE(folder.stat().st_mode) == 0o700
    assert {stat.S_IMODE(file.stat().st_mode) for file in folder.iterdir()} == {0o600}
    assert all(key.strip().split("|")[1] not in said.out for key in keys.values())
    assert f'      - {{id: 13, api_key: "file:{folder}/main-13.key"}}' in said.out
    again = admin.run("keys", "mint", "--all", "--to", str(folder), "--yes")
    assert again.code == 0
    assert again.out.count("is there already and is not overwritten") == 3
    assert minted(folder) == keys
    admin.config["instances"][0]["workspaces"] = [
        {"id": number, "api_key": f"file:{folder}/main-{number}.key"} for number in (12, 13, 14)
    ]
    listed = admin.run("keys", "list", "--json").json
    own = [key for key in listed["keys"] if key["workspace"]]
    assert [(key["workspace"], key["reads"], key["kind"]) for key in own] == [
        (number, number, "api-user") for number in (12, 13, 14)
    ]
    skipped = admin.run("keys", "mint", "--all", "--to", str(tmp_path / "other"), "--yes")
    assert skipped.out.count("skipped, it has a key of its own") == 3
    assert not (tmp_path / "other").exists()


def test_one_key_into_the_file_that_was_named(admin: Shell, tmp_path: Path) -> None:
    """By default beside the configuration."""
    said = admin.run("keys", "mint", "main/13", "--to", str(tmp_path / "cobalt.key"), "--yes")
    assert (said.code, (tmp_path / "cobalt.key").read_text().count("|")) == (0, 1)
    assert admin.run("keys", "mint", "main/13", "--yes").code == 0
    assert list(minted(tmp_path / "keys")) == ["main-13.key"]


def test_nobody_is_asked_without_a_terminal(admin: Shell, tmp_path: Path) -> None:
    """Then nothing is made, and nothing is left behind."""
    said = admin.run("keys", "mint", "--all", "--to", str(tmp_path / "keys"))
    assert said.code == 2
    assert "mint 3 keys and write to" in said.err
    assert not (tmp_path / "keys").exists()


def test_only_a_super_admin_key_can_mint(watching: Shell) -> None:
    """The call is refused before anything is asked for."""
    said = watching.run("keys", "mint", "--all", "--yes")
    assert said.code == 2
    assert "no super-admin key is configured" in said.err


def test_a_disk_that_fails_ends_it_before_the_next_key(
    admin: Shell, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The keys before are kept; the one that could not be named is in its .part, and the next call takes it from there."""
    folder, link = tmp_path / "keys", os.link

    def full(source: Path, target: Path) -> None:
        if target.name == "main-13.key":
            raise OSError(28, "No space left on device")
        link(source, target)

    monkeypatch.setattr(os, "link", full)
    said = admin.run("keys", "mint", "--all", "--to", str(folder), "--yes")
    assert said.code == 1
    assert "no space left on device" in said.out
    assert list(minted(folder)) == ["main-12.key", "main-13.key.part"]
    left = (folder / "main-13.key.part").read_text()
    monkeypatch.undo()
    monkeypatch.chdir(tmp_path)
    again = admin.run("keys", "mint", "--all", "--to", str(folder), "--yes")
    assert again.code == 0
    assert list(minted(folder)) == ["main-12.key", "main-13.key", "main-14.key"]
    assert (folder / "main-13.key").read_text() == left


def test_room_is_taken_before_the_key_is_made(tmp_path: Path) -> None:
    """A file that is reserved has its size on the disk; dropped, nothing is left."""
    file = KeyFile(tmp_path / "a" / "one.key")
    assert file.reserve() is None
    assert file.part.stat().st_size == ROOM
    with pytest.raises(CallError, match="being written by another"):
        KeyFile(file.path).reserve()
    file.drop()
    assert list((tmp_path / "a").iterdir()) == []


@pytest.mark.parametrize("torn", ["", " " * ROOM, "\0" * ROOM, "not a key"])
def test_a_part_without_a_key_is_used_again(tmp_path: Path, torn: str) -> None:
    """A crash before the key came left room, and no key."""
    file = KeyFile(tmp_path / "one.key")
    file.part.write_text(torn)
    assert file.reserve() is None
    file.keep("9|abc")
    assert minted(tmp_path) == {"one.key": "9|abc\n"}


def test_a_crash_after_the_key_came_loses_nothing(tmp_path: Path) -> None:
    """Before the file was cut to its length: the key is found, and named."""
    (tmp_path / "one.key.part").write_text("9|abc\n".ljust(ROOM))
    file = KeyFile(tmp_path / "one.key")
    assert file.reserve() == "9|abc"
    file.keep("9|abc")
    assert minted(tmp_path) == {"one.key": "9|abc\n"}


def test_another_file_is_never_written_over(tmp_path: Path) -> None:
    """Not one that is there, not one that comes meanwhile, and not through a link."""
    (tmp_path / "one.key").write_text("mine")
    with pytest.raises(CallError, match="not overwritten"):
        KeyFile(tmp_path / "one.key").reserve()
    file = KeyFile(tmp_path / "two.key")
    file.reserve()
    file.path.write_text("theirs")
    with pytest.raises(FileExistsError):
        file.keep("9|abc")
    assert (file.path.read_text(), file.part.read_text()) == ("theirs", "9|abc\n")
    (tmp_path / "three.key.part").symlink_to(tmp_path / "elsewhere")
    with pytest.raises(OSError, match="symbolic"):
        KeyFile(tmp_path / "three.key").reserve()
    assert not (tmp_path / "elsewhere").exists()
