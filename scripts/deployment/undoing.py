"""`rollback`: whatever the last deployment was, back to what ran before it."""

from dataclasses import dataclass
from typing import Any

from scripts.deployment.application import Application
from scripts.deployment.artefacts import Artefacts, short
from scripts.deployment.errors import DeployError
from scripts.deployment.overview import live_name
from scripts.deployment.rollback import Rollback, Target
from scripts.deployment.service import Service
from scripts.deployment.shadow import partner
from scripts.deployment.snapshots import Snapshots


@dataclass
class Undo:
    """Takes the last deployment of an application, or a pair of them, back."""

    service: Service
    snapshots: Snapshots
    artefacts: Artefacts
    rollback: Rollback
    name: str

    def undo(self, version: int | None = None, snapshot: str | None = None) -> str:
        """Go back.

        Args:
            version: Of the application, to go back to; None = what ran before.
            snapshot: Name of the snapshot to start from; None = that of before.

        Returns:
            What was done, a sentence.

        Raises:
            DeployError: there is nothing to go back to, or it did not work.
        """
        live = self.service.describe(live_name(self.service, self.name))
        other = self.service.find(partner(live.name))
        if version is None and other is not None:
            if other.is_running:
                return self._stop(other.name, live)
            verdict = self.artefacts.verdict(live.name, live.code_key) or {}
            if "shifted_at" in verdict and not live.rolled_back_from:
                return self._swap_back(live, other)
        if version is None and live.rolled_back_from and live.is_running:
            return (
                f"nothing to do: {live.name} was rolled back from version "
                f"{live.rolled_back_from} to package {short(live.code_key)}; to go further back "
                "name a version with --to-version"
            )
        target = self.rollback.target(live, version)
        if snapshot is not None:
            target = Target(target.code_bucket_arn, target.code_key, self._named(live, snapshot))
        self._note(live)
        how = self.rollback.to(live.name, target, by_service=version is None and snapshot is None)
        return f"{live.name}: {how}, package {short(target.code_key)}"

    def _note(self, live: Application) -> None:
        verdict: dict[str, Any] = {
            "outcome": "unhealthy",
            "reasons": ["rolled back by hand"],
            "at": self.service.clock.now().isoformat(timespec="seconds"),
        }
        self.artefacts.set_verdict(live.name, live.code_key, verdict)

    def _named(self, live: Application, name: str) -> Any:
        for one in self.snapshots.ready(live):
            if one.name == name:
                return one
        message = f"{live.name} has no snapshot {name} that is ready: `status` shows the newest"
        raise DeployError(message)

    def _stop(self, name: str, live: Application) -> str:
        """End a blue/green deployment that was not finished."""

        def request(now: Application) -> dict[str, Any] | None:
            return {"Force": False} if now.is_running else None

        self.service.change(name, "stop_application", request)
        return f"{name} was stopped; {live.name} runs as before"

    def _swap_back(self, live: Application, other: Application) -> str:
        """Start the old one of a finished blue/green deployment, then stop the new one."""
        self.rollback.start(other.name, None)
        self._note(live)
        self._stop(live.name, other)
        return (
            f"{other.name} runs again from where it was stopped, with package "
            f"{short(other.code_key)}; {live.name} was stopped"
        )
