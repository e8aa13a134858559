package dealfinder;

import java.util.Arrays;

/**
 * What is remembered of one product's prices, by event time.
 *
 * <p>Daily lows of the last 90 days before the newest observation, older ones folded into one
 * (price, day) and a count of days, and the newest 32 observations. Prices are in 1/10000 USD, days
 * are UTC days since 1970, times are epoch milliseconds.
 *
 * <p>The lows do not depend on the order of arrival; they are taken of every event, a duplicate
 * included, for that shows the price of its day. Two things are approximate, and only for events
 * that come more than 90 days late: their day is not counted, and the fold knows one low only.
 *
 * <p>One instance serves all products of a task, one after the other: {@link #load}, {@link
 * #observe}, ask, {@link #store}. Layout of the stored bytes (numbers are LEB128 but for hashes):
 * version, observations, folded days, [folded low, its day], number of days, days (the first, then
 * differences) each with its low, number of recent observations, times (the first, then
 * differences) each with price and 8 bytes of hash.
 */
final class ProductHistory {
    static final int HORIZON_DAYS = 90;
    static final int RECENT_MAX = 32;
    static final long DAY_MS = 86_400_000L;
    private static final byte VERSION = 1;
    // The horizon, its newest day, and the one just about to be folded.
    private static final int DAYS_MAX = HORIZON_DAYS + 2;
    private static final long NONE = -1;

    private long observations;
    private int foldedDays;
    private long foldedLow;
    private int foldedLowDay;
    private int dayCount;
    private final int[] days = new int[DAYS_MAX];
    private final long[] lows = new long[DAYS_MAX];
    private int recentCount;
    private final long[] times = new long[RECENT_MAX + 1];
    private final long[] prices = new long[RECENT_MAX + 1];
    private final long[] deals = new long[RECENT_MAX + 1];
    private final long[] sorted = new long[DAYS_MAX];
    private final Varints bytes = new Varints();

    ProductHistory() {
        clear();
    }

    /**
     * Takes the state of a product.
     *
     * @param stored what {@link #store} returned; null for a product never seen
     * @throws IllegalStateException a newer release wrote it
     */
    void load(byte[] stored) {
        clear();
        if (stored == null || stored.length == 0) {
            return;
        }
        bytes.open(stored);
        byte version = bytes.readByte();
        if (version != VERSION) {
            throw new IllegalStateException(
                    "price_history cannot read state of version " + version);
        }
        observations = bytes.read();
        foldedDays = (int) bytes.read();
        if (bytes.readByte() == 1) {
            foldedLow = bytes.read();
            foldedLowDay = (int) bytes.read();
        }
        dayCount = (int) bytes.read();
        for (int i = 0, day = 0; i < dayCount; i++) {
            day += (int) bytes.read();
            days[i] = day;
            lows[i] = bytes.read();
        }
        recentCount = (int) bytes.read();
        long time = 0;
        for (int i = 0; i < recentCount; i++) {
            time += bytes.read();
            times[i] = time;
            prices[i] = bytes.read();
            deals[i] = bytes.readFixed();
        }
    }

    /** The state as bytes: about 20, and 5 a day, and 17 a recent observation. */
    byte[] store() {
        bytes.reset();
        bytes.writeByte(VERSION);
        bytes.write(observations);
        bytes.write(foldedDays);
        bytes.writeByte((byte) (foldedLow == NONE ? 0 : 1));
        if (foldedLow != NONE) {
            bytes.write(foldedLow);
            bytes.write(foldedLowDay);
        }
        bytes.write(dayCount);
        for (int i = 0; i < dayCount; i++) {
            bytes.write(days[i] - (i == 0 ? 0 : days[i - 1]));
            bytes.write(lows[i]);
        }
        bytes.write(recentCount);
        for (int i = 0; i < recentCount; i++) {
            bytes.write(times[i] - (i == 0 ? 0 : times[i - 1]));
            bytes.write(prices[i]);
            bytes.writeFixed(deals[i]);
        }
        return bytes.toByteArray();
    }

    /**
     * Takes an observation in.
     *
     * @return false for a duplicate: the deal was seen at this price less than 24 hours away, and
     *     in between (by event time) at no other
     */
    boolean observe(long deal, long price, long time) {
        recordLow((int) (time / DAY_MS), price);
        if (isDuplicate(deal, price, time)) {
            return false;
        }
        observations++;
        recordRecent(deal, price, time);
        return true;
    }

    /** Number of observations that were no duplicates, whenever they arrived. */
    long observations() {
        return observations;
    }

    /** Price of the latest observation before a time; -1 if none is known. */
    long priceBefore(long time) {
        for (int i = recentCount - 1; i >= 0; i--) {
            if (times[i] < time) {
                return prices[i];
            }
        }
        return NONE;
    }

