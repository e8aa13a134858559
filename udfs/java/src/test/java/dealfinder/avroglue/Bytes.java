package dealfinder.avroglue;

import java.io.ByteArrayOutputStream;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.UUID;
import java.util.zip.DeflaterOutputStream;

/** Builds frames and bodies byte by byte, sound or not. */
final class Bytes {
    private final ByteArrayOutputStream out = new ByteArrayOutputStream();

    static Bytes body() {
        return new Bytes();
    }

    /** A number as Avro writes int, long, lengths, counts and branches. */
    Bytes number(long value) {
        long rest = value << 1 ^ value >> 63;
        while ((rest & ~0x7fL) != 0) {
            out.write((int) (rest & 0x7f | 0x80));
            rest >>>= 7;
        }
        out.write((int) rest);
        return this;
    }

    Bytes raw(int... bytes) {
        for (int value : bytes) {
            out.write(value);
        }
        return this;
    }

    Bytes raw(byte[] bytes) {
        out.writeBytes(bytes);
        return this;
    }

    Bytes text(String text) {
        byte[] bytes = text.getBytes(StandardCharsets.UTF_8);
        return number(bytes.length).raw(bytes);
    }

    byte[] bytes() {
        return out.toByteArray();
    }

    /** A frame around the body. */
    byte[] framed() {
        return framed(Registry.ID);
    }

    byte[] framed(UUID versionId) {
        return frame(0, versionId, bytes());
    }

    byte[] zipped() {
        return frame(5, Registry.ID, deflated(bytes()));
    }

    static byte[] frame(int compression, UUID versionId, byte[] body) {
        return ByteBuffer.allocate(18 + body.length)
                .put((byte) 3)
                .put((byte) compression)
                .putLong(versionId.getMostSignificantBits())
                .putLong(versionId.getLeastSignificantBits())
                .put(body)
                .array();
    }

    static byte[] deflated(byte[] bytes) {
        ByteArrayOutputStream packed = new ByteArrayOutputStream();
        try (DeflaterOutputStream deflater = new DeflaterOutputStream(packed)) {
            deflater.write(bytes);
        } catch (java.io.IOException e) {
            throw new java.io.UncheckedIOException(e);
        }
        return packed.toByteArray();
    }
}
