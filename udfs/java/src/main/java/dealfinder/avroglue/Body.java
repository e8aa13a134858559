package dealfinder.avroglue;

import java.nio.ByteBuffer;
import java.nio.charset.CharacterCodingException;
import java.nio.charset.CharsetDecoder;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;

/**
 * Reads Avro binary that nobody vouches for.
 *
 * <p>Avro's own BinaryDecoder (1.12.2) does not serve: it takes a negative length in a skipped
 * field for nothing, checks no text for UTF-8, and tells "cut short" from "absurd" by exceptions of
 * three types; org.apache.avro.limits.* are constants of the process, and its guards for items of
 * no bytes live in GenericDatumReader, which would build a GenericRecord a record. Here nothing is
 * allocated or repeated beyond the bytes that are there, and each fault has its name.
 */
final class Body {
    private byte[] buffer;
    private int at;
    private int end;
    private long itemsLeft;
    private final int absurdBytes;
    private final CharsetDecoder utf8 = StandardCharsets.UTF_8.newDecoder();

    /** A length above {@code absurdBytes} is absurd, a smaller one past the end only cut short. */
    Body(int absurdBytes) {
        this.absurdBytes = absurdBytes;
    }

    /** Starts a body. */
    void open(byte[] bytes, int from, int to) {
        buffer = bytes;
        at = from;
        end = to;
        itemsLeft = to - from;
    }

    /** Ends a body: all of it must have been read. */
    void close() {
        if (at < end) {
            throw new BadRecordException(
                    Reason.TRAILING_BYTES, (end - at) + " bytes follow the record");
        }
    }

    boolean readBoolean() {
        skip(1);
        byte value = buffer[at - 1];
        if (value != 0 && value != 1) {
            throw malformed("a boolean is " + value);
        }
        return value == 1;
    }

    int readInt() {
        long value = readLong();
        if (value != (int) value) {
            throw malformed("a number exceeds int");
        }
        return (int) value;
    }

    long readLong() {
        long raw = 0;
        for (int shift = 0; shift < 70; shift += 7) {
            if (at >= end) {
                throw truncated(1);
            }
            byte next = buffer[at++];
            if (shift == 63 && (next & 0xff) > 1) {
                throw malformed("a number of more than 64 bits");
            }
            raw |= (long) (next & 0x7f) << shift;
            if (next >= 0) {
                return (raw >>> 1) ^ -(raw & 1);
            }
        }
        throw malformed("a number of more than 10 bytes");
    }

    float readFloat() {
        return Float.intBitsToFloat((int) littleEndian(4));
    }

    double readDouble() {
        return Double.longBitsToDouble(littleEndian(8));
    }

    /** The text as UTF-8, proven to be that: Python workers fail on anything else. */
    byte[] readText() {
        byte[] text = readBytes();
        for (byte unit : text) {
            if (unit < 0) {
                requireUtf8(text);
                break;
            }
        }
        return text;
    }

    byte[] readBytes() {
        return readFixed(readLength("length"));
    }

    byte[] readFixed(int size) {
        skip(size);
        return Arrays.copyOfRange(buffer, at - size, at);
    }

    void skipBytes() {
        skip(readLength("length"));
    }

    void skip(int size) {
        if (size > end - at) {
            throw truncated(size - (end - at));
        }
        at += size;
    }

    /** Index into {@code options} branches or symbols. */
    int readIndex(int options) {
        long index = readLong();
        if (index < 0 || index >= options) {
            throw malformed("choice " + index + " of " + options);
        }
        return (int) index;
    }

    /**
     * Number of items in the next block of an array or a map; 0 ends it.
     *
     * <p>A body holds at most as many items as bytes, for every item of ours takes at least one:
     * without that, a few bytes could ask for 2^60 nulls, or for many blocks of them.
     */
    int readBlock() {
        long count = readLong();
        if (count < 0) {
            count = -count;
            readLength("block size");
        }
        if (count < 0 || count > Math.max(absurdBytes, end - at)) {
            throw new BadRecordException(Reason.ABSURD_LENGTH, "a block of " + count + " items");
        }
        if (count > end - at) {
            throw truncated(count - (end - at));
        }
        itemsLeft -= count;
        if (itemsLeft < 0) {
            throw new BadRecordException(Reason.ABSURD_LENGTH, "more items than bytes");
        }
        return (int) count;
    }

    private void requireUtf8(byte[] text) {
        try {
            utf8.decode(ByteBuffer.wrap(text));
        } catch (CharacterCodingException e) {
            throw malformed("a string is not UTF-8");
        }
    }

    private int readLength(String what) {
        long length = readLong();
        long left = end - at;
        if (length < 0 || length > Math.max(absurdBytes, left)) {
            throw new BadRecordException(Reason.ABSURD_LENGTH, "a " + what + " of " + length);
        }
        if (length > left) {
            throw truncated(length - left);
        }
        return (int) length;
    }

    private long littleEndian(int size) {
        skip(size);
        long bits = 0;
        for (int i = 1; i <= size; i++) {
            bits = bits << 8 | buffer[at - i] & 0xff;
        }
        return bits;
    }

    private static BadRecordException truncated(long missing) {
        return new BadRecordException(
                Reason.TRUNCATED_AVRO, "the body ends " + missing + " bytes early");
    }

    private static BadRecordException malformed(String detail) {
        return new BadRecordException(Reason.MALFORMED_AVRO, detail);
    }
}
