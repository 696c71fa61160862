"""Switches at the start and at run time: what they take, what they refuse, and that each is documented and tested."""

from __future__ import annotations

import re
import subprocess
import sys
from pathlib import Path

import httpx
import orjson
import pytest

from bisonwatch.errors import CallError
from bisonwatch.simulator.fault_words import from_json, to_json
from bisonwatch.simulator.faults import Break, Faults, FaultSwitch, WalkFault
from bisonwatch.simulator.scenarios import Scenario, Script
from bisonwatch.simulator.scenes import SCENES
from bisonwatch.simulator.serve import SimulatorOptions
from bisonwatch.simulator.switches import Forms, Limits, changed, documented
from tests.simulator.conftest import Lab

PAGE = Path("docs/simulator.md")


@pytest.mark.parametrize("which", ["forms", "limits", "delays"])
async def test_switches_are_read_and_changed_by_name(lab: Lab, which: str) -> None:
    """PUT changes what it names and leaves the rest; nothing at all is changed by a body with one wrong member."""
    path = f"/_sim/{which}"
    name = {"forms": "stats", "limits": "page_cap", "delays": "deletion"}[which]
    value = {"forms": "strings", "limits": 7, "delays": 3.0}[which]
    before = (await lab.client.get(path)).json()
    put = await lab.client.put(path, json={name: value})
    wrong = await lab.client.put(path, json={name: before[name], "nonsense": 1})
    assert put.json() == {**before, name: value}
    assert wrong.status_code == 422
    assert (await lab.client.get(path)).json() == {**before, name: value}


@pytest.mark.parametrize(
    ("known", "data"),
    [
        (Forms(), {"stats": "words"}),
        (Forms(), {"retry_after": "perhaps"}),
        (Limits(), {"per_minute": -1}),
        (Limits(), {"per_minute": True}),
        (Limits(), {"long_rate": "nan"}),
        (Limits(), {"page_cap": "many"}),
        (Forms(), []),
        (Forms(), {"stats": ["strings"]}),
    ],
)
def test_wrong_values_are_refused(known: object, data: object) -> None:
    """A word that is no choice, a number below nothing, something that is no object."""
    with pytest.raises(CallError):
        changed(known, data)


def test_words_of_a_command_line_are_understood() -> None:
    """Numbers and booleans may come as text."""
    assert changed(Limits(), {"per_minute": "30", "long_rate": "0.5"}) == Limits(30, long_rate=0.5)
    assert changed(Forms(), {"retry_after": "0"}).retry_after is False


@pytest.mark.parametrize(
    "walk",
    [
        {"what": "cut"},
        {"route": "/api/leads", "what": "explode"},
        {"route": "/_sim/faults", "what": "cut"},
        {"route": "/api/leads", "what": "cut", "page": -1},
        {"route": "/api/leads", "what": "cut", "pages": 1},
        "cut",
    ],
)
async def test_wrong_walk_faults_are_refused(lab: Lab, walk: object) -> None:
    """Without a route, of an unknown kind, on the control routes themselves: 422, and nothing is set."""
    answer = await lab.client.put("/_sim/faults", json={"walks": [walk]})
    assert answer.status_code == 422
    assert lab.faults.now == Faults()


def test_walk_faults_travel_as_json() -> None:
    """Every kind survives the way out and back."""
    walks = tuple(WalkFault("/api/leads", what, 3, 2, 9.0, 12) for what in Break)
    assert from_json(to_json(Faults(walks=walks))).walks == walks


async def test_a_body_that_is_no_json_is_a_sentence(lab: Lab) -> None:
    """422 on every control route that takes one."""
    for path in ("faults", "forms", "limits", "delays", "rate", "ui-switch"):
        answer = await lab.client.put(f"/_sim/{path}", content=b"{")
        assert (answer.status_code, "error" in answer.json()) == (422, True), path


