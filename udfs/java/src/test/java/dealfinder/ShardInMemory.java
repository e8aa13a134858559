package dealfinder;

import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;

/** A shard whose state goes through its stored bytes between any two calls, as in Flink. */
final class ShardInMemory implements WindowShard.Storage {
    /** What was written of a window. */
    record Revision(
            String category,
            boolean isSliding,
            long start,
            int number,
            WindowShard.Cause cause,
            Figures figures) {
        String window() {
            return category + (isSliding ? "|sliding|" : "|tumbling|") + start;
        }
    }

    /** Figures as plain values. */
    record Figures(
            long deals, long bargains, long priced, double median, long listPrices, long fakes,
            List<Candidate> best) {
        static Figures of(Pane pane) {
            return new Figures(
                    pane.deals, pane.bargains, pane.discounts.total(), pane.discounts.median(),
                    pane.listPrices, pane.fakeListPrices, List.copyOf(pane.best()));
        }
    }

    private final WindowShard shard;
    private final Map<String, byte[]> tracks = new HashMap<>();
    private final Map<String, byte[]> panes = new HashMap<>();
    private final Set<Long> seen = new HashSet<>();
    private byte[] stored;
    final List<Revision> written = new ArrayList<>();

    ShardInMemory(WindowPlan plan) {
        shard = new WindowShard(plan);
    }

    /** How many of its windows the deal came too late for. */
    int add(String category, WindowedDeal deal, int partition, long now) {
        shard.load(stored);
        int missed = shard.add(category, deal, partition, now, this);
        stored = shard.store();
        return missed;
    }

    /** What this tick wrote. */
    List<Revision> tick(long now) {
        int before = written.size();
        shard.load(stored);
        shard.tick(
                now,
                this,
                (category, isSliding, start, revision, cause, figures) ->
                        written.add(
                                new Revision(
                                        category, isSliding, start, revision, cause,
                                        Figures.of(figures))));
        stored = shard.store();
        return written.subList(before, written.size());
    }

    /** The last revision of each window. */
    Map<String, Figures> latest() {
        Map<String, Figures> latest = new LinkedHashMap<>();
        written.forEach(revision -> latest.put(revision.window(), revision.figures()));
        return latest;
    }

    /** Entries of the state. */
    int size() {
        return tracks.size() + panes.size();
    }

    @Override
    public boolean isNew(long id) {
        return seen.add(id);
    }

    @Override
    public byte[] tracks(String category) {
        return tracks.get(category);
    }

    @Override
    public void setTracks(String category, byte[] bytes) {
        set(tracks, category, bytes);
    }

    @Override
    public byte[] pane(String category, long start) {
        return panes.get(category + "|" + start);
    }

    @Override
    public void setPane(String category, long start, byte[] bytes) {
        set(panes, category + "|" + start, bytes);
    }

    @Override
    public List<String> categories() {
        return new ArrayList<>(tracks.keySet());
    }

    private static void set(Map<String, byte[]> map, String key, byte[] bytes) {
        if (bytes == null) {
            map.remove(key);
        } else {
            map.put(key, bytes);
        }
    }
}
