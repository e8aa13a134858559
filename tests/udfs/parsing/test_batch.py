import json
import math
from decimal import Decimal

import pandas as pd
import pyarrow as pa
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.udfs.parsing.items import LINKS, NOW_MS, RATES, item
from udfs.parsing.batch import COLUMNS, parse_batch
from udfs.parsing.prices import MAX_PRICE, Reason

FIELDS = [name for name in COLUMNS if name not in ("reason", "detail")]
MONEY = ("price", "price_usd", "list_price", "list_price_usd")
FREE = ("free", "kostenlos", "gratis", "gratuit", "umsonst")


def row(title="Kettle $20", *, extras=None, **changes):
    raw = item(title, **changes)
    raw.pop("feed_url", None)
    return raw | {"extras_json": None if extras is None else json.dumps(extras)}


def run(*rows):
    return parse_batch(pd.DataFrame(list(rows), dtype=object), RATES)


def records(frame):
    return frame.to_dict("records")


# What hostile feeds hold: any code point with lone surrogates, pieces of prices, and long runs.
PIECES = st.sampled_from(
    [
        *"$£€¥¢ .,()[]@+-&<>/\n\t\0\ud800\udfff\u202e\u05d0\u0663\U0001f525",
        *("Free", "$1", "$0", "999999999999", "1e400", "for ", "was ", "US$", "kr", "&amp;#0;"),
        *("Infinity", "NaN", "$99999999999999999", "1.234.567,89 €", "%", "http://", "code ABC1"),
    ]
)
TEXT = st.one_of(
    st.text(st.characters(codec=None, exclude_categories=()), max_size=60),
    st.lists(PIECES, max_size=14).map("".join),
    st.builds(lambda piece, times: piece * times, PIECES, st.sampled_from([1, 700, 20_000])),
)
LINK = st.one_of(TEXT, st.sampled_from([*LINKS.values(), "https://a.b/?x=\ud800", "http://[::1"]))
KEYS = [
    *("price", "list_price", "currency", "merchant", "merchant_domain", "coupon", "expires"),
    *("temperature", "revised_at", "target_url", "condition", "category", "expired", "deal_type"),
]
TIME = st.one_of(
    st.none(),
    st.just(math.nan),
    st.just(NOW_MS),
    st.integers(-(2**63), 2**63 - 1),
    st.floats(),
)
ROW = st.fixed_dictionaries(
    {
        "source": TEXT,
        "item_id": TEXT,
        "fetched_at": st.one_of(st.just(NOW_MS), TIME),
        "published_at": TIME,
        "title": st.one_of(st.none(), TEXT, TEXT.map(lambda text: f"Kettle $20 {text}")),
        "link": st.one_of(st.none(), LINK),
        "summary_html": st.one_of(st.none(), TEXT),
        "extras_json": st.one_of(
            st.none(),
            TEXT,
            st.dictionaries(st.sampled_from(KEYS), st.one_of(TEXT, LINK), max_size=6).map(
                json.dumps
            ),
        ),
    }
)


@settings(max_examples=300, deadline=None)
@given(st.lists(ROW, min_size=1, max_size=4))
def test_whatever_a_feed_holds_each_row_is_an_offer_or_has_a_reason(rows):
    answers = run(*rows)
    assert tuple(answers.columns) == COLUMNS
    assert len(answers) == len(rows)
    for raw, answer in zip(rows, records(answers), strict=True):
        if answer["reason"] is not None:
            assert Reason(answer["reason"])
            assert answer["detail"]
            assert all(answer[name] is None for name in FIELDS)
            continue
        assert answer["detail"] is None
        for name in MONEY:
            if answer[name] is not None:
                assert answer[name].as_tuple().exponent == -4
                assert 0 <= answer[name] < Decimal(10) ** 14
        assert 0 <= answer["price"] <= MAX_PRICE
        if answer["price"] == 0:
            said = f"{raw['title']} {raw['summary_html']} {raw['extras_json']}".casefold()
            assert any(word in said for word in FREE)
        assert answer["deal_id"]
        assert answer["product_key"]
        assert answer["title"].strip()
        assert len(answer["title"]) <= 300
        assert answer["url"].startswith(("http://", "https://"))
        assert len(answer["currency"]) == 3
        assert 0 < answer["observed_at"] < 2**62


@settings(max_examples=150, deadline=None)
@given(st.lists(ROW, min_size=1, max_size=4))
def test_every_text_can_be_written_as_arrow(rows):
    answers = run(*rows)
    for name in ("source", "item_id", "url", "merchant", "title", "coupon", "category", "detail"):
        pa.array(answers[name].tolist(), pa.string()).validate(full=True)


@settings(max_examples=100, deadline=None)
@given(st.lists(ROW, min_size=2, max_size=5), st.randoms())
def test_a_row_is_read_alike_in_any_batch(rows, random):
    together = records(run(*rows))
    alone = [records(run(one))[0] for one in rows]
    assert together == alone
    order = list(range(len(rows)))
    random.shuffle(order)
    assert records(run(*(rows[at] for at in order))) == [together[at] for at in order]


def test_an_empty_batch_gives_an_empty_answer():
    empty = pd.DataFrame(columns=list(row()))
    assert list(parse_batch(empty, RATES).columns) == list(COLUMNS)
    assert len(parse_batch(empty, RATES)) == 0


def test_the_index_is_that_of_the_input():
    frame = pd.DataFrame([row(), row("")], index=[7, 3])
    assert list(parse_batch(frame, RATES).index) == [7, 3]


def test_a_bad_row_does_not_change_its_neighbours():
    answers = records(run(row("Kettle $20"), row(""), row("Kettle $21")))
    assert [answer["reason"] for answer in answers] == [None, "title_missing", None]
    assert [answer["price"] for answer in answers] == [Decimal("20"), None, Decimal("21")]


@pytest.mark.parametrize("missing", [None, math.nan, pd.NA, pd.NaT])
def test_a_missing_value_may_be_written_in_any_way_of_pandas(missing):
    raw = row() | {"published_at": missing, "summary_html": missing, "extras_json": missing}
    assert records(run(raw))[0]["observed_at"] == NOW_MS


@pytest.mark.parametrize("at", [None, math.nan, math.inf, -1, 0, 2**62, 1_785_000_000])
def test_an_item_without_a_possible_time_is_told(at):
    assert records(run(row(fetched_at=at)))[0]["reason"] == "time_invalid"


@pytest.mark.parametrize(
    "text", ["", "{", "[]", '"a"', "[" * 100_000, '{"price": 12}', "1" * 5_000, "null"]
)
def test_extras_that_are_no_object_of_texts_count_as_none(text):
    assert records(run(row() | {"extras_json": text}))[0]["price"] == Decimal("20")


def test_what_utf8_cannot_carry_is_replaced():
    answer = records(run(row("Kettle\ud800 $20", source="feed\udfff", item_id="1\ud800")))[0]
    assert (answer["source"], answer["item_id"], answer["title"]) == ("feed?", "1?", "Kettle?")
