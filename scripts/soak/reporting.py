"""The run as JSON, a plot and a table."""

import json
from collections.abc import Mapping, Sequence
from dataclasses import asdict
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from scripts.bench.reporting import machine
from scripts.soak.judging import Check
from scripts.soak.stream import Stretch
from scripts.soak.watching import Look

SETTINGS = ("rate", "minutes", "burst_minutes", "factor", "hot_ratio", "products", "seed")


def report(
    looks: Sequence[Look],
    phases: Mapping[str, Stretch],
    checks: Sequence[Check],
    settings: Mapping[str, Any],
) -> dict[str, Any]:
    """All of it, as plain values; times in seconds from the first look."""
    from_s = looks[0].at_s
    return {
        "measured_at": datetime.now(UTC).isoformat(timespec="minutes"),
        "machine": machine(),
        "settings": {name: settings[name] for name in SETTINGS},
        "checks": [asdict(check) for check in checks],
        "phases": {
            each.name: {
                "from_s": round(each.from_s - from_s, 1),
                "to_s": round(each.to_s - from_s, 1),
                "items": each.end - each.first,
                "cores": _cores(looks, each),
            }
            for each in phases.values()
        },
        "looks": [asdict(look) | {"at_s": round(look.at_s - from_s, 1)} for look in looks],
    }


def _cores(looks: Sequence[Look], stretch: Stretch) -> dict[str, float]:
    """How many cores each kind of process kept busy."""
    own = [look for look in looks if stretch.from_s <= look.at_s < stretch.to_s]
    if len(own) < 2:
        return {}
    first, last = own[0], own[-1]
    return {
        kind: round((spent - first.cpu_s.get(kind, 0.0)) / (last.at_s - first.at_s), 2)
        for kind, spent in last.cpu_s.items()
    }


def markdown(measured: Mapping[str, Any]) -> str:
    """The table."""
    lines = ["| check | figures | |", "|---|---|---|"]
    lines += [
        f"| {each['what']} | {each['figures']} | {'met' if each['is_met'] else 'MISSED'} |"
        for each in measured["checks"]
    ]
    lines += ["", "| phase | s | items/s | cores busy |", "|---|---:|---:|---|"]
    for name, each in measured["phases"].items():
        seconds = each["to_s"] - each["from_s"]
        cores = ", ".join(f"{kind} {busy:.2f}" for kind, busy in each["cores"].items())
        # What is drained at once takes no time.
        rate = each["items"] / seconds if seconds else 0.0
        lines.append(f"| {name} | {seconds:,.0f} | {rate:,.0f} | {cores} |")
    return "\n".join(lines) + "\n"


def write(measured: Mapping[str, Any], folder: Path, name: str) -> None:
    """NAME.json, NAME.md and NAME.png into a folder."""
    import matplotlib as mpl

    mpl.use("Agg")
    from matplotlib import pyplot as plt

    folder.mkdir(parents=True, exist_ok=True)
    (folder / f"{name}.json").write_text(json.dumps(measured, sort_keys=True) + "\n", "utf-8")
    (folder / f"{name}.md").write_text(markdown(measured), "utf-8")
    looks = measured["looks"]
    at = [look["at_s"] for look in looks]
    figure, (memory, lag) = plt.subplots(
        2, figsize=(9, 5), sharex=True, layout="constrained", height_ratios=(2, 1)
    )
    for kind in sorted({kind for look in looks for kind in look["rss_bytes"]}):
        values = [look["rss_bytes"].get(kind, 0) / 2**20 for look in looks]
        memory.plot(at, values, label=f"{kind}, resident")
    heap = [(when, look["heap_bytes"]) for when, look in zip(at, looks, strict=True)]
    heap = [(when, used / 2**20) for when, used in heap if used is not None]
    memory.plot(*zip(*heap, strict=True), color="#cccccc", zorder=0, label="jvm, heap used")
    memory.set_ylabel("MB")
    memory.set_ylim(bottom=0)
    memory.legend(loc="lower right", fontsize="small")
    lag.plot(at, [look["lag"] for look in looks], color="#b04a2f")
    lag.set_ylabel("items behind")
    lag.set_xlabel("s")
    for axes in (memory, lag):
        axes.spines[["top", "right"]].set_visible(False)
        for phase in measured["phases"].values():
            axes.axvline(phase["from_s"], color="#8a8f98", linewidth=0.6, linestyle=":")
    figure.savefig(folder / f"{name}.png", dpi=110)
    plt.close(figure)
