package dealfinder.avroglue;

import dealfinder.avroglue.ValueWriters.ValueWriter;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.util.zip.Deflater;
import org.apache.avro.Schema;
import org.apache.avro.io.BinaryEncoder;
import org.apache.avro.io.EncoderFactory;
import org.apache.flink.api.common.serialization.SerializationSchema;
import org.apache.flink.table.data.RowData;
import org.apache.flink.table.types.logical.RowType;

/** Rows to Glue frames of the one schema version that the sink's definition is registered as. */
final class AvroGlueSerializer implements SerializationSchema<RowData> {
    private static final long serialVersionUID = 1L;

    private final String definition;
    private final RowType columns;
    private final SchemaVersions.Connector registry;
    private final boolean isZlib;

    private transient byte[] header;
    private transient ValueWriter writer;
    private transient Buffer buffer;
    private transient BinaryEncoder encoder;
    private transient Deflater deflater;

    /**
     * Checks the columns against the schema.
     *
     * @param definition Avro schema, letter by letter as it was registered
     * @throws org.apache.flink.table.api.ValidationException names the column or field in question
     */
    AvroGlueSerializer(
            String definition,
            RowType columns,
            SchemaVersions.Connector registry,
            boolean isZlib) {
        this.definition = definition;
        this.columns = columns;
        this.registry = registry;
        this.isZlib = isZlib;
        Schema schema = new Schema.Parser().parse(definition);
        for (RowType.RowField column : columns.getFields()) {
            ColumnTypes.requireField(column.getName(), schema, column);
        }
        ValueWriters.record("", schema, columns);
    }

    @Override
    public void open(InitializationContext context) throws IOException {
        header = Frame.header(registry.connect().versionId(definition), isZlib);
        writer = ValueWriters.record("", new Schema.Parser().parse(definition), columns);
        buffer = new Buffer();
        encoder = EncoderFactory.get().binaryEncoder(buffer, null);
        deflater = new Deflater();
    }

    @Override
    public byte[] serialize(RowData row) {
        // After a row that failed, this flushes the beginning of that one: so before the reset.
        encoder = EncoderFactory.get().binaryEncoder(buffer, encoder);
        buffer.reset();
        try {
            if (!isZlib) {
                buffer.write(header);
            }
            writer.write(row, encoder);
            encoder.flush();
        } catch (IOException e) {
            throw new UncheckedIOException(e); // memory does not fail
        }
        return isZlib ? buffer.deflated(header, deflater) : buffer.toByteArray();
    }

    /** Lends its bytes without a copy. */
    private static final class Buffer extends ByteArrayOutputStream {
        byte[] deflated(byte[] header, Deflater deflater) {
            return Frame.deflate(header, buf, count, deflater);
        }
    }
}
