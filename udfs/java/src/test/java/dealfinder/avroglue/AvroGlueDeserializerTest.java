package dealfinder.avroglue;

import static dealfinder.avroglue.Format.TYPES;
import static dealfinder.avroglue.Format.columns;
import static dealfinder.avroglue.Format.declaredSource;
import static dealfinder.avroglue.Format.field;
import static dealfinder.avroglue.Format.record;
import static dealfinder.avroglue.Format.source;
import static dealfinder.avroglue.Format.symbols;
import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.math.BigDecimal;
import java.util.UUID;
import java.util.concurrent.atomic.AtomicLong;
import org.apache.flink.table.api.DataTypes;
import org.apache.flink.table.api.ValidationException;
import org.apache.flink.table.data.ArrayData;
import org.apache.flink.table.data.GenericMapData;
import org.apache.flink.table.data.RowData;
import org.apache.flink.table.data.StringData;
import org.apache.flink.table.types.DataType;
import org.apache.flink.table.types.logical.RowType;
import org.junit.jupiter.api.Test;

/** Columns of every type, writers of other versions, and a registry that fails. */
class AvroGlueDeserializerTest {
    private static final DataType MONEY = DataTypes.DECIMAL(18, 4);
    private static final String TITLE = record("Deal", field("title", "\"string\""));
    private static final RowType TITLE_COLUMNS =
            columns(
                    "title", DataTypes.STRING(),
                    "decode_error", DataTypes.STRING(),
                    "payload", DataTypes.BYTES());

    private static RowData read(String writer, String reader, RowType columns, Bytes body)
            throws IOException {
        return source(Registry.of(writer), reader, columns).deserialize(body.framed());
    }

    private static String reason(String writer, String reader, RowType columns, byte[] frame)
            throws IOException {
        RowData row = source(Registry.of(writer), reader, columns).deserialize(frame);
        int error = columns.getFieldIndex("decode_error");
        return row.isNullAt(error) ? null : row.getString(error).toString();
    }

    @Test
    void everyTypeHasItsColumn() throws IOException {
        String inner = record("Offer", field("shop", "\"string\""), field("pieces", "\"int\""));
        String schema =
                record(
                        "All",
                        field("text", "\"string\""),
                        field("symbol", symbols("E", "a b")),
                        field("at", TYPES.get("millis")),
                        field("count", "\"int\""),
                        field("ratio", "\"double\""),
                        field("is_new", "\"boolean\""),
                        field("data", "\"bytes\""),
                        field("price", TYPES.get("money")),
                        field("list_price", "[\"null\", " + TYPES.get("money") + "]"),
                        field("tags", "{\"type\":\"array\",\"items\":\"string\"}"),
                        field("extras", "{\"type\":\"map\",\"values\":\"string\"}"),
                        field("offers", "{\"type\":\"array\",\"items\":" + inner + "}"));
        RowType columns =
                columns(
                        "offers",
                        DataTypes.ARRAY(
                                DataTypes.ROW(DataTypes.FIELD("pieces", DataTypes.INT()))),
                        "extras", DataTypes.MAP(DataTypes.STRING(), DataTypes.STRING()),
                        "tags", DataTypes.ARRAY(DataTypes.STRING()),
                        "list_price", MONEY,
                        "price", MONEY,
                        "data", DataTypes.BYTES(),
                        "is_new", DataTypes.BOOLEAN(),
                        "ratio", DataTypes.DOUBLE(),
                        "count", DataTypes.INT(),
                        "at", DataTypes.BIGINT(),
                        "symbol", DataTypes.STRING(),
                        "text", DataTypes.STRING());
        Bytes body =
                Bytes.body()
                        .text("héllo 🔥")
                        .number(1)
                        .number(1_700_000_000_123L)
                        .number(-7)
                        .raw(0, 0, 0, 0, 0, 0, 0xf8, 0x3f)
                        .raw(1)
                        .number(2)
                        .raw(1, 2)
                        .number(3)
                        .raw(0x16, 0xda, 0x18) // 149.7624
                        .number(1)
                        .number(1)
                        .raw(0xff) // -0.0001
                        .number(2)
                        .text("x")
                        .text("y")
                        .number(0)
                        .number(1)
                        .text("k")
                        .text("v")
                        .number(0)
                        .number(-1)
                        .number(4)
                        .text("s")
                        .number(3)
                        .number(0);
        RowData row = read(schema, schema, columns, body);

        ArrayData offers = row.getArray(0);
        assertEquals(1, offers.size());
        assertEquals(3, offers.getRow(0, 1).getInt(0));
        assertEquals(
                new GenericMapData(
                        java.util.Map.of(StringData.fromString("k"), StringData.fromString("v"))),
                row.getMap(1));
        assertEquals("y", row.getArray(2).getString(1).toString());
        assertEquals(new BigDecimal("-0.0001"), row.getDecimal(3, 18, 4).toBigDecimal());
        assertEquals(new BigDecimal("149.7624"), row.getDecimal(4, 18, 4).toBigDecimal());
        assertArrayEquals(new byte[] {1, 2}, row.getBinary(5));
        assertTrue(row.getBoolean(6));
        assertEquals(1.5, row.getDouble(7));
        assertEquals(-7, row.getInt(8));
        assertEquals(1_700_000_000_123L, row.getLong(9));
        assertEquals("b", row.getString(10).toString());
        assertEquals("héllo 🔥", row.getString(11).toString());
    }

