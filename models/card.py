"""The model card: what the model is, its figures, where it is useless, two plots."""

from pathlib import Path
from typing import Any, NamedTuple

import matplotlib as mpl
import numpy as np
import numpy.typing as npt

from models.export import LICENCES
from models.figures import Figures, table
from models.reliability import Reliability

mpl.use("Agg")
from matplotlib import pyplot as plt

TEMPLATE = """# {name}

Estimates what a new item sells for, in USD, from the title of an offer and, where known, its brand
and category: p10, p50, p90. It is one opinion: a product's own price history, where there is one,
is worth more (median error of 14 % against {medape:.0f} % here).

## How it works
Four embedding bags over hashed words, pairs, triples, word pieces and amounts with units, each with
a small network that gives a median and the gaps to p10 and p90; and a ridge regression on TF-IDF of
words and character n-grams. Their weights are fitted on products that no member saw (five folds by
product group), and so is the stretch of the gaps: split-conformal, by band of the predicted price
and by whether the category is known. Brand and category are dropped at random in training, because
most feeds have neither. One ONNX graph (opset 17); tables in int8 and int16, the rest in float64,
so that a row's answer does not depend on its batch.

## Figures on the split "dev"
Products whose groups (near-duplicates, matching offers) training did not see: {n:,} of them.

{overall}

MedAPE: median relative error. "p10-p90 holds": share of prices within the interval; 80 is right.
Serving code, batches of 256, text included: {rows:,.0f} rows a core-second on the training machine;
start with the first answer {start_s:.2f} s.

### By true price
{band}

A band of the true price is known only afterwards: the dearest products are those the model took for
cheaper ones, so their interval holds less often than 80 %.

### By source
{source}

### By category (at least 50 products)
{category}

![estimate against price](estimates.png) ![calibration](calibration.png)
{deals}
## Where it is useless
- Outside its data: consumer electronics, PC parts, office supplies and software. For food, clothes,
  toys, tickets or travel its words say little; the interval is wide, and a title with no known word
  gets no estimate at all.
- A title that names only the kind of a thing: most training titles that say "laptop" are of bags,
  chargers and memory for one, so "HP 15.6 inch Laptop 8GB" is taken for half its worth unless the
  category is given. Rare dear products (above $1,000) are underestimated as a rule.
- Prices are of mixed eras ({eras}); a product that lost half its worth since then is overrated.
  It knows new items only: used and refurbished offers look like bargains.
- The same product at two shops differs by a median 14-21 %, so a discount below 30 % is rarely
  proven by this model alone.
- It knows no quantity beyond what the words say; a title that hides a subscription, a bundle or
  missing parts ("without battery") is priced as the bare product.

## Data and licences
market.csv.gz, split train: {train_rows:,} products with prices (sha256 `{sha}`). No raw data is in
this repository: the vocabulary holds hashes, neighbours.npz which hashes and what price each
product has, to show what a similar product cost.

{licences}

Trained by `python -m models.train --seed {seed}` at revision {revision}.
"""


DEALS = """
## Deal score
deal_score.json: the probability that an offer is at least 30 % below its fair price. Boosted trees
over offer / p50 and the width of the interval, monotone in the price, trained on simulated offers
over the products of train, priced by members that had not seen them, and over the past of real
products. One simulated offer in ten is a deal and half the sellers invent their list price; where
deals are rarer or more frequent, read the score as a rank.

On simulated offers over dev: {figures}. By list price alone: 22.4 %.

What the list price does: nothing, where the fair price is the product's own history, or where it is
more than 1.1 * p90, which nobody ever charged; elsewhere the discount that it claims counts up to
30 %, may lower the score, and raises the odds 2.5 times at most.

![reliability](reliability.png)
"""


class Evaluation(NamedTuple):
    """What `models.evaluate` found on dev."""

    overall: dict[str, Figures]
    by_band: dict[str, Figures]
    by_source: dict[str, Figures]
    by_category: dict[str, Figures]
    rows_per_core_s: float
    start_s: float
    price_usd: npt.NDArray[np.float64]
    quantiles_usd: npt.NDArray[np.float64]
    deals: Reliability | None
    """Of the deal score, where the folder has one."""


