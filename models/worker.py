"""A pricing worker alone in its process: how fast it starts and prices, how much memory it takes.

Reads {"folder", "size", "batch", "titles", "brands", "categories"} from standard input, prints
{"start_s", "rows_per_core_s", "peak_mb"}. Imports only what a worker of the jobs imports.
"""

import json
import resource
import sys
import time
from pathlib import Path


def peak_mb() -> float:
    """Of this process since it began its own program."""
    status = Path("/proc/self/status")
    if status.exists():  # ru_maxrss would count what the process that started this one had
        lines = status.read_text("utf-8").splitlines()
        return next(int(line.split()[1]) / 1024 for line in lines if line.startswith("VmHWM"))
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 2**20  # macOS: bytes


def main() -> int:
    """Load, price the first batch, price all of them."""
    order = json.load(sys.stdin)
    batch = order["batch"]
    columns = [order[name] for name in ("titles", "brands", "categories")]
    begin = time.perf_counter()
    # Inside the clock: a worker has to import numpy and onnxruntime, too.
    from udfs.pricing.model import FairPriceModel, Size

    model = FairPriceModel.load(Path(order["folder"]), Size(order["size"]))
    model.quantiles_usd(*(column[:batch] for column in columns))
    start_s = time.perf_counter() - begin
    begin = time.process_time()
    for first in range(batch, len(columns[0]), batch):
        model.quantiles_usd(*(column[first : first + batch] for column in columns))
    spent_s = time.process_time() - begin
    rows = max(0, len(columns[0]) - batch)
    print(
        json.dumps(
            {
                "start_s": start_s,
                "rows_per_core_s": rows / max(spent_s, 1e-9),
                "peak_mb": peak_mb(),
            }
        )
    )
    return 0


if __name__ == "__main__":
    sys.exit(main())
