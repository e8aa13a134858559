package dealfinder;

/**
 * How long windows are and how long they wait; all in milliseconds of event time but `idle`.
 *
 * <p>Windows start at multiples of their step since 1970 (UTC). A deal is in one tumbling window and
 * in every sliding window that covers it.
 *
 * @param tumbling length and step of a tumbling window; figures are kept in panes of this length
 * @param sliding length of a sliding window, a multiple of `slide`
 * @param slide step of sliding windows, a multiple of `tumbling`
 * @param outOfOrder how much a deal may be behind a later one without being late
 * @param lateness for how long after its end a window is still corrected
 * @param idle how long, in processing time, nothing comes before windows close all the same
 * @param best how many of the best deals a window names
 */
record WindowPlan(
        long tumbling, long sliding, long slide, long outOfOrder, long lateness, long idle, int best) {
    WindowPlan {
        if (tumbling <= 0 || slide <= 0 || slide % tumbling != 0 || sliding <= 0 || sliding % slide != 0) {
            throw new IllegalArgumentException(
                    "the length of sliding windows must be a multiple of their step, and that of"
                            + " tumbling windows: not " + sliding + ", " + slide + ", " + tumbling);
        }
        if (outOfOrder < 0 || lateness < 0 || idle <= 0 || best < 0) {
            throw new IllegalArgumentException("waits and the number of best deals are not negative");
        }
    }

    /** How many windows a deal is in. */
    int windowsOfADeal() {
        return 1 + (int) (sliding / slide);
    }

    /** Start of the tumbling window, and pane, of a time. */
    long pane(long time) {
        return Math.floorDiv(time, tumbling) * tumbling;
    }

    /** Start of the first sliding window that covers a time; the others follow in steps. */
    long firstSliding(long time) {
        return Math.floorDiv(time, slide) * slide - sliding + slide;
    }
}
