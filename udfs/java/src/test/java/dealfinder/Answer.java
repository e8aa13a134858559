package dealfinder;

/** What is said of an observation; money in 1/10000 USD. */
record Answer(
        long previous,
        long low7,
        long low30,
        long low90,
        long allTimeLow,
        int allTimeLowDay,
        long high,
        long typical7,
        long typical30,
        long typical90,
        int lastChangeDay,
        int days,
        int shops,
        boolean isHeld,
        boolean isRepeated) {
    /** Null for a duplicate. */
    static Answer of(ProductHistory history, Observed event) {
        // The deal's number is its shop's as well.
        return history.observe(event.deal(), event.source(), event.deal(), event.price(), event.time())
                ? of(history)
                : null;
    }

    static Answer of(ProductHistory history) {
        return new Answer(
                history.previousPrice(),
                history.low(7),
                history.low(30),
                history.low(90),
                history.allTimeLow(),
                history.allTimeLowDay(),
                history.high(),
                history.typical(7),
                history.typical(30),
                history.typical(90),
                history.lastChangeDay(),
                history.daysObserved(),
                history.shopsObserved(),
                history.isHeld(),
                history.isRepeated());
    }
}
