package dealfinder;

import java.math.BigDecimal;
import java.util.ArrayList;
import java.util.EnumMap;
import java.util.HashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.concurrent.Callable;
import org.apache.flink.metrics.Counter;
import org.apache.flink.metrics.MetricGroup;
import org.apache.flink.table.annotation.ArgumentHint;
import org.apache.flink.table.annotation.ArgumentTrait;
import org.apache.flink.table.annotation.DataTypeHint;
import org.apache.flink.table.annotation.StateHint;
import org.apache.flink.table.api.ValidationException;
import org.apache.flink.table.api.dataview.MapView;
import org.apache.flink.table.data.DecimalData;
import org.apache.flink.table.data.GenericArrayData;
import org.apache.flink.table.data.GenericRowData;
import org.apache.flink.table.data.RowData;
import org.apache.flink.table.data.StringData;
import org.apache.flink.table.functions.FunctionContext;
import org.apache.flink.table.functions.ProcessTableFunction;
import org.apache.flink.table.types.logical.RowType;
import org.apache.flink.types.Row;

/**
 * SQL function that writes figures and best deals of each category and window.
 *
 * <pre>
 * SELECT * FROM deal_windows(
 *     input =&gt; TABLE heard PARTITION BY shard,
 *     tumbling_ms =&gt; 3600000, sliding_ms =&gt; 86400000, slide_ms =&gt; 3600000,
 *     out_of_order_ms =&gt; 600000, lateness_ms =&gt; 259200000, idle_ms =&gt; 60000, best =&gt; 10,
 *     uid =&gt; 'deal-windows')
 * </pre>
 *
 * <p>A row of the input is a deal or, where its category is NULL, a tick of the clock; both say when
 * they arrived (arrived_at, processing time in epoch milliseconds), so that the function itself asks
 * no clock. Every shard needs a tick about once a second. {@link WindowShard} says what happens.
 *
 * <p>A row of the output is a revision of a window or, where reason is not NULL, a deal that came
 * too late for some of its windows, with the place and bytes that it came with.
 *
 * <p>Why not event-time timers: with `on_time`, Flink 2.2 drops late rows before the function sees
 * them, and watermarks stand still when all partitions are idle.
 *
 * <p>State: for a shard its clock; for a category which windows were written; for a category and
 * pane its figures, some hundred bytes and the best deals; for an observation 8 bytes for a week, so
 * that one that a restarted job wrote twice counts once. It is dropped when no window needs it.
 */
@DataTypeHint(
        value =
                "ROW<window_id STRING, category STRING, window_kind STRING, window_start BIGINT,"
                        + " window_end BIGINT, revision INT, closed_by STRING, deals BIGINT,"
                        + " bargains BIGINT, priced BIGINT, median_discount_ratio DOUBLE,"
                        + " list_prices BIGINT, fake_list_prices BIGINT,"
                        + " fake_list_price_share DOUBLE, best ARRAY<ROW<deal_id STRING,"
                        + " product_key STRING, title STRING, url STRING, merchant STRING,"
                        + " price_usd DECIMAL(18, 4), fair_usd_p10 DECIMAL(18, 4),"
                        + " discount_low_usd DECIMAL(18, 4), deal_score DOUBLE,"
                        + " observed_at BIGINT>>, updated_at BIGINT, reason STRING, detail STRING,"
                        + " origin_topic STRING, origin_partition INT, origin_offset BIGINT,"
                        + " payload BYTES>",
        bridgedTo = RowData.class)
public class DealWindows extends ProcessTableFunction<RowData> {
    private static final long serialVersionUID = 1L;
    private static final int PRECISION = 18;
    private static final int SCALE = 4;
    private static final int OUTPUT_COLUMNS = 22;
    private static final int REASON = 16;
    private static final List<String> INPUT =
            List.of(
                    "category", "deal_id", "product_key", "title", "url", "merchant", "price_usd",
                    "fair_usd_p10", "discount_ratio", "deal_score", "is_bargain", "is_best",
                    "has_list_price", "is_list_price_fake", "observed_at", "arrived_at",
                    "origin_topic", "origin_partition", "origin_offset", "payload");

    private transient WindowPlan plan;
    private transient WindowShard shard;
    private transient Map<String, Integer> columns;
    private transient Map<WindowShard.Cause, Counter> written;
    private transient Counter late;
    private transient Counter missed;

