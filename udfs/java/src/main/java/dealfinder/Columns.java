package dealfinder;

import org.apache.flink.table.types.logical.DecimalType;
import org.apache.flink.table.types.logical.LogicalTypeFamily;
import org.apache.flink.table.types.logical.LogicalTypeRoot;
import org.apache.flink.table.types.logical.RowType;

/** What state functions ask of the columns of their input; a missing one is at -1. */
final class Columns {
    private Columns() {}

    static boolean isText(RowType columns, int at) {
        return at >= 0 && columns.getTypeAt(at).is(LogicalTypeFamily.CHARACTER_STRING);
    }

    static boolean isLong(RowType columns, int at) {
        return at >= 0 && columns.getTypeAt(at).is(LogicalTypeRoot.BIGINT);
    }

    static boolean isDecimal(RowType columns, int at, int maxPrecision, int scale) {
        return at >= 0
                && columns.getTypeAt(at) instanceof DecimalType type
                && type.getScale() == scale
                && type.getPrecision() <= maxPrecision;
    }
}
