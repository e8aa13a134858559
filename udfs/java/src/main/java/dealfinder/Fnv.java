package dealfinder;

import java.nio.charset.StandardCharsets;

/**
 * FNV-1a, 64 bits, of UTF-8. It is part of every state that holds hashes: another one would forget
 * what was seen.
 */
final class Fnv {
    private static final long OFFSET = 0xcbf29ce484222325L;
    private static final long PRIME = 0x100000001b3L;

    private Fnv() {}

    /** The hash; null counts as empty text. */
    static long hash(String text) {
        long hash = OFFSET;
        if (text != null) {
            for (byte unit : text.getBytes(StandardCharsets.UTF_8)) {
                hash = (hash ^ unit & 0xff) * PRIME;
            }
        }
        return hash;
    }
}
