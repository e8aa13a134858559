"""Member 2: embedding bags with small networks behind them, trained with jax.

Each network has its own columns of one table, so serving gathers once. The table is int8 (a step a
column): sums are exact in any order, and the graph stays small.
"""

from collections.abc import Iterator
from functools import partial
from typing import Any, NamedTuple

import jax
import jax.numpy as jnp
import numpy as np
import numpy.typing as npt
import optax

from udfs.pricing.features import NUMBERS, Features, Ids

WIDTH = 32  # of an embedding
HIDDEN = 128
WIDTHS = (48, 96, 144, 256)  # ids are cut to one of these, so jax compiles few shapes
LEVELS = jnp.array([0.1, 0.5, 0.9])
Floats = npt.NDArray[np.float64]
Params = dict[str, Any]


class Recipe(NamedTuple):
    """How one network is trained; chosen on folds of train."""

    seed: int
    pool: float = 0.5
    """The bag is divided by (number of ids) ** pool."""
    epochs: int = 10
    batch: int = 256
    rate: float = 3e-3
    drop_ids: float = 0.2
    drop_side: float = 0.3
    drop_hidden: float = 0.2
    decay: float = 1e-2
    square: float = 0.5
    """Weight of the squared error beside the three pinball losses."""


class Scale(NamedTuple):
    """Numbers are shifted, scaled and clipped to +-5."""

    mean: npt.NDArray[np.float32]
    spread: npt.NDArray[np.float32]

    def apply(self, numbers: npt.NDArray[np.float32]) -> npt.NDArray[np.float32]:
        """(n, NUMBERS) as the networks see them."""
        return np.clip((numbers - self.mean) / self.spread, -5, 5).astype(np.float32)


def scale_of(numbers: npt.NDArray[np.float32]) -> Scale:
    """Mean and spread of the training rows."""
    spread = numbers.std(axis=0) + 1e-3
    return Scale(numbers.mean(axis=0).astype(np.float32), spread.astype(np.float32))


def start(recipe: Recipe, tokens: int, sides: int, key: jax.Array) -> Params:
    """Random parameters of one network."""
    keys = jax.random.split(key, 5)
    inputs = WIDTH + NUMBERS
    return {
        "tokens": jax.random.normal(keys[0], (tokens + 1, WIDTH)) * 0.1,
        "side": jax.random.normal(keys[1], (sides + 1, WIDTH)) * 0.1,
        "w0": jax.random.normal(keys[2], (inputs, HIDDEN)) * inputs**-0.5,
        "b0": jnp.zeros(HIDDEN),
        "w1": jax.random.normal(keys[3], (HIDDEN, HIDDEN)) * (2 / HIDDEN) ** 0.5,
        "b1": jnp.zeros(HIDDEN),
        "w2": jax.random.normal(keys[4], (HIDDEN, 3)) * 0.01,
        "b2": jnp.zeros(3),
    }


def outputs(
    params: Params,
    batch: tuple[jax.Array, jax.Array, jax.Array],
    recipe: Recipe,
    key: jax.Array | None = None,
) -> jax.Array:
    """(n, 3) centred log-price quantiles of a batch (tokens, side, numbers); a key drops inputs."""
    tokens, side, numbers = batch
    mask = (tokens > 0).astype(jnp.float32)
    side_mask = (side > 0).astype(jnp.float32)
    keys = jax.random.split(key if key is not None else jax.random.key(0), 4)
    if key is not None:
        mask *= jax.random.bernoulli(keys[0], 1 - recipe.drop_ids, mask.shape)
        kept = jax.random.bernoulli(keys[1], 1 - recipe.drop_side, (len(side), 2))
        side_mask *= jnp.column_stack([kept, kept.prod(axis=1)])
    count = jnp.maximum(mask.sum(axis=1, keepdims=True), 1)
    bag = (params["tokens"][tokens] * mask[..., None]).sum(axis=1) / count**recipe.pool
    bag += (params["side"][side] * side_mask[..., None]).sum(axis=1)
    hidden = jnp.concatenate([bag, numbers], axis=1)
    for layer in ("0", "1"):
        hidden = jax.nn.relu(hidden @ params["w" + layer] + params["b" + layer])
        if key is not None:
            kept = jax.random.bernoulli(keys[2 + int(layer)], 1 - recipe.drop_hidden, hidden.shape)
            hidden = hidden * kept / (1 - recipe.drop_hidden)
    out = hidden @ params["w2"] + params["b2"]
    low = out[:, 1] - jax.nn.softplus(out[:, 0] - 0.5)
    high = out[:, 1] + jax.nn.softplus(out[:, 2] - 0.5)
    return jnp.stack([low, out[:, 1], high], axis=1)


