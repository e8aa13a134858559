package dealfinder.avroglue;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.math.BigInteger;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.apache.avro.Resolver;
import org.apache.avro.Schema;
import org.apache.avro.generic.GenericDatumWriter;
import org.apache.avro.io.BinaryEncoder;
import org.apache.avro.io.EncoderFactory;
import org.apache.flink.table.data.DecimalData;
import org.apache.flink.table.data.GenericArrayData;
import org.apache.flink.table.data.GenericMapData;
import org.apache.flink.table.data.GenericRowData;
import org.apache.flink.table.data.StringData;
import org.apache.flink.table.types.logical.ArrayType;
import org.apache.flink.table.types.logical.DecimalType;
import org.apache.flink.table.types.logical.LogicalType;
import org.apache.flink.table.types.logical.MapType;
import org.apache.flink.table.types.logical.RowType;

/**
 * Compiles "read what this writer wrote as these columns" into a tree of small readers.
 *
 * <p>Avro's Resolver decides about aliases, defaults, promotions and enum defaults; the readers
 * make Flink's own data structures directly, without a GenericRecord in between.
 */
final class ValueReaders {
    private static final int DEFAULT_BYTES_MAX = 1 << 20;

    private ValueReaders() {}

    /** Reads one value into Flink's internal data structures. */
    interface ValueReader {
        Object read(Body in);
    }

    /** The reader of a resolved value as a column of this type. */
    static ValueReader compile(Resolver.Action action, LogicalType type) {
        String problem = Resolution.problemOf(action);
        if (problem != null) {
            return in -> {
                throw new BadRecordException(Reason.INCOMPATIBLE_SCHEMA, problem);
            };
        }
        return switch (action.type) {
            case DO_NOTHING, PROMOTE -> scalar(action.writer.getType(), type);
            case ENUM -> symbols((Resolver.EnumAdjust) action);
            case CONTAINER -> container((Resolver.Container) action, type);
            case RECORD -> record((Resolver.RecordAdjust) action, (RowType) type);
            case READER_UNION -> compile(((Resolver.ReaderUnion) action).actualAction, type);
            case WRITER_UNION -> union((Resolver.WriterUnion) action, type);
            default -> throw new IllegalStateException("Avro resolves to " + action.type);
        };
    }

    private static ValueReader scalar(Schema.Type writer, LogicalType type) {
        if (writer == Schema.Type.NULL) {
            return in -> null;
        }
        return switch (type.getTypeRoot()) {
            case VARCHAR -> in -> StringData.fromBytes(in.readText());
            case VARBINARY ->
                    writer == Schema.Type.STRING ? Body::readText : Body::readBytes;
            case DECIMAL -> decimal((DecimalType) type);
            case BOOLEAN -> Body::readBoolean;
            case INTEGER -> Body::readInt;
            case BIGINT -> integer(writer);
            case FLOAT -> real(writer);
            case DOUBLE -> doubleReal(writer);
            default -> throw new IllegalStateException("no reader of " + type);
        };
    }

    private static ValueReader integer(Schema.Type writer) {
        return writer == Schema.Type.INT ? in -> (long) in.readInt() : Body::readLong;
    }

    private static ValueReader real(Schema.Type writer) {
        return switch (writer) {
            case INT -> in -> (float) in.readInt();
            case LONG -> in -> (float) in.readLong();
            default -> Body::readFloat;
        };
    }

    private static ValueReader doubleReal(Schema.Type writer) {
        return switch (writer) {
            case INT -> in -> (double) in.readInt();
            case LONG -> in -> (double) in.readLong();
            case FLOAT -> in -> (double) in.readFloat();
            default -> Body::readDouble;
        };
    }

    private static ValueReader decimal(DecimalType type) {
        int precision = type.getPrecision();
        int scale = type.getScale();
        BigInteger limit = BigInteger.TEN.pow(precision);
        // Below this many bytes any number fits, and money takes two to four.
        int safeBytes = precision <= 18 ? (limit.bitLength() - 1) / 8 : 0;
        return in -> {
            byte[] bytes = in.readBytes();
            if (bytes.length == 0) {
                throw new BadRecordException(Reason.MALFORMED_AVRO, "a decimal of no bytes");
            }
            if (bytes.length <= safeBytes) {
                long unscaled = bytes[0];
                for (int i = 1; i < bytes.length; i++) {
                    unscaled = unscaled << 8 | bytes[i] & 0xff;
                }
                return DecimalData.fromUnscaledLong(unscaled, precision, scale);
            }
            BigInteger unscaled = new BigInteger(bytes);
            // Flink turns what does not fit into another number, silently.
            if (unscaled.abs().compareTo(limit) >= 0) {
                throw new BadRecordException(
                        Reason.MALFORMED_AVRO, "a decimal of more than " + precision + " digits");
            }
            return precision <= 18
                    ? DecimalData.fromUnscaledLong(unscaled.longValue(), precision, scale)
                    : DecimalData.fromUnscaledBytes(bytes, precision, scale);
        };
    }

    private static ValueReader symbols(Resolver.EnumAdjust action) {
        List<String> names = action.reader.getEnumSymbols();
        StringData[] symbols = new StringData[action.adjustments.length];
        for (int i = 0; i < symbols.length; i++) {
            int index = action.adjustments[i];
            symbols[i] = index < 0 ? null : StringData.fromString(names.get(index));
        }
        return in -> {
            int index = in.readIndex(symbols.length);
            if (symbols[index] == null) {
                throw new BadRecordException(
                        Reason.INCOMPATIBLE_SCHEMA,
                        "unknown symbol " + action.writer.getEnumSymbols().get(index));
            }
            return symbols[index];
        };
    }

