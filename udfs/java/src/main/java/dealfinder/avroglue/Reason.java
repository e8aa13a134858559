package dealfinder.avroglue;

import java.util.Locale;

/** Why bytes are no record: these are symbols of DeadLetter.Reason in schemas/deals.dlq.avsc. */
enum Reason {
    EMPTY_RECORD,
    TRUNCATED_FRAME,
    BAD_HEADER_VERSION,
    BAD_COMPRESSION,
    ZLIB_BOMB,
    CORRUPT_ZLIB,
    UNKNOWN_SCHEMA_VERSION,
    INCOMPATIBLE_SCHEMA,
    ABSURD_LENGTH,
    TRUNCATED_AVRO,
    MALFORMED_AVRO,
    TRAILING_BYTES;

    private final String symbol = name().toLowerCase(Locale.ROOT);

    /** The symbol in the Avro enum. */
    String symbol() {
        return symbol;
    }
}
