"""Descriptions for a batch of deals, at the same time, within one deadline and one budget."""

import asyncio
import itertools
import json
import logging
import random
from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any, Literal

from udfs.describing.answers import AnswerError, checked
from udfs.describing.facts import Facts
from udfs.describing.fallback import fallback_text
from udfs.describing.limits import Breaker, Spending
from udfs.describing.prompt import request_for

logger = logging.getLogger(__name__)

FIRST_WAIT_S, LONGEST_WAIT_S = 0.2, 2.0

# How Converse says that the model, its provider or a guardrail would not write this.
REFUSALS = ("guardrail_intervened", "content_filtered", "refusal")

Status = Literal["ok", "timeout", "refused", "fallback"]


@dataclass(frozen=True)
class Answer:
    """What a call brought.

    Attributes:
        tool_input: Input of the forced tool, None if it was not called.
        stop_reason: As Converse names it.
        input_tokens: As billed.
        output_tokens: As billed.
    """

    tool_input: Mapping[str, Any] | None
    stop_reason: str
    input_tokens: int = 0
    output_tokens: int = 0


class ThrottledError(Exception):
    """The service is too busy; the same call may pass a little later. Costs nothing."""


class NotAllowedError(Exception):
    """The service declines the call as such: this account may not use the model. Costs nothing."""


class CallFailedError(Exception):
    """The call brought nothing usable, and repeating it at once would not help."""


# What may come of a call; every other exception is a fault of the code.
FAILURES = (TimeoutError, ThrottledError, NotAllowedError, CallFailedError)


@dataclass(frozen=True)
class Description:
    """The text of an alert.

    Attributes:
        text: Never empty; the template's unless `status` is ok.
        status: ok, by the model; timeout, the deadline passed during calls or waits; refused, the
            model, a guardrail or the service declined; fallback, for any other reason: too many
            in the batch, no money left, circuit open, title with orders, answer not believed.
        cost_usd: What it cost, for a metric. A call that never answered counts at its most.
        is_reused: By the model, for an equal deal earlier in the batch: a call saved.
    """

    text: str
    status: Status
    cost_usd: float = 0.0
    is_reused: bool = False


async def describe_batch(
    facts: Sequence[Facts],
    *,
    ask: Callable[[dict[str, Any]], Awaitable[Answer]],
    breaker: Breaker,
    spending: Spending,
    budget_s: float = 5.0,
    concurrency: int = 16,
    max_calls: int = 50,
    sleep: Callable[[float], Awaitable[None]] = asyncio.sleep,
    jitter: Callable[[], float] = random.random,
) -> list[Description]:
    """Describe a batch of deals; no outcome of a call delays it beyond `budget_s`.

    Equal facts (one deal for many rules) are described once; the cost is with the first of them.

    Args:
        facts: From facts_of, one a deal.
        ask: Makes one call. May raise ThrottledError (called again, while there is time),
            NotAllowedError, CallFailedError or TimeoutError; anything else is a fault of the code
            and fails the batch. It must bear being cancelled at the deadline.
        breaker: Kept by the caller from batch to batch.
        spending: Likewise.
        budget_s: The one deadline, from now on the event loop's clock, for queueing, calls, waits
            and retries.
        concurrency: Calls in flight.
        max_calls: The first so many different deals are asked about.
        sleep: Waits before a retry.
        jitter: A number in [0, 1) that spreads retries.

    Returns:
        A description for each deal, in order.
    """
    deadline = asyncio.get_running_loop().time() + budget_s
    slots = asyncio.Semaphore(concurrency)
    describer = _Describer(ask, breaker, spending, slots, deadline, sleep, jitter)
    keys = [json.dumps(each, sort_keys=True) for each in facts]
    first = {key: position for position, key in reversed(list(enumerate(keys)))}
    asked = [p for p in sorted(first.values()) if not facts[p]["title_gives_orders"]][:max_calls]
    answers = await asyncio.gather(*(describer.describe(facts[position]) for position in asked))
    found = {keys[p]: answer for p, answer in zip(asked, answers, strict=True)}
    described = []
    for position, key in enumerate(keys):
        description = found.get(key) or Description(fallback_text(facts[position]), "fallback")
        is_first = first[key] == position
        if not is_first:
            is_reused = description.status == "ok"
            description = replace(description, cost_usd=0.0, is_reused=is_reused)
        described.append(description)
    return described


@dataclass(frozen=True)
class _Describer:
    """One batch: everything that its calls share."""

    ask: Callable[[dict[str, Any]], Awaitable[Answer]]
    breaker: Breaker
    spending: Spending
    slots: asyncio.Semaphore
    deadline: float
    sleep: Callable[[float], Awaitable[None]]
    jitter: Callable[[], float]

    async def describe(self, facts: Facts) -> Description:
        """Describe one deal; every outcome but a fault of the code is a description."""
        try:
            async with asyncio.timeout_at(self.deadline):
                await self.slots.acquire()
        except TimeoutError:  # still in the queue: nothing was asked
            return Description(fallback_text(facts), "timeout")
        try:
            return await self._describe(facts)
        finally:
            self.slots.release()

    async def _describe(self, facts: Facts) -> Description:
        request = request_for(facts)
        most_usd = self.spending.most_usd(request)
        if not self.breaker.allows():
            return Description(fallback_text(facts), "fallback")
        if not self.spending.reserve(most_usd):
            self.breaker.abandoned()
            return Description(fallback_text(facts), "fallback")
        cost_usd = most_usd  # of a call that never answers
        try:
            async with asyncio.timeout_at(self.deadline):
                answer = await self._answer(request)
        except FAILURES as error:
            self.breaker.failed(error)
            status: Status = "fallback"
            if isinstance(error, TimeoutError):
                return Description(fallback_text(facts), "timeout", cost_usd)
            cost_usd = 0.0  # an error is not billed
            if isinstance(error, ThrottledError):
                status = "timeout"
            elif isinstance(error, NotAllowedError):
                status = "refused"
            return Description(fallback_text(facts), status)
        except BaseException:
            self.breaker.abandoned()
            raise
        else:
            self.breaker.succeeded()
            cost_usd = self.spending.cost_usd(answer.input_tokens, answer.output_tokens)
            return _read(answer, facts, cost_usd)
        finally:
            self.spending.settle(most_usd, cost_usd)

    async def _answer(self, request: dict[str, Any]) -> Answer:
        """Ask, and ask again while the service is busy and there is time to wait."""
        loop = asyncio.get_running_loop()
        for attempt in itertools.count():
            try:
                return await self.ask(request)
            except ThrottledError:
                wait_s = min(LONGEST_WAIT_S, FIRST_WAIT_S * 2**attempt) * (0.5 + self.jitter() / 2)
                if loop.time() + wait_s >= self.deadline:
                    raise
            await self.sleep(wait_s)
        raise AssertionError  # for the type checker: count() does not end


def _read(answer: Answer, facts: Facts, cost_usd: float) -> Description:
    if answer.stop_reason in REFUSALS:
        return Description(fallback_text(facts), "refused", cost_usd)
    if answer.stop_reason != "tool_use":  # max_tokens: the text stops in mid-sentence
        logger.debug("answer not believed: stop_reason=%s", answer.stop_reason)
        return Description(fallback_text(facts), "fallback", cost_usd)
    try:
        return Description(checked(answer.tool_input, facts), "ok", cost_usd)
    except AnswerError as error:
        logger.debug("answer not believed: reason=%s", error)
        return Description(fallback_text(facts), "fallback", cost_usd)
