"""The model card: what the model is, its figures, where it is useless, two plots."""

from pathlib import Path
from typing import Any, NamedTuple

import matplotlib as mpl
import numpy as np
import numpy.typing as npt

from models.export import LICENCES
from models.figures import Figures, table
from models.reliability import Reliability
from udfs.pricing.stack import FILE as STACK_FILE
from udfs.pricing.stack import MANY, MEMBERS, Stack

mpl.use("Agg")
from matplotlib import pyplot as plt

TEMPLATE = """# {name}

Estimates what a new item sells for, in USD, from the title of an offer and, where known, its brand
and category: p10, p50, p90. It is one opinion: a product's own price history, where there is one,
is worth more (median error of 14 % against {medape:.0f} % here).

## How it works
Two sizes; the property `Pricing: size` chooses.

*fast*: four embedding bags over hashed words, pairs, triples, word pieces and amounts with units,
each with a small network that gives a median and the gaps to p10 and p90; and a ridge regression on
TF-IDF of words and character n-grams. One ONNX graph (opset 17); tables in int8 and int16, the rest
in float64, so that a row's answer does not depend on its batch.

*accurate*: a stack over that graph. The networks, the ridge, the mean price of the {k} most similar
products of train, and boosted trees (trees.onnx) over what those say, over the amounts, and over
what brand and category usually cost. A member may abstain; one that fails is left out and counted,
and the others answer. Weights: {weights}.

Weights, trees and the stretch of the gaps are fitted on products that no member saw (five folds by
product group). The stretch is split-conformal, by band of the predicted price and by whether the
category is known, and moved half-way to where each band of the true price is held alike. Brand and
category are dropped at random in training, because most feeds have neither.

## Figures on the split "dev"
Products whose groups (near-duplicates, matching offers) training did not see: {n:,} of them.

{overall}

MedAPE: median relative error. "p10-p90 holds": share of prices within the interval; 80 is right.

| | rows a core-second | start with the first answer |
|---|---:|---:|
{speed}

Through the serving code on the training machine, batches of 256, text included, nothing cached.
{default}

{by_size}
A band of the true price is known only afterwards: the dearest products are those the model took for
cheaper ones, so their interval tends to hold less often.

### By category (at least 50 products), size "fast"
{category}

### By category (at least 50 products), size "accurate"
{category_accurate}

![estimate against price](estimates.png) ![calibration](calibration.png)
{deals}
## Where it is useless
- Outside its data: consumer electronics, PC parts, office supplies and software. For food, clothes,
  toys, tickets or travel its words say little; the interval is wide, and a title with no known word
  gets no estimate at all.
- A title that names only the kind of a thing: most training titles that say "laptop" are of bags,
  chargers and memory for one, so "HP 15.6 inch Laptop 8GB" is taken for half its worth unless the
  category is given. Rare dear products (above $1,000) are underestimated as a rule.
- Prices are of mixed eras (about 2005-2012 for shops, 2024-2025 for PC parts); a product that lost
  half its worth since then is overrated. It knows new items only: used and refurbished offers look
  like bargains.
- The same product at two shops differs by a median 14-21 %, so a discount below 30 % is rarely
  proven by this model alone.
- It knows no quantity beyond what the words say; a title that hides a subscription, a bundle or
  missing parts ("without battery") is priced as the bare product.

## Data and licences
market.csv.gz, split train, and products of history.csv.gz (split train) that it lacks, at their
last price: {train_rows:,} products with prices (sha256 of the files `{sha}`). No raw data is in
this repository: the vocabulary holds hashes, neighbours.npz which hashes and what price each
product has, stack.npz the mean price of a brand or category.

{licences}

Trained by `python -m models.train --seed {seed}` at revision {revision}, in {minutes:.0f} minutes
on two cores.
"""


DEALS = """
## Deal score
deal_score.json: the probability that an offer is at least 30 % below its fair price. Boosted trees
over offer / p50 and the width of the interval, monotone in the price, trained on simulated offers
over the products of train, priced by members that had not seen them, and over the past of real
products; each size has its own. One simulated offer in ten is a deal and half the sellers invent
their list price; where deals are rarer or more frequent, read the score as a rank.

On simulated offers over dev:
{figures}
- by list price alone: 22.4 %

What the list price does: nothing, where the fair price is the product's own history, or where it is
more than 1.1 * p90, which nobody ever charged; elsewhere the discount that it claims counts up to
30 %, may lower the score, and raises the odds 2.5 times at most.

![reliability](reliability.png)
"""

DEFAULT = """
The jobs use "fast" unless told otherwise: most deals are judged by their own price history, and
"accurate" costs {ratio:.0f} times the processor time for a median error lower by {gain:.1f} points
and a mean error lower by ${mae:.1f}. Where a replay of thousands of offers a second is not needed,
choose "accurate"."""


class Measured(NamedTuple):
    """What `models.evaluate` found of one size on dev."""

    overall: Figures
    title_only: Figures
    by_band: dict[str, Figures]
    by_source: dict[str, Figures]
    by_category: dict[str, Figures]
    rows_per_core_s: float
    start_s: float
    quantiles_usd: npt.NDArray[np.float64]
    deals: Reliability | None
    """Of the deal score, where the folder has one."""


