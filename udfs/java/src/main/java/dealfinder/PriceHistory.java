package dealfinder;

import java.math.BigDecimal;
import org.apache.flink.metrics.Counter;
import org.apache.flink.table.annotation.ArgumentHint;
import org.apache.flink.table.annotation.ArgumentTrait;
import org.apache.flink.table.annotation.DataTypeHint;
import org.apache.flink.table.annotation.StateHint;
import org.apache.flink.table.api.ValidationException;
import org.apache.flink.table.data.DecimalData;
import org.apache.flink.table.data.GenericRowData;
import org.apache.flink.table.data.RowData;
import org.apache.flink.table.functions.FunctionContext;
import org.apache.flink.table.functions.ProcessTableFunction;
import org.apache.flink.table.types.DataType;
import org.apache.flink.table.types.logical.RowType;
import org.apache.flink.types.Row;

/**
 * SQL function that puts the product's price history beside each observation.
 *
 * <pre>
 * SELECT * FROM price_history(
 *     input =&gt; TABLE parsed PARTITION BY product_key, uid =&gt; 'price-history')
 * </pre>
 *
 * <p>The input has at least deal_id and source STRING, merchant STRING, price_usd DECIMAL(18, 4)
 * and observed_at BIGINT (epoch milliseconds); every column of it passes through, and those of the
 * hint below follow. {@link ProductHistory} says what they mean. All is by event time: a late
 * observation gets what was known of its past, and changes what later ones get. Lows count whole UTC
 * days, so an event that came earlier but happened later on the same day counts as well.
 *
 * <p>A shop is the merchant; where the feed names none, the feed itself stands in, so that offers
 * of unknown shops in one feed count as one.
 *
 * <p>A duplicate leaves no row and is counted in duplicates_total, unless it confirms a price that
 * was held. A row without a usable price, deal or time passes with NULL in every column of the
 * history, and is not remembered: to drop or to refuse it is for the stages around.
 *
 * <p>State: one row a product, of one BYTES column. A value in RocksDB is 28 bytes (TTL, length,
 * null bits, offset) and the history rounded up to 8: for nine observations on as many days about
 * 190, with a price a day for months under 500, at most some 1,500. It lives for 400 days after the
 * product's last change, so that a yearly sale still finds the last one. Change its meaning only
 * with a new version in ProductHistory; the class and its field are part of every savepoint.
 */
@DataTypeHint(
        value =
                "ROW<previous_price_usd DECIMAL(18, 4), low_7d DECIMAL(18, 4),"
                        + " low_30d DECIMAL(18, 4), low_90d DECIMAL(18, 4),"
                        + " all_time_low DECIMAL(18, 4), all_time_low_at BIGINT,"
                        + " all_time_high DECIMAL(18, 4), typical_7d DECIMAL(18, 4),"
                        + " typical_30d DECIMAL(18, 4), typical_90d DECIMAL(18, 4),"
                        + " last_change_at BIGINT, days_observed INT, observations BIGINT,"
                        + " shops_observed INT, is_held BOOLEAN, is_repeated BOOLEAN>",
        bridgedTo = RowData.class)
public class PriceHistory extends ProcessTableFunction<RowData> {
    private static final long serialVersionUID = 1L;
    private static final int PRECISION = 18;
    private static final int SCALE = 4;
    private static final int OUTPUT_COLUMNS = 16;
    // The end of the year 9999: beyond it there is no SQL date, and days no longer fit an int.
    private static final long TIME_MAX_MS = 253_402_300_799_999L;

    private transient ProductHistory product;
    private transient Counter duplicates;
    private transient int dealColumn;
    private transient int sourceColumn;
    private transient int merchantColumn;
    private transient int priceColumn;
    private transient int timeColumn;

    /** The state; Flink makes it with NULL in its field for a new product. */
    public static class History {
        /** See ProductHistory. */
        public byte[] entries;
    }

    @Override
    public void open(FunctionContext context) {
        duplicates =
                context.getMetricGroup().addGroup("kinesisanalytics").counter("duplicates_total");
    }

    /** Called by Flink. */
    public void eval(
            Context context,
            @StateHint(name = "history", ttl = "400 days") History history,
            @ArgumentHint(
                            value = {
                                ArgumentTrait.SET_SEMANTIC_TABLE,
                                ArgumentTrait.PASS_COLUMNS_THROUGH
                            },
                            name = "input")
                    Row input) {
        if (product == null) {
            bind(context.tableSemanticsFor("input").dataType());
        }
        String dealId = input.getFieldAs(dealColumn);
        BigDecimal priceUsd = input.getFieldAs(priceColumn);
        Long observedAt = input.getFieldAs(timeColumn);
        if (!isUsable(dealId, priceUsd, observedAt)) {
            collect(new GenericRowData(OUTPUT_COLUMNS));
            return;
        }
        String source = input.getFieldAs(sourceColumn);
        String merchant = input.getFieldAs(merchantColumn);
        product.load(history.entries);
        boolean isNews =
                product.observe(
                        Fnv.hash(dealId),
                        Fnv.hash(source),
                        Fnv.hash(merchant == null ? source : merchant),
                        priceUsd.unscaledValue().longValueExact(),
                        observedAt);
        history.entries = product.store();
        if (isNews) {
            collect(describe());
        } else {
            duplicates.inc();
        }
    }

    private RowData describe() {
        return GenericRowData.of(
                money(product.previousPrice()),
                money(product.low(7)),
                money(product.low(30)),
                money(product.low(90)),
                money(product.allTimeLow()),
                startOf(product.allTimeLowDay()),
                money(product.high()),
                money(product.typical(7)),
                money(product.typical(30)),
                money(product.typical(90)),
                startOf(product.lastChangeDay()),
                product.daysObserved(),
                product.observations(),
                product.shopsObserved(),
                product.isHeld(),
                product.isRepeated());
    }

    private static boolean isUsable(String dealId, BigDecimal priceUsd, Long observedAt) {
        return dealId != null
                && priceUsd != null
                && priceUsd.signum() >= 0
                && observedAt != null
                && observedAt >= 0
                && observedAt <= TIME_MAX_MS;
    }

    private void bind(DataType input) {
        RowType columns = (RowType) input.getLogicalType();
        dealColumn = columns.getFieldIndex("deal_id");
        sourceColumn = columns.getFieldIndex("source");
        merchantColumn = columns.getFieldIndex("merchant");
        priceColumn = columns.getFieldIndex("price_usd");
        timeColumn = columns.getFieldIndex("observed_at");
        boolean isFitting =
                Columns.isText(columns, dealColumn)
                        && Columns.isText(columns, sourceColumn)
                        && Columns.isText(columns, merchantColumn)
                        && Columns.isDecimal(columns, priceColumn, PRECISION, SCALE)
                        && Columns.isLong(columns, timeColumn);
        if (!isFitting) {
            throw new ValidationException(
                    "price_history needs deal_id, source and merchant STRING, price_usd "
                            + "DECIMAL(18, 4) and observed_at BIGINT, not "
                            + columns.asSummaryString());
        }
        product = new ProductHistory();
    }

    private static Long startOf(int day) {
        return day < 0 ? null : day * ProductHistory.DAY_MS;
    }

    private static DecimalData money(long unscaled) {
        return unscaled < 0 ? null : DecimalData.fromUnscaledLong(unscaled, PRECISION, SCALE);
    }
}
