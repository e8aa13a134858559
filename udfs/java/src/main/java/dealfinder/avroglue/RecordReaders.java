package dealfinder.avroglue;

import dealfinder.avroglue.ValueReaders.ValueReader;
import java.io.IOException;
import java.time.Duration;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Optional;
import java.util.UUID;
import java.util.function.LongSupplier;
import org.apache.avro.AvroRuntimeException;
import org.apache.avro.Schema;
import org.apache.flink.table.types.logical.RowType;

/** The readers of the writers met so far: a schema version never changes, so it is asked once. */
final class RecordReaders {
    // A topic full of foreign ids must not become a flood of calls, and a version that was
    // registered meanwhile must be found.
    static final Duration UNKNOWN_FOR = Duration.ofSeconds(30);
    private static final int UNKNOWN_KEPT = 10_000;

    private final SchemaVersions versions;
    private final Schema reader;
    private final RowType columns;
    private final LongSupplier nanoTime;
    private final Map<UUID, ValueReader> known = new HashMap<>();
    private final Map<UUID, Long> unknown = new LinkedHashMap<>();
    private UUID lastId;
    private ValueReader last;

    RecordReaders(
            SchemaVersions versions, Schema reader, RowType columns, LongSupplier nanoTime) {
        this.versions = versions;
        this.reader = reader;
        this.columns = columns;
        this.nanoTime = nanoTime;
    }

    /**
     * The reader of what was written with this version.
     *
     * @throws BadRecordException unknown_schema_version or incompatible_schema
     * @throws IOException the registry does not answer
     */
    ValueReader of(UUID versionId) throws IOException {
        if (versionId.equals(lastId)) {
            return last;
        }
        ValueReader found = known.get(versionId);
        if (found == null) {
            found = compile(definition(versionId));
            known.put(versionId, found);
        }
        lastId = versionId;
        last = found;
        return found;
    }

    private String definition(UUID versionId) throws IOException {
        Long askedAt = unknown.get(versionId);
        if (askedAt == null || nanoTime.getAsLong() - askedAt > UNKNOWN_FOR.toNanos()) {
            Optional<String> definition = versions.definition(versionId);
            unknown.remove(versionId);
            if (definition.isPresent()) {
                return definition.get();
            }
            if (unknown.size() == UNKNOWN_KEPT) {
                unknown.remove(unknown.keySet().iterator().next());
            }
            unknown.put(versionId, nanoTime.getAsLong());
        }
        throw new BadRecordException(Reason.UNKNOWN_SCHEMA_VERSION, versionId.toString());
    }

    private ValueReader compile(String definition) {
        try {
            Schema writer = new Schema.Parser().parse(definition);
            return ValueReaders.record(Resolution.resolve(writer, reader), columns);
        } catch (BadRecordException e) {
            return in -> {
                throw e;
            };
        } catch (AvroRuntimeException e) {
            // The registry's definition is no schema to this Avro, or its defaults do not fit.
            BadRecordException reason =
                    new BadRecordException(Reason.INCOMPATIBLE_SCHEMA, String.valueOf(e));
            return in -> {
                throw reason;
            };
        }
    }
}
