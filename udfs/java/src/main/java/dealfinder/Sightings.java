package dealfinder;

/**
 * How often a price was seen on a day, in one int: which offer showed it (six bits of a hash, 0 for
 * several), and from when to when, in five-minute slots of the day.
 *
 * <p>After 14 days only {@link #ONCE} or {@link #REPEATED} is left of it.
 */
final class Sightings {
    /** Of an older day: nothing shows that it was seen more than once. */
    static final int ONCE = 1 << 24;

    /** Of an older day: two independent looks saw it. */
    static final int REPEATED = 1 << 25;

    /** Of an older day: the next look did not see it any more. */
    static final int GONE = 1 << 26;

    private static final int SEVERAL = 0;
    private static final int OFFERS = 63;
    private static final int SLOT_MS = 5 * 60 * 1000;
    // Two looks in slots this far apart are at least five minutes apart.
    private static final int SLOTS_APART = 2;

    private Sightings() {}

    /** One look: an offer (any hash of deal and source) at a time. */
    static int of(long offer, long time) {
        int slot = (int) (time % ProductHistory.DAY_MS / SLOT_MS);
        return pack((int) Long.remainderUnsigned(offer, OFFERS) + 1, slot, slot);
    }

    /** A look of which only the day is known. */
    static int unknown() {
        return pack(OFFERS, 0, 0);
    }

    /** The looks of both. */
    static int merge(int one, int other) {
        if (isClosed(one)) {
            return one;
        }
        return pack(
                offer(one) == offer(other) ? offer(one) : SEVERAL,
                Math.min(first(one), first(other)),
                Math.max(last(one), last(other)));
    }

    /** Whether another offer, or the same one some minutes later, showed the price, too. */
    static boolean isRepeated(int looks) {
        if (isClosed(looks)) {
            return (looks & REPEATED) != 0;
        }
        return offer(looks) == SEVERAL || last(looks) - first(looks) >= SLOTS_APART;
    }

    /** Whether looks at two prices of a day are of two offers, or some minutes apart. */
    static boolean areIndependent(int one, int other) {
        if (isClosed(one) || isClosed(other)) {
            return false; // what can be known of older days was worked out when they were closed
        }
        return isRepeated(merge(one, other));
    }

    /** Whether the one offer that showed a price showed the other one later on that day. */
    static boolean isFollowed(int looks, int others) {
        return !isClosed(looks)
                && !isRepeated(looks)
                && offer(looks) == offer(others)
                && last(others) > last(looks);
    }

    static boolean isClosed(int looks) {
        return looks >= ONCE;
    }

    private static int pack(int offer, int first, int last) {
        return offer << 18 | first << 9 | last;
    }

    private static int offer(int looks) {
        return looks >> 18;
    }

    private static int first(int looks) {
        return looks >> 9 & 0x1ff;
    }

    private static int last(int looks) {
        return looks & 0x1ff;
    }
}