    @Test
    void decimalsUpToTheLastDigitAreExactAndBeyondAreMalformed() throws IOException {
        String schema = record("Deal", field("price", TYPES.get("money")));
        RowType columns = columns("price", MONEY, "decode_error", DataTypes.STRING());
        for (String unscaled : new String[] {"999999999999999999", "-999999999999999999", "0"}) {
            byte[] bytes = new java.math.BigInteger(unscaled).toByteArray();
            RowData row =
                    read(schema, schema, columns, Bytes.body().number(bytes.length).raw(bytes));
            assertEquals(
                    new java.math.BigInteger(unscaled),
                    row.getDecimal(0, 18, 4).toBigDecimal().unscaledValue());
        }
        // The same number with leading bytes is the same number.
        byte[] padded = {0, 0, 0, 0, 0, 0, 0, 0, 0, 1};
        RowData row = read(schema, schema, columns, Bytes.body().number(10).raw(padded));
        assertEquals(1, row.getDecimal(0, 18, 4).toUnscaledLong());
        byte[] tooLong = new java.math.BigInteger("1000000000000000000").toByteArray();
        Bytes beyond = Bytes.body().number(tooLong.length).raw(tooLong);
        assertEquals("malformed_avro", reason(schema, schema, columns, beyond.framed()));
        assertEquals(
                "malformed_avro",
                reason(schema, schema, columns, Bytes.body().number(0).framed()));
    }

    @Test
    void aReaderSeesAnOlderOrNewerWriterThroughItsOwnSchema() throws IOException {
        String writer =
                record(
                        "OldDeal",
                        field("gone", "{\"type\":\"array\",\"items\":[\"null\",\"double\"]}"),
                        field("name", "\"string\""),
                        field("votes", "\"int\""),
                        field("state", symbols("S", "new odd")),
                        field("shop", "\"string\""));
        String reader =
                record(
                                "Deal",
                                field("shop", "[\"null\", \"string\"]", "\"default\": null"),
                                field("votes", "\"long\""),
                                field("title", "\"string\"", "\"aliases\": [\"name\"]"),
                                field(
                                        "state",
                                        symbols(
                                                "S", "unknown new", "\"default\": \"unknown\"")),
                                field("price", TYPES.get("money"), "\"default\": \"\\u0001\""),
                                field(
                                        "tags",
                                        "{\"type\":\"array\",\"items\":\"string\"}",
                                        "\"default\": [\"a\"]"))
                        .replaceFirst(
                                "\"name\": \"Deal\"",
                                "\"name\": \"Deal\", \"aliases\": [\"OldDeal\"]");
        RowType columns =
                columns(
                        "title", DataTypes.STRING(),
                        "votes", DataTypes.BIGINT(),
                        "shop", DataTypes.STRING(),
                        "state", DataTypes.STRING(),
                        "price", MONEY,
                        "tags", DataTypes.ARRAY(DataTypes.STRING()));
        Bytes body =
                Bytes.body()
                        .number(2).number(0).number(1).raw(new byte[8]).number(0)
                        .text("tv").number(9).number(1).text("amazon");
        RowData row = read(writer, reader, columns, body);
        assertEquals("tv", row.getString(0).toString());
        assertEquals(9, row.getLong(1));
        assertEquals("amazon", row.getString(2).toString());
        assertEquals("unknown", row.getString(3).toString());
        assertEquals(1, row.getDecimal(4, 18, 4).toUnscaledLong());
        assertEquals("a", row.getArray(5).getString(0).toString());
    }

