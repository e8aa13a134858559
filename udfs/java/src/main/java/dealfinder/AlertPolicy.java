package dealfinder;

import java.math.BigDecimal;
import java.util.HashMap;
import java.util.Map;
import org.apache.flink.metrics.Counter;
import org.apache.flink.metrics.MetricGroup;
import org.apache.flink.table.annotation.ArgumentHint;
import org.apache.flink.table.annotation.ArgumentTrait;
import org.apache.flink.table.annotation.DataTypeHint;
import org.apache.flink.table.annotation.StateHint;
import org.apache.flink.table.api.ValidationException;
import org.apache.flink.table.api.dataview.MapView;
import org.apache.flink.table.data.GenericRowData;
import org.apache.flink.table.data.RowData;
import org.apache.flink.table.data.StringData;
import org.apache.flink.table.functions.FunctionContext;
import org.apache.flink.table.functions.ProcessTableFunction;
import org.apache.flink.table.types.logical.DecimalType;
import org.apache.flink.table.types.logical.RowType;
import org.apache.flink.types.Row;

/**
 * SQL function that lets pass which matches of a rule are told, by the rule's policy.
 *
 * <pre>
 * SELECT * FROM alert_policy(
 *     input =&gt; TABLE hits PARTITION BY rule_id, memory_days =&gt; 90, uid =&gt; 'alert-policy')
 * </pre>
 *
 * <p>The input has at least product_key STRING, price_usd DECIMAL(18, 4), observed_at BIGINT (epoch
 * milliseconds) and terms STRING (see {@link Terms}); every column of it passes through, and those
 * of the hint below follow. A match that is held back leaves no row and is counted in
 * alerts_held_total by its reason; one that is told later is counted there as `quiet`.
 *
 * <p>State: a map of small entries a rule, of which a match reads and writes two or three; {@link
 * RuleMemory} says what is in them. An entry lives for 400 days after its last change, longer than
 * memory_days may be. The class, the name of its state and the versions in its entries are part of
 * every savepoint.
 */
@DataTypeHint(
        value =
                "ROW<tell_at BIGINT, quiet_hours STRING, digest_id STRING, digest_size INT,"
                        + " digest_rank INT>",
        bridgedTo = RowData.class)
public class AlertPolicy extends ProcessTableFunction<RowData> {
    private static final long serialVersionUID = 1L;
    private static final String QUIET = "quiet";
    private static final int SCALE = 4;

    private transient MetricGroup group;
    private transient Map<String, Counter> held;
    private transient boolean isBound;
    private transient int productColumn;
    private transient int priceColumn;
    private transient int timeColumn;
    private transient int termsColumn;

    @Override
    public void open(FunctionContext context) {
        group = context.getMetricGroup().addGroup("kinesisanalytics");
        held = new HashMap<>();
    }

    /** Called by Flink. */
    public void eval(
            Context context,
            @StateHint(name = "told", ttl = "400 days") MapView<String, byte[]> told,
            @ArgumentHint(
                            value = {
                                ArgumentTrait.SET_SEMANTIC_TABLE,
                                ArgumentTrait.PASS_COLUMNS_THROUGH
                            },
                            name = "input")
                    Row input,
            @ArgumentHint(name = "memory_days") Integer memoryDays)
            throws Exception {
        if (!isBound) {
            bind((RowType) context.tableSemanticsFor("input").dataType().getLogicalType());
        }
        Terms terms = Terms.of(input.getFieldAs(termsColumn));
        BigDecimal priceUsd = input.getFieldAs(priceColumn);
        RuleMemory.Decision decision =
                new RuleMemory(entries(told), memoryDays)
                        .decide(
                                input.getFieldAs(productColumn),
                                priceUsd.unscaledValue().longValueExact(),
                                input.<Long>getFieldAs(timeColumn),
                                terms);
        if (decision.held() != null) {
            count(decision.held());
            return;
        }
        if (terms.isQuiet()) {
            count(QUIET);
        }
        boolean isDigest = terms.digestId() != null;
        collect(
                GenericRowData.of(
                        terms.tellAt(),
                        StringData.fromString(terms.quietHours()),
                        StringData.fromString(terms.digestId()),
                        isDigest ? terms.digestSize() : null,
                        isDigest ? decision.rank() : null));
    }

    private void count(String reason) {
        held.computeIfAbsent(
                        reason, each -> group.addGroup("reason", each).counter("alerts_held_total"))
                .inc();
    }

    private static RuleMemory.Entries entries(MapView<String, byte[]> told) {
        return new RuleMemory.Entries() {
            @Override
            public byte[] get(String key) throws Exception {
                return told.get(key);
            }

            @Override
            public void put(String key, byte[] value) throws Exception {
                told.put(key, value);
            }

            @Override
            public void remove(String key) throws Exception {
                told.remove(key);
            }
        };
    }

    private void bind(RowType columns) {
        productColumn = columns.getFieldIndex("product_key");
        priceColumn = columns.getFieldIndex("price_usd");
        timeColumn = columns.getFieldIndex("observed_at");
        termsColumn = columns.getFieldIndex("terms");
        boolean isFitting =
                Columns.isText(columns, productColumn)
                        && Columns.isText(columns, termsColumn)
                        && Columns.isDecimal(columns, priceColumn, DecimalType.MAX_PRECISION, SCALE)
                        && Columns.isLong(columns, timeColumn);
        if (!isFitting) {
            throw new ValidationException(
                    "alert_policy needs product_key and terms STRING, price_usd DECIMAL(18, 4) and"
                            + " observed_at BIGINT, not "
                            + columns.asSummaryString());
        }
        isBound = true;
    }
}
