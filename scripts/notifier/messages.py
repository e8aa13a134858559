"""Messages from alerts, by templates with $placeholders.

Titles and descriptions are scraped: they are put in once, as text, never read as a template, and
can neither steer a terminal nor call everybody in a chat.
"""

import re
import tomllib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, fields
from datetime import timedelta
from decimal import Decimal
from pathlib import Path
from string import Template
from typing import Any, Self

from schemas.definitions import definition
from schemas.values import EPOCH

TITLE = "$title for $price_usd"
BODY = """\
$description
$discount
$reasons
$url"""
DIGEST_TITLE = "$count deals, the best: $title for $price_usd"
DIGEST_ITEM = """\
$number. $title for $price_usd
$discount
$url"""

MAX_TITLE_LENGTH = 200
MAX_FIELD_LENGTH = 1_000
# How chats call people: @everyone, <!channel>, <@U123>, <#C123>. A zero-width space ends that.
_CALLS = re.compile(r"[@<](?=[@!#&\w])")


class TemplateError(Exception):
    """A file of templates cannot be used; the message is for its author."""


@dataclass(frozen=True)
class Message:
    """What a service is given; plain text, the title a line."""

    title: str
    body: str


@dataclass(frozen=True)
class Templates:
    """The texts of messages; the keys of a file of templates.

    Lines of `body` and `digest_item` that are empty once filled are left out.

    Args:
        title: of an alert.
        body: of an alert.
        digest_title: of a digest: its count, and the fields of its first alert.
        digest_item: of each alert of a digest; together they are its body.
    """

    title: str = TITLE
    body: str = BODY
    digest_title: str = DIGEST_TITLE
    digest_item: str = DIGEST_ITEM

    @classmethod
    def load(cls, path: Path) -> Self:
        """The templates of a TOML file; those that it lacks are the defaults.

        Raises:
            TemplateError: the file or a template in it cannot be used.
        """
        try:
            given = tomllib.loads(path.read_text(encoding="utf-8"))
        except (OSError, ValueError) as error:
            message = f"{path}: {error}"
            raise TemplateError(message) from error
        for name, text in given.items():
            _check(f"{path}: {name}", name, text)
        return cls(**given)

    def alert(self, alert: Mapping[str, Any]) -> Message:
        """The message of one alert (a decoded DealAlert)."""
        values = placeholders(alert)
        return Message(_filled(self.title, values)[:MAX_TITLE_LENGTH], _lines(self.body, values))

    def digest(self, alerts: Sequence[Mapping[str, Any]]) -> Message:
        """The message of the alerts of a digest, in their order."""
        filled = [
            placeholders(alert) | {"number": str(number), "count": str(len(alerts))}
            for number, alert in enumerate(alerts, start=1)
        ]
        title = _filled(self.digest_title, filled[0])[:MAX_TITLE_LENGTH]
        return Message(title, "\n\n".join(_lines(self.digest_item, each) for each in filled))


def placeholders(alert: Mapping[str, Any]) -> dict[str, str]:
    """The texts of an alert by placeholder; what it lacks is empty."""
    values = {name: _text(name, value) for name, value in alert.items()}
    values["price"] = f"{_amount(alert['price'])} {values['currency']}"
    values["discount"] = _discount(alert)
    return values


# What a template may name: the fields of DealAlert, and what is made of them.
_ALERT_NAMES = {field["name"] for field in definition("deals.alerts")["fields"]} | {"discount"}
_NAMES = {
    "title": _ALERT_NAMES,
    "body": _ALERT_NAMES,
    "digest_title": _ALERT_NAMES | {"count"},
    "digest_item": _ALERT_NAMES | {"count", "number"},
}


def _check(where: str, name: str, text: Any) -> None:
    if name not in _NAMES:
        message = f"{where}: is none of {', '.join(each.name for each in fields(Templates))}"
        raise TemplateError(message)
    if not isinstance(text, str):
        message = f"{where}: must be text"
        raise TemplateError(message)
    if not Template(text).is_valid():
        message = f"{where}: a $ must be followed by a name; $$ is a dollar sign"
        raise TemplateError(message)
    unknown = set(Template(text).get_identifiers()) - _NAMES[name]
    if unknown:
        named = ", ".join(f"${each}" for each in sorted(unknown))
        known = ", ".join(f"${each}" for each in sorted(_NAMES[name]))
        message = f"{where}: there is no {named}; there are {known}"
        raise TemplateError(message)


def _filled(template: str, values: Mapping[str, str]) -> str:
    return Template(template).substitute(values)


def _lines(template: str, values: Mapping[str, str]) -> str:
    return "\n".join(line for line in _filled(template, values).splitlines() if line.strip())


def _text(name: str, value: Any) -> str:
    if value is None:
        return ""
    if isinstance(value, Decimal):
        return f"${_amount(value)}"  # all but `price` are USD
    if name == "url":
        return _harmless(value.replace("@", "%40"))  # the same address, and it stays one
    if name.endswith("_at"):
        return _time(value)
    if name.endswith("_ratio"):
        return f"{value:.0%}"
    if isinstance(value, list):
        return _harmless("; ".join(value))
    return _harmless(str(value))


def _amount(value: Decimal) -> str:
    return f"{value:,.2f}" if value == round(value, 2) else f"{value.normalize():,f}"


def _time(epoch_ms: int) -> str:
    try:
        return f"{EPOCH + timedelta(milliseconds=epoch_ms):%Y-%m-%d %H:%M} UTC"
    except OverflowError:
        return str(epoch_ms)


def _discount(alert: Mapping[str, Any]) -> str:
    ratio, fair = alert["discount_ratio"], alert["fair_usd_p50"]
    if ratio is None or fair is None or ratio <= 0:
        return ""
    return f"{ratio * 100:.0f} % under its fair price of ${_amount(fair)}"


def _harmless(text: str) -> str:
    """One line, without control characters and marks of direction, calling nobody."""
    line = " ".join(text[:MAX_FIELD_LENGTH].split())
    shown = "".join(letter for letter in line if letter.isprintable() or letter == "\u200d")
    return _CALLS.sub("\\g<0>\u200b", shown)
