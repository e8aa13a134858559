"""Offers of one product over time, through the running jobs."""

import uuid
from typing import Any

from tests.application import Running, raw_deal


class Product:
    """A product of its own: other tests use the same topics."""

    def __init__(self, running: Running, name: str) -> None:
        self.running = running
        self.title = f"{name} {uuid.uuid4().hex[:10]}"
        self._link = "https://deals.example.com/" + self.title.replace(" ", "-")
        self._count = 0

    def offer(self, price: str, day: float, **changes: Any) -> dict[str, Any]:
        """The shop's page at a day."""
        page = {"title": f"{self.title} ${price}", "link": self._link, "item_id": self._link}
        return raw_deal(day=day, **(page | changes))

    def seen(self, *offers: dict[str, Any]) -> list[dict[str, Any]]:
        """Send offers, each of which is evaluated; what is said of them."""
        self.running.send_deals(*offers)
        self._count += len(offers)
        return self.evaluations(self._count)[-len(offers) :]

    def evaluations(self, count: int) -> list[dict[str, Any]]:
        """All that is said of the product, once there is so much."""
        return self.running.await_records(
            "deals.evaluated", lambda deal: self.title in deal["title"], count
        )

    def alerts(self) -> list[dict[str, Any]]:
        """All alerts about it, after all that was sent has passed."""
        self.running.await_passed()
        return self.running.await_records(
            "deals.alerts", lambda alert: self.title in alert["title"], 0
        )
