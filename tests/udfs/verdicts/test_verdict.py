import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra import numpy as arrays

from udfs.verdicts.evidence import ORDER_OF_TRUST, Evidence, Witness
from udfs.verdicts.reasons import ReasonCode
from udfs.verdicts.verdict import LowBadge, Verdict, judge

NAN = float("nan")


def evidence(*offers: dict) -> Evidence:
    """A batch; an offer says only what matters: by default $100, unknown to history and model."""
    default = {
        "price_usd": 100.0,
        "list_price_usd": NAN,
        "previous_price_usd": NAN,
        "low_90d_usd": 100.0,
        "all_time_low_usd": 100.0,
        "all_time_high_usd": 100.0,
        "typical_usd": NAN,
        "days_observed": 1.0,
        "condition": "new",
        "is_expired": False,
        "is_held": False,
        "is_repeated": False,
        "model_usd": (NAN, NAN, NAN),
    }
    rows = [default | offer for offer in offers or ({},)]
    return Evidence(
        **{
            name: np.array(
                [row[name] for row in rows],
                dtype=object if name == "condition" else bool if name.startswith("is_") else float,
            )
            for name in default
        }
    )


def known(price_usd: float, **changes) -> dict:
    """An offer of a product that usually costs $100, seen on 20 days."""
    return {
        "price_usd": price_usd,
        "typical_usd": 100.0,
        "days_observed": 20.0,
        "low_90d_usd": min(price_usd, 90.0),
        "all_time_low_usd": min(price_usd, 80.0),
        "all_time_high_usd": max(price_usd, 120.0),
        **changes,
    }


def verdict_of(offer: dict) -> str:
    return judge(evidence(offer)).verdict[0]


@pytest.mark.parametrize(
    ("price_usd", "verdict"),
    [(70, "bargain"), (90, "fair"), (100, "fair"), (130, "overpriced")],
)
def test_the_products_own_past_decides_first(price_usd, verdict):
    cheap_by_model = known(price_usd, model_usd=(1000.0, 2000.0, 3000.0))
    assert verdict_of(cheap_by_model) == verdict
    assert judge(evidence(cheap_by_model)).fair_usd[0].tolist() == [83.0, 100.0, 117.0]


@pytest.mark.parametrize(
    ("price_usd", "verdict"),
    [(4, "suspect"), (40, "bargain"), (60, "fair"), (300, "overpriced"), (401, "unknown")],
)
def test_the_model_decides_where_there_is_no_past(price_usd, verdict):
    assert verdict_of({"price_usd": price_usd, "model_usd": (50.0, 100.0, 200.0)}) == verdict


@pytest.mark.parametrize("list_price_usd", [NAN, 101.0, 1000.0, 1e9])
@pytest.mark.parametrize("offer", [known(100.0), {"model_usd": (50.0, 100.0, 200.0)}, {}])
def test_an_invented_list_price_changes_no_verdict(offer, list_price_usd):
    assert verdict_of(offer | {"list_price_usd": list_price_usd}) == verdict_of(offer)


def test_the_order_of_trust_is_own_history_then_the_model_and_never_the_list_price():
    assert ORDER_OF_TRUST == (Witness.OWN_HISTORY, Witness.MODEL)
    all_three = known(100.0, model_usd=(1.0, 2.0, 3.0), list_price_usd=5000.0)
    assert judge(evidence(all_three)).fair_usd[0].tolist() == [83.0, 100.0, 117.0]
    no_past = all_three | {"days_observed": 1.0, "typical_usd": NAN}
    assert judge(evidence(no_past)).fair_usd[0].tolist() == [1.0, 2.0, 3.0]
    only_a_claim = no_past | {"model_usd": (NAN, NAN, NAN)}
    assert np.isnan(judge(evidence(only_a_claim)).fair_usd).all()
    assert verdict_of(only_a_claim) == Verdict.UNKNOWN


