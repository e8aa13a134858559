package dealfinder;

/**
 * What is left of the days beyond the horizon: their number, and their lowest prices up to the
 * first that two looks confirm; at most four, for more than three glitches are none.
 */
final class OldLows {
    private static final int MAX = 4;
    private static final int CENT = 100;
    private static final int CONFIRMED = 1;
    private static final int GONE = 2;

    /** Days that left the horizon. */
    int dayCount;

    int count;
    final long[] prices = new long[MAX + 1];
    final int[] days = new int[MAX + 1];
    private final int[] flags = new int[MAX + 1];

    void clear() {
        dayCount = 0;
        count = 0;
    }

    boolean isConfirmed(int at) {
        return (flags[at] & CONFIRMED) != 0;
    }

    boolean isGone(int at) {
        return (flags[at] & GONE) != 0;
    }

    /** Takes a price of a day in. */
    void add(long price, int day, boolean isConfirmed, boolean isGone) {
        int flag = (isConfirmed ? CONFIRMED : 0) | (isGone ? GONE : 0);
        int at = 0;
        while (at < count && prices[at] < price) {
            at++;
        }
        if (at < count && prices[at] == price) {
            flags[at] |= flag & CONFIRMED | (days[at] == day ? 0 : CONFIRMED);
            days[at] = Math.max(days[at], day);
        } else {
            System.arraycopy(prices, at, prices, at + 1, count - at);
            System.arraycopy(days, at, days, at + 1, count - at);
            System.arraycopy(flags, at, flags, at + 1, count - at);
            prices[at] = price;
            days[at] = day;
            flags[at] = flag;
            count++;
        }
        settle();
    }

    void load(Varints bytes) {
        dayCount = (int) bytes.read();
        count = bytes.readByte();
        long price = 0;
        for (int i = 0; i < count; i++) {
            price += bytes.readDifference(CENT);
            prices[i] = price;
            long dayAndFlags = bytes.read();
            days[i] = (int) (dayAndFlags >>> 2);
            flags[i] = (int) dayAndFlags & 3;
        }
    }

    void store(Varints bytes) {
        bytes.write(dayCount);
        bytes.writeByte((byte) count);
        for (int i = 0; i < count; i++) {
            bytes.writeDifference(prices[i] - (i == 0 ? 0 : prices[i - 1]), CENT);
            bytes.write((long) days[i] << 2 | flags[i]);
        }
    }

    private void settle() {
        for (int i = 0; i < count; i++) {
            for (int j = i + 1; j < count; j++) {
                if (days[i] != days[j] && Days.areNear(prices[i], prices[j])) {
                    flags[i] |= CONFIRMED;
                    flags[j] |= CONFIRMED;
                }
            }
        }
        int kept = 0;
        while (kept < count && !isConfirmed(kept)) {
            kept++;
        }
        count = Math.min(Math.min(kept + 1, count), MAX);
    }
}