def _loss(
    params: Params, batch: Any, target: jax.Array, recipe: Recipe, key: jax.Array
) -> jax.Array:
    miss = target[:, None] - outputs(params, batch, recipe, key)
    pinball = jnp.maximum(LEVELS * miss, (LEVELS - 1) * miss).sum(axis=1)
    return (pinball + recipe.square * 0.5 * miss[:, 1] ** 2).mean()


def train(
    recipe: Recipe, features: Features, sizes: dict[str, int], target: Floats, scale: Scale
) -> Params:
    """Train one network on n rows of centred log price; the same seed gives the same answer."""
    steps = max(1, len(target) // recipe.batch) * recipe.epochs
    schedule = optax.warmup_cosine_decay_schedule(
        0.0, recipe.rate, max(1, steps // 20), max(2, steps), recipe.rate * 0.02
    )
    optimiser = optax.adamw(schedule, weight_decay=recipe.decay)

    @partial(jax.jit, donate_argnums=(0, 1))
    def step(params: Params, state: Any, batch: Any, goal: jax.Array, key: jax.Array) -> Any:
        gradient = jax.grad(_loss)(params, batch, goal, recipe, key)
        updates, state = optimiser.update(gradient, state, params)
        return optax.apply_updates(params, updates), state

    key = jax.random.key(recipe.seed)
    params = start(recipe, sizes["tokens"], sizes["side"], key)
    state = optimiser.init(params)
    numbers = scale.apply(features.numbers)
    goal = target.astype(np.float32)
    for at in _batches(recipe, len(target)):
        key, now = jax.random.split(key)
        batch = (cut(features.tokens[at]), features.side[at], numbers[at])
        params, state = step(params, state, batch, goal[at], now)
    return {name: np.asarray(value) for name, value in params.items()}


def _batches(recipe: Recipe, count: int) -> Iterator[npt.NDArray[np.int64]]:
    random = np.random.default_rng(recipe.seed)
    size = min(recipe.batch, count)
    for _ in range(recipe.epochs):
        order = random.permutation(count)
        for first in range(0, count - size + 1, size):
            yield order[first : first + size]


def cut(ids: Ids) -> Ids:
    """The ids in the smallest of WIDTHS that holds them."""
    longest = int((ids > 0).sum(axis=1).max(initial=0))
    width = next(width for width in WIDTHS if width >= longest)
    out = np.zeros((len(ids), width), np.int32)
    out[:, : min(width, ids.shape[1])] = ids[:, :width]
    return out


def quantise(params: Params) -> Params:
    """Round the two tables to int8 steps, kept as float so that all see the same numbers."""
    top = np.maximum(np.abs(params["tokens"]).max(axis=0), np.abs(params["side"]).max(axis=0))
    step = np.maximum(top / 127, 1e-8).astype(np.float32)
    rounded = dict(params)
    for name in ("tokens", "side"):
        whole = np.round(params[name] / step)
        whole[0] = 0
        rounded[name] = whole * step
    rounded["step"] = step
    return rounded


@partial(jax.jit, static_argnames="recipe")
def _outputs(params: Params, batch: Any, recipe: Recipe) -> jax.Array:
    return outputs(params, batch, recipe)


def predict(params: Params, recipe: Recipe, features: Features, scale: Scale) -> Floats:
    """(n, 3) centred log-price quantiles."""
    numbers = scale.apply(features.numbers)
    weights = {name: value for name, value in params.items() if name != "step"}
    found = []
    for first in range(0, len(numbers), 2048):
        at = slice(first, first + 2048)
        batch = (cut(features.tokens[at]), features.side[at], numbers[at])
        found.append(np.asarray(_outputs(weights, batch, recipe), np.float64))
    return np.concatenate(found) if found else np.zeros((0, 3))
