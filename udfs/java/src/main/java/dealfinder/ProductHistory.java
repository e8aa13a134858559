package dealfinder;

import java.util.Arrays;

/**
 * What is remembered of one product's prices, by event time, and what it says of an observation.
 *
 * <p>Prices are in 1/10000 USD, days are UTC days since 1970, times are epoch milliseconds; -1 is
 * "none". One instance serves all products of a task, one after the other: {@link #load}, {@link
 * #observe}, ask, {@link #store}.
 *
 * <p><b>Which prices count.</b> Every look counts towards the price of its day, a duplicate too.
 * But a price is <em>extreme</em> if it is under a tenth of the usual one (of the upper median of
 * the daily lowest prices of the 90 days before), or if it was under half of what the same offer
 * showed at its next look that day. An extreme price is <em>held</em>, and is no low and in no
 * median, until a second look confirms it: of another offer, or some minutes later, or on another
 * day, at a price within a quarter of it; or until a price so confirmed lies at or under it. This
 * is judged anew with each observation, on what is known up to its day: a first price that proves
 * to be a glitch later is held from then on. Of each day the two lowest prices are known.
 *
 * <p><b>Order of arrival.</b> Observations that come up to 90 days late leave the same state as in
 * order (which look was the second of its day, up to 14 days; what is a duplicate, up to one day).
 * Of later ones the price is kept as a low, but their day is not counted.
 */
final class ProductHistory {
    static final long DAY_MS = 86_400_000L;
    static final long NONE = Days.NONE;
    private static final byte FIRST_VERSION = 1;
    private static final byte VERSION = 2;
    private static final int CENT = 100;

    private long observations;
    private long high;
    private final Days days = new Days();
    private final OldLows old = new OldLows();
    private final Recent recent = new Recent();
    private final Shops shops = new Shops();
    private final Varints bytes = new Varints();

    // What was last observed, and what is judged as of its day.
    private int day;
    private long price;
    private long time;
    private boolean isHeld;
    private boolean isRepeated;
    private int upTo;
    private long threshold;
    private long floor;
    private final long[] sound = new long[Days.HORIZON_DAYS + 2];
    private final long[] sorted = new long[Days.HORIZON_DAYS + 2];

    ProductHistory() {
        clear();
    }

    /**
     * Takes the state of a product.
     *
     * @param stored what {@link #store} of this or an earlier release returned; null for a product
     *     never seen
     * @throws IllegalStateException a newer release wrote it
     */
    void load(byte[] stored) {
        clear();
        if (stored == null || stored.length == 0) {
            return;
        }
        bytes.open(stored);
        byte version = bytes.readByte();
        if (version == FIRST_VERSION) {
            observations = bytes.read();
            high = FirstVersion.load(bytes, days, old, recent);
            return;
        }
        if (version != VERSION) {
            throw new IllegalStateException(
                    "price_history cannot read state of version " + version);
        }
        observations = bytes.read();
        high = bytes.readDifference(CENT);
        shops.load(bytes);
        old.load(bytes);
        days.load(bytes);
        recent.load(bytes);
    }

    /** The state as bytes: version, observations, highest price, then the parts. */
    byte[] store() {
        bytes.reset();
        bytes.writeByte(VERSION);
        bytes.write(observations);
        bytes.writeDifference(high, CENT);
        shops.store(bytes);
        old.store(bytes);
        days.store(bytes);
        recent.store(bytes);
        return bytes.toByteArray();
    }

    /**
     * Takes an observation in; the other methods are about it from then on.
     *
     * @param deal hash of the deal
     * @param source hash of the feed that showed it
     * @param shop hash of the shop that sells
     * @return whether it is news: not a {@link Recent#isDuplicate duplicate}, or one that confirms
     *     a price held until now
     */
    boolean observe(long deal, long source, long shop, long price, long time) {
        int dealHash = fold(deal);
        int looks = Sightings.of(deal * 37 + source, time);
        this.day = (int) (time / DAY_MS);
        this.price = price;
        this.time = time;
        boolean isDuplicate = recent.isDuplicate(dealHash, price, time);
        boolean wasHeld = false;
        if (isDuplicate) {
            judge(looks);
            wasHeld = isHeld;
        }
        if (days.isBeyondHorizon(day)) {
            old.add(price, day, false, false);
        } else {
            days.record(day, price, looks, old);
        }
        if (recent.record(dealHash, price, time)) {
            observations++;
        }
        shops.add(fold(shop));
        high = Math.max(high, price);
        judge(looks);
        return !isDuplicate || wasHeld && !isHeld;
    }

