"""`python -m tests.fuzz --inputs 100000`: read that many broken inputs of each kind; `make fuzz`.

No input may crash its reader, take over a second or make the process grow without end. What is
found is printed with the seed and the input, and belongs into FOUND of tests/fuzz/test_fuzz.py.
"""

import argparse
import random
import resource
import sys
import time
from collections.abc import Sequence

from tests.fuzz.kinds import KINDS, Kind
from tests.fuzz.mutate import mutated

LIMIT_S = 1.0
GROWTH_MB = 300


class FoundError(AssertionError):
    """An input that the product cannot take."""


def fuzz(kind: Kind, inputs: int, seed: int) -> dict[str, float]:
    """Read that many inputs.

    Returns:
        How many, how many were refused, the slowest in seconds, and growth in MB.

    Raises:
        FoundError: names kind, seed, number and the input itself.
    """
    chance = random.Random(f"{kind.name} {seed}")
    refused, slowest_s = 0, 0.0
    grown_from = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    for number in range(inputs):
        data = mutated(chance, kind.samples)
        begun_s = time.process_time()
        try:
            kind.read(data)
        except kind.refusals:
            refused += 1
        except Exception as error:  # of whatever kind: that is what is looked for
            message = f"{kind.name}, seed {seed}, input {number}: {error!r} of {data!r}"
            raise FoundError(message) from error
        slowest_s = max(slowest_s, took_s := time.process_time() - begun_s)
        if took_s > LIMIT_S:
            message = f"{kind.name}, seed {seed}, input {number}: {took_s:.1f} s for {data!r}"
            raise FoundError(message)
    grown = (resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - grown_from) / 1024
    if grown > GROWTH_MB:
        message = f"{kind.name}, seed {seed}: {grown:.0f} MB more after {inputs} inputs"
        raise FoundError(message)
    return {"inputs": inputs, "refused": refused, "slowest_s": slowest_s, "grown_mb": grown}


def main(arguments: Sequence[str] | None = None) -> int:
    """Fuzz from the command line; 1 if something was found."""
    parser = argparse.ArgumentParser(prog="python -m tests.fuzz", description=__doc__)
    parser.add_argument("--inputs", type=int, default=100_000, help="of each kind (%(default)s)")
    parser.add_argument("--seed", type=int, default=random.SystemRandom().randrange(10**6))
    parser.add_argument("--kind", action="append", choices=list(KINDS), default=[])
    options = parser.parse_args(arguments)
    is_well = True
    for name in options.kind or KINDS:
        try:
            said = fuzz(KINDS[name], options.inputs, options.seed)
        except FoundError as found:
            print(f"FOUND {str(found)[:3000]}", flush=True)
            is_well = False
            continue
        shown = " ".join(f"{key}={value:.4g}" for key, value in said.items())
        print(f"{name} seed={options.seed} {shown}", flush=True)
    return 0 if is_well else 1


if __name__ == "__main__":
    sys.exit(main())
