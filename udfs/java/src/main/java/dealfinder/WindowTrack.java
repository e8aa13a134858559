package dealfinder;

import java.util.Arrays;

/** What has been written of one category's windows of one kind, by start. */
final class WindowTrack {
    /** Something has changed since the last revision. */
    static final int CHANGED = 1;

    /** And did so after the window had closed. */
    static final int LATE = 2;

    int count;
    long[] starts = new long[16];
    int[] revisions = new int[16];
    int[] flags = new int[16];

    void clear() {
        count = 0;
    }

    /** Position of the window, which is added if it is new. */
    int at(long start) {
        int at = Arrays.binarySearch(starts, 0, count, start);
        if (at >= 0) {
            return at;
        }
        at = -at - 1;
        reserve(count + 1);
        System.arraycopy(starts, at, starts, at + 1, count - at);
        System.arraycopy(revisions, at, revisions, at + 1, count - at);
        System.arraycopy(flags, at, flags, at + 1, count - at);
        starts[at] = start;
        revisions[at] = 0;
        flags[at] = 0;
        count++;
        return at;
    }

    /** Forgets the oldest so many. */
    void drop(int number) {
        System.arraycopy(starts, number, starts, 0, count - number);
        System.arraycopy(revisions, number, revisions, 0, count - number);
        System.arraycopy(flags, number, flags, 0, count - number);
        count -= number;
    }

    void load(Varints bytes, long origin, long step) {
        count = (int) bytes.read();
        reserve(count);
        long start = origin;
        for (int i = 0; i < count; i++) {
            start += bytes.read() * step;
            starts[i] = start;
            long word = bytes.read();
            revisions[i] = (int) (word >>> 2);
            flags[i] = (int) word & 3;
        }
    }

    private void reserve(int needed) {
        if (needed > starts.length) {
            starts = Arrays.copyOf(starts, 2 * needed);
            revisions = Arrays.copyOf(revisions, 2 * needed);
            flags = Arrays.copyOf(flags, 2 * needed);
        }
    }

    void store(Varints bytes, long origin, long step) {
        bytes.write(count);
        for (int i = 0; i < count; i++) {
            bytes.write((starts[i] - (i == 0 ? origin : starts[i - 1])) / step);
            bytes.write((long) revisions[i] << 2 | flags[i]);
        }
    }
}
