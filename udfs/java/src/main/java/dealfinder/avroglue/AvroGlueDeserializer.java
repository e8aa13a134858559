package dealfinder.avroglue;

import dealfinder.avroglue.ValueReaders.ValueReader;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.function.LongSupplier;
import org.apache.avro.Schema;
import org.apache.flink.api.common.serialization.DeserializationSchema;
import org.apache.flink.api.common.typeinfo.TypeInformation;
import org.apache.flink.table.api.ValidationException;
import org.apache.flink.table.data.GenericRowData;
import org.apache.flink.table.data.RowData;
import org.apache.flink.table.data.StringData;
import org.apache.flink.table.types.logical.LogicalType;
import org.apache.flink.table.types.logical.LogicalTypeRoot;
import org.apache.flink.table.types.logical.RowType;

/**
 * Glue frames to rows; bytes that are no record become a row with their reason.
 *
 * <p>Columns are fields of the schema by name. `decode_error` and `payload` are not, unless the
 * schema has a field of that name.
 */
final class AvroGlueDeserializer implements DeserializationSchema<RowData> {
    static final String DECODE_ERROR = "decode_error";
    static final String PAYLOAD = "payload";
    private static final long serialVersionUID = 1L;

    private final String readerText;
    private final RowType columns;
    private final TypeInformation<RowData> produced;
    private final SchemaVersions.Connector registry;
    private final int maxBodyBytes;
    private final int decodeErrorColumn;
    private final int payloadColumn;

    private transient Frame frame;
    private transient Body body;
    private transient RecordReaders readers;

    /**
     * Checks the columns against the schema.
     *
     * @throws ValidationException names a column that the schema cannot fill
     */
    AvroGlueDeserializer(
            Schema reader,
            RowType columns,
            TypeInformation<RowData> produced,
            SchemaVersions.Connector registry,
            int maxBodyBytes) {
        this.readerText = reader.toString();
        this.columns = columns;
        this.produced = produced;
        this.registry = registry;
        this.maxBodyBytes = maxBodyBytes;
        this.decodeErrorColumn = ownColumn(DECODE_ERROR, LogicalTypeRoot.VARCHAR, reader);
        this.payloadColumn = ownColumn(PAYLOAD, LogicalTypeRoot.VARBINARY, reader);
        requireFit(reader);
    }

    @Override
    public void open(InitializationContext context) {
        open(registry.connect(), System::nanoTime);
    }

    void open(SchemaVersions versions, LongSupplier nanoTime) {
        Schema reader = new Schema.Parser().parse(readerText);
        frame = new Frame(maxBodyBytes);
        body = new Body(maxBodyBytes);
        readers = new RecordReaders(versions, reader, columns, nanoTime);
    }

    @Override
    public RowData deserialize(byte[] message) throws IOException {
        GenericRowData row;
        try {
            frame.open(message);
            ValueReader record = readers.of(frame.versionId());
            body.open(frame.buffer(), frame.start(), frame.end());
            row = (GenericRowData) record.read(body);
            body.close();
        } catch (BadRecordException e) {
            if (decodeErrorColumn < 0) {
                throw new IOException(
                        "A record is bad, and the table has no column decode_error STRING.", e);
            }
            row = new GenericRowData(columns.getFieldCount());
            row.setField(decodeErrorColumn, StringData.fromString(e.reason().symbol()));
        }
        if (payloadColumn >= 0) {
            row.setField(payloadColumn, message);
        }
        return row;
    }

    @Override
    public boolean isEndOfStream(RowData nextElement) {
        return false;
    }

    @Override
    public TypeInformation<RowData> getProducedType() {
        return produced;
    }

    private int ownColumn(String name, LogicalTypeRoot root, Schema reader) {
        int column = reader.getField(name) == null ? columns.getFieldIndex(name) : -1;
        if (column >= 0) {
            LogicalType type = columns.getTypeAt(column);
            if (!type.is(root) || !type.isNullable()) {
                throw new ValidationException(
                        String.format(
                                "avro-glue: column `%s` is declared %s, it must be %s.",
                                name,
                                type.asSummaryString(),
                                root == LogicalTypeRoot.VARCHAR ? "STRING" : "BYTES"));
            }
        }
        return column;
    }

    private void requireFit(Schema reader) {
        List<String> notNull = new ArrayList<>();
        for (int i = 0; i < columns.getFieldCount(); i++) {
            if (i == decodeErrorColumn || i == payloadColumn) {
                continue;
            }
            RowType.RowField column = columns.getFields().get(i);
            ColumnTypes.requireField(column.getName(), reader, column);
            boolean isNullFree =
                    decodeErrorColumn < 0
                            && !reader.getField(column.getName()).schema().isNullable();
            if (!column.getType().isNullable() && !isNullFree) {
                notNull.add(column.getName());
            }
        }
        if (!notNull.isEmpty()) {
            throw new ValidationException(
                    "avro-glue: these columns can be NULL, so they must not be declared NOT NULL: "
                            + String.join(", ", notNull));
        }
    }
}