    @Test
    void aWriterThatTheReaderCannotReadIsIncompatible() throws IOException {
        byte[] frame = Bytes.body().text("x").framed();
        String other = record("Rule", field("title", "\"string\""));
        assertEquals("incompatible_schema", reason(other, TITLE, TITLE_COLUMNS, frame));
        String untitled = record("Deal", field("name", "\"string\""));
        assertEquals("incompatible_schema", reason(untitled, TITLE, TITLE_COLUMNS, frame));
        assertEquals("incompatible_schema", reason("\"string\"", TITLE, TITLE_COLUMNS, frame));
        assertEquals("incompatible_schema", reason("no schema", TITLE, TITLE_COLUMNS, frame));
        // A field that no column shows counts as well.
        String wanting = record("Deal", field("title", "\"string\""), field("x", "\"int\""));
        assertEquals("incompatible_schema", reason(TITLE, wanting, TITLE_COLUMNS, frame));
    }

    @Test
    void anotherScaleOrUnitIsNotTakenForTheSameNumber() throws IOException {
        RowType columns = columns("x", MONEY, "decode_error", DataTypes.STRING());
        String money = record("Deal", field("x", TYPES.get("money")));
        String cents = money.replace("\"scale\": 4", "\"scale\": 2");
        byte[] frame = Bytes.body().number(1).raw(1).framed();
        assertEquals("incompatible_schema", reason(cents, money, columns, frame));
        assertEquals(
                "incompatible_schema",
                reason(record("Deal", field("x", "\"bytes\"")), money, columns, frame));
        String millis = record("Deal", field("x", TYPES.get("millis")));
        RowType times = columns("x", DataTypes.BIGINT(), "decode_error", DataTypes.STRING());
        byte[] time = Bytes.body().number(1).framed();
        assertEquals(
                "incompatible_schema",
                reason(millis.replace("millis", "micros"), millis, times, time));
        assertNull(reason(record("Deal", field("x", "\"long\"")), millis, times, time));
    }

    @Test
    void onlyTheRecordsThatUseAnIncompatibleBranchAreRefused() throws IOException {
        String writer = record("Deal", field("title", "[\"null\", \"string\"]"));
        assertEquals(
                "incompatible_schema",
                reason(writer, TITLE, TITLE_COLUMNS, Bytes.body().number(0).framed()));
        assertNull(
                reason(writer, TITLE, TITLE_COLUMNS, Bytes.body().number(1).text("x").framed()));
    }

    @Test
    void aBadRecordKeepsItsBytesAndAGoodOneToo() throws IOException {
        AvroGlueDeserializer source = source(Registry.of(TITLE), TITLE, TITLE_COLUMNS);
        byte[] bad = {9, 9};
        RowData row = source.deserialize(bad);
        assertTrue(row.isNullAt(0));
        assertEquals("truncated_frame", row.getString(1).toString());
        assertArrayEquals(bad, row.getBinary(2));
        byte[] good = Bytes.body().text("tv").framed();
        row = source.deserialize(good);
        assertEquals("tv", row.getString(0).toString());
        assertTrue(row.isNullAt(1));
        assertArrayEquals(good, row.getBinary(2));
        row = source.deserialize(null);
        assertEquals("empty_record", row.getString(1).toString());
        assertTrue(row.isNullAt(2));
    }

