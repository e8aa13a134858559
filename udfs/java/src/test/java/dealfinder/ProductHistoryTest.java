package dealfinder;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.ArrayList;
import java.util.Collections;
import java.util.HexFormat;
import java.util.List;
import java.util.Random;
import java.util.TreeSet;
import java.util.stream.LongStream;
import org.junit.jupiter.api.Test;

/** Against an oracle that keeps every event and reads the definitions literally. */
class ProductHistoryTest {
    private static final long DAY = ProductHistory.DAY_MS;
    private static final long START = 20_000 * DAY;

    /** What happened. */
    record Event(long deal, long price, long time) {
        int day() {
            return (int) (time / DAY);
        }
    }

    /** What comes out. */
    record Answer(
            long previous,
            long low7,
            long low30,
            long low90,
            long allTimeLow,
            long typical,
            int days,
            long observations) {}

    /** Null for a duplicate. */
    private static Answer feed(ProductHistory history, Event event) {
        // Through the stored bytes each time, as in Flink.
        if (!history.observe(event.deal, event.price, event.time)) {
            return null;
        }
        int day = event.day();
        return new Answer(
                history.priceBefore(event.time),
                history.low(day, 7, event.price),
                history.low(day, 30, event.price),
                history.low(day, 90, event.price),
                history.allTimeLow(day, event.price),
                history.typicalBefore(day),
                history.daysObserved(day),
                history.observations());
    }

    private static List<Answer> run(List<Event> events, byte[][] state) {
        List<Answer> answers = new ArrayList<>();
        byte[] stored = null;
        ProductHistory history = new ProductHistory();
        for (Event event : events) {
            history.load(stored);
            answers.add(feed(history, event));
            stored = history.store();
        }
        state[0] = stored;
        return answers;
    }

    private static List<Answer> run(List<Event> events) {
        return run(events, new byte[1][]);
    }

    private static List<Answer> oracle(List<Event> events) {
        List<Answer> answers = new ArrayList<>();
        List<Event> accepted = new ArrayList<>();
        List<Event> all = new ArrayList<>();
        for (Event event : events) {
            all.add(event);
            boolean isDuplicate =
                    accepted.stream()
                            .anyMatch(
                                    e ->
                                            e.deal == event.deal
                                                    && e.price == event.price
                                                    && Math.abs(e.time - event.time) < DAY
                                                    && accepted.stream()
                                                            .noneMatch(
                                                                    f -> isBetween(e, f, event)));
            if (isDuplicate) {
                answers.add(null);
                continue;
            }
            accepted.add(event);
            int day = event.day();
            TreeSet<Integer> days = new TreeSet<>();
            all.stream().filter(e -> e.day() <= day).forEach(e -> days.add(e.day()));
            answers.add(
                    new Answer(
                            previous(accepted, event),
                            low(all, day - 6, day),
                            low(all, day - 29, day),
                            low(all, day - 89, day),
                            low(all, 0, day),
                            typical(all, days, day),
                            days.size(),
                            accepted.size()));
        }
        return answers;
    }

    private static boolean isBetween(Event one, Event middle, Event other) {
        return middle.deal == one.deal
                && middle.price != one.price
                && middle.time > Math.min(one.time, other.time)
                && middle.time < Math.max(one.time, other.time);
    }

    private static long previous(List<Event> accepted, Event event) {
        long time =
                accepted.stream()
                        .mapToLong(Event::time)
                        .filter(t -> t < event.time)
                        .max()
                        .orElse(-1);
        return accepted.stream()
                .filter(e -> e.time == time)
                .mapToLong(Event::price)
                .max()
                .orElse(-1);
    }

    private static long low(List<Event> events, int from, int to) {
        return events.stream()
                .filter(e -> e.day() >= from && e.day() <= to)
                .mapToLong(Event::price)
                .min()
                .orElseThrow();
    }

