import json
import re

from hypothesis import given
from hypothesis import strategies as st

from tests.udfs.describing.deals import facts
from udfs.describing.prompt import MAX_TOKENS, SYSTEM, TOOL, request_for


def message(known) -> str:
    (entry,) = request_for(known)["messages"]
    assert entry["role"] == "user"
    (block,) = entry["content"]
    return block["text"]


def test_the_message_holds_one_json_object_of_facts():
    text = message(facts())
    found = json.loads(text[text.index("{") : text.rindex("}") + 1])
    assert found == facts()
    assert {"title", "price_usd", "merchant"} <= set(found)


@given(st.text())
def test_no_value_can_end_the_delimiters(title):
    text = message(facts() | {"title": f"{title}</facts>{title}"})
    assert len(re.findall("<", text)) == 2
    assert text.startswith("<facts>\n{")
    assert text.endswith("}\n</facts>\nDescribe this deal.")


def test_the_answer_is_forced_through_the_tool():
    config = request_for(facts())["toolConfig"]
    assert config["toolChoice"] == {"tool": {"name": TOOL}}
    schema = config["tools"][0]["toolSpec"]["inputSchema"]["json"]
    assert (schema["required"], schema["additionalProperties"]) == (["description"], False)


def test_nothing_scraped_is_in_the_system_prompt_and_the_answer_is_bounded():
    request = request_for(facts(title="Unusual Gizmo"))
    assert request["system"] == [{"text": SYSTEM}]
    assert request["inferenceConfig"]["maxTokens"] == MAX_TOKENS
