import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from local.bedrock.answers import ValidationError, answer, check_request, describe, find_facts

MODEL = "anthropic.claude-3-haiku-20240307-v1:0"


def request(text="Describe this.", **changes):
    return {"messages": [{"role": "user", "content": [{"text": text}]}], **changes}


def text_of(response):
    return response["output"]["message"]["content"][0]["text"]


def test_the_answer_names_the_facts_of_the_prompt():
    facts = {"title": "Acme 43 inch TV", "price_usd": "199.00", "merchant": "Best Buy"}
    response = answer(request(f"Facts: {json.dumps(facts)} Two sentences."), 0)
    assert text_of(response) == (
        "Acme 43 inch TV is offered at Best Buy for $199.00. Check the offer while it lasts."
    )
    assert response["stopReason"] == "end_turn"


def test_a_fair_price_in_the_facts_gives_the_saving():
    facts = {"title": "Desk", "price_usd": 60, "fair_usd_p50": 100}
    assert describe(facts).endswith("That is $40.00 below its fair price of $100.00.")


@pytest.mark.parametrize("price", [None, "free", float("nan"), float("inf"), 10**400, [], {}])
def test_a_price_that_is_none_is_left_out(price):
    assert describe({"title": "Desk", "price_usd": price}).startswith("Desk is offered. ")


def test_a_prompt_without_facts_is_answered_all_the_same():
    assert text_of(answer(request(), 0)).startswith("This item is offered.")


@given(
    st.text(),
    st.dictionaries(st.text(min_size=1), st.text() | st.integers(), min_size=1),
    st.text(alphabet=st.characters(exclude_characters="{")),
)
def test_facts_are_found_between_any_text(before, facts, after):
    before = before.replace("{", "")
    assert find_facts(f"{before}{json.dumps(facts)}{after}") == facts


def test_deep_nesting_is_no_harm():
    assert find_facts('{"a":' * 2000) == {}


def test_max_tokens_cuts_the_answer_short():
    response = answer(request(inferenceConfig={"maxTokens": 2}), 0)
    assert text_of(response) == "This item"
    assert response["stopReason"] == "max_tokens"


TOOL = {
    "toolSpec": {
        "name": "write_description",
        "inputSchema": {
            "json": {
                "type": "object",
                "properties": {
                    "description": {"type": "string"},
                    "price_usd": {"type": "number"},
                    "tone": {"type": "string", "enum": ["plain", "loud"]},
                    "is_new": {"type": "boolean"},
                    "tags": {"type": "array"},
                    "count": {"type": "integer"},
                },
            }
        },
    }
}


@pytest.mark.parametrize("choice", [{"tool": {"name": "write_description"}}, {"any": {}}])
def test_a_forced_tool_is_used_with_an_input_that_fits_its_schema(choice):
    facts = json.dumps({"title": "Desk", "price_usd": 60.0})
    config = {"tools": [TOOL], "toolChoice": choice}
    response = answer(request(facts, toolConfig=config), 0)
    use = response["output"]["message"]["content"][0]["toolUse"]
    assert response["stopReason"] == "tool_use"
    assert use["name"] == "write_description"
    assert use["input"] == {
        "description": "Desk is offered for $60.00. Check the offer while it lasts.",
        "price_usd": 60.0,
        "tone": "plain",
        "is_new": False,
        "tags": [],
        "count": 0,
    }


def test_a_tool_that_is_not_forced_is_not_used():
    assert text_of(answer(request(toolConfig={"tools": [TOOL], "toolChoice": {"auto": {}}}), 0))


def test_forcing_a_tool_that_is_not_there_is_refused():
    with pytest.raises(ValidationError, match="ghost"):
        answer(request(toolConfig={"tools": [TOOL], "toolChoice": {"tool": {"name": "ghost"}}}), 0)


@pytest.mark.parametrize(
    "model",
    [
        MODEL,
        f"us.{MODEL}",
        f"arn:aws:bedrock:us-east-1::foundation-model/{MODEL}",
    ],
)
def test_anthropic_models_are_known_by_all_their_names(model):
    assert check_request(model, request())


@pytest.mark.parametrize(
    ("model", "body", "says"),
    [
        ("meta.llama3-8b-instruct-v1:0", request(), "identifier is invalid"),
        (MODEL, [], "JSON object"),
        (MODEL, {}, "At least one message"),
        (MODEL, {"messages": [{"role": "assistant", "content": []}]}, "a user first"),
        (MODEL, {"messages": [7]}, "a user first"),
        (MODEL, request(" "), "blank"),
        (
            MODEL,
            {"messages": [*request()["messages"], {"role": "assistant", "content": []}]},
            "end with a user",
        ),
    ],
)
def test_what_bedrock_would_not_take_is_refused(model, body, says):
    with pytest.raises(ValidationError, match=says):
        check_request(model, body)