    private static ValueReader container(Resolver.Container action, LogicalType type) {
        if (type instanceof ArrayType array) {
            ValueReader element = compile(action.elementAction, array.getElementType());
            return in -> {
                List<Object> items = new ArrayList<>();
                for (int left = in.readBlock(); left > 0; left = in.readBlock()) {
                    for (; left > 0; left--) {
                        items.add(element.read(in));
                    }
                }
                return new GenericArrayData(items.toArray());
            };
        }
        ValueReader value = compile(action.elementAction, ((MapType) type).getValueType());
        return in -> {
            Map<Object, Object> entries = new HashMap<>();
            for (int left = in.readBlock(); left > 0; left = in.readBlock()) {
                for (; left > 0; left--) {
                    entries.put(StringData.fromBytes(in.readText()), value.read(in));
                }
            }
            return new GenericMapData(entries);
        };
    }

    private static ValueReader union(Resolver.WriterUnion action, LogicalType type) {
        ValueReader[] branches = new ValueReader[action.actions.length];
        for (int i = 0; i < branches.length; i++) {
            branches[i] = compile(action.actions[i], type);
        }
        return in -> branches[in.readIndex(branches.length)].read(in);
    }

    /** Reads a record as a row; fields that are no column of the row are passed over. */
    static ValueReader record(Resolver.RecordAdjust action, RowType type) {
        int arity = type.getFieldCount();
        int fieldCount = action.fieldActions.length;
        ValueReader[] readers = new ValueReader[fieldCount];
        int[] columns = new int[fieldCount];
        int matched = 0;
        for (int i = 0; i < fieldCount; i++) {
            Resolver.Action field = action.fieldActions[i];
            Schema written = action.writer.getFields().get(i).schema();
            columns[i] =
                    field.type == Resolver.Action.Type.SKIP
                            ? -1
                            : type.getFieldIndex(action.readerOrder[matched++].name());
            readers[i] =
                    columns[i] < 0
                            ? in -> skip(written, in, 0)
                            : compile(field, type.getTypeAt(columns[i]));
        }
        Object[] defaults = defaults(action, type);
        return in -> {
            GenericRowData row = new GenericRowData(arity);
            for (int column = 0; column < arity; column++) {
                row.setField(column, defaults[column]);
            }
            for (int i = 0; i < fieldCount; i++) {
                Object value = readers[i].read(in);
                if (columns[i] >= 0) {
                    row.setField(columns[i], value);
                }
            }
            return row;
        };
    }

    /** What the columns hold that this writer did not know yet. */
    private static Object[] defaults(Resolver.RecordAdjust action, RowType type) {
        Object[] values = new Object[type.getFieldCount()];
        for (int i = action.firstDefault; i < action.readerOrder.length; i++) {
            Schema.Field field = action.readerOrder[i];
            int column = type.getFieldIndex(field.name());
            if (column >= 0) {
                Object value = action.defaults[i - action.firstDefault];
                byte[] written = write(field.schema(), value);
                Body body = new Body(DEFAULT_BYTES_MAX);
                body.open(written, 0, written.length);
                Resolver.Action same = Resolver.resolve(field.schema(), field.schema());
                values[column] = compile(same, type.getTypeAt(column)).read(body);
            }
        }
        return values;
    }

    private static byte[] write(Schema schema, Object value) {
        ByteArrayOutputStream out = new ByteArrayOutputStream();
        BinaryEncoder encoder = EncoderFactory.get().directBinaryEncoder(out, null);
        try {
            new GenericDatumWriter<>(schema).write(value, encoder);
        } catch (IOException e) {
            throw new UncheckedIOException(e); // memory does not fail
        }
        return out.toByteArray();
    }

    /** Passes over a value; returns null, so that it can stand for a reader. */
    private static Object skip(Schema schema, Body in, int depth) {
        if (depth > 64) {
            // A recursive writer's schema must not let a record exhaust the stack.
            throw new BadRecordException(Reason.MALFORMED_AVRO, "nested deeper than 64");
        }
        switch (schema.getType()) {
            case NULL -> {}
            case BOOLEAN -> in.readBoolean();
            case INT -> in.readInt();
            case LONG -> in.readLong();
            case FLOAT -> in.skip(Float.BYTES);
            case DOUBLE -> in.skip(Double.BYTES);
            case STRING, BYTES -> in.skipBytes();
            case FIXED -> in.skip(schema.getFixedSize());
            case ENUM -> in.readIndex(schema.getEnumSymbols().size());
            case UNION -> {
                int branch = in.readIndex(schema.getTypes().size());
                skip(schema.getTypes().get(branch), in, depth + 1);
            }
            case RECORD -> {
                for (Schema.Field field : schema.getFields()) {
                    skip(field.schema(), in, depth + 1);
                }
            }
            case ARRAY -> {
                for (int left = in.readBlock(); left > 0; left = in.readBlock()) {
                    for (; left > 0; left--) {
                        skip(schema.getElementType(), in, depth + 1);
                    }
                }
            }
            case MAP -> {
                for (int left = in.readBlock(); left > 0; left = in.readBlock()) {
                    for (; left > 0; left--) {
                        in.skipBytes();
                        skip(schema.getValueType(), in, depth + 1);
                    }
                }
            }
        }
        return null;
    }
}
