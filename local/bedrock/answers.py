"""The Converse protocol: reads a request, writes what an Anthropic model could have answered.

The request and response shapes are those of the Converse operation in the Bedrock Runtime API
reference, as far as text and tool use go.
"""

import json
import math
from collections.abc import Mapping
from typing import Any

Json = dict[str, Any]


class ValidationError(ValueError):
    """A request that Bedrock refuses with ValidationException; the message is the client's."""


def check_request(model_id: str, request: object) -> Json:
    """The request, if Bedrock would take it.

    Args:
        model_id: a model id, an inference profile or their ARN.
        request: the decoded body.

    Raises:
        ValidationError: not an Anthropic model, or not a conversation that ends with a user.
    """
    if "anthropic." not in model_id:
        message = "The provided model identifier is invalid."
        raise ValidationError(message)
    if not isinstance(request, dict):
        message = "The request body must be a JSON object."
        raise ValidationError(message)
    messages = request.get("messages")
    if not isinstance(messages, list) or not messages:
        message = "At least one message is required."
        raise ValidationError(message)
    roles = [entry.get("role") if isinstance(entry, dict) else None for entry in messages]
    if roles != ["user" if place % 2 == 0 else "assistant" for place in range(len(roles))]:
        message = "Messages must alternate between user and assistant, a user first."
        raise ValidationError(message)
    if roles[-1] != "user":
        message = "The conversation must end with a user message."
        raise ValidationError(message)
    if not user_text(request).strip():
        message = "The text field in the last user message is blank."
        raise ValidationError(message)
    return request


def answer(request: Json, latency_ms: int) -> Json:
    """A good Converse response: the description as text, or as input of the forced tool.

    Args:
        request: as `check_request` returned it.
        latency_ms: goes into the response's metrics.
    """
    facts = find_facts(user_text(request))
    text = describe(facts)
    tool = forced_tool(request)
    if tool is not None:
        use = {
            "toolUseId": "tooluse_local",
            "name": tool["name"],
            "input": _tool_input(tool.get("inputSchema", {}).get("json", {}), facts, text),
        }
        return response(request, [{"toolUse": use}], "tool_use", latency_ms)
    limit = request.get("inferenceConfig", {}).get("maxTokens")
    words = text.split()
    if isinstance(limit, int) and limit < len(words):
        return response(request, [{"text": " ".join(words[:limit])}], "max_tokens", latency_ms)
    return response(request, [{"text": text}], "end_turn", latency_ms)


def response(request: Json, content: list[Json], stop_reason: str, latency_ms: int) -> Json:
    """A Converse response around `content`, with token counts of the right order."""
    tokens_in = max(1, len(json.dumps(request)) // 4)
    tokens_out = max(1, len(json.dumps(content)) // 4)
    return {
        "output": {"message": {"role": "assistant", "content": content}},
        "stopReason": stop_reason,
        "usage": {
            "inputTokens": tokens_in,
            "outputTokens": tokens_out,
            "totalTokens": tokens_in + tokens_out,
        },
        "metrics": {"latencyMs": latency_ms},
    }


def user_text(request: Json) -> str:
    """All text of the last user message."""
    content = request["messages"][-1].get("content")
    blocks = content if isinstance(content, list) else []
    texts = [block.get("text") for block in blocks if isinstance(block, dict)]
    return "\n".join(text for text in texts if isinstance(text, str))


def find_facts(text: str) -> Json:
    """The largest JSON object within the text, empty when there is none.

    >>> find_facts('Write about {} and this: {"title": "A {small} TV", "price_usd": 99.5}')
    {'title': 'A {small} TV', 'price_usd': 99.5}
    """
    decoder = json.JSONDecoder()
    found: Json = {}
    place = text.find("{")
    while place != -1:
        try:
            value, after = decoder.raw_decode(text, place)
        except (ValueError, RecursionError):  # scraped titles may nest as deep as they like
            after = place + 1
        else:
            found = value if len(value) > len(found) else found
        place = text.find("{", after)
    return found


def describe(facts: Mapping[str, Any]) -> str:
    """Two factual sentences from the facts there are.

    >>> describe({"title": "Acme 43 inch TV", "price_usd": 199, "merchant": "Best Buy"})
    'Acme 43 inch TV is offered at Best Buy for $199.00. Check the offer while it lasts.'
    """
    title = _word(facts, "title") or "This item"
    merchant = _word(facts, "merchant")
    first = f"{title} is offered"
    first += f" at {merchant}" if merchant else ""
    price = _amount(facts, "price_usd")
    first += f" for ${price:,.2f}" if price is not None else ""
    fair = next(
        (_amount(facts, name) for name in ("fair_usd", "fair_usd_p50") if name in facts), None
    )
    if price is None or fair is None or fair <= price:
        return f"{first}. Check the offer while it lasts."
    return f"{first}. That is ${fair - price:,.2f} below its fair price of ${fair:,.2f}."


def forced_tool(request: Json) -> Json | None:
    """The tool the request makes the model use, None when it may answer in text.

    Raises:
        ValidationError: the forced tool is not among the tools.
    """
    config = request.get("toolConfig") or {}
    specs = [tool["toolSpec"] for tool in config.get("tools", []) if "toolSpec" in tool]
    choice = config.get("toolChoice") or {}
    if "any" in choice and specs:
        return dict(specs[0])
    if "tool" not in choice:
        return None
    name = choice["tool"].get("name")
    for spec in specs:
        if spec.get("name") == name:
            return dict(spec)
    message = f"The tool choice {name} is not among the tools."
    raise ValidationError(message)


def _tool_input(schema: Json, facts: Json, text: str) -> Json:
    """An input that fits the tool's JSON schema: facts where names meet, else the description."""
    properties = schema.get("properties", {})
    return {name: _fitting(spec, facts.get(name), text) for name, spec in properties.items()}


def _fitting(spec: Json, fact: object, text: str) -> object:
    kind = spec.get("type")
    if "enum" in spec:
        return fact if fact in spec["enum"] else spec["enum"][0]
    if kind in ("number", "integer"):
        number = fact if isinstance(fact, int | float) and not isinstance(fact, bool) else 0
        return int(number) if kind == "integer" else number
    if kind == "boolean":
        return fact is True
    if kind == "array":
        return fact if isinstance(fact, list) else []
    if kind == "object":
        return fact if isinstance(fact, dict) else _tool_input(spec, {}, text)
    return (fact if isinstance(fact, str) else text)[: spec.get("maxLength")]


def _word(facts: Mapping[str, Any], name: str) -> str | None:
    value = facts.get(name)
    return " ".join(value.split()) or None if isinstance(value, str) else None


def _amount(facts: Mapping[str, Any], name: str) -> float | None:
    try:
        amount = float(facts[name])
    except (KeyError, TypeError, ValueError, OverflowError):
        return None
    return amount if math.isfinite(amount) else None  # json reads the bare words NaN and Infinity
