package dealfinder;

import java.util.Arrays;

/** Numbers in few bytes: LEB128 for what is not negative, 8 bytes for hashes. */
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

    long readFixed() {
        long value = 0;
        for (int i = 0; i < Long.BYTES; i++) {
            value = value << 8 | source[at++] & 0xff;
        }
        return value;
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

    void writeFixed(long value) {
        reserve(Long.BYTES);
        for (int shift = 56; shift >= 0; shift -= 8) {
            buffer[at++] = (byte) (value >>> shift);
        }
    }

    private void reserve(int count) {
        if (buffer.length - at < count) {
            buffer = Arrays.copyOf(buffer, buffer.length * 2);
        }
    }
}
