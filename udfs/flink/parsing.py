"""Parsing, as Flink calls it."""

from collections.abc import Iterable, Mapping
from datetime import date
from decimal import Decimal
from typing import Any

import pandas as pd
from pyflink.table.udf import udf

from udfs.flink.rows import OncePerRow, nullable, row_type
from udfs.parsing.batch import parse_batch
from udfs.parsing.rates import Rates


class ParseDeals(OncePerRow):
    """Feed items to offers, by udfs.parsing; the origin of each record passes through."""

    def __init__(
        self,
        rates: Rates,
        carried: tuple[str, ...],
        items: tuple[str, ...],
        columns: tuple[str, ...],
    ) -> None:
        """Keep what pickles; see `parse_deals`."""
        self._rates = rates
        self._carried = list(carried)
        self._names = [*carried, *items]
        self._columns = [*columns, "reason", "detail"]

    def eval(self, items: pd.DataFrame) -> pd.DataFrame:
        """(n, carried + items) -> (n, carried + columns + reason + detail)."""
        # The planner keeps the names of plain columns only.
        items = items.set_axis(self._names, axis=1)
        parsed = parse_batch(items, self._rates)
        return nullable(pd.concat([items[self._carried], parsed[self._columns]], axis=1))


def parse_deals(
    rates_usd: Mapping[str, Decimal],
    as_of: date,
    carried: Mapping[str, str],
    items: Iterable[str],
    columns: Mapping[str, str],
) -> Any:
    """The function for `Table.map` over `carried` and `items`, in this order.

    Args:
        rates_usd: USD for one unit of each currency.
        as_of: Day of the rates.
        carried: Input columns that pass through, and their SQL types.
        items: Input columns that are parsed.
        columns: The columns of deals.parsed, and their SQL types.
    """
    function = ParseDeals(Rates(rates_usd, as_of), tuple(carried), tuple(items), tuple(columns))
    fields = dict(carried) | dict(columns) | {"reason": "STRING", "detail": "STRING"}
    return udf(function, result_type=row_type(fields), func_type="pandas")
