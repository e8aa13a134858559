package dealfinder;

/**
 * The newest observations: a deal at a price on a UTC day, seen from one time to another.
 *
 * <p>Of the newest day and the one before it up to 32 are kept, of older ones so many that there
 * are eight. They are in order of the last look, then price, deal and first look, so that the order
 * of arrival does not show.
 */
final class Recent {
    static final int MAX = 32;
    static final int OLD_MAX = 8;
    private static final long DAY_MS = ProductHistory.DAY_MS;
    private static final int CENT = 100;
    private static final int SECOND_MS = 1000;
    private static final int HASH_BYTES = 4;

    int count;
    final int[] deals = new int[MAX + 1];
    final long[] prices = new long[MAX + 1];
    final long[] firsts = new long[MAX + 1];
    final long[] lasts = new long[MAX + 1];

    void clear() {
        count = 0;
    }

    /**
     * Whether the deal is known at this price from the same UTC day, or from a day whose first look
     * is less than 24 hours away, and between the two looks at no other price.
     */
    boolean isDuplicate(int deal, long price, long time) {
        for (int i = 0; i < count; i++) {
            boolean isSame = deals[i] == deal && prices[i] == price;
            boolean isNear =
                    firsts[i] / DAY_MS == time / DAY_MS || Math.abs(firsts[i] - time) < DAY_MS;
            if (isSame
                    && isNear
                    && (isConstant(deal, price, firsts[i], time)
                            || isConstant(deal, price, lasts[i], time))) {
                return true;
            }
        }
        return false;
    }

    /** Takes a look in; false if it adds to an observation of that day. */
    boolean record(int deal, long price, long time) {
        for (int i = 0; i < count; i++) {
            if (deals[i] == deal && prices[i] == price && firsts[i] / DAY_MS == time / DAY_MS) {
                long first = Math.min(firsts[i], time);
                long last = Math.max(lasts[i], time);
                remove(i);
                insert(deal, price, first, last);
                return false;
            }
        }
        insert(deal, price, time, time);
        trim();
        return true;
    }

    /** An observation of a past release, which kept them in this order. */
    void append(int deal, long price, long time) {
        deals[count] = deal;
        prices[count] = price;
        firsts[count] = time;
        lasts[count++] = time;
    }

    /** Forgets what is too old or too much. */
    void trim() {
        int from = 0;
        while (from < count && !isKept(from)) {
            from++;
        }
        count -= from;
        System.arraycopy(deals, from, deals, 0, count);
        System.arraycopy(prices, from, prices, 0, count);
        System.arraycopy(firsts, from, firsts, 0, count);
        System.arraycopy(lasts, from, lasts, 0, count);
    }

    void load(Varints bytes) {
        count = (int) bytes.read();
        long time = 0;
        long price = 0;
        for (int i = 0; i < count; i++) {
            deals[i] = (int) bytes.readFixed(HASH_BYTES);
            price += bytes.readDifference(CENT);
            prices[i] = price;
            time += bytes.readDifference(SECOND_MS);
            lasts[i] = time;
            firsts[i] = time - bytes.readDifference(SECOND_MS);
        }
    }

    /** About 11 bytes an observation. */
    void store(Varints bytes) {
        bytes.write(count);
        for (int i = 0; i < count; i++) {
            bytes.writeFixed(deals[i], HASH_BYTES);
            bytes.writeDifference(prices[i] - (i == 0 ? 0 : prices[i - 1]), CENT);
            bytes.writeDifference(lasts[i] - (i == 0 ? 0 : lasts[i - 1]), SECOND_MS);
            bytes.writeDifference(lasts[i] - firsts[i], SECOND_MS);
        }
    }

    /** Whether the deal had no other price strictly between two times. */
    private boolean isConstant(int deal, long price, long one, long other) {
        long from = Math.min(one, other);
        long to = Math.max(one, other);
        for (int i = 0; i < count; i++) {
            if (deals[i] == deal
                    && prices[i] != price
                    && (firsts[i] > from && firsts[i] < to || lasts[i] > from && lasts[i] < to)) {
                return false;
            }
        }
        return true;
    }

    private boolean isKept(int at) {
        int rank = count - at;
        return rank <= OLD_MAX
                || rank <= MAX && lasts[at] / DAY_MS >= lasts[count - 1] / DAY_MS - 1;
    }

    private void remove(int at) {
        count--;
        System.arraycopy(deals, at + 1, deals, at, count - at);
        System.arraycopy(prices, at + 1, prices, at, count - at);
        System.arraycopy(firsts, at + 1, firsts, at, count - at);
        System.arraycopy(lasts, at + 1, lasts, at, count - at);
    }

    private void insert(int deal, long price, long first, long last) {
        int at = count;
        while (at > 0 && isAfter(at - 1, deal, price, first, last)) {
            at--;
        }
        System.arraycopy(deals, at, deals, at + 1, count - at);
        System.arraycopy(prices, at, prices, at + 1, count - at);
        System.arraycopy(firsts, at, firsts, at + 1, count - at);
        System.arraycopy(lasts, at, lasts, at + 1, count - at);
        deals[at] = deal;
        prices[at] = price;
        firsts[at] = first;
        lasts[at] = last;
        count++;
    }

    private boolean isAfter(int i, int deal, long price, long first, long last) {
        if (lasts[i] != last) {
            return lasts[i] > last;
        }
        if (prices[i] != price) {
            return prices[i] > price;
        }
        return deals[i] != deal ? deals[i] > deal : firsts[i] > first;
    }
}
