"""How likely two offers are one product, by a model folder: manifest, rarity, one ONNX graph."""

from collections.abc import Sequence
from pathlib import Path
from typing import Any, Self

import numpy as np
import numpy.typing as npt
import onnxruntime

from udfs.matching.features import NAMES, Floats, pair_features
from udfs.matching.offer import Offer
from udfs.matching.rarity import FILE, Rarity
from udfs.pricing.artefact import ModelError, checked, read_manifest, session_of

INPUT, OUTPUT = "features", "score"
DECIMALS = 4  # an answer does not depend, to these, on the pairs beside it
CHUNK = 4096


class ProductMatcher:
    """Scores pairs of offers. Not thread-safe; make one in each worker."""

    def __init__(
        self,
        version: str,
        rarity: Rarity,
        session: onnxruntime.InferenceSession,
        same_from: float,
        link_from: float,
    ) -> None:
        """Serve with these parts; `load` reads them from a folder."""
        self.version = version
        self.rarity = rarity
        self.same_from = same_from
        """Score of a pair that is more likely one product than not, the best F1 on train."""
        self.link_from = link_from
        """Score from which 97 of 100 pairs of train were one product, by their titles."""
        self._session = session

    @classmethod
    def load(cls, folder: Path) -> Self:
        """Load what the folder's manifest.json names.

        Raises:
            ModelError: the manifest is missing, unreadable or of another format, a file is missing
                or differs from its sha256, or the graph was made for other features.
        """
        manifest = read_manifest(folder)
        graph = checked(folder, manifest, "model.onnx")
        checked(folder, manifest, FILE)
        if manifest["features"]["names"] != list(NAMES):
            message = f"{folder}: made for other features, run models.train_match"
            raise ModelError(message)
        thresholds = manifest["thresholds"]
        return cls(
            str(manifest["version"]),
            Rarity.load(folder / FILE),
            session_of(graph),
            float(thresholds["same"]),
            float(thresholds["link"]),
        )

    def scores(self, left: Sequence[Offer], right: Sequence[Offer]) -> Floats:
        """(n,) probability that each pair is one product; whichever is left."""
        features = pair_features(left, right, self.rarity)
        parts = [
            self._session.run([OUTPUT], {INPUT: features[at : at + CHUNK]})[0].reshape(-1)
            for at in range(0, len(features), CHUNK)
        ]
        found: Floats = np.round(np.concatenate([np.empty(0), *parts]).astype(np.float64), DECIMALS)
        return found


def one_to_one(
    scores: Floats, left_ids: Sequence[Any], right_ids: Sequence[Any]
) -> npt.NDArray[np.bool_]:
    """(n,) which pairs remain if the best come first and each offer is used once.

    A shop has one offer of a product, so an offer has at most one counterpart in another shop. Of
    equal scores the first counts.

    >>> one_to_one(np.array([0.9, 0.8, 0.7]), ["a", "a", "b"], ["x", "y", "y"]).tolist()
    [True, False, True]
    """
    taken: set[tuple[str, Any]] = set()
    best = np.zeros(len(scores), bool)
    for at in np.argsort(-scores, kind="stable").tolist():
        ends = {("left", left_ids[at]), ("right", right_ids[at])}
        if not ends & taken:
            best[at] = True
            taken |= ends
    return best
