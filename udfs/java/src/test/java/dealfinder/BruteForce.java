package dealfinder;

import java.util.ArrayList;
import java.util.List;
import java.util.NavigableMap;
import java.util.TreeMap;
import java.util.TreeSet;

/** Keeps every observation and reads the definitions of ProductHistory literally. */
final class BruteForce {
    private static final long NONE = -1;
    private final List<Observed> all = new ArrayList<>();

    /** A price of a day and who saw it. */
    private record Level(int day, long price, List<Observed> looks) {
        boolean isRepeated() {
            return looks.stream().anyMatch(a -> looks.stream().anyMatch(a::isIndependentOf));
        }

        boolean isNear(Level other) {
            return Math.max(price, other.price) <= Math.min(price, other.price) * 5 / 4;
        }

        boolean isConfirmedBy(Level other) {
            return isNear(other)
                    && (day != other.day
                            || looks.stream()
                                    .anyMatch(a -> other.looks.stream().anyMatch(a::isIndependentOf)));
        }
    }

    /** Takes an observation in; what is said of it, a duplicate or not. */
    Answer observe(Observed event) {
        all.add(event);
        int day = event.day();
        NavigableMap<Integer, List<Level>> levels = levels(day);
        long threshold = threshold(levels, day);
        List<Level> known = levels.values().stream().flatMap(List::stream).toList();
        long floor =
                known.stream()
                        .filter(a -> isConfirmed(a, known))
                        .mapToLong(Level::price)
                        .min()
                        .orElse(Long.MAX_VALUE);
        NavigableMap<Integer, Long> lows = new TreeMap<>();
        for (var entry : levels.entrySet()) {
            entry.getValue().stream()
                    .filter(a -> isSound(a, entry.getValue(), threshold, floor))
                    .mapToLong(Level::price)
                    .min()
                    .ifPresent(low -> lows.put(entry.getKey(), low));
        }
        Level own = new Level(day, event.price(), List.of(event));
        boolean isLevel = levels.get(day).stream().anyMatch(a -> a.price == event.price());
        boolean isRepeated =
                isLevel
                        ? levels.get(day).stream()
                                .anyMatch(a -> a.price == event.price() && isConfirmed(a, known))
                        : known.stream().anyMatch(a -> a.isConfirmedBy(own) || a.isRepeated() && a.isNear(own));
        boolean isSound =
                isLevel
                        ? levels.get(day).stream()
                                .anyMatch(
                                        a ->
                                                a.price == event.price()
                                                        && isSound(a, levels.get(day), threshold, floor))
                        : event.price() >= threshold || event.price() >= floor;
        boolean isHeld = !isSound && !isRepeated;
        NavigableMap<Integer, Long> counted = new TreeMap<>(lows);
        if (!isHeld) {
            counted.merge(day, event.price(), Math::min);
        }
        long allTimeLow = low(counted, 0);
        return new Answer(
                previous(event, levels, threshold, floor),
                low(counted, day - 6),
                low(counted, day - 29),
                low(counted, day - 89),
                allTimeLow,
                counted.descendingMap().entrySet().stream()
                        .filter(e -> e.getValue() == allTimeLow)
                        .mapToInt(e -> e.getKey())
                        .findFirst()
                        .orElse(-1),
                all.stream().mapToLong(Observed::price).max().orElseThrow(),
                typical(lows, day, 7),
                typical(lows, day, 30),
                typical(lows, day, 90),
                lastChange(lows, day),
                levels.size(),
                (int) all.stream().mapToLong(Observed::deal).distinct().count(),
                isHeld,
                isRepeated);
    }

