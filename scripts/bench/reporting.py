"""The figures of a benchmark as a table, a plot and JSON."""

import json
import os
import platform
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from pathlib import Path
from statistics import median
from typing import Any

from scripts.bench.throughput import Result
from scripts.bench.variants import VARIANTS
from scripts.bench.workload import Workload

# A checkpoint and the warming up of the JVM must not be most of what is measured.
SHORTEST_S = 5.0
# Ratios of events per core-second that are asked for: (what, ours, peer, must, aim).
BARS = (
    ("Quix Streams, model included", "ours", "quix", 3.0, 6.0),
    ("Quix Streams, without the model", "ours-history", "quix-history", 1.2, 2.0),
    ("plain PyFlink DataStream", "ours", "datastream", 8.0, 20.0),
    ("the limit, model included", "ours", "limit", 0.75, 0.9),
    ("the limit, without the model", "ours-history", "limit-history", None, None),
)


def machine() -> dict[str, Any]:
    """What it ran on; no names of people, hosts or folders."""
    cpuinfo = Path("/proc/cpuinfo")
    model = platform.processor() or platform.machine()
    if cpuinfo.exists():
        for line in cpuinfo.read_text("utf-8").splitlines():
            if line.startswith("model name"):
                model = line.partition(":")[2].strip()
                break
    return {
        "cpu": model,
        "cores": os.cpu_count(),
        "memory_gib": round(os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES") / 2**30, 1),
        "system": f"{platform.system()} {platform.release()}",
        "python": platform.python_version(),
    }


def report(
    results: Sequence[Result], differences: Mapping[str, Mapping[str, int]], workload: Workload
) -> dict[str, Any]:
    """All that was measured, as plain values."""
    return {
        "measured_at": datetime.now(UTC).isoformat(timespec="minutes"),
        "machine": machine(),
        "workload": vars(workload),
        "results": [result.as_json() for result in results],
        "differences": {name: dict(found) for name, found in differences.items()},
        "ratios": ratios(results),
    }


def ratios(results: Sequence[Result]) -> list[dict[str, Any]]:
    """Ours against each peer, in the same alternation: smallest, median and largest ratio."""
    by_round = {(each.variant, each.round): each.events_per_core_s for each in results}
    found = []
    for what, ours, peer, must, aim in BARS:
        pairs = [
            by_round[ours, number] / by_round[peer, number]
            for number in sorted({each.round for each in results})
            if (ours, number) in by_round and (peer, number) in by_round
        ]
        if pairs:
            found.append(
                {
                    "against": what,
                    "min": min(pairs),
                    "median": median(pairs),
                    "max": max(pairs),
                    "must": must,
                    "aim": aim,
                }
            )
    return found


def markdown(measured: Mapping[str, Any]) -> str:
    """The tables."""
    titles = {variant.name: variant.title for variant in VARIANTS}
    lines = [
        "| variant | inputs | events/s | events/core-s | CPU s per 10^6 events | broker"
        " | peak RSS MB | first output s |",
        "|---|---:|---:|---:|---|---:|---:|---:|",
    ]
    results = measured["results"]
    for name, title in titles.items():
        own = [each for each in results if each["variant"] == name]
        if not own:
            continue
        kinds = sorted({kind for each in own for kind in each["cpu_s_per_million"]})
        cpu = ", ".join(
            f"{kind} {median(each['cpu_s_per_million'].get(kind, 0.0) for each in own):,.0f}"
            for kind in kinds
        )
        lines.append(
            f"| {title} | {own[0]['inputs']:,} | {_spread(own, 'events_per_s')}"
            f" | {_spread(own, 'events_per_core_s')} | {cpu}"
            f" | {median(each['broker_cpu_s_per_million'] for each in own):,.0f}"
            f" | {median(each['peak_rss_bytes'] for each in own) / 2**20:,.0f}"
            f" | {median(each['first_output_s'] for each in own):.1f} |"
        )
    lines += [
        "",
        "| events per core-second, ours against | min | median | max | must | aim | |",
        "|---|---:|---:|---:|---:|---:|---|",
    ]
    lines += [_bar(each) for each in measured["ratios"]]
    lines += ["", *_agreement(measured["differences"], titles)]
    if any(each["steady_s"] < SHORTEST_S for each in results):
        lines.append(
            f"- some runs were steady for less than {SHORTEST_S:g} s: their rates say little"
        )
    return "\n".join(lines) + "\n"


def _bar(each: Mapping[str, Any]) -> str:
    must, aim = each["must"], each["aim"]
    met = "" if must is None else "missed" if each["median"] < must else "met"
    if aim is not None and each["median"] >= aim:
        met = "aim met"
    bars = " | ".join("" if bar is None else f"{bar:g}" for bar in (must, aim))
    return (
        f"| {each['against']} | {each['min']:.2f} | {each['median']:.2f} | {each['max']:.2f}"
        f" | {bars} | {met} |"
    )


def _spread(results: Sequence[Mapping[str, Any]], name: str) -> str:
    values = sorted(each[name] for each in results)
    return f"{median(values):,.0f} ({values[0]:,.0f}-{values[-1]:,.0f})"


def _agreement(
    differences: Mapping[str, Mapping[str, int]], titles: Mapping[str, str]
) -> list[str]:
    lines = []
    for name, found in differences.items():
        told = ", ".join(f"{field} {count}" for field, count in found.items())
        lines.append(f"- {titles[name]}: {told or 'the same records as the limit'}")
    return lines


def write(measured: Mapping[str, Any], folder: Path) -> None:
    """throughput.json, throughput.md and throughput.png into a folder."""
    import matplotlib as mpl

    mpl.use("Agg")
    from matplotlib import pyplot as plt

    folder.mkdir(parents=True, exist_ok=True)
    text = json.dumps(measured, indent=1, sort_keys=True)
    (folder / "throughput.json").write_text(text + "\n", "utf-8")
    (folder / "throughput.md").write_text(markdown(measured), "utf-8")
    titles = {variant.name: variant.title for variant in VARIANTS}
    names = [name for name in titles if any(e["variant"] == name for e in measured["results"])]
    figure, axes = plt.subplots(figsize=(9, 0.55 * len(names) + 1.2), layout="constrained")
    for at, name in enumerate(reversed(names)):
        rates = [e["events_per_core_s"] for e in measured["results"] if e["variant"] == name]
        colour = "#1b7f5c" if name.startswith("ours") else "#8a8f98"
        axes.barh(at, median(rates), color=colour)
        axes.plot(rates, [at] * len(rates), "k|", markersize=12)
        axes.text(median(rates), at, f"  {median(rates):,.0f}", va="center")
    axes.set_yticks(range(len(names)), [titles[name] for name in reversed(names)])
    axes.set_xlabel("events per core-second (bar: median, strokes: each run)")
    axes.spines[["top", "right"]].set_visible(False)
    axes.margins(x=0.15)
    figure.savefig(folder / "throughput.png", dpi=110)
    plt.close(figure)