    private static long typical(List<Event> events, TreeSet<Integer> days, int day) {
        long[] lows =
                days.stream()
                        .filter(d -> d < day && d >= day - 90)
                        .mapToLong(d -> low(events, d, d))
                        .sorted()
                        .toArray();
        if (lows.length == 0) {
            return -1;
        }
        int half = lows.length / 2;
        return lows.length % 2 == 1
                ? lows[half]
                : (long) Math.floor((lows[half - 1] + lows[half]) / 2.0 + 0.5);
    }

    private static List<Event> randomEvents(Random random, int count, int spanDays) {
        // Times from a coarse grid, and few prices and deals, so that ties and duplicates occur.
        return LongStream.range(0, count)
                .mapToObj(
                        i ->
                                new Event(
                                        random.nextInt(3),
                                        10_000L * random.nextInt(1, 5),
                                        START + random.nextInt(spanDays * 8) * (DAY / 8)))
                .toList();
    }

    private static List<Event> inOrder(List<Event> events) {
        List<Event> sorted = new ArrayList<>(events);
        sorted.sort((a, b) -> Long.compare(a.time, b.time));
        return sorted;
    }

    @Test
    void inOrderEveryAnswerIsTheOracles() {
        Random random = new Random(1);
        for (int round = 0; round < 300; round++) {
            int span = round % 2 == 0 ? 20 : 400;
            List<Event> events = inOrder(randomEvents(random, 1 + random.nextInt(80), span));
            assertEquals(oracle(events), run(events), () -> events.toString());
        }
    }

    @Test
    void withinTheHorizonLateEventsGetTheOraclesAnswerToo() {
        Random random = new Random(2);
        for (int round = 0; round < 300; round++) {
            List<Event> events = randomEvents(random, 1 + random.nextInt(30), 85);
            assertEquals(oracle(events), run(events), () -> events.toString());
        }
    }

    @Test
    void theStateDoesNotDependOnTheOrderOfArrival() {
        Random random = new Random(3);
        for (int round = 0; round < 200; round++) {
            // Every event is another deal: no duplicates, of which the first to arrive counts.
            List<Event> events = new ArrayList<>();
            for (Event event : randomEvents(random, 60, 85)) {
                events.add(new Event(events.size(), event.price, event.time));
            }
            byte[][] ordered = new byte[1][];
            run(inOrder(events), ordered);
            Collections.shuffle(events, random);
            byte[][] shuffled = new byte[1][];
            run(events, shuffled);
            assertArrayEquals(ordered[0], shuffled[0]);
        }
    }

    @Test
    void duplicatesDoNotMakeTheLowsDependOnTheOrderOfArrival() {
        Random random = new Random(4);
        Event last = new Event(99, 90_000, START + 86 * DAY);
        for (int round = 0; round < 200; round++) {
            List<Event> events = new ArrayList<>(randomEvents(random, 60, 85));
            List<Event> sorted = inOrder(events);
            Collections.shuffle(events, random);
            events.add(last);
            sorted.add(last);
            Answer one = run(events).get(60);
            Answer other = run(sorted).get(60);
            assertEquals(other.low7, one.low7);
            assertEquals(other.low30, one.low30);
            assertEquals(other.low90, one.low90);
            assertEquals(other.typical, one.typical);
            assertEquals(other.days, one.days);
        }
    }

    @Test
    void aYearLateTheAllTimeLowIsStillFound() {
        Random random = new Random(5);
        for (int round = 0; round < 200; round++) {
            List<Event> events = new ArrayList<>(randomEvents(random, 80, 390));
            Collections.shuffle(events, random);
            Event last = new Event(99, 90_000, START + 391 * DAY);
            events.add(last);
            assertEquals(
                    oracle(events).get(80).allTimeLow,
                    run(events).get(80).allTimeLow,
                    () -> events.toString());
        }
    }

