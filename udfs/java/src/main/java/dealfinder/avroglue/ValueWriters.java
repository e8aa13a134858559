package dealfinder.avroglue;

import java.io.IOException;
import java.util.List;
import org.apache.avro.Schema;
import org.apache.avro.generic.GenericData;
import org.apache.avro.generic.GenericDatumWriter;
import org.apache.avro.io.Encoder;
import org.apache.flink.table.api.ValidationException;
import org.apache.flink.table.data.ArrayData;
import org.apache.flink.table.data.DecimalData;
import org.apache.flink.table.data.MapData;
import org.apache.flink.table.data.RowData;
import org.apache.flink.table.data.StringData;
import org.apache.flink.table.types.logical.ArrayType;
import org.apache.flink.table.types.logical.LogicalType;
import org.apache.flink.table.types.logical.MapType;
import org.apache.flink.table.types.logical.RowType;

/** Compiles "write these columns as this schema" into a tree of small writers. */
final class ValueWriters {
    private ValueWriters() {}

    /** Writes one value of Flink's internal data structures. */
    interface ValueWriter {
        void write(Object value, Encoder out) throws IOException;
    }

    /**
     * The writer of rows as records of the schema.
     *
     * @param path names the record in messages; empty at the top
     * @throws ValidationException a field has neither a column nor a default
     */
    static ValueWriter record(String path, Schema schema, RowType type) {
        List<Schema.Field> fields = schema.getFields();
        ValueWriter[] writers = new ValueWriter[fields.size()];
        RowData.FieldGetter[] getters = new RowData.FieldGetter[fields.size()];
        for (int i = 0; i < writers.length; i++) {
            Schema.Field field = fields.get(i);
            String name = path + field.name();
            int column = type.getFieldIndex(field.name());
            if (column < 0) {
                writers[i] = constant(name, field);
                getters[i] = row -> null;
            } else {
                writers[i] = value(name, field.schema(), type.getTypeAt(column));
                getters[i] = RowData.createFieldGetter(type.getTypeAt(column), column);
            }
        }
        return (value, out) -> {
            RowData row = (RowData) value;
            for (int i = 0; i < writers.length; i++) {
                writers[i].write(getters[i].getFieldOrNull(row), out);
            }
        };
    }

    private static ValueWriter constant(String path, Schema.Field field) {
        if (!field.hasDefaultValue()) {
            throw new ValidationException(
                    "avro-glue: field " + path + " has no default, so it needs a column.");
        }
        Object value = GenericData.get().getDefaultValue(field);
        GenericDatumWriter<Object> writer = new GenericDatumWriter<>(field.schema());
        return (ignored, out) -> writer.write(value, out);
    }

    private static ValueWriter value(String path, Schema field, LogicalType type) {
        Schema schema = ColumnTypes.withoutNull(field);
        ValueWriter writer = nonNull(path, schema, type);
        if (!field.isUnion()) {
            return (value, out) -> {
                if (value == null) {
                    throw new IllegalArgumentException(
                            "avro-glue: field " + path + " is required, and the row has NULL.");
                }
                writer.write(value, out);
            };
        }
        int nullBranch = field.getIndexNamed("null");
        int valueBranch = 1 - nullBranch;
        return (value, out) -> {
            out.writeIndex(value == null ? nullBranch : valueBranch);
            if (value != null) {
                writer.write(value, out);
            }
        };
    }

    private static ValueWriter nonNull(String path, Schema schema, LogicalType type) {
        return switch (schema.getType()) {
            case STRING -> (value, out) -> out.writeBytes(((StringData) value).toBytes());
            case ENUM -> symbol(path, schema);
            case BYTES ->
                    schema.getLogicalType() == null
                            ? (value, out) -> out.writeBytes((byte[]) value)
                            : (value, out) ->
                                    out.writeBytes(((DecimalData) value).toUnscaledBytes());
            case INT -> (value, out) -> out.writeInt((Integer) value);
            case LONG -> (value, out) -> out.writeLong((Long) value);
            case FLOAT -> (value, out) -> out.writeFloat((Float) value);
            case DOUBLE -> (value, out) -> out.writeDouble((Double) value);
            case BOOLEAN -> (value, out) -> out.writeBoolean((Boolean) value);
            case ARRAY -> array(path, schema, ((ArrayType) type).getElementType());
            case MAP -> map(path, schema, (MapType) type);
            case RECORD -> record(path + ".", schema, (RowType) type);
            default -> throw new IllegalStateException("no writer of " + schema);
        };
    }

    private static ValueWriter symbol(String path, Schema schema) {
        return (value, out) -> {
            String symbol = value.toString();
            if (!schema.hasEnumSymbol(symbol)) {
                throw new IllegalArgumentException(
                        "avro-glue: field " + path + " has no symbol " + symbol);
            }
            out.writeEnum(schema.getEnumOrdinal(symbol));
        };
    }

    private static ValueWriter array(String path, Schema schema, LogicalType elementType) {
        ValueWriter element = value(path + ".element", schema.getElementType(), elementType);
        ArrayData.ElementGetter getter = ArrayData.createElementGetter(elementType);
        return (value, out) -> {
            ArrayData items = (ArrayData) value;
            out.writeArrayStart();
            out.setItemCount(items.size());
            for (int i = 0; i < items.size(); i++) {
                out.startItem();
                element.write(getter.getElementOrNull(items, i), out);
            }
            out.writeArrayEnd();
        };
    }

    private static ValueWriter map(String path, Schema schema, MapType type) {
        ValueWriter element = value(path + ".value", schema.getValueType(), type.getValueType());
        ArrayData.ElementGetter getter = ArrayData.createElementGetter(type.getValueType());
        return (value, out) -> {
            ArrayData keys = ((MapData) value).keyArray();
            ArrayData values = ((MapData) value).valueArray();
            out.writeMapStart();
            out.setItemCount(keys.size());
            for (int i = 0; i < keys.size(); i++) {
                if (keys.isNullAt(i)) {
                    throw new IllegalArgumentException(
                            "avro-glue: field " + path + " has an entry whose key is NULL.");
                }
                out.startItem();
                out.writeBytes(keys.getString(i).toBytes());
                element.write(getter.getElementOrNull(values, i), out);
            }
            out.writeMapEnd();
        };
    }
}