class Evaluation(NamedTuple):
    """What `models.evaluate` found on dev."""

    sizes: dict[str, Measured]
    """fast, accurate."""
    baselines: dict[str, Figures]
    price_usd: npt.NDArray[np.float64]

    def overall(self) -> dict[str, Figures]:
        """Each size, each with titles only, the baselines."""
        with_side = {name: size.overall for name, size in self.sizes.items()}
        without = {f"{name}, title only": size.title_only for name, size in self.sizes.items()}
        return with_side | without | self.baselines


def tables(found: Evaluation) -> str:
    """For the terminal."""
    parts = [table(found.overall())]
    for name, size in found.sizes.items():
        parts += [f"{name}:\n{table(size.by_band)}", table(size.by_source)]
        if size.deals:
            parts.append(f"deal score: {_deal_figures(size.deals)}")
        speed = f"{size.rows_per_core_s:,.0f} rows/core-s (batch 256), start {size.start_s:.2f} s"
        parts.append(speed)
    return "\n\n".join(parts)


def _deal_figures(deals: Reliability) -> str:
    return (
        f"deals among the top 5 % {deals.precision:.1f} % (mean of 8 simulations "
        f"{deals.precision_mean:.1f} %; without list prices {deals.precision_no_list:.1f} %), "
        f"calibration error {deals.calibration_error:.3f}, Brier {deals.brier:.3f}"
    )


def write(folder: Path, found: Evaluation, trained: dict[str, Any]) -> None:
    """Write card.md and its plots into the model's folder."""
    fast, accurate = found.sizes["fast"], found.sizes["accurate"]
    weights = Stack.load(folder / STACK_FILE).weights[1]
    by_size = "".join(
        f'### By true price, size "{name}"\n{table(size.by_band)}\n\n'
        f'### By source, size "{name}"\n{table(size.by_source)}\n\n'
        for name, size in found.sizes.items()
    )
    deals = "\n".join(
        f"- {name}: {_deal_figures(size.deals)}" for name, size in found.sizes.items() if size.deals
    )
    text = TEMPLATE.format(
        name=folder.name,
        medape=fast.overall.medape,
        n=fast.overall.n,
        k=MANY,
        weights=", ".join(
            f"{member} {value:.2f}" for member, value in zip(MEMBERS, weights.tolist(), strict=True)
        ),
        overall=table(found.overall()),
        speed="\n".join(
            f"| {name} | {size.rows_per_core_s:,.0f} | {size.start_s:.2f} s |"
            for name, size in found.sizes.items()
        ),
        default=DEFAULT.format(
            ratio=fast.rows_per_core_s / accurate.rows_per_core_s,
            gain=fast.overall.medape - accurate.overall.medape,
            mae=fast.overall.mae_usd - accurate.overall.mae_usd,
        ),
        by_size=by_size,
        category=table(fast.by_category),
        category_accurate=table(accurate.by_category),
        train_rows=trained.get("rows", 0),
        sha=trained.get("data_sha256", "unknown"),
        seed=trained.get("seed", "unknown"),
        revision=trained.get("git_revision", "unknown"),
        minutes=trained.get("seconds", 0) / 60,
        deals=DEALS.format(figures=deals) if deals else "",
        licences="\n".join(f"- {source}: {licence}" for source, licence in LICENCES.items()),
    )
    (folder / "card.md").write_text(text, "utf-8")
    _plot_estimates(folder / "estimates.png", found)
    _plot_calibration(folder / "calibration.png", found)
    if deals:
        _plot_reliability(folder / "reliability.png", found)


def _plot_estimates(path: Path, found: Evaluation) -> None:
    figure, axes = plt.subplots(1, 2, figsize=(8, 4), dpi=80, sharey=True)
    for (name, size), panel in zip(found.sizes.items(), axes, strict=True):
        panel.loglog(found.price_usd, size.quantiles_usd[:, 1], ".", markersize=1, alpha=0.4)
        panel.loglog([1, 1e4], [1, 1e4], "k-", linewidth=0.8)
        panel.set(xlabel="price, USD", ylabel="p50, USD", title=f"dev, {name}")
    _save(figure, path)


def _plot_calibration(path: Path, found: Evaluation) -> None:
    figure, axes = plt.subplots(1, 2, figsize=(8, 4), dpi=80, sharey=True)
    price = found.price_usd
    for (name, size), panel in zip(found.sizes.items(), axes, strict=True):
        low, median, high = size.quantiles_usd.T
        bins = np.array_split(np.argsort(median), 12)
        middle = [float(np.median(median[rows])) for rows in bins]
        for label, share in (("p10", price < low), ("p50", price < median), ("p90", price < high)):
            panel.semilogx(middle, [share[rows].mean() * 100 for rows in bins], ".-", label=label)
        for level in (10, 50, 90):
            panel.axhline(level, color="k", linewidth=0.5)
        panel.set(xlabel="p50, USD", ylabel="prices below, %", title=f"dev, {name}: calibration")
    axes[0].legend()
    _save(figure, path)


def _plot_reliability(path: Path, found: Evaluation) -> None:
    figure, axes = plt.subplots(figsize=(4, 4), dpi=90)
    axes.plot([0, 1], [0, 1], "k-", linewidth=0.5)
    for name, size in found.sizes.items():
        if size.deals:
            _, means, shares = zip(*size.deals.bins, strict=True)
            axes.plot(means, shares, ".-", label=name)
    axes.set(xlabel="deal score", ylabel="share of deals", title="dev: reliability")
    axes.legend()
    _save(figure, path)


def _save(figure: Any, path: Path) -> None:
    figure.tight_layout()
    figure.savefig(path, metadata={"Software": None})
    plt.close(figure)