    /** Whether the price is extreme and no second look confirms it. */
    boolean isHeld() {
        return isHeld;
    }

    /** Whether another look, up to 90 days before, saw about this price. */
    boolean isRepeated() {
        return isRepeated;
    }

    /** Number of observations: a deal at a price on a UTC day. */
    long observations() {
        return observations;
    }

    /** Number of distinct shops, up to 16. */
    int shopsObserved() {
        return shops.count;
    }

    /** Highest price that was ever seen. */
    long high() {
        return high;
    }

    /** Price of the latest observation before, held ones left out; of those at once the highest. */
    long previousPrice() {
        long latest = NONE;
        long previous = NONE;
        for (int i = 0; i < recent.count; i++) {
            long at = recent.lasts[i] < time ? recent.lasts[i] : recent.firsts[i];
            boolean isLater = at > latest || at == latest && recent.prices[i] > previous;
            if (at < time && isLater && isSound((int) (at / DAY_MS), recent.prices[i])) {
                latest = at;
                previous = recent.prices[i];
            }
        }
        for (int i = upTo - 1; previous == NONE && i >= 0; i--) {
            previous = days.days[i] < day ? sound[i] : NONE;
        }
        return previous;
    }

    /** Lowest price that counts of so many days, this one the last of them. */
    long low(int windowDays) {
        long low = isHeld ? Long.MAX_VALUE : price;
        int first = day - windowDays + 1;
        for (int i = upTo - 1; i >= 0 && days.days[i] >= first; i--) {
            if (sound[i] != NONE) {
                low = Math.min(low, sound[i]);
            }
        }
        for (int i = 0; i < old.count; i++) {
            if (old.days[i] >= first && isOldSound(i)) {
                low = Math.min(low, old.prices[i]);
            }
        }
        return low == Long.MAX_VALUE ? NONE : low;
    }

    /** Lowest price that counts up to this day. */
    long allTimeLow() {
        return low(day + 1);
    }

    /** The latest day of the all-time low. */
    int allTimeLowDay() {
        long low = allTimeLow();
        if (low == NONE || !isHeld && price == low) {
            return low == NONE ? (int) NONE : day;
        }
        for (int i = upTo - 1; i >= 0; i--) {
            if (sound[i] == low) {
                return days.days[i];
            }
        }
        int latest = (int) NONE;
        for (int i = 0; i < old.count; i++) {
            if (old.prices[i] == low && isOldSound(i)) {
                latest = Math.max(latest, old.days[i]);
            }
        }
        return latest;
    }

    /** Median of the daily lows that count of so many days before this one, half up. */
    long typical(int windowDays) {
        int count = 0;
        for (int i = upTo - 1; i >= 0 && days.days[i] >= day - windowDays; i--) {
            if (days.days[i] < day && sound[i] != NONE) {
                sorted[count++] = sound[i];
            }
        }
        if (count == 0) {
            return NONE;
        }
        Arrays.sort(sorted, 0, count);
        long upper = sorted[count / 2];
        return count % 2 == 1 ? upper : (sorted[count / 2 - 1] + upper + 1) / 2;
    }

    /** The day from which on the daily low has been what it is; -1 if it did not change in 90. */
    int lastChangeDay() {
        long current = NONE;
        int since = (int) NONE;
        for (int i = upTo - 1; i >= 0 && days.days[i] >= day - Days.HORIZON_DAYS; i--) {
            if (sound[i] == NONE) {
                continue;
            }
            if (current != NONE && sound[i] != current) {
                return since;
            }
            current = sound[i];
            since = days.days[i];
        }
        return (int) NONE;
    }

    /** Days with an observation up to and including this one. */
    int daysObserved() {
        // What was before a day beyond the horizon is no longer known by day.
        return days.isBeyondHorizon(day) ? 1 : old.dayCount + upTo;
    }

    private void clear() {
        observations = 0;
        high = 0;
        days.clear();
        old.clear();
        recent.clear();
        shops.clear();
    }

    private static int fold(long hash) {
        return (int) (hash ^ hash >>> 32);
    }

