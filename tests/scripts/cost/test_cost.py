import dataclasses
import json
import re
import tomllib
from datetime import date
from pathlib import Path

import pytest

from scripts.cost.__main__ import case, main, savings, standard, targets
from scripts.cost.month import PRICES, Load, items, prices, subtasks, total
from scripts.cost.platform import FLAGS, Platform

ROOT = Path(__file__).resolve().parents[3]


@pytest.fixture
def prod():
    return Platform.read("prod", FLAGS)


def test_sizes_are_those_of_terraform(prod):
    text = (ROOT / "terraform" / "environments" / "prod" / "main.tf").read_text("utf-8")
    assert f'broker_instance_type     = "{prod.broker_instance_type}"' in text
    assert f"parallelism              = {prod.parallelism}\n" in text
    assert prod.is_production
    assert not Platform.read("dev", ()).is_production


def test_a_larger_instance_in_terraform_is_a_larger_bill(tmp_path):
    import shutil

    shutil.copytree(ROOT / "terraform", tmp_path / "terraform", symlinks=True)
    before = Platform.read("dev", FLAGS, tmp_path / "terraform")
    path = tmp_path / "terraform" / "environments" / "dev" / "main.tf"
    text = path.read_text("utf-8")
    path.write_text(text.replace("kafka.t3.small", "kafka.m7g.large"), "utf-8")
    after = Platform.read("dev", FLAGS, tmp_path / "terraform")
    load = Load(1000)
    dearer = total(items(after, load, prices())) - total(items(before, load, prices()))
    assert dearer == pytest.approx(3 * 730 * (0.204 - 0.0456))


def test_every_flag_of_terraform_is_one_here():
    text = (ROOT / "terraform/environments/dev/variables.tf").read_text("utf-8")
    assert set(re.findall(r'variable "(enable_\w+)"', text)) == set(FLAGS)


def test_the_targets_are_met():
    met = targets(standard(alert_ratio=0.05))
    assert len(met) == 4
    assert [(name, figure) for name, figure, value, bound in met if value >= bound] == []


def test_a_missed_target_is_told(capsys):
    assert main(["--alert-ratio", "0.01"]) == 1
    assert "MISSED  prod, 1,000 deals/h: usd_notification" in capsys.readouterr().out


def test_turning_a_flag_off_saves_what_hangs_on_it(prod):
    priced = case("x", prod, Load(1000))
    saved = savings(priced)
    assert set(saved) == set(FLAGS)
    # Without Kafka there are no jobs and no scanner.
    assert saved["enable_msk"] > saved["enable_flink"] + saved["enable_scanner"]
    assert all(amount > 0 for amount in saved.values())


def test_jobs_without_nat_need_endpoints(prod):
    bill = items(prod.without("enable_nat_gateway"), Load(1000), prices())
    assert any("interface endpoints" in item.what for item in bill)
    assert not any(item.component == "scanner" for item in bill)


def test_a_flag_that_is_none_is_refused(capsys):
    with pytest.raises(ValueError, match="enable_magic"):
        Platform.read("dev", ["enable_magic"])
    assert main(["--environment", "dev", "--off", "enable_magic"]) == 2
    assert "enable_magic" in capsys.readouterr().err


def test_serverless_and_lambda_are_priced(prod):
    other = dataclasses.replace(prod, streaming_kind="serverless", scanner_kind="lambda")
    bill = {item.what: item.usd for item in items(other, Load(1000), prices())}
    assert bill["serverless, 24 partitions"] == pytest.approx(730 * (0.75 + 24 * 0.0015))
    assert any(what.startswith("lambda") for what in bill)


def test_more_deals_cost_more_and_less_each(prod):
    small, large = (case("x", prod, Load(rate)) for rate in (1_000, 20_000))
    assert large.usd_month > small.usd_month
    assert large.usd_deal < small.usd_deal


def test_autoscaling_is_paid_for(prod):
    assert subtasks(prod, Load(1_000)) == 4
    assert subtasks(prod, Load(500 * 3600 * 10)) == 10


def test_every_price_has_its_page_and_the_table_its_day():
    table = tomllib.loads(PRICES.read_text("utf-8"))
    assert isinstance(table.pop("as_of"), date)
    for name, each in table.items():
        assert each["usd"] > 0, name
        assert each["page"].startswith("https://aws.amazon.com/"), name


def test_the_price_of_tokens_is_that_of_the_configuration():
    from flink_jobs.config import Bedrock

    fields = Bedrock.model_fields
    assert prices()["bedrock_input_million"] == fields["input_usd_per_million"].default
    assert prices()["bedrock_output_million"] == fields["output_usd_per_million"].default


def test_in_a_pipe_it_is_plain_and_as_json_it_is_whole(capsys):
    assert main([]) == 0
    plain = capsys.readouterr().out
    assert "\x1b" not in plain
    assert "─" not in plain
    assert main(["--json", "--environment", "prod", "--off", "enable_scanner"]) == 0
    (priced,) = json.loads(capsys.readouterr().out)
    assert "enable_scanner" not in priced["flags"]
    assert priced["usd_month"] == pytest.approx(sum(i["usd"] for i in priced["items"]), abs=0.01)


def test_at_a_terminal_there_is_a_table(capsys, monkeypatch):
    monkeypatch.setattr("sys.stdout.isatty", lambda: True, raising=False)
    assert main(["--environment", "dev"]) == 0
    assert "USD a month" in capsys.readouterr().out
