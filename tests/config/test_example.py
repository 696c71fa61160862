"""The example file is the whole configuration, with the defaults."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
import yaml

from bisonwatch.config import explain
from bisonwatch.config.load import flat, load
from bisonwatch.config.paths import shipped
from bisonwatch.config.settings import Settings
from bisonwatch.config.shape import every_key, section_at
from bisonwatch.errors import CallError

FILE = shipped(explain.EXAMPLE)
ILLUSTRATIVE = ("instances", "api.tokens", "clients")
CONTRACT = Path(__file__).with_name("contract.yaml")


def _example(*, with_crm: bool = False) -> dict[str, object]:
    text = FILE.read_text(encoding="utf-8")
    if with_crm:
        text = re.sub(r"(?m)^#  ", "  ", text.replace("crm: null", "crm:     ")).replace("…", "x")
    found = yaml.safe_load(text)
    assert isinstance(found, dict)
    return found


def test_the_example_loads() -> None:
    """The example file is a valid configuration as it stands, and with its CRM block uncommented."""
    assert load(FILE, {}).settings.instances[0].name == "main"
    assert Settings.model_validate(_example(with_crm=True) | {"crm": _crm()}).crm is not None


def _crm() -> object:
    crm = _example(with_crm=True)["crm"]
    assert isinstance(crm, dict)
    return crm | {"primary": "postgresql://h/x"}


def test_the_example_shows_every_key() -> None:
    """Every setting stands in the example, those of optional sections in the comment that shows them."""
    text = FILE.read_text(encoding="utf-8")
    missing = []
    for key in every_key():
        name = key.rpartition(".")[2]
        if not re.search(rf"(?m)[\s{{#]{re.escape(name)}: ?", text) and key != "crm.edge.sqlite":
            missing.append(key)
    assert missing == []
    given = load(FILE, {}).sources
    assert [key for key, source in given.items() if source == "default"] == []


def test_the_example_shows_the_defaults() -> None:
    """Each value in the example equals the default, except in the lists that show an example."""
    defaults = Settings().model_dump(mode="json", by_alias=True)
    shown = load(FILE, {}).settings.model_dump(mode="json", by_alias=True)
    expected = {path: value for path, value in flat(defaults) if ".".join(map(str, path)) not in ILLUSTRATIVE}
    actual = {
        path: value for path, value in flat(shown) if not ".".join(map(str, path)).startswith(ILLUSTRATIVE)
    }
    assert actual == expected


def test_an_instance_in_the_example_shows_its_defaults() -> None:
    """What an example entry of a list shows beside what is required is the default, money aside."""
    instance = load(FILE, {}).settings.instances[0]
    bare = instance.model_copy(update={"api_key": None, "webhook_token": None})
    assert bare == type(bare)(name="main", url="https://send.example.com")


def test_every_key_has_a_sentence() -> None:
    """Each line of the example that gives a value says what it is."""
    lines = [
        line
        for line in FILE.read_text(encoding="utf-8").splitlines()
        if re.match(r"[\s#]*[a-z_0-9]+: \S", line)
    ]
    assert [
        line for line in lines if "  # " not in line and "[Google" not in line and "[Outlook" not in line
    ] == []


def test_the_contract_loads() -> None:
    """Every key that was promised parses from the first version on."""
    settings = load(CONTRACT, {}).settings
    assert settings.crm is not None
    assert settings.crm.edge.d1 is not None
    assert str(settings.alerts.slack.webhook_url) == "env:SLACK_WEBHOOK_URL"


def test_the_tree_of_keys_knows_lists_and_optional_sections() -> None:
    """Dotted keys reach into lists, mappings and sections that may be null."""
    keys = set(every_key())
    assert {
        "instances.*.workspaces.*.api_key",
        "listener.tls.cert",
        "crm.tables.*.columns",
        "alerts.quiet_hours.from",
        "database.schema",
    } <= keys
    assert section_at(("instances", 0, "breaker")) is not None
    assert section_at(("timezone",)) is None


def test_init_writes_the_example_once(tmp_path: Path) -> None:
    """`config init` writes the example for its owner's eyes, and overwrites a file only when told to."""
    file = tmp_path / "new" / "bisonwatch.yaml"
    explain.init(file)
    assert file.read_text(encoding="utf-8") == FILE.read_text(encoding="utf-8")
    assert file.stat().st_mode & 0o777 == 0o600
    file.write_text("mine")
    with pytest.raises(CallError) as caught:
        explain.init(file)
    assert str(caught.value) == f"{file} is there already (--force overwrites it)"
    explain.init(file, overwrite=True)
    assert load(file, {}).settings.instances[0].name == "main"
