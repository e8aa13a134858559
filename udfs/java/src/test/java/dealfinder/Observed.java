package dealfinder;

/** An observation of the tests' product. */
record Observed(long deal, long source, long price, long time) {
    static final long DAY = ProductHistory.DAY_MS;
    static final long MINUTE = 60_000;
    static final long START = 20_000 * DAY;

    /** Of offer 1 in feed 1, so many dollars at a day from the start. */
    static Observed at(double day, double dollars) {
        return new Observed(1, 1, Math.round(dollars * 10_000), START + Math.round(day * DAY));
    }

    Observed from(long deal, long source) {
        return new Observed(deal, source, price, time);
    }

    int day() {
        return (int) (time / DAY);
    }

    long slot() {
        return time / (5 * MINUTE);
    }

    boolean isOfSameOffer(Observed other) {
        return deal == other.deal && source == other.source;
    }

    /** Another offer, or some minutes away. */
    boolean isIndependentOf(Observed other) {
        return !isOfSameOffer(other) || Math.abs(slot() - other.slot()) >= 2;
    }
}