def test_a_former_price_that_was_never_charged_is_called_by_its_name():
    fake = judge(evidence(known(99.0, list_price_usd=199.0)))
    assert fake.verdict[0] == Verdict.FAIR
    assert "seller's 'was' $199 was never charged in 20 days on record" in fake.reasons[0]


def test_a_former_price_that_was_charged_once_is_held_against_the_usual_one():
    inflated = judge(evidence(known(99.0, list_price_usd=199.0, all_time_high_usd=199.0)))
    assert "seller's 'was' $199 is 99 % over its usual price" in inflated.reasons[0]
    true = judge(evidence(known(99.0, list_price_usd=110.0)))
    assert not any("was" in reason for reason in true.reasons[0])


def test_a_former_price_of_an_unknown_product_is_only_a_claim():
    claim = judge(evidence({"list_price_usd": 199.0}))
    assert "seller's 'was' $199 is only a claim" in claim.reasons[0]


def test_a_price_that_is_held_is_suspect_and_no_low():
    held = judge(evidence(known(5.0, is_held=True, all_time_low_usd=80.0, low_90d_usd=90.0)))
    assert held.verdict[0] == Verdict.SUSPECT
    assert held.low_badge[0] == LowBadge.NONE
    assert held.reasons[0][0] == (
        "under a tenth of its usual $100: held until a second look confirms it"
    )
    assert not {ReasonCode.ALL_TIME_LOW, ReasonCode.LOW_90D} & set(held.reason_codes[0])


def test_a_price_that_is_held_is_suspect_even_where_nothing_else_is_known():
    held = judge(evidence({"is_held": True}))
    assert held.verdict[0] == Verdict.SUSPECT
    assert held.reasons[0][0].startswith("far under its other prices")


def test_a_confirmed_low_says_so_and_is_a_bargain():
    low = known(5.0, is_repeated=True, all_time_low_usd=5.0, low_90d_usd=5.0)
    confirmed = judge(evidence(low))
    assert confirmed.verdict[0] == Verdict.BARGAIN
    assert confirmed.low_badge[0] == LowBadge.AT_LOW
    assert confirmed.reasons[0][:2] == (
        "under a tenth of its usual $100, and a second look confirms it",
        "lowest in 20 days on record",
    )


def test_by_the_model_too_a_second_look_confirms():
    once = {"price_usd": 4.0, "model_usd": (50.0, 100.0, 200.0)}
    assert verdict_of(once) == Verdict.SUSPECT
    twice = judge(evidence(once | {"is_repeated": True}))
    assert twice.verdict[0] == Verdict.BARGAIN
    assert ReasonCode.CONFIRMED_LOW in twice.reason_codes[0]


@pytest.mark.parametrize(
    ("price_usd", "days", "badge"),
    [
        (80.0, 14.0, "at_low"),
        (84.0, 14.0, "near_low"),
        (84.1, 14.0, "none"),
        (80.0, 13.0, "none"),
    ],
)
def test_the_badge_tells_a_price_at_or_near_the_lowest_of_enough_days(price_usd, days, badge):
    offer = known(price_usd, days_observed=days, all_time_low_usd=80.0)
    assert judge(evidence(offer)).low_badge[0] == badge


def test_the_price_that_a_product_always_has_is_no_low():
    always = known(100.0, all_time_low_usd=100.0, low_90d_usd=100.0)
    assert judge(evidence(always)).low_badge[0] == LowBadge.NONE


def test_near_its_lowest_says_which():
    near = judge(evidence(known(82.0)))
    assert "within 5 % of its lowest, $80" in near.reasons[0]


def test_the_model_says_its_range_in_whole_dollars():
    model = {"model_usd": (69.58, 80.0, 95.13), "price_usd": 82.5}
    assert judge(evidence(model)).reasons[0] == ("first sighting", "model says $70-$95")
    cheap = {"model_usd": (2.25, 3.5, 5.0), "price_usd": 2.0}
    assert "model says $2.25-$5, more than this" in judge(evidence(cheap)).reasons[0]