    /** The state of a shard; Flink makes it with NULL in its field for a new one. */
    public static class Shard {
        /** See WindowShard. */
        public byte[] stored;
    }

    @Override
    public void open(FunctionContext context) {
        MetricGroup group = context.getMetricGroup().addGroup("kinesisanalytics");
        written = new EnumMap<>(WindowShard.Cause.class);
        for (WindowShard.Cause cause : WindowShard.Cause.values()) {
            written.put(cause, group.addGroup("closed_by", symbol(cause)).counter("windows_total"));
        }
        late = group.addGroup("outcome", "corrected").counter("late_windows_total");
        missed = group.addGroup("outcome", "missed").counter("late_windows_total");
    }

    /** Called by Flink. */
    public void eval(
            Context context,
            @StateHint(name = "shard") Shard state,
            @StateHint(name = "tracks") MapView<String, byte[]> tracks,
            @StateHint(name = "panes") MapView<String, byte[]> panes,
            @StateHint(name = "seen", ttl = "7 days") MapView<Long, Boolean> seen,
            @ArgumentHint(value = ArgumentTrait.SET_SEMANTIC_TABLE, name = "input") Row input,
            @ArgumentHint(name = "tumbling_ms") Long tumblingMs,
            @ArgumentHint(name = "sliding_ms") Long slidingMs,
            @ArgumentHint(name = "slide_ms") Long slideMs,
            @ArgumentHint(name = "out_of_order_ms") Long outOfOrderMs,
            @ArgumentHint(name = "lateness_ms") Long latenessMs,
            @ArgumentHint(name = "idle_ms") Long idleMs,
            @ArgumentHint(name = "best") Integer best)
            throws Exception {
        if (shard == null) {
            bind((RowType) context.tableSemanticsFor("input").dataType().getLogicalType());
            plan =
                    new WindowPlan(
                            tumblingMs, slidingMs, slideMs, outOfOrderMs, latenessMs, idleMs, best);
            shard = new WindowShard(plan);
        }
        Storage storage = new Storage(tracks, panes, seen);
        long now = this.<Long>get(input, "arrived_at");
        String category = get(input, "category");
        shard.load(state.stored);
        if (category == null) {
            shard.tick(now, storage, (name, isSliding, start, revision, cause, figures) -> {
                written.get(cause).inc();
                collect(describe(name, isSliding, start, revision, cause, figures, now));
            });
        } else {
            int partition = this.<Integer>get(input, "origin_partition");
            int tooLate = shard.add(category, deal(category, input), partition, now, storage);
            late.inc(shard.lateWindows());
            if (tooLate > 0) {
                missed.inc(tooLate);
                collect(letter(category, input, tooLate));
            }
        }
        state.stored = shard.store();
    }

    private WindowedDeal deal(String category, Row input) {
        String dealId = get(input, "deal_id");
        BigDecimal price = get(input, "price_usd");
        long time = this.<Long>get(input, "observed_at");
        Double ratio = get(input, "discount_ratio");
        Candidate candidate = null;
        if (isTrue(input, "is_best")) {
            candidate =
                    new Candidate(
                            dealId,
                            get(input, "product_key"),
                            get(input, "title"),
                            get(input, "url"),
                            get(input, "merchant"),
                            unscaled(price),
                            unscaled(get(input, "fair_usd_p10")),
                            this.<Double>get(input, "deal_score"),
                            time);
        }
        return new WindowedDeal(
                hash(category, dealId, time, unscaled(price)),
                time,
                ratio == null ? Double.NaN : ratio,
                isTrue(input, "is_bargain"),
                isTrue(input, "has_list_price"),
                isTrue(input, "is_list_price_fake"),
                candidate);
    }

    private RowData describe(
            String category,
            boolean isSliding,
            long start,
            int revision,
            WindowShard.Cause cause,
            Pane figures,
            long now) {
        String kind = isSliding ? "sliding" : "tumbling";
        long priced = figures.discounts.total();
        GenericRowData row = new GenericRowData(OUTPUT_COLUMNS);
        Object[] values = {
            StringData.fromString(category + "|" + kind + "|" + start),
            StringData.fromString(category),
            StringData.fromString(kind),
            start,
            start + (isSliding ? plan.sliding() : plan.tumbling()),
            revision,
            StringData.fromString(symbol(cause)),
            figures.deals,
            figures.bargains,
            priced,
            priced == 0 ? null : figures.discounts.median(),
            figures.listPrices,
            figures.fakeListPrices,
            figures.listPrices == 0 ? null : (double) figures.fakeListPrices / figures.listPrices,
            new GenericArrayData(figures.best().stream().map(DealWindows::describe).toArray()),
            now
        };
        for (int i = 0; i < values.length; i++) {
            row.setField(i, values[i]);
        }
        return row;
    }

