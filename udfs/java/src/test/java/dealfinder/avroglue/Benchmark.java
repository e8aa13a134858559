package dealfinder.avroglue;

import dealfinder.PriceHistoryBenchmark;
import java.io.IOException;
import java.math.BigDecimal;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Random;
import org.apache.avro.Schema;
import org.apache.flink.table.api.DataTypes;
import org.apache.flink.table.data.DecimalData;
import org.apache.flink.table.data.GenericRowData;
import org.apache.flink.table.data.RowData;
import org.apache.flink.table.data.StringData;
import org.apache.flink.table.types.DataType;
import org.apache.flink.table.types.logical.RowType;

/**
 * Nanoseconds per record of the format and of the state function, on one core.
 *
 * <pre>
 * mvn -q -B test-compile dependency:build-classpath -Dmdep.outputFile=target/classpath
 * java -cp target/test-classes:target/classes:$(cat target/classpath) dealfinder.avroglue.Benchmark
 * </pre>
 */
public final class Benchmark {
    private static final int ROUNDS = 6;
    private static final int RECORDS = 200_000;

    private Benchmark() {}

    /** One thing to repeat; what it returns keeps the compiler from leaving it out. */
    public interface Step {
        Object run(int record) throws IOException;
    }

    /** Prints the fastest of a few rounds. */
    public static void measure(String name, Step step) throws IOException {
        long best = Long.MAX_VALUE;
        int kept = 0;
        for (int round = 0; round < ROUNDS; round++) {
            long start = System.nanoTime();
            for (int i = 0; i < RECORDS; i++) {
                kept += step.run(i) == null ? 0 : 1;
            }
            best = Math.min(best, System.nanoTime() - start);
        }
        System.out.printf("%-40s %6d ns (%d)%n", name, best / RECORDS, kept);
    }

    /** Runs everything. */
    public static void main(String[] args) throws IOException {
        Path schemas = Path.of("..", "..", "schemas");
        String schema = Files.readString(schemas.resolve("deals.parsed.avsc"));
        RowType columns = columns(new Schema.Parser().parse(schema), false);
        RowType sourceColumns = columns(new Schema.Parser().parse(schema), true);
        for (boolean isZlib : new boolean[] {false, true}) {
            AvroGlueSerializer sink = Format.sink(schema, columns, isZlib);
            AvroGlueDeserializer source =
                    Format.source(Registry.of(schema), schema, sourceColumns);
            RowData[] rows = new RowData[1000];
            byte[][] frames = new byte[rows.length][];
            for (int i = 0; i < rows.length; i++) {
                rows[i] = row(columns, new Random(i));
                frames[i] = sink.serialize(rows[i]);
            }
            String kind = isZlib ? " zlib" : "";
            System.out.printf("a frame of %d bytes%n", frames[0].length);
            measure("decode ParsedDeal" + kind, i -> source.deserialize(frames[i % 1000]));
            measure("encode ParsedDeal" + kind, i -> sink.serialize(rows[i % 1000]));
        }
        PriceHistoryBenchmark.run();
    }

    private static RowType columns(Schema schema, boolean isSource) {
        int count = schema.getFields().size();
        Object[] columns = new Object[2 * count + (isSource ? 4 : 0)];
        for (int i = 0; i < count; i++) {
            Schema.Field field = schema.getFields().get(i);
            columns[2 * i] = field.name();
            columns[2 * i + 1] = type(ColumnTypes.withoutNull(field.schema()));
        }
        if (isSource) {
            columns[2 * count] = "decode_error";
            columns[2 * count + 1] = DataTypes.STRING();
            columns[2 * count + 2] = "payload";
            columns[2 * count + 3] = DataTypes.BYTES();
        }
        return Format.columns(columns);
    }

    private static DataType type(Schema schema) {
        return switch (schema.getType()) {
            case INT -> DataTypes.INT();
            case LONG -> DataTypes.BIGINT();
            case BOOLEAN -> DataTypes.BOOLEAN();
            case BYTES -> DataTypes.DECIMAL(18, 4);
            default -> DataTypes.STRING();
        };
    }

    private static RowData row(RowType columns, Random random) {
        GenericRowData row = new GenericRowData(columns.getFieldCount());
        for (int i = 0; i < columns.getFieldCount(); i++) {
            String name = columns.getFieldNames().get(i);
            row.setField(
                    i,
                    switch (columns.getTypeAt(i).getTypeRoot()) {
                        case INTEGER -> 35;
                        case BIGINT -> 1_700_000_000_000L + random.nextInt();
                        case BOOLEAN -> false;
                        case DECIMAL ->
                                DecimalData.fromBigDecimal(
                                        BigDecimal.valueOf(random.nextInt(9_999_999), 4), 18, 4);
                        default ->
                                StringData.fromString(
                                        name.equals("condition") ? "new" : text(name, random));
                    });
        }
        return row;
    }

    private static String text(String name, Random random) {
        int words = name.equals("title") || name.equals("url") ? 8 : 2;
        StringBuilder text = new StringBuilder(name);
        for (int i = 0; i < words; i++) {
            text.append(' ').append(Integer.toString(random.nextInt(1 << 30), 36));
        }
        return text.toString();
    }
}
