import json
from decimal import Decimal
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.udfs.indexing.deals import DEAL, deal
from udfs.indexing.documents import VECTOR, document_of, documents_of
from udfs.indexing.template import mappings

SCHEMA = Path(__file__).parents[3] / "schemas" / "deals.evaluated.avsc"


def body(**changes):
    return json.loads(document_of(deal(**changes)).body)


def test_id_and_version_are_the_deals_id_and_event_time():
    document = document_of(deal())
    assert (document.doc_id, document.version) == ("deal-1", 1_700_000_000_000)


def test_money_becomes_a_number_and_time_stays_milliseconds():
    found = body()
    assert found["price_usd"] == 199.99
    assert found["observed_at"] == 1_700_000_000_000
    assert found["expires_at"] == 1_700_100_000_000


@pytest.mark.parametrize("nothing", [None, float("nan"), pd.NA, np.nan])
def test_what_has_no_value_is_left_out(nothing):
    found = body(coupon=nothing, fair_usd_p50=nothing, temperature=nothing, is_expired=nothing)
    assert not {"coupon", "fair_usd_p50", "temperature", "is_expired"} & set(found)


def test_zero_and_false_are_values():
    found = body(price_usd=Decimal(0), is_expired=False, temperature=0)
    assert (found["price_usd"], found["is_expired"], found["temperature"]) == (0, False, 0)


def test_a_frame_with_gaps_gives_the_same_documents_as_its_rows():
    rows = [deal(), deal(deal_id="deal-2", temperature=None, expires_at=None, reasons=None)]
    documents = documents_of(pd.DataFrame(rows))
    assert documents == [document_of(row) for row in rows]
    assert json.loads(documents[0].body)["temperature"] == 35


def test_lists_may_be_arrays():
    assert body(reasons=np.array(["a", "b"], dtype=object))["reasons"] == ["a", "b"]


def test_fields_beyond_the_schema_are_not_sent():
    assert "colour" not in body(colour="red")


@given(st.text())
def test_any_title_is_one_line_of_valid_utf_8(title):
    sent = document_of(deal(title=title)).body
    assert b"\n" not in sent
    assert json.loads(sent.decode("utf-8"))["title"] == title


def test_half_a_surrogate_pair_does_not_spoil_the_bulk():
    assert body(title="TV \ud83d!")["title"] == "TV ?!"


@given(st.decimals(min_value=0, max_value=Decimal("99999999999.9999"), places=4))
def test_money_keeps_its_four_decimals(amount):
    assert Decimal(str(body(price=amount)["price"])) == amount


def test_schema_document_and_mapping_have_the_same_fields():
    schema = {field["name"] for field in json.loads(SCHEMA.read_text("utf-8"))["fields"]}
    assert set(DEAL) == schema
    assert set(body(coupon="X", linked_from="Y")) == schema
    assert set(mappings()["properties"]) - {VECTOR} == schema