    /** Works out, as of the day, which prices count. */
    private void judge(int looks) {
        upTo = days.upTo(day);
        threshold = threshold();
        long limit = price < threshold ? price : NONE;
        for (int i = 0; i < upTo; i++) {
            if (days.lows[i] < threshold || days.isGone(i)) {
                limit = Math.max(limit, Math.max(days.lows[i], days.seconds[i]));
            }
        }
        for (int i = 0; i < old.count; i++) {
            if (old.prices[i] < threshold || old.isGone(i)) {
                limit = Math.max(limit, old.prices[i]);
            }
        }
        floor = limit == NONE ? Long.MAX_VALUE : floor(limit);
        for (int i = 0; i < upTo; i++) {
            if (isSound(i, false)) {
                sound[i] = days.lows[i];
            } else {
                sound[i] = days.seconds[i] != NONE && isSound(i, true) ? days.seconds[i] : NONE;
            }
        }
        int at = upTo > 0 && days.days[upTo - 1] == day ? upTo - 1 : -1;
        isRepeated = isRepeated(at, looks);
        isHeld = at >= 0 && !isRepeated && !isSound(day, price) && !isNearAnOldOne(price);
    }

    /** A tenth of the upper median of the daily lowest prices of 90 days before, rounded up. */
    private long threshold() {
        int count = 0;
        for (int i = upTo - 1; i >= 0 && days.days[i] >= day - Days.HORIZON_DAYS; i--) {
            if (days.days[i] < day) {
                sorted[count++] = days.lows[i];
            }
        }
        if (count == 0) {
            return 0;
        }
        Arrays.sort(sorted, 0, count);
        return (sorted[count / 2] + 9) / 10;
    }

    /** The lowest confirmed price, if it is not over a limit. */
    private long floor(long limit) {
        long lowest = Long.MAX_VALUE;
        for (int i = 0; i < upTo; i++) {
            if (days.lows[i] <= limit && isConfirmed(i, false)) {
                lowest = Math.min(lowest, days.lows[i]);
            }
            if (days.seconds[i] != NONE && days.seconds[i] <= limit && isConfirmed(i, true)) {
                lowest = Math.min(lowest, days.seconds[i]);
            }
        }
        for (int i = 0; i < old.count; i++) {
            boolean isConfirmed = old.isConfirmed(i) || isNearADay(old.prices[i], -1);
            if (old.prices[i] <= limit && isConfirmed) {
                lowest = Math.min(lowest, old.prices[i]);
            }
        }
        return lowest;
    }

    private boolean isConfirmed(int at, boolean isSecond) {
        long known = isSecond ? days.seconds[at] : days.lows[at];
        return days.isConfirmed(at, isSecond) || isNearADay(known, at) || isNearAnOldOne(known);
    }

    private boolean isNearADay(long known, int except) {
        for (int i = 0; i < upTo; i++) {
            boolean isNear =
                    Days.areNear(days.lows[i], known)
                            || days.seconds[i] != NONE && Days.areNear(days.seconds[i], known);
            if (i != except && isNear) {
                return true;
            }
        }
        return false;
    }

    private boolean isNearAnOldOne(long known) {
        for (int i = 0; i < old.count; i++) {
            if (Days.areNear(old.prices[i], known)) {
                return true;
            }
        }
        return false;
    }

    private boolean isSound(int at, boolean isSecond) {
        long known = isSecond ? days.seconds[at] : days.lows[at];
        boolean isExtreme = known < threshold || !isSecond && days.isGone(at);
        return !isExtreme || known >= floor;
    }

    private boolean isOldSound(int at) {
        boolean isExtreme = old.prices[at] < threshold || old.isGone(at);
        return !isExtreme || old.prices[at] >= floor;
    }

    /** Whether a price that was seen on a day counts. */
    private boolean isSound(int onDay, long known) {
        int at = days.find(onDay);
        if (at >= 0 && at < upTo && days.lows[at] == known) {
            return isSound(at, false);
        }
        return known >= threshold || known >= floor;
    }

    private boolean isRepeated(int at, int looks) {
        if (isNearADay(price, at)) {
            return true;
        }
        if (at < 0) {
            return false;
        }
        if (days.lows[at] == price || days.seconds[at] == price) {
            return days.isConfirmed(at, days.lows[at] != price);
        }
        return days.isConfirmedBeside(at, price, looks);
    }
}
