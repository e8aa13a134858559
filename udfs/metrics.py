"""Every metric of ours by name: what moves it and what to do. Alarms and docs are made from this.

The managed service publishes what is in Flink's group `kinesisanalytics`, and no histograms.
"""

from enum import Enum, StrEnum
from typing import Self

GROUP = "kinesisanalytics"
"""The Flink metric group that the service sends to CloudWatch."""


class Kind(Enum):
    """How a value moves: a counter only grows and starts at 0 with each start of the job."""

    COUNTER = "counter"
    GAUGE = "gauge"


class Metric(StrEnum):
    """A metric.

    Attributes:
        kind: Counter or gauge.
        label: Name of the group that splits it (a dimension in CloudWatch), or None.
        text: When it moves, and what to do.
    """

    kind: Kind
    label: str | None
    text: str

    def __new__(cls, name: str, kind: Kind, label: str | None, text: str) -> Self:
        """Make a member whose value is its name."""
        member = str.__new__(cls, name)
        member._value_ = name
        member.kind, member.label, member.text = kind, label, text
        member.__doc__ = text
        return member

    DEAD_LETTERS_TOTAL = (
        "dead_letters_total",
        Kind.COUNTER,
        "reason",
        "A record went to deals.dlq. Read some of that reason: a feed has changed its form, or a"
        " producer writes what the schema does not allow.",
    )
    DUPLICATES_TOTAL = (
        "duplicates_total",
        Kind.COUNTER,
        None,
        "The same offer at the same price within a day was seen again and dropped. It grows with"
        " every scan; none at all means that identities have become unstable.",
    )
    VERDICTS_TOTAL = (
        "verdicts_total",
        Kind.COUNTER,
        "verdict",
        "A deal was judged. A changed mix of verdicts is drift of prices, feeds or model.",
    )
    UNPRICED_TOTAL = (
        "unpriced_total",
        Kind.COUNTER,
        None,
        "A judged deal had no fair price, neither by its history nor by the model. Look at the"
        " titles: the model may be the wrong one for a new feed.",
    )
    MODEL_COMPARED_TOTAL = (
        "model_compared_total",
        Kind.COUNTER,
        None,
        "A deal had both a usual price of its own and an estimate of the model: the two were"
        " compared. It only says how much model_covered_total rests on.",
    )
    MODEL_COVERED_TOTAL = (
        "model_covered_total",
        Kind.COUNTER,
        None,
        "The usual price lay within the model's 10th and 90th percentiles. Far under 80 % of"
        " those compared the model has drifted: train again.",
    )
    MODEL_UNKNOWN_TOTAL = (
        "model_unknown_total",
        Kind.COUNTER,
        "reason",
        "The model had no estimate for an offer: no_title, no_known_word, or failed (every part of"
        " it). Only the first two are the offers' fault: look at the titles of a new feed.",
    )
    MODEL_MEMBERS_DROPPED_TOTAL = (
        "model_members_dropped_total",
        Kind.COUNTER,
        "member",
        "A part of the model failed for an offer and was left out: networks, ridge, neighbours or"
        " trees. It should never move: the log has the first error of each; restart, then train or"
        " package again.",
    )
    PRICE_CACHE_HITS_TOTAL = (
        "price_cache_hits_total",
        Kind.COUNTER,
        None,
        "A recent offer's estimate was used again instead of asking the model.",
    )
    PRICE_CACHE_MISSES_TOTAL = (
        "price_cache_misses_total",
        Kind.COUNTER,
        None,
        "The model was asked for an offer that the task had not seen lately, once for all rows of"
        " a batch that are alike.",
    )
    DOCUMENTS_TOTAL = (
        "documents_total",
        Kind.COUNTER,
        None,
        "A document was sent to OpenSearch, accepted or not.",
    )
    DOCUMENTS_REJECTED_TOTAL = (
        "documents_rejected_total",
        Kind.COUNTER,
        None,
        "OpenSearch refused a document for good; it is a dead letter. Compare it with the mapping.",
    )
    BULK_DURATION_MS = (
        "bulk_duration_ms",
        Kind.GAUGE,
        None,
        "The last bulk, its retries included. Seconds mean that OpenSearch throttles.",
    )
    WINDOW_DOCUMENTS_TOTAL = (
        "window_documents_total",
        Kind.COUNTER,
        None,
        "Figures of a window were sent to OpenSearch, accepted or not.",
    )
    WINDOWS_TOTAL = (
        "windows_total",
        Kind.COUNTER,
        "closed_by",
        "Figures of a window were written: event_time, idle (no deal came for a while) or late_deal"
        " (a correction). None for some hours means that summarise_deals hears no deals.",
    )
    LATE_WINDOWS_TOTAL = (
        "late_windows_total",
        Kind.COUNTER,
        "outcome",
        "A deal came after a window of it had closed: corrected, or missed since it came later than"
        " lateness.hours. Many missed: a feed is read too seldom, or raise lateness.hours.",
    )
    RULES_ACTIVE = (
        "rules_active",
        Kind.GAUGE,
        None,
        "The alert rules that a task matches with. 0 means that nobody is told anything.",
    )
    RULES_REJECTED = (
        "rules_rejected",
        Kind.GAUGE,
        None,
        "Bad records on deals.rules since the task started: their rules are off. Write them anew.",
    )
    ALERTS_TOTAL = (
        "alerts_total",
        Kind.COUNTER,
        "description_status",
        "An alert was told. A flood means a rule that is too wide, or prices read wrongly; none"
        " for a day, that nothing matches any more.",
    )
    ALERTS_HELD_TOTAL = (
        "alerts_held_total",
        Kind.COUNTER,
        "reason",
        "A rule matched and its policy held the alert back: not_cheaper, cool_down, cap, not_best;"
        " or quiet: it is told later. If nearly all are held, the rule is too wide.",
    )
    DESCRIPTIONS_REUSED_TOTAL = (
        "descriptions_reused_total",
        Kind.COUNTER,
        None,
        "An alert took the text made for the same deal and another rule: a call saved.",
    )
    BEDROCK_CALLS_TOTAL = (
        "bedrock_calls_total",
        Kind.COUNTER,
        None,
        "Bedrock was called, repeated calls included.",
    )
    BEDROCK_ERRORS_TOTAL = (
        "bedrock_errors_total",
        Kind.COUNTER,
        "error",
        "A call to Bedrock brought no answer: timeout, throttled, not_allowed, failed. Alerts go"
        " out with the template's text meanwhile.",
    )
    BEDROCK_LATENCY_MS = (
        "bedrock_latency_ms",
        Kind.GAUGE,
        None,
        "The slowest call of the last batch that had one. Near budget.s, texts are given up.",
    )
    BEDROCK_SPENT_MICRO_USD_TOTAL = (
        "bedrock_spent_micro_usd_total",
        Kind.COUNTER,
        None,
        "What the calls cost at the configured prices, in millionths of a dollar; a call that never"
        " answered counts at its most.",
    )
