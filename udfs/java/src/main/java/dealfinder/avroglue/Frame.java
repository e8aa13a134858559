package dealfinder.avroglue;

import java.nio.ByteBuffer;
import java.util.Arrays;
import java.util.UUID;
import java.util.zip.DataFormatException;
import java.util.zip.Deflater;
import java.util.zip.Inflater;

/**
 * The envelope of AWS Glue around an Avro body: 0x03, 0x00 or 0x05 (zlib), 16 bytes schema version
 * id (big endian), body.
 *
 * <p>AWS's own software.amazon.glue:schema-registry-serde is not used. It inflates without a limit,
 * reports every fault as one AWSSchemaRegistryException with a text, builds a GenericRecord per
 * record, and pulls in a Kotlin compiler (60 MB), Wire, Protobuf and SDK v1 for formats we lack.
 *
 * <p>One instance serves one thread: its buffers are reused from record to record.
 */
final class Frame {
    static final int HEADER_BYTES = 18;
    private static final byte HEADER_VERSION = 0x03;
    private static final byte PLAIN = 0x00;
    private static final byte ZLIB = 0x05;

    private final int maxBodyBytes;
    private final Inflater inflater = new Inflater();
    private byte[] inflated = new byte[4096];

    private UUID versionId;
    private byte[] buffer;
    private int start;
    private int end;

    /** Inflates at most {@code maxBodyBytes}; what Kafka delivers uncompressed is not limited. */
    Frame(int maxBodyBytes) {
        this.maxBodyBytes = maxBodyBytes;
    }

    /** Opens a frame; its parts are valid until the next call. */
    void open(byte[] frame) {
        if (frame == null || frame.length == 0) {
            throw new BadRecordException(Reason.EMPTY_RECORD, "the record has no value");
        }
        if (frame.length < HEADER_BYTES) {
            throw new BadRecordException(
                    Reason.TRUNCATED_FRAME, frame.length + " bytes, the header alone has 18");
        }
        if (frame[0] != HEADER_VERSION) {
            throw new BadRecordException(
                    Reason.BAD_HEADER_VERSION, "the first byte is " + (frame[0] & 0xff));
        }
        if (frame[1] == PLAIN) {
            buffer = frame;
            start = HEADER_BYTES;
            end = frame.length;
        } else if (frame[1] == ZLIB) {
            end = inflate(frame);
            buffer = inflated;
            start = 0;
        } else {
            throw new BadRecordException(
                    Reason.BAD_COMPRESSION, "the compression byte is " + (frame[1] & 0xff));
        }
        ByteBuffer header = ByteBuffer.wrap(frame, 2, 16);
        versionId = new UUID(header.getLong(), header.getLong());
    }

    UUID versionId() {
        return versionId;
    }

    /** Holds the body from {@link #start()} to {@link #end()}. */
    byte[] buffer() {
        return buffer;
    }

    int start() {
        return start;
    }

    int end() {
        return end;
    }

    private int inflate(byte[] frame) {
        inflater.reset();
        inflater.setInput(frame, HEADER_BYTES, frame.length - HEADER_BYTES);
        int size = 0;
        try {
            while (!inflater.finished()) {
                if (size == inflated.length) {
                    if (size > maxBodyBytes) {
                        throw new BadRecordException(
                                Reason.ZLIB_BOMB, "inflates to more than " + maxBodyBytes);
                    }
                    // One byte above the limit tells a body of exactly the limit from a bomb.
                    int next = (int) Math.min(2L * size, maxBodyBytes + 1L);
                    inflated = Arrays.copyOf(inflated, Math.max(next, size + 1));
                }
                int count = inflater.inflate(inflated, size, inflated.length - size);
                size += count;
                if (count == 0 && !inflater.finished()) {
                    // No preset dictionary belongs to the format, and there is no more input.
                    throw new BadRecordException(Reason.CORRUPT_ZLIB, "the stream is cut short");
                }
            }
        } catch (DataFormatException e) {
            throw new BadRecordException(Reason.CORRUPT_ZLIB, String.valueOf(e.getMessage()));
        }
        if (size > maxBodyBytes) {
            throw new BadRecordException(
                    Reason.ZLIB_BOMB, "inflates to more than " + maxBodyBytes);
        }
        if (inflater.getRemaining() > 0) {
            throw new BadRecordException(
                    Reason.TRAILING_BYTES, inflater.getRemaining() + " bytes follow the stream");
        }
        return size;
    }

    /** The header of every frame that a sink writes. */
    static byte[] header(UUID versionId, boolean isZlib) {
        return ByteBuffer.allocate(HEADER_BYTES)
                .put(HEADER_VERSION)
                .put(isZlib ? ZLIB : PLAIN)
                .putLong(versionId.getMostSignificantBits())
                .putLong(versionId.getLeastSignificantBits())
                .array();
    }

    /** Header and deflated body. */
    static byte[] deflate(byte[] header, byte[] body, int size, Deflater deflater) {
        deflater.reset();
        deflater.setInput(body, 0, size);
        deflater.finish();
        byte[] frame = Arrays.copyOf(header, HEADER_BYTES + size / 2 + 64);
        int end = HEADER_BYTES;
        while (true) {
            end += deflater.deflate(frame, end, frame.length - end);
            if (deflater.finished()) {
                return Arrays.copyOf(frame, end);
            }
            frame = Arrays.copyOf(frame, frame.length * 2);
        }
    }
}
