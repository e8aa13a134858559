import json
from pathlib import Path
from typing import Any

import pandas as pd
import pytest

from udfs.indexing.stats import stats_documents_of, stats_mappings

SCHEMAS = Path(__file__).parents[3] / "schemas"
FIELDS = json.loads((SCHEMAS / "deals.stats.avsc").read_text("utf-8"))["fields"]


def stats(**changes: Any) -> dict[str, Any]:
    """The example of the topic, with its best deals as JSON: so they come from SQL."""
    example = json.loads((SCHEMAS / "examples" / "deals.stats.v1.json").read_text("utf-8"))
    return example | {"best": json.dumps(example["best"])} | changes


def body(**changes: Any) -> dict[str, Any]:
    (document,) = stats_documents_of(pd.DataFrame([stats(**changes)]))
    return json.loads(document.body)


def test_a_later_revision_of_a_window_replaces_the_one_before():
    first, second = stats_documents_of(pd.DataFrame([stats(revision=1), stats(revision=2)]))
    assert first.doc_id == second.doc_id == "Monitors|tumbling|1764018000000"
    assert (first.version, second.version) == (1, 2)


def test_figures_are_numbers_and_best_deals_are_objects():
    found = body()
    assert (found["deals"], found["median_discount_ratio"]) == (12, 0.0835)
    assert found["best"][0]["discount_low_usd"] == 28.51
    assert found["best"][0]["title"].startswith("Kestrel")


@pytest.mark.parametrize("nothing", [None, float("nan")])
def test_what_has_no_value_is_left_out(nothing):
    found = body(median_discount_ratio=nothing, fake_list_price_share=nothing)
    assert not {"median_discount_ratio", "fake_list_price_share"} & set(found)
    assert "merchant" not in body(best='[{"deal_id": "x", "merchant": null}]')["best"][0]
    assert body(best="[]")["best"] == []


def test_zero_is_a_value():
    assert body(median_discount_ratio=0.0)["median_discount_ratio"] == 0


def test_schema_document_and_mapping_have_the_same_fields():
    (best,) = (each["type"]["items"]["fields"] for each in FIELDS if each["name"] == "best")
    assert set(body()) == {each["name"] for each in FIELDS}
    mapped = stats_mappings()["properties"]
    assert set(mapped) == {each["name"] for each in FIELDS}
    assert set(mapped["best"]["properties"]) == {each["name"] for each in best}
    assert set(body()["best"][0]) == {each["name"] for each in best}