def test_few_earlier_days_are_not_a_past():
    bait = {"typical_usd": 400.0, "days_observed": 3.0, "all_time_low_usd": 100.0}
    assert verdict_of(bait) == Verdict.UNKNOWN
    assert verdict_of(bait | {"days_observed": 4.0}) == Verdict.BARGAIN


def test_an_all_time_low_of_14_days_is_a_bargain_and_an_unchanged_price_is_not():
    low = known(88.0, all_time_low_usd=88.0, days_observed=14.0)
    assert verdict_of(low) == Verdict.BARGAIN
    assert verdict_of(low | {"days_observed": 13.0}) == Verdict.FAIR
    assert verdict_of(known(100.0, all_time_low_usd=100.0)) == Verdict.FAIR


def test_the_model_alone_makes_no_bargain_of_a_second_hand_item():
    used = {"price_usd": 40.0, "model_usd": (50.0, 100.0, 200.0), "condition": "used"}
    result = judge(evidence(used))
    assert result.verdict[0] == Verdict.FAIR
    assert ReasonCode.SECOND_HAND in result.reason_codes[0]


def test_the_model_alone_makes_no_bargain_of_a_free_item():
    free = {"price_usd": 0.0, "model_usd": (50.0, 100.0, 200.0)}
    result = judge(evidence(free))
    assert result.verdict[0] == Verdict.FAIR
    assert result.reasons[0][0] == "free"


def test_the_reasons_read_as_sentences():
    fell = known(77.0, previous_price_usd=101.5, low_90d_usd=77.0)
    assert judge(evidence(fell)).reasons[0] == (
        "lowest in 20 days on record",
        "23 % under its usual $100",
        "down from $101.50",
    )


def test_nothing_known_is_unknown_and_never_zero():
    result = judge(evidence({}))
    assert result.verdict[0] == Verdict.UNKNOWN
    assert np.isnan(result.fair_usd).all()
    assert result.reason_codes[0] == (ReasonCode.SHORT_HISTORY, ReasonCode.NO_ESTIMATE)


# Money has four decimals: decimal(18, 4).
MONEY = st.integers(0, 10**14).map(lambda tenths_of_cents: tenths_of_cents / 10**4)
PRICES = st.one_of(st.just(NAN), MONEY)


@given(
    price=MONEY,
    others=arrays.arrays(float, 6, elements=PRICES),
    model=arrays.arrays(float, 3, elements=PRICES),
    days=st.floats(1, 1e5),
    condition=st.sampled_from(["new", "used", "unknown", None]),
    flags=st.tuples(st.booleans(), st.booleans()),
)
def test_every_verdict_has_a_reason_whatever_the_evidence(
    price, others, model, days, condition, flags
):
    names = ("list_price_usd", "previous_price_usd", "low_90d_usd", "all_time_low_usd")
    offer = dict(zip((*names, "all_time_high_usd", "typical_usd"), others, strict=True))
    offer |= dict(zip(("is_held", "is_repeated"), flags, strict=True))
    result = judge(
        evidence(
            offer
            | {
                "price_usd": price,
                "model_usd": tuple(np.sort(model)),
                "days_observed": days,
                "condition": condition,
            }
        )
    )
    assert result.verdict[0] in list(Verdict)
    assert result.reasons[0]
    assert all(text and "nan" not in text for text in result.reasons[0])


def test_a_batch_is_judged_as_its_rows_are():
    offers = [known(70.0), {}, {"model_usd": (50.0, 100.0, 200.0)}, known(130.0)]
    together = judge(evidence(*offers))
    assert together.verdict.tolist() == [verdict_of(offer) for offer in offers]


def test_every_reason_has_a_sentence():
    from udfs.verdicts.reasons import SENTENCES

    assert set(SENTENCES) == set(ReasonCode) - {
        ReasonCode.SIMILAR_PRODUCTS,
        ReasonCode.FEW_SIMILAR,
    }