def tables(found: Evaluation) -> str:
    """For the terminal."""
    parts = (found.overall, found.by_band, found.by_source)
    speed = f"{found.rows_per_core_s:,.0f} rows/core-s (batch 256), start {found.start_s:.2f} s"
    deals = [f"deal score: {_deal_figures(found.deals)}"] if found.deals else []
    return "\n\n".join([*map(table, parts), *deals, speed])


def _deal_figures(deals: Reliability) -> str:
    return (
        f"deals among the top 5 % {deals.precision:.1f} % (mean of 8 simulations "
        f"{deals.precision_mean:.1f} %; without list prices {deals.precision_no_list:.1f} %), "
        f"calibration error {deals.calibration_error:.3f}, Brier {deals.brier:.3f}"
    )


def write(folder: Path, found: Evaluation, trained: dict[str, Any]) -> None:
    """Write card.md and its plots into the model's folder."""
    text = TEMPLATE.format(
        name=folder.name,
        medape=found.overall["model"].medape,
        n=found.overall["model"].n,
        overall=table(found.overall),
        rows=found.rows_per_core_s,
        start_s=found.start_s,
        band=table(found.by_band),
        source=table(found.by_source),
        category=table(found.by_category),
        eras="about 2005-2012 for shops, 2024-2025 for PC parts",
        train_rows=trained.get("rows", 0),
        sha=trained.get("data_sha256", "unknown"),
        seed=trained.get("seed", "unknown"),
        revision=trained.get("git_revision", "unknown"),
        deals=DEALS.format(figures=_deal_figures(found.deals)) if found.deals else "",
        licences="\n".join(f"- {source}: {licence}" for source, licence in LICENCES.items()),
    )
    (folder / "card.md").write_text(text, "utf-8")
    _plot_estimates(folder / "estimates.png", found)
    _plot_calibration(folder / "calibration.png", found)
    if found.deals:
        _plot_reliability(folder / "reliability.png", found.deals)


def _plot_estimates(path: Path, found: Evaluation) -> None:
    figure, axes = plt.subplots(figsize=(4, 4), dpi=90)
    axes.loglog(found.price_usd, found.quantiles_usd[:, 1], ".", markersize=1, alpha=0.4)
    axes.loglog([1, 1e4], [1, 1e4], "k-", linewidth=0.8)
    axes.set(xlabel="price, USD", ylabel="p50, USD", title="dev: estimate against price")
    _save(figure, path)


def _plot_calibration(path: Path, found: Evaluation) -> None:
    figure, axes = plt.subplots(figsize=(4, 4), dpi=90)
    low, median, high = found.quantiles_usd.T
    bins = np.array_split(np.argsort(median), 12)
    middle = [float(np.median(median[rows])) for rows in bins]
    price = found.price_usd
    for name, share in (("p10", price < low), ("p50", price < median), ("p90", price < high)):
        axes.semilogx(middle, [share[rows].mean() * 100 for rows in bins], ".-", label=name)
    for level in (10, 50, 90):
        axes.axhline(level, color="k", linewidth=0.5)
    axes.set(xlabel="p50, USD", ylabel="prices below, %", title="dev: calibration")
    axes.legend()
    _save(figure, path)


def _plot_reliability(path: Path, deals: Reliability) -> None:
    figure, axes = plt.subplots(figsize=(4, 4), dpi=90)
    _, means, shares = zip(*deals.bins, strict=True)
    axes.plot([0, 1], [0, 1], "k-", linewidth=0.5)
    axes.plot(means, shares, ".-")
    axes.set(xlabel="deal score", ylabel="share of deals", title="dev: reliability")
    _save(figure, path)


def _save(figure: Any, path: Path) -> None:
    figure.tight_layout()
    figure.savefig(path, metadata={"Software": None})
    plt.close(figure)