    /** Lowest price from {@code day - dayCount + 1} to {@code day}; at most {@code price}. */
    long low(int day, int windowDays, long price) {
        long low = price;
        int first = day - windowDays + 1;
        for (int i = 0; i < dayCount && days[i] <= day; i++) {
            if (days[i] >= first) {
                low = Math.min(low, lows[i]);
            }
        }
        if (foldedLow != NONE && foldedLowDay >= first && foldedLowDay <= day) {
            low = Math.min(low, foldedLow);
        }
        return low;
    }

    /** Lowest price up to and including a day; at most {@code price}. */
    long allTimeLow(int day, long price) {
        return low(day, day + 1, price);
    }

    /** Median of the daily lows of the 90 days before a day, half up; -1 if there are none. */
    long typicalBefore(int day) {
        int count = 0;
        for (int i = 0; i < dayCount && days[i] < day; i++) {
            if (days[i] >= day - HORIZON_DAYS) {
                sorted[count++] = lows[i];
            }
        }
        if (count == 0) {
            return NONE;
        }
        Arrays.sort(sorted, 0, count);
        long upper = sorted[count / 2];
        return count % 2 == 1 ? upper : (sorted[count / 2 - 1] + upper + 1) / 2;
    }

    /** Days with an event up to and including a day on which there is one. */
    int daysObserved(int day) {
        if (isBeyondHorizon(day)) {
            return 1; // what was before it is no longer known by day
        }
        int count = foldedDays;
        for (int i = 0; i < dayCount && days[i] <= day; i++) {
            count++;
        }
        return count;
    }

    private void clear() {
        observations = 0;
        foldedDays = 0;
        foldedLow = NONE;
        foldedLowDay = 0;
        dayCount = 0;
        recentCount = 0;
    }

    private boolean isBeyondHorizon(int day) {
        return dayCount > 0 && day < days[dayCount - 1] - HORIZON_DAYS;
    }

    private void recordLow(int day, long price) {
        if (isBeyondHorizon(day)) {
            fold(day, price);
            return;
        }
        int at = Arrays.binarySearch(days, 0, dayCount, day);
        if (at >= 0) {
            lows[at] = Math.min(lows[at], price);
            return;
        }
        int old = 0;
        while (old < dayCount && days[old] < day - HORIZON_DAYS) {
            fold(days[old], lows[old]);
            foldedDays++;
            old++;
        }
        at = -at - 1 - old;
        dayCount -= old;
        System.arraycopy(days, old, days, 0, at);
        System.arraycopy(lows, old, lows, 0, at);
        System.arraycopy(days, old + at, days, at + 1, dayCount - at);
        System.arraycopy(lows, old + at, lows, at + 1, dayCount - at);
        days[at] = day;
        lows[at] = price;
        dayCount++;
    }

    private void fold(int day, long price) {
        boolean isLower = foldedLow == NONE || price < foldedLow;
        if (isLower || price == foldedLow && day < foldedLowDay) {
            foldedLow = price;
            foldedLowDay = day;
        }
    }

    private boolean isDuplicate(long deal, long price, long time) {
        for (int i = 0; i < recentCount; i++) {
            boolean isSame = deals[i] == deal && prices[i] == price;
            boolean isNear = Math.abs(times[i] - time) < DAY_MS;
            if (isSame && isNear && isConstant(deal, price, times[i], time)) {
                return true;
            }
        }
        return false;
    }

    /** Whether the deal had no other price strictly between two times. */
    private boolean isConstant(long deal, long price, long one, long other) {
        long from = Math.min(one, other);
        long to = Math.max(one, other);
        for (int i = 0; i < recentCount; i++) {
            if (deals[i] == deal && prices[i] != price && times[i] > from && times[i] < to) {
                return false;
            }
        }
        return true;
    }

    /** Keeps the newest by event time, in an order that the arrival does not decide. */
    private void recordRecent(long deal, long price, long time) {
        int at = recentCount;
        while (at > 0 && isAfter(at - 1, deal, price, time)) {
            at--;
        }
        System.arraycopy(times, at, times, at + 1, recentCount - at);
        System.arraycopy(prices, at, prices, at + 1, recentCount - at);
        System.arraycopy(deals, at, deals, at + 1, recentCount - at);
        times[at] = time;
        prices[at] = price;
        deals[at] = deal;
        recentCount++;
        if (recentCount > RECENT_MAX) {
            recentCount--;
            System.arraycopy(times, 1, times, 0, recentCount);
            System.arraycopy(prices, 1, prices, 0, recentCount);
            System.arraycopy(deals, 1, deals, 0, recentCount);
        }
    }

    private boolean isAfter(int i, long deal, long price, long time) {
        if (times[i] != time) {
            return times[i] > time;
        }
        return prices[i] != price ? prices[i] > price : deals[i] > deal;
    }
}
