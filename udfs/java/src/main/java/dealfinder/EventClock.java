package dealfinder;

import java.util.Arrays;

/**
 * How far event time has come, by the deals of each partition; an idle partition holds nobody up.
 *
 * <p>It moves with {@link #tick} only. Between two ticks, deals of several partitions come in any
 * order; none of them makes another late.
 */
final class EventClock {
    static final long NONE = -1;

    private final WindowPlan plan;
    private int count;
    private int[] partitions = new int[4];
    private long[] highest = new long[4];
    private long[] heardAt = new long[4];
    private long observed;
    private long due;

    EventClock(WindowPlan plan) {
        this.plan = plan;
        clear();
    }

    void clear() {
        count = 0;
        observed = NONE;
        due = NONE;
    }

    /**
     * Takes a deal's time.
     *
     * @param time of the event; one that lies in the future counts as now
     * @param now processing time
     */
    void hear(int partition, long time, long now) {
        int at = 0;
        while (at < count && partitions[at] != partition) {
            at++;
        }
        if (at == count) {
            if (count == partitions.length) {
                partitions = Arrays.copyOf(partitions, 2 * count);
                highest = Arrays.copyOf(highest, 2 * count);
                heardAt = Arrays.copyOf(heardAt, 2 * count);
            }
            partitions[at] = partition;
            highest[at] = NONE;
            heardAt[at] = now;
            count++;
        }
        highest[at] = Math.max(highest[at], Math.min(time, now));
        heardAt[at] = Math.max(heardAt[at], now);
    }

    /** Moves on to what has been heard by now. */
    void tick(long now) {
        long slowest = Long.MAX_VALUE;
        long fastest = NONE;
        long last = NONE;
        for (int i = 0; i < count; i++) {
            if (now - heardAt[i] < plan.idle()) {
                slowest = Math.min(slowest, highest[i]);
            }
            fastest = Math.max(fastest, highest[i]);
            last = Math.max(last, heardAt[i]);
        }
        if (count == 0) {
            return;
        }
        boolean isIdle = slowest == Long.MAX_VALUE;
        observed = Math.max(observed, (isIdle ? fastest : slowest) - plan.outOfOrder());
        due = Math.max(due, observed);
        if (isIdle) {
            // The hour of the last deal is over; then time goes on as clocks do.
            due = Math.max(due, plan.pane(fastest) + plan.tumbling());
            due = Math.max(due, fastest + now - last);
        }
    }

    /** Before this time no deal is expected any more: a deal is late by this clock; -1 at first. */
    long observed() {
        return observed;
    }

    /** Windows that end by this time are written: at least observed(), and more when all is idle. */
    long due() {
        return due;
    }

    void load(Varints bytes) {
        clear();
        observed = bytes.read() - 1;
        due = bytes.read() - 1;
        int stored = (int) bytes.read();
        for (int i = 0; i < stored; i++) {
            int partition = (int) bytes.read();
            long time = bytes.read() - 1;
            hear(partition, time, Long.MAX_VALUE);
            heardAt[i] = bytes.read();
        }
    }

    void store(Varints bytes) {
        bytes.write(observed + 1);
        bytes.write(due + 1);
        bytes.write(count);
        for (int i = 0; i < count; i++) {
            bytes.write(partitions[i]);
            bytes.write(highest[i] + 1);
            bytes.write(heardAt[i]);
        }
    }
}
