package dealfinder.avroglue;

import static dealfinder.avroglue.Format.TYPES;
import static dealfinder.avroglue.Format.columns;
import static dealfinder.avroglue.Format.field;
import static dealfinder.avroglue.Format.record;
import static dealfinder.avroglue.Format.sink;
import static dealfinder.avroglue.Format.source;
import static dealfinder.avroglue.Format.symbols;
import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.math.BigDecimal;
import java.util.HashMap;
import java.util.Map;
import org.apache.avro.Schema;
import org.apache.avro.generic.GenericDatumReader;
import org.apache.avro.generic.GenericRecord;
import org.apache.avro.io.DecoderFactory;
import org.apache.flink.table.api.DataTypes;
import org.apache.flink.table.api.ValidationException;
import org.apache.flink.table.data.DecimalData;
import org.apache.flink.table.data.GenericArrayData;
import org.apache.flink.table.data.GenericMapData;
import org.apache.flink.table.data.GenericRowData;
import org.apache.flink.table.data.RowData;
import org.apache.flink.table.data.StringData;
import org.apache.flink.table.types.DataType;
import org.apache.flink.table.types.logical.RowType;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Rows become frames that Avro itself and our source read, or an error that names the field. */
class AvroGlueSerializerTest {
    private static final DataType MONEY = DataTypes.DECIMAL(18, 4);
    private static final String OFFER =
            record("Offer", field("shop", "\"string\""), field("votes", "[\"int\", \"null\"]"));
    private static final String SCHEMA =
            record(
                    "Deal",
                    field("title", "\"string\""),
                    field("state", symbols("S", "new used")),
                    field("price", TYPES.get("money")),
                    field("list_price", "[\"null\", " + TYPES.get("money") + "]"),
                    field("at", TYPES.get("millis")),
                    field("count", "\"int\""),
                    field("ratio", "\"double\""),
                    field("share", "\"float\""),
                    field("is_new", "\"boolean\""),
                    field("data", "\"bytes\""),
                    field("tags", "{\"type\":\"array\",\"items\":\"string\"}"),
                    field("extras", "{\"type\":\"map\",\"values\":\"string\"}"),
                    field("offers", "{\"type\":\"array\",\"items\":" + OFFER + "}"),
                    field("note", "\"string\"", "\"default\": \"none\""));
    // In another order than the schema, and without the field that has a default.
    private static final RowType COLUMNS =
            columns(
                    "offers",
                    DataTypes.ARRAY(
                            DataTypes.ROW(
                                    DataTypes.FIELD("votes", DataTypes.INT()),
                                    DataTypes.FIELD("shop", DataTypes.STRING()))),
                    "extras", DataTypes.MAP(DataTypes.STRING(), DataTypes.STRING()),
                    "tags", DataTypes.ARRAY(DataTypes.STRING()),
                    "data", DataTypes.BYTES(),
                    "is_new", DataTypes.BOOLEAN(),
                    "share", DataTypes.FLOAT(),
                    "ratio", DataTypes.DOUBLE(),
                    "count", DataTypes.INT(),
                    "at", DataTypes.BIGINT(),
                    "list_price", MONEY,
                    "price", MONEY,
                    "state", DataTypes.STRING(),
                    "title", DataTypes.STRING());

    private static GenericRowData row() {
        Map<StringData, StringData> extras = new HashMap<>();
        extras.put(text("k"), text("v"));
        return GenericRowData.of(
                new GenericArrayData(new Object[] {GenericRowData.of(null, text("shop"))}),
                new GenericMapData(extras),
                new GenericArrayData(new Object[] {text("a"), text("b")}),
                new byte[] {1, 2},
                true,
                0.25f,
                1.5,
                -7,
                1_700_000_000_123L,
                null,
                DecimalData.fromBigDecimal(new BigDecimal("149.9900"), 18, 4),
                text("used"),
                text("héllo 🔥"));
    }

    private static StringData text(String text) {
        return StringData.fromString(text);
    }

    @Test
    void avroItselfReadsWhatTheSinkWrites() throws IOException {
        byte[] frame = sink(SCHEMA, COLUMNS, false).serialize(row());
        assertArrayEquals(
                Frame.header(Registry.ID, false), java.util.Arrays.copyOf(frame, 18));
        GenericRecord record =
                new GenericDatumReader<GenericRecord>(new Schema.Parser().parse(SCHEMA))
                        .read(
                                null,
                                DecoderFactory.get()
                                        .binaryDecoder(frame, 18, frame.length - 18, null));
        assertEquals("héllo 🔥", record.get("title").toString());
        assertEquals("used", record.get("state").toString());
        assertEquals("none", record.get("note").toString());
        assertEquals(
                "[{\"shop\": \"shop\", \"votes\": null}]", record.get("offers").toString());
        assertEquals("{k=v}", record.get("extras").toString());
    }

