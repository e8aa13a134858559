package dealfinder.avroglue;

import java.util.Collections;
import java.util.IdentityHashMap;
import java.util.Set;
import org.apache.avro.LogicalType;
import org.apache.avro.LogicalTypes;
import org.apache.avro.Resolver;
import org.apache.avro.Schema;

/** Whether a reader's schema can read what a writer's schema wrote. */
final class Resolution {
    private Resolution() {}

    /**
     * Resolves two schemas of records.
     *
     * @throws BadRecordException incompatible_schema: no record of this writer can be read, or the
     *     same bytes would mean something else (another scale or unit, which Avro does not compare)
     */
    static Resolver.RecordAdjust resolve(Schema writer, Schema reader) {
        Resolver.Action action = Resolver.resolve(writer, reader);
        String problem = firstProblem(action, Collections.newSetFromMap(new IdentityHashMap<>()));
        // Avro's resolver does not compare the names of records; aliases are applied by now.
        if (problem == null
                && (action.type != Resolver.Action.Type.RECORD
                        || !action.writer.getName().equals(reader.getName()))) {
            problem = "Found " + writer.getFullName() + ", expecting " + reader.getFullName();
        }
        if (problem != null) {
            throw new BadRecordException(Reason.INCOMPATIBLE_SCHEMA, problem);
        }
        return (Resolver.RecordAdjust) action;
    }

    /** What is wrong with a resolution itself, its parts aside; null if nothing is. */
    static String problemOf(Resolver.Action action) {
        if (action.type == Resolver.Action.Type.ERROR) {
            return action.toString();
        }
        boolean isLeaf =
                action.type == Resolver.Action.Type.DO_NOTHING
                        || action.type == Resolver.Action.Type.PROMOTE;
        if (isLeaf && !isSameMeaning(action.writer, action.reader)) {
            return "Found " + action.writer + ", expecting " + action.reader;
        }
        return null;
    }

    /** A problem that every record has; one in a branch of a union concerns only some. */
    private static String firstProblem(Resolver.Action action, Set<Resolver.Action> seen) {
        String problem = problemOf(action);
        if (problem != null || !seen.add(action)) {
            return problem;
        }
        return switch (action.type) {
            case CONTAINER -> firstProblem(((Resolver.Container) action).elementAction, seen);
            case READER_UNION -> firstProblem(((Resolver.ReaderUnion) action).actualAction, seen);
            case RECORD -> {
                for (Resolver.Action field : ((Resolver.RecordAdjust) action).fieldActions) {
                    problem = problem == null ? firstProblem(field, seen) : problem;
                }
                yield problem;
            }
            default -> null;
        };
    }

    private static boolean isSameMeaning(Schema writer, Schema reader) {
        LogicalType written = writer.getLogicalType();
        LogicalType wanted = reader.getLogicalType();
        if (wanted instanceof LogicalTypes.Decimal decimal) {
            return written instanceof LogicalTypes.Decimal other
                    && other.getScale() == decimal.getScale();
        }
        return written == null || wanted == null || written.getName().equals(wanted.getName());
    }
}
