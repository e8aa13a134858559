package dealfinder;

import java.util.Arrays;

/** The distinct shops of a product, by hash; the lowest 16 hashes, so that the order is nothing. */
final class Shops {
    static final int MAX = 16;
    private static final int HASH_BYTES = 4;

    int count;
    private final int[] hashes = new int[MAX + 1];

    void clear() {
        count = 0;
    }

    void add(int hash) {
        int at = Arrays.binarySearch(hashes, 0, count, hash);
        if (at >= 0) {
            return;
        }
        at = -at - 1;
        System.arraycopy(hashes, at, hashes, at + 1, count - at);
        hashes[at] = hash;
        count = Math.min(count + 1, MAX);
    }

    void load(Varints bytes) {
        count = bytes.readByte();
        for (int i = 0; i < count; i++) {
            hashes[i] = (int) bytes.readFixed(HASH_BYTES);
        }
    }

    void store(Varints bytes) {
        bytes.writeByte((byte) count);
        for (int i = 0; i < count; i++) {
            bytes.writeFixed(hashes[i], HASH_BYTES);
        }
    }
}
