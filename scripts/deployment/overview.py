"""What runs: the applications of a pair, their versions, operations, snapshots and numbers."""

from datetime import timedelta
from typing import Any

from scripts.deployment.application import Application
from scripts.deployment.artefacts import Artefacts
from scripts.deployment.gate import Gate
from scripts.deployment.service import Service
from scripts.deployment.shadow import partner
from scripts.deployment.snapshots import Snapshots

WINDOW = timedelta(minutes=10)
_SHOWN = 5


def live_name(service: Service, name: str) -> str:
    """The application of the pair that works for people.

    Where both do, in the middle of a blue/green deployment, it is the one that was there before.
    """
    pair = [one for one in (service.find(name), service.find(partner(name))) if one is not None]
    real = [one for one in pair if one.is_running and not one.is_shadow]
    if not real:
        return name
    return min(real, key=_changed).name


def _changed(application: Application) -> Any:
    return application.detail["ApplicationVersionCreateTimestamp"]


def overview(
    service: Service, snapshots: Snapshots, artefacts: Artefacts, gate: Gate, name: str
) -> dict[str, Any]:
    """The state of the pair of applications, as plain values."""
    live = live_name(service, name)
    found = {}
    for each in sorted({name, partner(name)}):
        application = service.find(each)
        if application is not None:
            found[each] = _one(service, snapshots, artefacts, gate, application)
    return {"live": live, "applications": found}


def _one(
    service: Service,
    snapshots: Snapshots,
    artefacts: Artefacts,
    gate: Gate,
    application: Application,
) -> dict[str, Any]:
    shown: dict[str, Any] = {
        "status": application.status,
        "version": application.version,
        "package": application.code_key,
        "outputs": "shadow" if application.is_shadow else "real",
        "jobs": application.jobs,
        "system_rollback": application.has_system_rollback,
        "snapshot_mode": "enhanced" if application.is_enhanced else "legacy",
        "snapshots": [
            {"name": one.name, "status": one.status, "at": one.created_at.isoformat()}
            for one in snapshots.of(application)[:_SHOWN]
        ],
        "operations_under_way": [
            {"operation": one["Operation"], "since": one["StartTime"].isoformat()}
            for one in service.under_way(application.name)
        ],
        "verdict": artefacts.verdict(application.name, application.code_key),
    }
    if application.rolled_back_from:
        shown["rolled_back_from_version"] = application.rolled_back_from
    if application.is_running:
        since = service.clock.now() - WINDOW
        shown["health"] = {one.text: one.state.value for one in gate.look(application.name, since)}
    return shown
