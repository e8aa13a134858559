import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from local.bedrock.faults import GARBAGE, REFUSALS, FaultError, Faults

json_values = st.recursive(
    st.none() | st.booleans() | st.floats() | st.integers() | st.text(),
    lambda inner: st.lists(inner) | st.dictionaries(st.text(), inner),
    max_leaves=5,
)


def test_what_is_not_named_is_off():
    assert Faults.parse(b"{}") == Faults()
    assert Faults.parse(b"") == Faults()


@pytest.mark.parametrize(
    ("body", "faults"),
    [
        ({"latency_ms": 300}, Faults(latency_ms=300.0)),
        ({"throttle_ratio": 0.25}, Faults(throttle_ratio=0.25)),
        ({"refuse": True}, Faults(refuse=REFUSALS[0])),
        ({"refuse": "text", "garbage": "nonsense"}, Faults(refuse="text", garbage="nonsense")),
        ({"garbage": True, "hang": True}, Faults(garbage=GARBAGE[0], hang=True)),
        ({"refuse": False, "garbage": None}, Faults()),
    ],
)
def test_faults_are_read(body, faults):
    assert Faults.parse(json.dumps(body).encode()) == faults


@pytest.mark.parametrize(
    ("body", "says"),
    [
        ("{", "not JSON"),
        ("\xff", "not JSON"),
        ("[]", "JSON object"),
        ("[" * 100_000, "not JSON"),
        ('{"latency": 3}', "unknown fault latency; there are latency_ms"),
        ('{"latency_ms": -1}', "latency_ms must be between"),
        ('{"latency_ms": true}', "latency_ms must be a number"),
        ('{"latency_ms": NaN}', "latency_ms must be a number"),
        ('{"throttle_ratio": 1.5}', "throttle_ratio must be between 0 and 1"),
        ('{"refuse": "no"}', "refuse must be true, false or one of content_filtered"),
        ('{"garbage": 3}', "garbage must be"),
        ('{"hang": "yes"}', "hang must be true or false"),
    ],
)
def test_a_fault_that_cannot_be_is_named(body, says):
    with pytest.raises(FaultError, match=says):
        Faults.parse(body.encode("latin-1"))


@given(st.dictionaries(st.sampled_from(sorted(vars(Faults()))), json_values))
def test_any_body_is_read_or_refused_in_words(body):
    try:
        faults = Faults.parse(json.dumps(body).encode())
    except FaultError:
        return
    assert Faults.parse(json.dumps(faults.as_json()).encode()) == faults
