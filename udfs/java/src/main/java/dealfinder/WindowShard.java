package dealfinder;

import java.util.List;

/**
 * The windows of the categories of one shard: takes deals, writes windows as they close.
 *
 * <p>Deals only change figures. Everything else happens at a tick: the clock moves on, windows that
 * have closed and changed are written, and what is too old to be corrected is forgotten. So late
 * deals that come together make one correction, and what a deal costs does not depend on time.
 *
 * <p>One instance serves all shards of a task: {@link #load}, then {@link #add} or {@link #tick},
 * then {@link #store}. What is kept for a category is read and written through {@link Storage}.
 */
final class WindowShard {
    private static final byte VERSION = 1;

    /** Keyed state. */
    interface Storage {
        /** Remembers an observation; whether it is new. */
        boolean isNew(long id);

        byte[] tracks(String category);

        /** Null removes. */
        void setTracks(String category, byte[] stored);

        byte[] pane(String category, long start);

        /** Null removes. */
        void setPane(String category, long start, byte[] stored);

        /** All that have tracks; a copy. */
        List<String> categories();
    }

    /** Takes what is written. */
    interface Output {
        /** The figures are good until this returns. */
        void write(
                String category, boolean isSliding, long start, int revision, Cause cause, Pane figures);
    }

    /** What let a revision be written: symbols of ClosedBy in schemas/deals.stats.avsc. */
    enum Cause {
        EVENT_TIME,
        IDLE,
        LATE_DEAL
    }

    private final WindowPlan plan;
    private final EventClock clock;
    private final WindowTrack tumbling = new WindowTrack();
    private final WindowTrack sliding = new WindowTrack();
    private final Pane pane;
    private final Pane sum;
    private final Varints bytes = new Varints();
    // No changed window ends, and nothing gets too old, before these event times.
    private long nextEnd;
    private long nextDrop;
    private int lateWindows;

    WindowShard(WindowPlan plan) {
        this.plan = plan;
        clock = new EventClock(plan);
        pane = new Pane(plan.best());
        sum = new Pane(plan.best());
    }

    /**
     * Takes the state of a shard.
     *
     * @param stored what {@link #store} returned; null for a new one
     */
    void load(byte[] stored) {
        clock.clear();
        nextEnd = Long.MAX_VALUE;
        nextDrop = Long.MAX_VALUE;
        if (stored == null) {
            return;
        }
        bytes.open(stored);
        byte version = bytes.readByte();
        if (version != VERSION) {
            throw new IllegalStateException("state of deal_windows has version " + version);
        }
        nextEnd = bytes.read();
        nextDrop = bytes.read();
        clock.load(bytes);
    }

    byte[] store() {
        bytes.reset();
        bytes.writeByte(VERSION);
        bytes.write(nextEnd);
        bytes.write(nextDrop);
        clock.store(bytes);
        return bytes.toByteArray();
    }

    /**
     * Counts a deal in each of its windows that is not closed for good.
     *
     * @param partition of the topic that it came from
     * @param now processing time
     * @return how many of its windows are closed for good, so that it is missing there
     */
    int add(String category, WindowedDeal deal, int partition, long now, Storage storage) {
        clock.hear(partition, deal.time(), now);
        lateWindows = 0;
        long paneStart = plan.pane(deal.time());
        long first = plan.firstSliding(deal.time());
        int windows = plan.windowsOfADeal();
        int missed = isFinal(paneStart + plan.tumbling()) ? 1 : 0;
        for (int i = 0; i < windows - 1; i++) {
            missed += isFinal(first + i * plan.slide() + plan.sliding()) ? 1 : 0;
        }
        if (missed == windows || !storage.isNew(deal.id())) {
            return missed;
        }
        loadPane(storage.pane(category, paneStart));
        pane.add(deal);
        storage.setPane(category, paneStart, storedPane());
        loadTracks(storage.tracks(category));
        // A tumbling window's entry also says that its pane is there.
        change(tumbling, paneStart, paneStart + plan.tumbling());
        for (int i = 0; i < windows - 1; i++) {
            long start = first + i * plan.slide();
            change(sliding, start, start + plan.sliding());
        }
        storage.setTracks(category, storedTracks());
        nextDrop = Math.min(nextDrop, dropsAt(paneStart));
        return missed;
    }

