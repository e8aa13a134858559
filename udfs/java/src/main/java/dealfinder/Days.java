package dealfinder;

import java.util.Arrays;

/**
 * The two lowest prices of each day with an observation, 90 days back from the newest one, and the
 * looks that saw them.
 *
 * <p>The same set of observations leaves the same, whatever the order in which they came. The
 * second price is needed only where the first may be a glitch: it is not kept beside one that was
 * seen twice. Days before the last 14 are closed: of their looks only flags are left.
 */
final class Days {
    static final int HORIZON_DAYS = 90;
    static final int OPEN_DAYS = 14;
    static final long NONE = -1;
    // The horizon, its newest day, and the one just about to leave.
    private static final int DAYS_MAX = HORIZON_DAYS + 2;
    private static final int CENT = 100;
    private static final int LOOKS_BYTES = 3;
    // How a day is stored: two bits beside the distance to the next one.
    private static final int ALONE = 0;
    private static final int REPEATED = 1;
    private static final int WITH_SECOND = 2;
    private static final int GONE_WITH_SECOND = 3;
    private static final int LOW_REPEATED = 1;
    private static final int SECOND_REPEATED = 2;

    int count;
    final int[] days = new int[DAYS_MAX];
    final long[] lows = new long[DAYS_MAX];
    final long[] seconds = new long[DAYS_MAX];
    private final int[] lowLooks = new int[DAYS_MAX];
    private final int[] secondLooks = new int[DAYS_MAX];

    /** Whether two prices are about the same: within a quarter. */
    static boolean areNear(long one, long other) {
        long low = Math.min(one, other);
        return Math.max(one, other) <= low + low / 4;
    }

    void clear() {
        count = 0;
    }

    boolean isBeyondHorizon(int day) {
        return count > 0 && day < days[count - 1] - HORIZON_DAYS;
    }

    /** Position of a day; negative if it has no observation. */
    int find(int day) {
        return Arrays.binarySearch(days, 0, count, day);
    }

    /** Number of days up to and including a day. */
    int upTo(int day) {
        int at = find(day);
        return at < 0 ? -at - 1 : at + 1;
    }

    /**
     * Takes a look in; its day is not beyond the horizon.
     *
     * @param old takes what leaves the horizon
     */
    void record(int day, long price, int looks, OldLows old) {
        int at = find(day);
        if (at < 0) {
            at = insert(-at - 1, day, old);
            set(at, price, isOpen(at) ? looks : Sightings.ONCE);
            closeOlder();
            return;
        }
        int own = isOpen(at) ? looks : Sightings.ONCE;
        if (price < lows[at]) {
            seconds[at] = lows[at];
            secondLooks[at] = lowLooks[at] & ~Sightings.GONE;
            lows[at] = price;
            lowLooks[at] = own;
        } else if (price == lows[at]) {
            lowLooks[at] = Sightings.merge(lowLooks[at], own);
        } else if (seconds[at] == NONE || price < seconds[at]) {
            seconds[at] = price;
            secondLooks[at] = own;
        } else if (price == seconds[at]) {
            secondLooks[at] = Sightings.merge(secondLooks[at], own);
        }
        if (Sightings.isRepeated(lowLooks[at])) {
            seconds[at] = NONE;
        }
    }

    /** A day of a past release, which kept no more of it. */
    void append(int day, long low) {
        days[count] = day;
        set(count++, low, Sightings.unknown());
    }

    /** Closes the days that are no longer open. */
    void closeOlder() {
        for (int i = 0; i < count && !isOpen(i); i++) {
            if (!Sightings.isClosed(lowLooks[i])) {
                close(i);
            }
        }
    }

    /** Whether that day alone confirms its lowest (or second lowest) price. */
    boolean isConfirmed(int at, boolean isSecond) {
        if (Sightings.isRepeated(isSecond ? secondLooks[at] : lowLooks[at])) {
            return true;
        }
        return seconds[at] != NONE
                && areNear(lows[at], seconds[at])
                && Sightings.areIndependent(lowLooks[at], secondLooks[at]);
    }

    /** Whether that day alone confirms another price of it. */
    boolean isConfirmedBeside(int at, long price, int looks) {
        return isConfirming(lows[at], lowLooks[at], price, looks)
                || seconds[at] != NONE
                        && isConfirming(seconds[at], secondLooks[at], price, looks);
    }

    /** Whether the lowest price of a day was under half of the next, and gone at the next look. */
    boolean isGone(int at) {
        if (Sightings.isClosed(lowLooks[at])) {
            return (lowLooks[at] & Sightings.GONE) != 0;
        }
        return seconds[at] != NONE
                && lows[at] < (seconds[at] + 1) / 2
                && Sightings.isFollowed(lowLooks[at], secondLooks[at]);
    }

