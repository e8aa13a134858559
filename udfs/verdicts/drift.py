"""How the model fares against what products really cost: the figure that shows it drifting."""

import numpy as np
import numpy.typing as npt

Floats = npt.NDArray[np.float64]


def compared(usual_usd: Floats, model_usd: Floats) -> tuple[int, int]:
    """Count where the model could be held against a usual price, and where it held it.

    Args:
        usual_usd: (n,) what each product usually costs; NaN where it has no history.
        model_usd: (n, 3) the model's 10th, 50th and 90th percentiles; NaN without an estimate.

    Returns:
        How many have both, and of how many the usual price lies within the outer two, which a
        model that has not drifted does for about 80 %.

    >>> compared(np.array([10.0, 99.0, np.nan]), np.array([[5.0, 9, 20], [5, 9, 20], [5, 9, 20]]))
    (2, 1)
    """
    both = np.isfinite(usual_usd) & np.isfinite(model_usd).all(axis=1)
    covered = both & (usual_usd >= model_usd[:, 0]) & (usual_usd <= model_usd[:, 2])
    return int(both.sum()), int(covered.sum())