    @Test
    void moreThan90DaysLateAPriceCountsButItsDayDoesNot() {
        ProductHistory history = new ProductHistory();
        int newest = 20_100;
        history.observe(1, 500, newest * DAY);
        history.observe(2, 100, (newest - 91) * DAY);
        assertEquals(1, history.daysObserved(newest - 91));
        assertEquals(1, history.daysObserved(newest));
        assertEquals(2, history.observations());
        assertEquals(500, history.low(newest, 90, 500));
        assertEquals(100, history.allTimeLow(newest, 500));
        // Of equal lows the earlier one is kept, so it does not matter which comes first.
        assertEquals(500, history.allTimeLow(newest - 92, 500));
        history.observe(3, 100, (newest - 95) * DAY);
        history.observe(4, 100, (newest - 93) * DAY);
        assertEquals(100, history.allTimeLow(newest - 95, 500));
        assertEquals(500, history.allTimeLow(newest - 96, 500));
    }

    @Test
    void theSamePriceOfADealWithin24HoursIsADuplicate() {
        ProductHistory history = new ProductHistory();
        assertTrue(history.observe(1, 100, START));
        assertFalse(history.observe(1, 100, START));
        assertFalse(history.observe(1, 100, START + DAY - 1));
        assertFalse(history.observe(1, 100, START - DAY + 1));
        assertTrue(history.observe(1, 100, START + DAY));
        assertTrue(history.observe(2, 100, START));
        assertTrue(history.observe(1, 90, START));
        assertEquals(4, history.observations());
    }

    @Test
    void aPriceThatWentAndCameBackIsNoDuplicate() {
        ProductHistory history = new ProductHistory();
        assertTrue(history.observe(1, 100, START));
        assertTrue(history.observe(1, 90, START + 1));
        assertTrue(history.observe(1, 100, START + 2));
        // Another deal's price in between changes nothing.
        assertTrue(history.observe(2, 90, START + 3));
        assertFalse(history.observe(1, 100, START + 4));
    }

    @Test
    void aFreeItemIsAPrice() {
        List<Answer> answers =
                run(List.of(new Event(1, 500, START), new Event(1, 0, START + 1)));
        assertEquals(new Answer(500, 0, 0, 0, 0, -1, 1, 2), answers.get(1));
    }

    @Test
    void whatIsStoredIsSmall() {
        ProductHistory history = new ProductHistory();
        for (int i = 0; i < 9; i++) {
            assertTrue(history.observe(i * 0x9e3779b97f4a7c15L, 1_499_900 + i, START + i * DAY));
        }
        // Plus 28 of the row and its TTL: a product seen on nine days stays below 250 in RocksDB.
        int few = history.store().length;
        assertTrue(few <= 216, "nine observations: " + few);
        for (int i = 9; i < 2000; i++) {
            history.observe(i * 0x9e3779b97f4a7c15L, 1_499_900 + i, START + i * DAY / 3);
        }
        int many = history.store().length;
        assertTrue(many <= 1024, "thousands of observations: " + many);
    }

    @Test
    void stateOfALaterVersionIsRefused() {
        byte[] stored = new ProductHistory().store();
        stored[0] = 2;
        IllegalStateException e =
                assertThrows(
                        IllegalStateException.class, () -> new ProductHistory().load(stored));
        assertTrue(e.getMessage().contains("version 2"));
    }

    @Test
    void theBytesOfVersionOneStayWhatTheyAre() {
        ProductHistory history = new ProductHistory();
        history.observe(1, 200_000, START);
        history.observe(-1, 1_500_000, START + 100 * DAY);
        history.observe(-1, 1_400_000, START + 101 * DAY + 5);
        String golden =
                "01030101c09a0ca09c0102849d01e0c65b01c0b955038080cea6a532c09a0c00"
                        + "0000000000000180e0ef9720e0c65bffffffffffffffff85b89929c0b955ffff"
                        + "ffffffffffff";
        assertEquals(golden, HexFormat.of().formatHex(history.store()));
        // What such bytes mean: read by a release that does not write them any more, too.
        history.load(HexFormat.of().parseHex(golden));
        assertEquals(3, history.observations());
        assertEquals(200_000, history.allTimeLow(20_101, 1_400_000));
        assertEquals(1_500_000, history.priceBefore(START + 101 * DAY));
        assertEquals(3, history.daysObserved(20_101));
    }
}