    void load(Varints bytes) {
        count = (int) bytes.read();
        if (count == 0) {
            return;
        }
        int newest = (int) bytes.read();
        int day = newest;
        long price = 0;
        for (int i = count - 1; i >= 0; i--) {
            long head = bytes.read();
            int kind = (int) head & 3;
            day -= (int) (head >>> 2);
            price += bytes.readDifference(CENT);
            days[i] = day;
            lows[i] = price;
            boolean hasSecond = kind == WITH_SECOND || kind == GONE_WITH_SECOND;
            seconds[i] = hasSecond ? price + bytes.readDifference(CENT) : NONE;
            if (day >= newest - OPEN_DAYS) {
                lowLooks[i] = (int) bytes.readFixed(LOOKS_BYTES);
                secondLooks[i] = hasSecond ? (int) bytes.readFixed(LOOKS_BYTES) : 0;
            } else {
                lowLooks[i] = kind == REPEATED ? Sightings.REPEATED : Sightings.ONCE;
                lowLooks[i] |= kind == GONE_WITH_SECOND ? Sightings.GONE : 0;
                int flags = hasSecond ? bytes.readByte() : 0;
                lowLooks[i] |= (flags & LOW_REPEATED) != 0 ? Sightings.REPEATED : 0;
                boolean isRepeated = (flags & SECOND_REPEATED) != 0;
                secondLooks[i] = isRepeated ? Sightings.REPEATED : Sightings.ONCE;
            }
        }
    }

    /** About 4 bytes a closed day and 6 an open one; 5 more where there is a second price. */
    void store(Varints bytes) {
        bytes.write(count);
        if (count == 0) {
            return;
        }
        int newest = days[count - 1];
        bytes.write(newest);
        for (int i = count - 1, day = newest; i >= 0; i--) {
            boolean hasSecond = seconds[i] != NONE;
            bytes.write((long) (day - days[i]) << 2 | kind(i));
            day = days[i];
            bytes.writeDifference(lows[i] - (i == count - 1 ? 0 : lows[i + 1]), CENT);
            if (hasSecond) {
                bytes.writeDifference(seconds[i] - lows[i], CENT);
            }
            if (isOpen(i)) {
                bytes.writeFixed(lowLooks[i], LOOKS_BYTES);
                if (hasSecond) {
                    bytes.writeFixed(secondLooks[i], LOOKS_BYTES);
                }
            } else if (hasSecond) {
                int low = Sightings.isRepeated(lowLooks[i]) ? LOW_REPEATED : 0;
                int second = Sightings.isRepeated(secondLooks[i]) ? SECOND_REPEATED : 0;
                bytes.writeByte((byte) (low | second));
            }
        }
    }

    private int kind(int at) {
        if (seconds[at] != NONE) {
            boolean isGone = !isOpen(at) && isGone(at);
            return isGone ? GONE_WITH_SECOND : WITH_SECOND;
        }
        return !isOpen(at) && Sightings.isRepeated(lowLooks[at]) ? REPEATED : ALONE;
    }

    private boolean isOpen(int at) {
        return days[at] >= days[count - 1] - OPEN_DAYS;
    }

    private void set(int at, long low, int looks) {
        lows[at] = low;
        lowLooks[at] = looks;
        seconds[at] = NONE;
        secondLooks[at] = 0;
    }

    /** Makes room for a day, and hands over those that its coming puts beyond the horizon. */
    private int insert(int position, int day, OldLows old) {
        int gone = 0;
        while (gone < count && days[gone] < day - HORIZON_DAYS) {
            close(gone);
            old.add(lows[gone], days[gone], isConfirmed(gone, false), isGone(gone));
            if (seconds[gone] != NONE) {
                old.add(seconds[gone], days[gone], isConfirmed(gone, true), false);
            }
            old.dayCount++;
            gone++;
        }
        int at = position - gone;
        count -= gone;
        for (long[] column : new long[][] {lows, seconds}) {
            System.arraycopy(column, gone, column, 0, at);
            System.arraycopy(column, gone + at, column, at + 1, count - at);
        }
        for (int[] column : new int[][] {days, lowLooks, secondLooks}) {
            System.arraycopy(column, gone, column, 0, at);
            System.arraycopy(column, gone + at, column, at + 1, count - at);
        }
        days[at] = day;
        count++;
        return at;
    }

    private void close(int at) {
        if (Sightings.isClosed(lowLooks[at])) {
            return;
        }
        boolean isLowConfirmed = isConfirmed(at, false);
        boolean isSecondConfirmed = isConfirmed(at, true);
        int gone = isGone(at) ? Sightings.GONE : 0;
        lowLooks[at] = (isLowConfirmed ? Sightings.REPEATED : Sightings.ONCE) | gone;
        secondLooks[at] = isSecondConfirmed ? Sightings.REPEATED : Sightings.ONCE;
    }

    private static boolean isConfirming(long known, int knownLooks, long price, int looks) {
        return areNear(known, price)
                && (Sightings.isRepeated(knownLooks)
                        || Sightings.areIndependent(knownLooks, looks));
    }
}
