package dealfinder;

import java.util.Arrays;

/** Discounts of many deals, each to the nearest thousandth: so many are at this one. */
final class Discounts {
    static final int SCALE = 1000;
    // An offer at eleven times its fair price; there is nothing to learn beyond.
    private static final int LOWEST = -10 * SCALE;

    private int count;
    private int[] values = new int[16];
    private long[] times = new long[16];

    void clear() {
        count = 0;
    }

    void add(double ratio) {
        add((int) Math.max(LOWEST, Math.min(SCALE, Math.round(ratio * SCALE))), 1);
    }

    void addAll(Discounts other) {
        for (int i = 0; i < other.count; i++) {
            add(other.values[i], other.times[i]);
        }
    }

    /** How many discounts. */
    long total() {
        long sum = 0;
        for (int i = 0; i < count; i++) {
            sum += times[i];
        }
        return sum;
    }

    /** The median, the mean of the middle two of an even number; NaN of none. */
    double median() {
        long total = total();
        return total == 0 ? Double.NaN : (at((total - 1) / 2) + at(total / 2)) / (2.0 * SCALE);
    }

    private int at(long position) {
        long rest = position;
        int i = 0;
        while (rest >= times[i]) {
            rest -= times[i++];
        }
        return values[i];
    }

    private void add(int value, long often) {
        int at = Arrays.binarySearch(values, 0, count, value);
        if (at >= 0) {
            times[at] += often;
            return;
        }
        at = -at - 1;
        reserve(count + 1);
        System.arraycopy(values, at, values, at + 1, count - at);
        System.arraycopy(times, at, times, at + 1, count - at);
        values[at] = value;
        times[at] = often;
        count++;
    }

    void load(Varints bytes) {
        clear();
        count = (int) bytes.read();
        reserve(count);
        int value = LOWEST;
        for (int i = 0; i < count; i++) {
            value += (int) bytes.read();
            values[i] = value;
            times[i] = bytes.read();
        }
    }

    private void reserve(int needed) {
        if (needed > values.length) {
            values = Arrays.copyOf(values, 2 * needed);
            times = Arrays.copyOf(times, 2 * needed);
        }
    }

    void store(Varints bytes) {
        bytes.write(count);
        for (int i = 0; i < count; i++) {
            bytes.write(values[i] - (i == 0 ? LOWEST : values[i - 1]));
            bytes.write(times[i]);
        }
    }
}