    @ParameterizedTest
    @ValueSource(booleans = {false, true})
    void ourSourceReadsBackTheSameRow(boolean isZlib) throws IOException {
        AvroGlueSerializer sink = sink(SCHEMA, COLUMNS, isZlib);
        AvroGlueDeserializer source = source(Registry.of(SCHEMA), SCHEMA, COLUMNS);
        for (int i = 0; i < 3; i++) {
            byte[] frame = sink.serialize(row());
            assertEquals(isZlib ? 5 : 0, frame[1]);
            GenericRowData back = (GenericRowData) source.deserialize(frame);
            // Nested rows come in the order of the columns as well.
            assertEquals(row().toString().length(), back.toString().length());
            assertEquals(row().getField(10), back.getField(10));
            assertEquals(row().getField(1), back.getField(1));
            assertEquals(row().getField(2), back.getField(2));
            assertEquals(row().getField(0), back.getField(0));
            assertEquals(row().getField(12), back.getField(12));
            assertTrue(back.isNullAt(9));
        }
    }

    @Test
    void aCompressedRowOfAnySizeComesBack() throws IOException {
        String schema = record("Deal", field("data", "\"bytes\""));
        RowType columns = columns("data", DataTypes.BYTES());
        AvroGlueSerializer sink = sink(schema, columns, true);
        AvroGlueDeserializer source = source(Registry.of(schema), schema, columns);
        java.util.Random random = new java.util.Random(1);
        for (int size : new int[] {0, 1, 100, 5000, 1 << 20}) {
            byte[] data = new byte[size];
            random.nextBytes(data); // does not compress
            RowData back = source.deserialize(sink.serialize(GenericRowData.of((Object) data)));
            assertArrayEquals(data, back.getBinary(0));
        }
    }

    @Test
    void aNullInARequiredFieldIsRefusedByName() throws IOException {
        AvroGlueSerializer sink = sink(SCHEMA, COLUMNS, false);
        byte[] expected = sink.serialize(row());
        GenericRowData row = row();
        row.setField(10, null);
        IllegalArgumentException e =
                assertThrows(IllegalArgumentException.class, () -> sink.serialize(row));
        assertTrue(e.getMessage().contains("field price is required"), e.getMessage());
        GenericRowData nested = row();
        nested.setField(0, new GenericArrayData(new Object[] {GenericRowData.of(1, null)}));
        e = assertThrows(IllegalArgumentException.class, () -> sink.serialize(nested));
        assertTrue(e.getMessage().contains("field offers.element.shop"), e.getMessage());
        // Nothing of the refused rows is left behind.
        assertArrayEquals(expected, sink.serialize(row()));
    }

    @Test
    void anUnknownSymbolIsRefusedByName() throws IOException {
        GenericRowData row = row();
        row.setField(11, text("odd"));
        IllegalArgumentException e =
                assertThrows(
                        IllegalArgumentException.class,
                        () -> sink(SCHEMA, COLUMNS, false).serialize(row));
        assertTrue(e.getMessage().contains("field state has no symbol odd"), e.getMessage());
    }

    @Test
    void aTableThatCannotFillTheSchemaIsRefused() {
        assertRefused(
                "field count has no default",
                record("Deal", field("title", "\"string\""), field("count", "\"int\"")),
                columns("title", DataTypes.STRING()));
        assertRefused(
                "column `other` is not a field",
                record("Deal", field("title", "\"string\"")),
                columns("title", DataTypes.STRING(), "other", DataTypes.STRING()));
        assertRefused(
                "column `price` is declared DECIMAL(10, 2)",
                record("Deal", field("price", TYPES.get("money"))),
                columns("price", DataTypes.DECIMAL(10, 2)));
        assertRefused(
                "column `x` is declared INT",
                record("Deal", field("x", "[\"int\", \"string\"]")),
                columns("x", DataTypes.INT()));
    }

    private static void assertRefused(String expected, String schema, RowType columns) {
        ValidationException e =
                assertThrows(ValidationException.class, () -> sink(schema, columns, false));
        assertTrue(e.getMessage().contains(expected), e.getMessage());
    }
}
