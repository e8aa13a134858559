package dealfinder;

import java.nio.charset.StandardCharsets;
import java.util.Arrays;

/** Numbers in few bytes: LEB128 for what is not negative, zigzag for differences, plain hashes; texts. */
final class Varints {
    private byte[] source;
    private byte[] buffer = new byte[256];
    private int at;

    /** Starts to read. */
    void open(byte[] bytes) {
        source = bytes;
        at = 0;
    }

    /** Starts to write. */
    void reset() {
        at = 0;
    }

    /** What was written since {@link #reset}. */
    byte[] toByteArray() {
        return Arrays.copyOf(buffer, at);
    }

    byte readByte() {
        return source[at++];
    }

    long read() {
        long value = 0;
        for (int shift = 0; ; shift += 7) {
            byte next = source[at++];
            value |= (long) (next & 0x7f) << shift;
            if (next >= 0) {
                return value;
            }
        }
    }

    /** A difference that {@link #writeDifference} wrote for the same unit. */
    long readDifference(int unit) {
        long value = read();
        long zigzag = value >>> 1;
        long difference = zigzag >>> 1 ^ -(zigzag & 1);
        return (value & 1) == 0 ? difference * unit : difference;
    }

    /** A number of so many bytes, the highest first. */
    long readFixed(int count) {
        long value = 0;
        for (int i = 0; i < count; i++) {
            value = value << 8 | source[at++] & 0xff;
        }
        return value;
    }

    /** A text that {@link #writeText} wrote. */
    String readText() {
        int length = (int) read();
        at += length;
        return new String(source, at - length, length, StandardCharsets.UTF_8);
    }

    /** A text: its length in bytes, and UTF-8. */
    void writeText(String text) {
        byte[] bytes = text.getBytes(StandardCharsets.UTF_8);
        write(bytes.length);
        reserve(bytes.length);
        System.arraycopy(bytes, 0, buffer, at, bytes.length);
        at += bytes.length;
    }

    void writeByte(byte value) {
        reserve(1);
        buffer[at++] = value;
    }

    void write(long value) {
        reserve(10);
        long rest = value;
        while ((rest & ~0x7fL) != 0) {
            buffer[at++] = (byte) (rest | 0x80);
            rest >>>= 7;
        }
        buffer[at++] = (byte) rest;
    }

    /**
     * A difference, shorter where it is a multiple of the unit.
     *
     * @param difference of at most 2^60 either way
     */
    void writeDifference(long difference, int unit) {
        boolean isMultiple = difference % unit == 0;
        long scaled = isMultiple ? difference / unit : difference;
        write((scaled << 1 ^ scaled >> 63) << 1 | (isMultiple ? 0 : 1));
    }

    /** The lowest so many bytes of a number, the highest first. */
    void writeFixed(long value, int count) {
        reserve(count);
        for (int shift = 8 * (count - 1); shift >= 0; shift -= 8) {
            buffer[at++] = (byte) (value >>> shift);
        }
    }

    private void reserve(int count) {
        if (buffer.length - at < count) {
            buffer = Arrays.copyOf(buffer, Math.max(buffer.length * 2, at + count));
        }
    }
}
