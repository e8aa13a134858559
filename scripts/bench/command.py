"""What the commands that measure share: where they work, how they begin, what they leave."""

import argparse
import json
import os
import sys
from pathlib import Path
from typing import Any

from rich.console import Console

from local.build import ROOT, build
from local.progress import progress_for
from scripts.bench.reporting import machine
from scripts.bench.task import ENVIRONMENT

FOLDER = ROOT / ".local" / "bench"
RESULTS = FOLDER / "results"


def add_folders(parser: argparse.ArgumentParser, home: Path) -> None:
    """Add --home and --out."""
    parser.add_argument("--home", type=Path, default=home, help="topics, state and logs")
    parser.add_argument("--out", type=Path, default=RESULTS, help="results (.local/bench/results)")


def begin() -> Console:
    """Build what is missing, in the environment of what is measured; returns where to print."""
    os.environ.update(ENVIRONMENT)
    with progress_for(sys.stdout) as progress:
        build(progress)
    return Console(highlight=False, soft_wrap=True)


def write(folder: Path, name: str, results: dict[str, Any], table: str) -> None:
    """NAME.json, with the machine, and NAME.md into a folder."""
    folder.mkdir(parents=True, exist_ok=True)
    text = json.dumps({"machine": machine()} | results, indent=1) + "\n"
    (folder / f"{name}.json").write_text(text, "utf-8")
    (folder / f"{name}.md").write_text(table, "utf-8")