    /** How many windows the last deal corrects: they had closed before it came. */
    int lateWindows() {
        return lateWindows;
    }

    /** Moves the clock to what has been heard by now, and writes and forgets what is due. */
    void tick(long now, Storage storage, Output output) {
        clock.tick(now);
        if (clock.due() < nextEnd && clock.observed() < nextDrop) {
            return;
        }
        nextEnd = Long.MAX_VALUE;
        nextDrop = Long.MAX_VALUE;
        for (String category : storage.categories()) {
            loadTracks(storage.tracks(category));
            write(category, tumbling, plan.tumbling(), storage, output);
            write(category, sliding, plan.sliding(), storage, output);
            forget(category, storage);
            storage.setTracks(category, tumbling.count == 0 ? null : storedTracks());
        }
    }

    private void change(WindowTrack track, long start, long end) {
        if (isFinal(end)) {
            if (track == tumbling) {
                track.at(start);
            }
            return;
        }
        int at = track.at(start);
        boolean isLate = end <= clock.observed();
        lateWindows += isLate ? 1 : 0;
        track.flags[at] |= WindowTrack.CHANGED | (isLate ? WindowTrack.LATE : 0);
        nextEnd = Math.min(nextEnd, end);
    }

    private void write(
            String category, WindowTrack track, long length, Storage storage, Output output) {
        for (int i = 0; i < track.count; i++) {
            if ((track.flags[i] & WindowTrack.CHANGED) == 0) {
                continue;
            }
            long end = track.starts[i] + length;
            if (end > clock.due()) {
                nextEnd = Math.min(nextEnd, end);
                continue;
            }
            Cause cause = end > clock.observed() ? Cause.IDLE : Cause.EVENT_TIME;
            if ((track.flags[i] & WindowTrack.LATE) != 0) {
                cause = Cause.LATE_DEAL;
            }
            track.flags[i] = 0;
            track.revisions[i]++;
            sum.clear();
            for (int j = 0; j < tumbling.count; j++) {
                long start = tumbling.starts[j];
                if (start >= track.starts[i] && start < end) {
                    loadPane(storage.pane(category, start));
                    sum.addAll(pane);
                }
            }
            output.write(category, track == sliding, track.starts[i], track.revisions[i], cause, sum);
        }
    }

    private void forget(String category, Storage storage) {
        int old = 0;
        while (old < tumbling.count && dropsAt(tumbling.starts[old]) <= clock.observed()) {
            storage.setPane(category, tumbling.starts[old], null);
            old++;
        }
        tumbling.drop(old);
        old = 0;
        while (old < sliding.count && isFinal(sliding.starts[old] + plan.sliding())) {
            old++;
        }
        sliding.drop(old);
        if (tumbling.count > 0) {
            nextDrop = Math.min(nextDrop, dropsAt(tumbling.starts[0]));
        }
    }

    /** Whether no deal changes a window of this end any more. */
    private boolean isFinal(long end) {
        return end + plan.lateness() <= clock.observed();
    }

    /** When the last window with this pane is final. */
    private long dropsAt(long paneStart) {
        return plan.firstSliding(paneStart) + 2 * plan.sliding() - plan.slide() + plan.lateness();
    }

    private void loadPane(byte[] stored) {
        if (stored == null) {
            pane.clear();
        } else {
            bytes.open(stored);
            pane.load(bytes);
        }
    }

    private byte[] storedPane() {
        bytes.reset();
        pane.store(bytes);
        return bytes.toByteArray();
    }

    private void loadTracks(byte[] stored) {
        if (stored == null) {
            tumbling.clear();
            sliding.clear();
        } else {
            bytes.open(stored);
            tumbling.load(bytes, 0, plan.tumbling());
            sliding.load(bytes, -plan.sliding(), plan.slide());
        }
    }

    private byte[] storedTracks() {
        bytes.reset();
        tumbling.store(bytes, 0, plan.tumbling());
        sliding.store(bytes, -plan.sliding(), plan.slide());
        return bytes.toByteArray();
    }
}
