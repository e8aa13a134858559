package dealfinder.avroglue;

import static dealfinder.avroglue.Format.columns;
import static dealfinder.avroglue.Format.field;
import static dealfinder.avroglue.Format.record;
import static dealfinder.avroglue.Format.source;
import static dealfinder.avroglue.Format.symbols;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNull;

import java.io.IOException;
import org.apache.flink.table.api.DataTypes;
import org.apache.flink.table.data.RowData;
import org.apache.flink.table.types.logical.RowType;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** Bytes made to hurt: each is a reason, and costs no more than its size. */
class HostileRecordsTest {
    private static final String TITLE = record("Deal", field("title", "\"string\""));
    private static final RowType TITLE_COLUMNS =
            columns(
                    "title", DataTypes.STRING(),
                    "decode_error", DataTypes.STRING(),
                    "payload", DataTypes.BYTES());

    private static String reason(String writer, String reader, RowType columns, byte[] frame)
            throws IOException {
        RowData row = source(Registry.of(writer), reader, columns).deserialize(frame);
        int error = columns.getFieldIndex("decode_error");
        return row.isNullAt(error) ? null : row.getString(error).toString();
    }

    @Test
    void aBombIsGivenUpAtTheLimit() throws IOException {
        byte[] huge = new byte[64 << 20];
        byte[] bomb = Bytes.frame(5, Registry.ID, Bytes.deflated(huge));
        assertEquals("zlib_bomb", reason(TITLE, TITLE, TITLE_COLUMNS, bomb));
        // A body of exactly the limit is none.
        int length = Format.MAX_BODY_BYTES - 4;
        Bytes full = Bytes.body().number(length).raw(new byte[length]);
        assertEquals(Format.MAX_BODY_BYTES, full.bytes().length);
        assertNull(reason(TITLE, TITLE, TITLE_COLUMNS, full.zipped()));
        byte[] more = Bytes.frame(5, Registry.ID, Bytes.deflated(full.raw(0).bytes()));
        assertEquals("zlib_bomb", reason(TITLE, TITLE, TITLE_COLUMNS, more));
    }

    @Test
    void aStreamThatWantsADictionaryIsCorrupt() throws IOException {
        java.util.zip.Deflater deflater = new java.util.zip.Deflater();
        deflater.setDictionary(new byte[] {1, 2, 3});
        deflater.setInput(new byte[] {1, 2, 3, 4});
        deflater.finish();
        byte[] packed = new byte[100];
        int size = deflater.deflate(packed);
        byte[] frame = Bytes.frame(5, Registry.ID, java.util.Arrays.copyOf(packed, size));
        assertEquals("corrupt_zlib", reason(TITLE, TITLE, TITLE_COLUMNS, frame));
    }

    @ParameterizedTest
    @CsvSource({
        "1099511627776, absurd_length",
        "-1, absurd_length",
        "-9223372036854775808, absurd_length",
        "9223372036854775807, absurd_length",
        "2147483647, absurd_length",
        "9, truncated_avro",
    })
    void aLengthIsBelievedOnlyAsFarAsThereAreBytes(long length, String expected)
            throws IOException {
        byte[] frame = Bytes.body().number(length).raw(65).framed();
        assertEquals(expected, reason(TITLE, TITLE, TITLE_COLUMNS, frame));
        // The same in a field that is passed over.
        String wide = record("Deal", field("body", "\"bytes\""), field("title", "\"string\""));
        assertEquals(expected, reason(wide, TITLE, TITLE_COLUMNS, frame));
    }

    @ParameterizedTest
    @CsvSource({
        "1099511627776, absurd_length",
        "-1099511627776, absurd_length",
        "-9223372036854775808, absurd_length",
        "1000, truncated_avro",
    })
    void aBlockOfItemsWithoutBytesDoesNotLoop(long count, String expected) throws IOException {
        String writer =
                record(
                        "Deal",
                        field("nulls", "{\"type\":\"array\",\"items\":\"null\"}"),
                        field("title", "\"string\""));
        Bytes body = Bytes.body().number(count);
        if (count < 0) {
            body.number(0);
        }
        byte[] frame = body.number(0).text("x").framed();
        assertEquals(expected, reason(writer, TITLE, TITLE_COLUMNS, frame));
    }

    @Test
    void manyBlocksOfItemsWithoutBytesDoNotLoopEither() throws IOException {
        String writer =
                record(
                        "Deal",
                        field("nulls", "{\"type\":\"array\",\"items\":\"null\"}"),
                        field("title", "\"string\""));
        Bytes body = Bytes.body();
        for (int i = 0; i < 1000; i++) {
            body.number(900);
        }
        body.number(0).text("x");
        assertEquals("absurd_length", reason(writer, TITLE, TITLE_COLUMNS, body.framed()));
    }

    @Test
    void aRecursiveWriterDoesNotExhaustTheStack() throws IOException {
        String writer =
                record(
                        "Deal",
                        field(
                                "tree",
                                record("Node", field("next", "[\"null\", \"Node\"]"))),
                        field("title", "\"string\""));
        Bytes deep = Bytes.body();
        for (int i = 0; i < 100_000; i++) {
            deep.number(1);
        }
        byte[] frame = deep.number(0).text("x").framed();
        assertEquals("malformed_avro", reason(writer, TITLE, TITLE_COLUMNS, frame));
        byte[] flat = Bytes.body().number(1).number(0).text("x").framed();
        assertNull(reason(writer, TITLE, TITLE_COLUMNS, flat));
    }

    @Test
    void whatIsNoValueOfItsTypeIsMalformed() throws IOException {
        byte[] notUtf8 = Bytes.body().number(2).raw(0xc3, 0x28).framed();
        assertEquals("malformed_avro", reason(TITLE, TITLE, TITLE_COLUMNS, notUtf8));
        byte[] surrogate = Bytes.body().number(3).raw(0xed, 0xa0, 0x80).framed();
        assertEquals("malformed_avro", reason(TITLE, TITLE, TITLE_COLUMNS, surrogate));
        String flag = record("Deal", field("x", "\"boolean\""));
        RowType flags = columns("x", DataTypes.BOOLEAN(), "decode_error", DataTypes.STRING());
        byte[] two = Bytes.body().raw(2).framed();
        assertEquals("malformed_avro", reason(flag, flag, flags, two));
        String count = record("Deal", field("x", "\"int\""));
        RowType counts = columns("x", DataTypes.INT(), "decode_error", DataTypes.STRING());
        byte[] big = Bytes.body().number(1L << 31).framed();
        assertEquals("malformed_avro", reason(count, count, counts, big));
        String symbol = record("Deal", field("x", symbols("E", "a")));
        RowType symbols = columns("x", DataTypes.STRING(), "decode_error", DataTypes.STRING());
        byte[] second = Bytes.body().number(1).framed();
        assertEquals("malformed_avro", reason(symbol, symbol, symbols, second));
    }
}
