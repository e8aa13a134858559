package dealfinder.avroglue;

import java.io.IOException;
import java.util.Map;
import org.apache.avro.Schema;
import org.apache.flink.api.common.typeinfo.TypeInformation;
import org.apache.flink.table.api.DataTypes;
import org.apache.flink.table.data.RowData;
import org.apache.flink.table.types.DataType;
import org.apache.flink.table.types.logical.RowType;

/** Opens both sides of the format over a registry in memory. */
final class Format {
    static final int MAX_BODY_BYTES = 4 << 20;

    private Format() {}

    static RowType columns(Object... namesAndTypes) {
        DataTypes.Field[] fields = new DataTypes.Field[namesAndTypes.length / 2];
        for (int i = 0; i < fields.length; i++) {
            fields[i] =
                    DataTypes.FIELD(
                            (String) namesAndTypes[2 * i], (DataType) namesAndTypes[2 * i + 1]);
        }
        return (RowType) DataTypes.ROW(fields).getLogicalType();
    }

    static AvroGlueDeserializer source(Registry registry, String reader, RowType columns) {
        AvroGlueDeserializer source = declaredSource(reader, columns);
        source.open(registry, System::nanoTime);
        return source;
    }

    /** What the planner makes of a table, before the job runs. */
    static AvroGlueDeserializer declaredSource(String reader, RowType columns) {
        return new AvroGlueDeserializer(
                new Schema.Parser().parse(reader),
                columns,
                TypeInformation.of(RowData.class),
                Registry::new,
                MAX_BODY_BYTES);
    }

    static AvroGlueSerializer sink(String definition, RowType columns, boolean isZlib)
            throws IOException {
        AvroGlueSerializer sink =
                new AvroGlueSerializer(
                        definition, columns, () -> Registry.of(definition), isZlib);
        sink.open(null);
        return sink;
    }

    static String record(String name, String... fields) {
        return String.format(
                "{\"type\": \"record\", \"name\": \"%s\", \"fields\": [%s]}",
                name, String.join(", ", fields));
    }

    /** A field; {@code more} is JSON such as a default or aliases. */
    static String field(String name, String type, String... more) {
        String rest = more.length == 0 ? "" : ", " + String.join(", ", more);
        return String.format("{\"name\": \"%s\", \"type\": %s%s}", name, type, rest);
    }

    /** An enum type; {@code more} is JSON such as a default. */
    static String symbols(String name, String symbols, String... more) {
        String rest = more.length == 0 ? "" : ", " + String.join(", ", more);
        return String.format(
                "{\"type\": \"enum\", \"name\": \"%s\", \"symbols\": [\"%s\"]%s}",
                name, symbols.replace(" ", "\", \""), rest);
    }

    static final Map<String, String> TYPES =
            Map.of(
                    "money",
                    "{\"type\": \"bytes\", \"logicalType\": \"decimal\", \"precision\": 18,"
                            + " \"scale\": 4}",
                    "millis",
                    "{\"type\": \"long\", \"logicalType\": \"timestamp-millis\"}");
}