    private static RowData describe(Candidate deal) {
        return GenericRowData.of(
                StringData.fromString(deal.dealId()),
                StringData.fromString(deal.productKey()),
                StringData.fromString(deal.title()),
                StringData.fromString(deal.url()),
                StringData.fromString(deal.merchant()),
                money(deal.priceUsd()),
                money(deal.fairLowUsd()),
                money(deal.discountLowUsd()),
                deal.score(),
                deal.observedAt());
    }

    private RowData letter(String category, Row input, int tooLate) {
        String detail =
                String.format(
                        Locale.ROOT,
                        "category %s: %d of its %d windows had closed for good",
                        category,
                        tooLate,
                        plan.windowsOfADeal());
        GenericRowData row = new GenericRowData(OUTPUT_COLUMNS);
        row.setField(REASON, StringData.fromString("window_closed"));
        row.setField(REASON + 1, StringData.fromString(detail));
        row.setField(REASON + 2, StringData.fromString(get(input, "origin_topic")));
        row.setField(REASON + 3, get(input, "origin_partition"));
        row.setField(REASON + 4, get(input, "origin_offset"));
        row.setField(REASON + 5, get(input, "payload"));
        return row;
    }

    private void bind(RowType input) {
        columns = new HashMap<>();
        for (String name : INPUT) {
            if (input.getFieldIndex(name) < 0) {
                throw new ValidationException(
                        "deal_windows needs a column " + name + ", not only "
                                + input.asSummaryString());
            }
            columns.put(name, input.getFieldIndex(name));
        }
    }

    private <T> T get(Row input, String name) {
        return input.getFieldAs(columns.get(name));
    }

    private boolean isTrue(Row input, String name) {
        return Boolean.TRUE.equals(get(input, name));
    }

    private static String symbol(WindowShard.Cause cause) {
        return cause.name().toLowerCase(Locale.ROOT);
    }

    private static DecimalData money(long unscaled) {
        return DecimalData.fromUnscaledLong(unscaled, PRECISION, SCALE);
    }

    private static long unscaled(BigDecimal usd) {
        return usd.setScale(SCALE).unscaledValue().longValueExact();
    }

    /** Part of the state. */
    private static long hash(String category, String dealId, long time, long price) {
        return Fnv.hash(category + '\n' + dealId + '\n' + time + '\n' + price);
    }

    /** The keyed state of the shard, as Flink gives it. */
    private static final class Storage implements WindowShard.Storage {
        private final MapView<String, byte[]> tracks;
        private final MapView<String, byte[]> panes;
        private final MapView<Long, Boolean> seen;

        Storage(
                MapView<String, byte[]> tracks,
                MapView<String, byte[]> panes,
                MapView<Long, Boolean> seen) {
            this.tracks = tracks;
            this.panes = panes;
            this.seen = seen;
        }

        @Override
        public boolean isNew(long id) {
            return call(() -> {
                boolean isNew = !seen.contains(id);
                if (isNew) {
                    seen.put(id, Boolean.TRUE);
                }
                return isNew;
            });
        }

        @Override
        public byte[] tracks(String category) {
            return call(() -> tracks.get(category));
        }

        @Override
        public void setTracks(String category, byte[] stored) {
            set(tracks, category, stored);
        }

        @Override
        public byte[] pane(String category, long start) {
            return call(() -> panes.get(category + "|" + start));
        }

        @Override
        public void setPane(String category, long start, byte[] stored) {
            set(panes, category + "|" + start, stored);
        }

        @Override
        public List<String> categories() {
            return call(() -> {
                List<String> names = new ArrayList<>();
                tracks.keys().forEach(names::add);
                return names;
            });
        }

        private static void set(MapView<String, byte[]> view, String key, byte[] stored) {
            call(() -> {
                if (stored == null) {
                    view.remove(key);
                } else {
                    view.put(key, stored);
                }
                return null;
            });
        }

        private static <T> T call(Callable<T> access) {
            try {
                return access.call();
            } catch (Exception e) {
                // Flink's views declare Exception; a state that cannot be read ends the task.
                throw new IllegalStateException("the state of deal_windows cannot be used", e);
            }
        }
    }
}
