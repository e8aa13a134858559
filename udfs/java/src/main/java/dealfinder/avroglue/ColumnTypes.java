package dealfinder.avroglue;

import java.util.Set;
import org.apache.avro.LogicalTypes;
import org.apache.avro.Schema;
import org.apache.flink.table.api.ValidationException;
import org.apache.flink.table.types.logical.ArrayType;
import org.apache.flink.table.types.logical.DecimalType;
import org.apache.flink.table.types.logical.LogicalType;
import org.apache.flink.table.types.logical.LogicalTypeRoot;
import org.apache.flink.table.types.logical.MapType;
import org.apache.flink.table.types.logical.RowType;
import org.apache.flink.table.types.logical.VarBinaryType;
import org.apache.flink.table.types.logical.VarCharType;

/** Which column type belongs to which Avro type: one answer for sources and sinks. */
final class ColumnTypes {
    private ColumnTypes() {}

    /** The one branch of a union with null, or the schema itself. */
    static Schema withoutNull(Schema schema) {
        if (!schema.isUnion()) {
            return schema;
        }
        Schema found = null;
        for (Schema branch : schema.getTypes()) {
            if (branch.getType() != Schema.Type.NULL) {
                if (found != null) {
                    return schema; // no column type holds several
                }
                found = branch;
            }
        }
        return found == null ? schema : found;
    }

    /**
     * Fails unless a column can hold the values of a field.
     *
     * @param column its name, for the message; a dotted path inside rows, arrays and maps
     */
    static void requireFit(String column, Schema field, LogicalType type) {
        Schema schema = withoutNull(field);
        switch (schema.getType()) {
            case ARRAY:
                requireRoot(column, schema, type, LogicalTypeRoot.ARRAY);
                LogicalType element = ((ArrayType) type).getElementType();
                requireFit(column + ".element", schema.getElementType(), element);
                break;
            case MAP:
                requireRoot(column, schema, type, LogicalTypeRoot.MAP);
                MapType map = (MapType) type;
                requireType(column, schema, map.getKeyType(), isString(map.getKeyType()));
                requireFit(column + ".value", schema.getValueType(), map.getValueType());
                break;
            case RECORD:
                requireRoot(column, schema, type, LogicalTypeRoot.ROW);
                for (RowType.RowField part : ((RowType) type).getFields()) {
                    requireField(column + "." + part.getName(), schema, part);
                }
                break;
            default:
                requireType(column, schema, type, isScalarFit(schema, type));
        }
    }

    /** Fails unless the record has the column's field, and that fits. */
    static void requireField(String column, Schema record, RowType.RowField part) {
        Schema.Field field = record.getField(part.getName());
        if (field == null) {
            throw new ValidationException(
                    String.format(
                            "avro-glue: column `%s` is not a field of %s.",
                            column, record.getFullName()));
        }
        requireFit(column, field.schema(), part.getType());
    }

    private static boolean isScalarFit(Schema schema, LogicalType type) {
        return switch (type.getTypeRoot()) {
            case VARCHAR ->
                    isString(type)
                            && Set.of(Schema.Type.STRING, Schema.Type.ENUM)
                                    .contains(schema.getType());
            case VARBINARY ->
                    schema.getType() == Schema.Type.BYTES
                            && schema.getLogicalType() == null
                            && ((VarBinaryType) type).getLength() == VarBinaryType.MAX_LENGTH;
            case DECIMAL ->
                    schema.getType() == Schema.Type.BYTES
                            && schema.getLogicalType() instanceof LogicalTypes.Decimal decimal
                            && decimal.getPrecision() == ((DecimalType) type).getPrecision()
                            && decimal.getScale() == ((DecimalType) type).getScale();
            case BIGINT -> schema.getType() == Schema.Type.LONG;
            case INTEGER -> schema.getType() == Schema.Type.INT;
            case DOUBLE -> schema.getType() == Schema.Type.DOUBLE;
            case FLOAT -> schema.getType() == Schema.Type.FLOAT;
            case BOOLEAN -> schema.getType() == Schema.Type.BOOLEAN;
            default -> false;
        };
    }

    private static boolean isString(LogicalType type) {
        return type instanceof VarCharType text && text.getLength() == VarCharType.MAX_LENGTH;
    }

    private static void requireRoot(
            String column, Schema schema, LogicalType type, LogicalTypeRoot root) {
        requireType(column, schema, type, type.is(root));
    }

    private static void requireType(
            String column, Schema schema, LogicalType type, boolean isFitting) {
        if (!isFitting) {
            throw new ValidationException(
                    String.format(
                            "avro-glue: column `%s` is declared %s, which does not hold Avro %s.",
                            column, type.asSummaryString(), schema));
        }
    }
}