    @Test
    void withoutADecodeErrorColumnABadRecordThrows() {
        RowType columns = columns("title", DataTypes.STRING());
        AvroGlueDeserializer source = source(Registry.of(TITLE), TITLE, columns);
        IOException e =
                assertThrows(IOException.class, () -> source.deserialize(new byte[] {1}));
        assertTrue(e.getMessage().contains("decode_error"), e.getMessage());
        assertTrue(e.getCause().getMessage().startsWith("truncated_frame"));
    }

    @Test
    void aSchemaThatHasAPayloadFieldKeepsItsColumn() throws IOException {
        String letter = record("Letter", field("payload", "[\"null\", \"bytes\"]"));
        RowType columns = columns("payload", DataTypes.BYTES(), "decode_error", DataTypes.STRING());
        RowData row = read(letter, letter, columns, Bytes.body().number(1).number(1).raw(7));
        assertArrayEquals(new byte[] {7}, row.getBinary(0));
    }

    @Test
    void theRegistryIsAskedOnceForAVersion() throws IOException {
        Registry registry = Registry.of(TITLE);
        UUID other = UUID.randomUUID();
        registry.definitions.put(other, TITLE);
        AvroGlueDeserializer source = source(registry, TITLE, TITLE_COLUMNS);
        for (int i = 0; i < 3; i++) {
            source.deserialize(Bytes.body().text("a").framed());
            source.deserialize(Bytes.body().text("b").framed(other));
        }
        assertEquals(2, registry.calls);
    }

    @Test
    void anUnknownVersionIsAskedForAgainAfterAWhile() throws IOException {
        Registry registry = new Registry();
        AtomicLong now = new AtomicLong();
        AvroGlueDeserializer source = declaredSource(TITLE, TITLE_COLUMNS);
        source.open(registry, now::get);
        byte[] frame = Bytes.body().text("a").framed();
        assertEquals(
                "unknown_schema_version", source.deserialize(frame).getString(1).toString());
        registry.definitions.put(Registry.ID, TITLE);
        now.addAndGet(RecordReaders.UNKNOWN_FOR.toNanos());
        source.deserialize(frame);
        assertEquals(1, registry.calls);
        now.addAndGet(1);
        assertEquals("a", source.deserialize(frame).getString(0).toString());
        assertEquals(2, registry.calls);
    }

    @Test
    void anOutageOfTheRegistryIsNoDeadLetter() throws IOException {
        Registry registry = Registry.of(TITLE);
        registry.isDown = true;
        AvroGlueDeserializer source = source(registry, TITLE, TITLE_COLUMNS);
        byte[] frame = Bytes.body().text("a").framed();
        assertThrows(IOException.class, () -> source.deserialize(frame));
        registry.isDown = false;
        assertEquals("a", source.deserialize(frame).getString(0).toString());
    }

    @Test
    void aBadTableIsRefusedByTheNameOfItsColumn() {
        assertRefused("`titel`", columns("titel", DataTypes.STRING()));
        assertRefused("`title` is declared INT", columns("title", DataTypes.INT()));
        assertRefused("`title` is declared VARCHAR(9)", columns("title", DataTypes.VARCHAR(9)));
        assertRefused(
                "`decode_error` is declared INT",
                columns("title", DataTypes.STRING(), "decode_error", DataTypes.INT()));
        assertRefused(
                "NOT NULL: title",
                columns(
                        "title", DataTypes.STRING().notNull(),
                        "decode_error", DataTypes.STRING()));
        declaredSource(TITLE, columns("title", DataTypes.STRING().notNull()));
    }

    private static void assertRefused(String expected, RowType columns) {
        ValidationException e =
                assertThrows(
                        ValidationException.class, () -> declaredSource(TITLE, columns));
        assertTrue(e.getMessage().contains(expected), e.getMessage());
    }
}
