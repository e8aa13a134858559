import dataclasses
import json
import re
import shutil
from pathlib import Path

import pytest

from scripts.infra import monitoring
from scripts.infra.alarm import Part
from scripts.infra.alarms import ALARMS, COST_ALARMS, OFFERS_FAULT
from udfs.metrics import GROUP, Kind, Metric

ROOT = Path(__file__).resolve().parents[3]
PAGES = ROOT / "docs" / "runbooks"
NAMES = [*(alarm.name for alarm in ALARMS), *COST_ALARMS]


def test_generated_files_are_current():
    assert monitoring.stale() == []


def test_a_changed_generated_file_is_seen(tmp_path):
    for path in monitoring.FILES:
        (tmp_path / path).parent.mkdir(parents=True, exist_ok=True)
        shutil.copy(ROOT / path, tmp_path / path)
    assert monitoring.stale(tmp_path) == []
    path = tmp_path / monitoring.GENERATED
    path.write_text(path.read_text("utf-8").replace("numRestarts", "fullRestarts"), "utf-8")
    assert [line.partition(":")[0] for line in monitoring.stale(tmp_path)] == [
        str(monitoring.GENERATED)
    ]


def test_alarms_read_only_what_is_documented_or_ours():
    assert monitoring.unknown() == []


@pytest.mark.parametrize("gone", ["fullRestarts", "uptime", "alerts"])
def test_an_alarm_on_a_metric_that_is_not_there_is_seen(gone):
    """The service dropped these with Flink 2.2, and a renamed one of ours is as silent."""
    alarm = ALARMS[0]
    (query,) = alarm.queries
    renamed = dataclasses.replace(alarm, queries=(dataclasses.replace(query, metric=gone),))
    assert monitoring.unknown([renamed]) == [
        f"alarm not-running: AWS/KinesisAnalytics has no metric {gone}"
    ]


def test_every_metric_that_an_alarm_selects_is_recognised():
    """Else a wrong name in a query would pass unseen."""
    for alarm in ALARMS:
        sources = [q for q in alarm.queries if q.metric or q.expression.startswith("SELECT")]
        assert len(list(monitoring.metrics_of(alarm))) == len(sources), alarm.name


def test_every_metric_of_ours_is_on_an_alarm_or_the_dashboard():
    read = {name for alarm in ALARMS for _, name in monitoring.metrics_of(alarm)}
    assert set(Metric) - read - {metric for _, _, metric in monitoring.WATCHED} == set()


def test_what_an_alarm_reads_is_split_as_its_query_says():
    """A counter is summed and compared with itself; a gauge is never."""
    kinds = {metric.value: metric.kind for metric in Metric}
    for alarm in ALARMS:
        for query in alarm.queries:
            if found := re.match(r"SELECT (\w+)\((\w+)\)", query.expression):
                kind = kinds.get(found[2], Kind.GAUGE)
                assert (found[1] == "SUM") == (kind is Kind.COUNTER), alarm.name


def test_reasons_that_are_the_offers_own_are_reasons():
    schema = json.loads((ROOT / "schemas" / "deals.dlq.avsc").read_text("utf-8"))
    (reason,) = (f["type"] for f in schema["fields"] if f["name"] == "reason")
    assert set(OFFERS_FAULT) <= set(reason["symbols"])


def test_names_in_java_are_those_of_the_enum():
    texts = [path.read_text("utf-8") for path in (ROOT / "udfs/java/src/main").rglob("*.java")]
    named = {name for text in texts for name in re.findall(r'counter\("(\w+)"\)', text)}
    windows = {Metric.WINDOWS_TOTAL, Metric.LATE_WINDOWS_TOTAL}
    others = {Metric.DUPLICATES_TOTAL, Metric.DEAD_LETTERS_TOTAL, Metric.ALERTS_HELD_TOTAL}
    assert named == others | windows
    groups = {name for text in texts for name in re.findall(r'addGroup\("(\w+)"[,)]', text)}
    assert groups == {GROUP, Metric.DEAD_LETTERS_TOTAL.label, *(each.label for each in windows)}


@pytest.mark.parametrize("metric", Metric)
def test_a_metric_says_its_unit_last(metric):
    assert re.fullmatch(r"[a-z_]+_(total|ms|active|rejected)", metric)
    assert metric.value.endswith("_total") == (metric.kind is Kind.COUNTER)
    assert metric.text.endswith(".")


def test_every_alarm_has_its_page_and_no_page_is_left_over():
    assert monitoring.without_page() == []
    assert {path.stem for path in PAGES.glob("*.md")} == {"README", *NAMES}


@pytest.mark.parametrize("name", NAMES)
def test_a_page_says_what_it_means_where_to_look_how_to_mend_and_how_to_test(name):
    text = (PAGES / f"{name}.md").read_text("utf-8")
    parts = re.split(r"^## ", text, flags=re.MULTILINE)
    assert parts[0].strip() == f"# {name}"
    titles = [part.partition("\n")[0] for part in parts[1:]]
    assert titles == ["Meaning", "First look", "Fix", "Test"]
    assert all(len(part.partition("\n")[2].strip()) > 20 for part in parts[1:])


def test_alarms_of_a_cluster_or_domain_are_on_their_own_namespace():
    generated = json.loads((ROOT / monitoring.GENERATED).read_text("utf-8"))
    for name, alarm in generated["locals"]["alarms"].items():
        assert alarm["namespace"] == monitoring.NAMESPACES[Part(alarm["part"])], name