def test_options_set_the_switches_at_the_start() -> None:
    """The four groups, as the control routes take them."""
    options = SimulatorOptions(
        faults={"walks": [{"route": "/api/leads", "what": "cut"}]},
        forms={"user_key": "team"},
        limits={"page_cap": "500"},
        delays={"sync": 60},
    )
    switch = options.switch()
    assert switch.now.walks == (WalkFault("/api/leads", Break.CUT),)
    assert (switch.forms.user_key, switch.limits.page_cap, switch.delays.sync) == ("team", 500, 60.0)


@pytest.mark.parametrize(
    ("options", "said"),
    [
        (["--form", "nonsense"], "--form is NAME=WORD"),
        (["--form", "stats=words"], "stats is one of numbers, strings"),
        (["--limit", "speed=1"], "unknown: speed"),
        (["--faults", "{"], "--faults is no JSON"),
        (["--start", "yesterday"], "start is a moment"),
        (["--start", "2026-09-14T12:00:00"], "start needs its time zone"),
    ],
)
def test_wrong_options_are_sentences(options: list[str], said: str) -> None:
    """Exit code 2, one sentence, no traceback."""
    command = [sys.executable, "-m", "bisonwatch", "simulate", "--port", "0", *options]
    ended = subprocess.run(command, capture_output=True, text=True, check=False, timeout=30)
    assert ended.returncode == 2
    assert said in ended.stderr
    assert "Traceback" not in ended.stderr


def test_options_of_the_command_line_reach_the_provider() -> None:
    """Every group given on the command line is in force from the first answer on, and SIGTERM ends it in order."""
    walk = {"route": "/api/users", "what": "refused"}
    command = [sys.executable, "-m", "bisonwatch", "simulate", "--port", "0", "--rate", "0"]
    command += ["--workspaces", "2", "--accounts", "20", "--history-days", "30", "--form", "user_key=team"]
    command += ["--limit", "per_minute=5", "--delay", "deletion=3", "--start", "2026-09-14T12:00:00Z"]
    command += ["--faults", orjson.dumps({"walks": [walk]}).decode()]
    with subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True) as process:
        url = process.stdout.readline().split()[3].rstrip(";")
        key = next(word for line in process.stdout for word in line.split('"') if word.startswith("112|"))
        bearer = {"authorization": f"Bearer {key}"}
        refused, mine = (httpx.get(url + "/api/users", headers=bearer) for _ in range(2))
        sends = httpx.get(url + "/api/scheduled-emails", headers=bearer)
        delays = httpx.get(url + "/_sim/delays").json()
        process.terminate()
        assert process.wait(10) == 0
    assert refused.json()["data"]["success"] is False
    assert mine.json()["data"]["team"]["id"] == 12
    assert (sends.headers["x-ratelimit-limit"], delays["deletion"]) == ("5", 3.0)
    assert sends.json()["meta"]["total"] > 500
    assert sends.headers["date"].startswith("Mon, 14 Sep 2026 12:0")


def test_a_scenario_leaves_the_switches_alone() -> None:
    """Its turns replace faults; forms, limits and delays stay as they were chosen."""
    switch = FaultSwitch(forms=Forms(stats="strings"), limits=Limits(page_cap=5))
    script = Script(Scenario.named("api-down"), switch, busiest=12)
    script.due(100)
    assert (switch.forms.stats, switch.limits.page_cap) == ("strings", 5)


def test_every_switch_is_in_the_page() -> None:
    """Each name and each choice of the three groups, each kind of fault and each scene stands in docs/simulator.md."""
    page = PAGE.read_text()
    words = [*documented(), *(choice for choices in documented().values() for choice in choices)]
    words += [*(what.value for what in Break), *SCENES, "outage", "mute", "latency", "reject"]
    assert [word for word in words if f"`{word}`" not in page] == []


def test_every_test_of_the_page_exists() -> None:
    """The table names tests that are there."""
    named = re.findall(r"`(test_\w+)\.py::(test_\w+)`", PAGE.read_text())
    files = {path.stem: path.read_text() for path in Path("tests/simulator").rglob("test_*.py")}
    assert len(named) > 60
    assert [(file, test) for file, test in named if f"def {test}(" not in files.get(file, "")] == []