    /** The two lowest prices of each day; the second only beside a first seen once. */
    private NavigableMap<Integer, List<Level>> levels(int until) {
        NavigableMap<Integer, TreeMap<Long, List<Observed>>> seen = new TreeMap<>();
        for (Observed event : all) {
            if (event.day() <= until) {
                seen.computeIfAbsent(event.day(), d -> new TreeMap<>())
                        .computeIfAbsent(event.price(), p -> new ArrayList<>())
                        .add(event);
            }
        }
        NavigableMap<Integer, List<Level>> levels = new TreeMap<>();
        for (var entry : seen.entrySet()) {
            List<Level> two =
                    entry.getValue().entrySet().stream()
                            .map(e -> new Level(entry.getKey(), e.getKey(), e.getValue()))
                            .limit(2)
                            .toList();
            levels.put(entry.getKey(), two.get(0).isRepeated() ? two.subList(0, 1) : two);
        }
        return levels;
    }

    private static long threshold(NavigableMap<Integer, List<Level>> levels, int day) {
        long[] lows =
                levels.subMap(day - 90, day).values().stream()
                        .mapToLong(two -> two.get(0).price)
                        .sorted()
                        .toArray();
        return lows.length == 0 ? 0 : (lows[lows.length / 2] + 9) / 10;
    }

    private static boolean isConfirmed(Level level, List<Level> known) {
        return level.isRepeated()
                || known.stream().anyMatch(other -> other != level && level.isConfirmedBy(other));
    }

    private static boolean isSound(Level level, List<Level> day, long threshold, long floor) {
        boolean isExtreme = level.price < threshold || level == day.get(0) && isGone(day);
        return !isExtreme || level.price >= floor;
    }

    private static boolean isGone(List<Level> day) {
        if (day.size() < 2 || day.get(0).isRepeated() || 2 * day.get(0).price >= day.get(1).price) {
            return false;
        }
        Observed low = day.get(0).looks.get(0);
        List<Observed> others = day.get(1).looks;
        long lastLow = day.get(0).looks.stream().mapToLong(Observed::slot).max().orElseThrow();
        return others.stream().allMatch(low::isOfSameOffer)
                && others.stream().anyMatch(other -> other.slot() > lastLow);
    }

    private long previous(
            Observed event, NavigableMap<Integer, List<Level>> levels, long threshold, long floor) {
        long latest = NONE;
        long previous = NONE;
        for (Observed other : all) {
            if (other.time() >= event.time() || !isFirstOrLast(other)) {
                continue;
            }
            List<Level> day = levels.get(other.day());
            boolean isLow = day.get(0).price == other.price();
            boolean counts =
                    isLow
                            ? isSound(day.get(0), day, threshold, floor)
                            : other.price() >= threshold || other.price() >= floor;
            boolean isLater =
                    other.time() > latest || other.time() == latest && other.price() > previous;
            if (counts && isLater) {
                latest = other.time();
                previous = other.price();
            }
        }
        return previous;
    }

    /** Whether it is the first or the last look at a deal at a price on a day. */
    private boolean isFirstOrLast(Observed event) {
        long[] times =
                all.stream()
                        .filter(e -> e.deal() == event.deal() && e.price() == event.price())
                        .filter(e -> e.day() == event.day())
                        .mapToLong(Observed::time)
                        .sorted()
                        .toArray();
        return event.time() == times[0] || event.time() == times[times.length - 1];
    }

    private static long low(NavigableMap<Integer, Long> lows, int from) {
        return lows.tailMap(from).values().stream().mapToLong(low -> low).min().orElse(NONE);
    }

    private static long typical(NavigableMap<Integer, Long> lows, int day, int windowDays) {
        long[] sorted =
                lows.subMap(day - windowDays, day).values().stream()
                        .mapToLong(low -> low)
                        .sorted()
                        .toArray();
        if (sorted.length == 0) {
            return NONE;
        }
        int half = sorted.length / 2;
        return sorted.length % 2 == 1
                ? sorted[half]
                : (long) Math.floor((sorted[half - 1] + sorted[half]) / 2.0 + 0.5);
    }

    private static int lastChange(NavigableMap<Integer, Long> lows, int day) {
        int last = -1;
        Long before = null;
        for (var entry : new TreeSet<>(lows.subMap(day - 90, day + 1).keySet())) {
            if (before != null && !before.equals(lows.get(entry))) {
                last = entry;
            }
            before = lows.get(entry);
        }
        return last;
    }
}
