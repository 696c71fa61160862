"""What promtool says of our metrics, alert rules and dashboard."""

from __future__ import annotations

import json
import re
import shutil
import subprocess
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import httpx
import pytest
import yaml

from bisonwatch.config.certificate import SOON
from bisonwatch.config.health import Thresholds
from bisonwatch.engine.log_watch import LARGE
from tests.support import scrape
from tests.support.daemon import Daemon

DEPLOY = Path("deploy").absolute()
ALERTS = DEPLOY / "prometheus" / "alerts.yml"
GIVEN = {"up", "ALERTS"}
"""Series that Prometheus makes itself."""
LIMITS = Thresholds()
MIRRORED = {
    "BisonwatchBacklog": LIMITS.backlog,
    "BisonwatchDeadLetters": LIMITS.dead_letters,
    "BisonwatchDatabaseSlow": LIMITS.database_latency.total_seconds(),
    "BisonwatchLogGrows": LARGE,
    "BisonwatchAccountsLate": LIMITS.account_sync_late.total_seconds(),
    "BisonwatchDeliveryRate": LIMITS.delivery_rate,
    "BisonwatchSuccessRate": LIMITS.success_rate,
    "BisonwatchDrift": LIMITS.drift_warning,
    "BisonwatchDriftCritical": LIMITS.drift_critical,
    "BisonwatchDisconnects": LIMITS.disconnect_rate,
    "BisonwatchDiskFull": LIMITS.disk_free,
    "BisonwatchProviderSlow": LIMITS.api_latency.total_seconds(),
    "BisonwatchCacheMisses": LIMITS.cache_hit_rate,
    "BisonwatchCacheLate": LIMITS.prefetch_rate,
    "BisonwatchCertificateEnds": SOON.days,
}


def promtool(*words: str, stdin: str | None = None, cwd: Path | None = None) -> str:
    """What it says, on either stream; asserts that it is content."""
    done = subprocess.run(["promtool", *words], input=stdin, cwd=cwd, capture_output=True, text=True)
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout + done.stderr


def rules() -> dict[str, dict[str, Any]]:
    """Each alert by its name."""
    groups = yaml.safe_load(ALERTS.read_text())["groups"]
    return {rule["alert"]: rule for group in groups for rule in group["rules"]}


def panels() -> Iterator[tuple[str, str]]:
    """Title and expression of each query of the dashboard, variables filled in as Grafana does."""
    for panel in json.loads((DEPLOY / "grafana" / "bisonwatch.json").read_text())["panels"]:
        for target in panel.get("targets", ()):
            filled = target["expr"].replace("$__rate_interval", "1m")
            yield panel["title"], re.sub(r"\$(job|workspace)", ".*", filled)


def names(expr: str) -> set[str]:
    """The metrics that an expression asks."""
    return set(scrape.NAME.findall(expr))


def test_promtool_finds_nothing_wrong_with_a_scrape(tmp_path: Path) -> None:
    """Of a node that knows everything, and of a daemon that just started."""
    assert promtool("check", "metrics", stdin=scrape.text()) == ""
    with Daemon(tmp_path) as living:
        living.start()
        scraped = httpx.get(f"{living.api}/metrics", timeout=20).text
    assert "bisonwatch_deliveries_acked_total 0" in scraped
    assert scrape.series(scraped) <= scrape.series(scrape.text())
    assert promtool("check", "metrics", stdin=scraped) == ""


def test_the_alert_rules_are_sound_and_do_as_they_say() -> None:
    """Checked, and tried on invented series."""
    assert "SUCCESS" in promtool("check", "rules", "alerts.yml", cwd=ALERTS.parent)
    assert "SUCCESS" in promtool("test", "rules", "alerts_test.yml", cwd=ALERTS.parent)


def test_the_example_of_a_scrape_is_a_configuration(tmp_path: Path) -> None:
    """With the files it names beside it."""
    for name in ("alerts.yml", "scrape.yml"):
        shutil.copy(ALERTS.parent / name, tmp_path)
    config = (tmp_path / "scrape.yml").read_text().replace("/etc/prometheus/", f"{tmp_path}/")
    (tmp_path / "scrape.yml").write_text(config)
    for name in ("bisonwatch.token", "bisonwatch-ca.pem"):
        (tmp_path / name).write_text("x")
    assert "SUCCESS" in promtool("check", "config", "--syntax-only", "scrape.yml", cwd=tmp_path)


def test_each_query_of_the_dashboard_is_one_that_prometheus_reads(tmp_path: Path) -> None:
    """Each as a rule of its own, since promtool reads rules."""
    written = [{"record": f"panel_{n}", "expr": expr} for n, (_, expr) in enumerate(panels())]
    file = tmp_path / "panels.yml"
    file.write_text(yaml.safe_dump({"groups": [{"name": "panels", "rules": written}]}))
    assert f"{len(written)} rules found" in promtool("check", "rules", str(file))


def test_everything_that_is_asked_for_exists() -> None:
    """Each metric of each panel and alert is in a real scrape, with the labels it is asked by."""
    known = scrape.series(scrape.text()) | GIVEN
    asked = [*panels(), *((alert, rule["expr"]) for alert, rule in rules().items())]
    assert [(title, name) for title, expr in asked for name in names(expr) - known] == []
    assert all(names(expr) or "up{" in expr for _, expr in asked)
    for title, expr in asked:
        for name, label, value in re.findall(r'(bisonwatch_\w+)\{[^}]*?(\w+)="([^"]+)"', expr):
            if label != "job":
                assert re.search(rf'^{name}\{{.*{label}="{value}"', scrape.text(), re.MULTILINE), title


def test_alerts_have_our_own_thresholds() -> None:
    """The defaults of health.thresholds, and none is forgotten when one changes."""
    for alert, limit in MIRRORED.items():
        assert float(re.split(r"[<>]=?", rules()[alert]["expr"])[-1]) == pytest.approx(limit), alert


def test_each_alert_says_what_it_means_and_what_to_do() -> None:
    """In words, with how bad it is."""
    for alert, rule in rules().items():
        assert set(rule["annotations"]) == {"summary", "description", "action"}, alert
        assert rule["labels"]["severity"] in ("warning", "critical")


def test_the_dashboard_is_bound_to_no_data_source() -> None:
    """Whoever imports it chooses; each panel has a place of its own."""
    board = json.loads((DEPLOY / "grafana" / "bisonwatch.json").read_text())
    assert board["templating"]["list"][0]["type"] == "datasource"
    sources = {json.dumps(panel["datasource"]) for panel in board["panels"] if "datasource" in panel}
    assert sources == {'{"type": "prometheus", "uid": "${datasource}"}'}
    taken = [
        (x, y)
        for panel in board["panels"]
        for x in range(panel["gridPos"]["x"], panel["gridPos"]["x"] + panel["gridPos"]["w"])
        for y in range(panel["gridPos"]["y"], panel["gridPos"]["y"] + panel["gridPos"]["h"])
    ]
    assert len(taken) == len(set(taken))
    assert len({panel["id"] for panel in board["panels"]}) == len(board["panels"])
