package dealfinder;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dealfinder.ShardInMemory.Figures;
import dealfinder.ShardInMemory.Revision;
import dealfinder.WindowShard.Cause;
import java.util.ArrayList;
import java.util.Collections;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.Set;
import org.junit.jupiter.api.Test;

class WindowShardTest {
    private static final long MINUTE = 60_000;
    private static final long HOUR = 60 * MINUTE;
    private static final long DAY = 24 * HOUR;
    private static final long START = 20_000 * DAY;
    private static final int BEST = 3;
    private static final WindowPlan PLAN =
            new WindowPlan(HOUR, DAY, HOUR, 10 * MINUTE, 3 * HOUR, MINUTE, BEST);
    private static final WindowPlan PATIENT =
            new WindowPlan(HOUR, DAY, 3 * HOUR, 10 * MINUTE, 90 * DAY, MINUTE, BEST);

    private long ids;

    private WindowedDeal deal(double hour) {
        return deal(hour, 0.1, null);
    }

    private WindowedDeal deal(double hour, double ratio, Candidate candidate) {
        long time = START + Math.round(hour * HOUR);
        return new WindowedDeal(++ids, time, ratio, candidate != null, false, false, candidate);
    }

    private static Candidate bargain(String product, double score, double price, double low) {
        return new Candidate(
                product, product, "title", "url", null, Math.round(price * 10_000),
                Math.round(low * 10_000), score, START);
    }

    private static long at(double hour) {
        return START + Math.round(hour * HOUR);
    }

    private static List<Revision> tumbling(List<Revision> written) {
        return written.stream().filter(each -> !each.isSliding()).toList();
    }

    private WindowedDeal random(Random random, int spanHours) {
        long time = START + random.nextLong(spanHours * HOUR);
        Candidate candidate = null;
        if (random.nextInt(3) == 0) {
            candidate =
                    new Candidate(
                            "deal-" + random.nextInt(12), "product-" + random.nextInt(8), "title", "url",
                            random.nextBoolean() ? "shop" : null, random.nextInt(5) * 10_000L,
                            random.nextInt(5) * 10_000L, random.nextInt(4) / 200.0, time);
        }
        double ratio = random.nextInt(4) == 0 ? Double.NaN : random.nextInt(-12_000, 1_000) / 1000.0;
        boolean hasListPrice = random.nextBoolean();
        return new WindowedDeal(
                ++ids, time, ratio, candidate != null, hasListPrice,
                hasListPrice && random.nextBoolean(), candidate);
    }

    /** Every window of the plan over every deal, without panes, state or order. */
    private static Map<String, Figures> bruteForce(
            WindowPlan plan, Map<String, List<WindowedDeal>> deals) {
        Map<String, Figures> windows = new HashMap<>();
        deals.forEach((category, all) -> {
            for (long end = START; end < START + 100 * DAY; end += HOUR) {
                long tumbling = end - plan.tumbling();
                put(windows, category + "|tumbling|" + tumbling, all, tumbling, end);
                if (end % plan.slide() == 0) {
                    put(windows, category + "|sliding|" + (end - plan.sliding()), all, end - plan.sliding(), end);
                }
            }
        });
        return windows;
    }

    private static void put(
            Map<String, Figures> windows, String name, List<WindowedDeal> all, long start, long end) {
        List<WindowedDeal> in =
                all.stream().filter(each -> each.time() >= start && each.time() < end).toList();
        if (in.isEmpty()) {
            return;
        }
        double[] ratios =
                in.stream()
                        .mapToDouble(WindowedDeal::discountRatio)
                        .filter(ratio -> !Double.isNaN(ratio))
                        .map(ratio -> Math.max(-10, ratio))
                        .sorted()
                        .toArray();
        double median =
                ratios.length == 0
                        ? Double.NaN
                        : Math.round((ratios[(ratios.length - 1) / 2] + ratios[ratios.length / 2]) * 1000)
                                / 2000.0;
        List<Candidate> ranked = new ArrayList<>();
        in.stream().map(WindowedDeal::candidate).filter(each -> each != null).forEach(ranked::add);
        ranked.sort(Candidate.BEST_FIRST);
        Set<String> products = new HashSet<>();
        ranked.removeIf(each -> !products.add(each.productKey()));
        windows.put(
                name,
                new Figures(
                        in.size(),
                        in.stream().filter(WindowedDeal::isBargain).count(),
                        ratios.length,
                        median,
                        in.stream().filter(WindowedDeal::hasListPrice).count(),
                        in.stream().filter(WindowedDeal::isListPriceFake).count(),
                        List.copyOf(ranked.subList(0, Math.min(BEST, ranked.size())))));
    }

    @Test
    void inWhateverOrderDealsComeTheLastRevisionsAreThoseOfBruteForce() {
        Random random = new Random(1);
        int corrections = 0;
        for (int round = 0; round < 150; round++) {
            Map<String, List<WindowedDeal>> deals = new HashMap<>();
            ShardInMemory shard = new ShardInMemory(PATIENT);
            long now = START + 10 * DAY;
            List<Map.Entry<String, WindowedDeal>> arrivals = new ArrayList<>();
            for (int i = random.nextInt(1, 80); i > 0; i--) {
                String category = "category-" + random.nextInt(3);
                WindowedDeal deal = random(random, 60);
                deals.computeIfAbsent(category, name -> new ArrayList<>()).add(deal);
                arrivals.add(Map.entry(category, deal));
            }
            Collections.shuffle(arrivals, random);
            for (Map.Entry<String, WindowedDeal> each : arrivals) {
                now += random.nextLong(2 * MINUTE);
                if (random.nextInt(4) == 0) {
                    shard.tick(now);
                }
                int missed = shard.add(each.getKey(), each.getValue(), random.nextInt(2), now);
                assertEquals(0, missed);
                if (random.nextInt(5) == 0) {
                    shard.add(each.getKey(), each.getValue(), 0, now);
                }
            }
            shard.tick(now + 30 * DAY);
            Map<String, Figures> expected = bruteForce(PATIENT, deals);
            Map<String, Figures> found = shard.latest();
            assertEquals(expected.keySet(), found.keySet());
            expected.forEach((window, figures) -> assertEquals(figures, found.get(window), window));
            corrections += (int) shard.written.stream().filter(each -> each.number() > 1).count();
        }
        assertTrue(corrections > 1000, corrections + " corrections");
    }

    @Test
    void revisionsOfAWindowCountUpAndNoneIsWrittenWithoutAChange() {
        Random random = new Random(2);
        ShardInMemory shard = new ShardInMemory(PATIENT);
        Map<String, Integer> last = new HashMap<>();
        Map<String, Figures> figures = new HashMap<>();
        for (int i = 0; i < 500; i++) {
            shard.add("tv", random(random, 100), 0, START + 10 * DAY + i);
            for (Revision revision : shard.tick(START + 10 * DAY + i)) {
                assertEquals(last.getOrDefault(revision.window(), 0) + 1, revision.number());
                last.put(revision.window(), revision.number());
                assertFalse(revision.figures().equals(figures.put(revision.window(), revision.figures())));
            }
        }
        assertEquals(List.of(), shard.tick(START + 10 * DAY + 500));
    }

    @Test
    void aWindowClosesWhenLaterDealsHaveComeAndNotBefore() {
        ShardInMemory shard = new ShardInMemory(PLAN);
        shard.add("tv", deal(0.5), 0, at(0.5));
        shard.add("tv", deal(1.1), 0, at(1.1));
        assertEquals(List.of(), shard.tick(at(1.1)));
        shard.add("tv", deal(1.17), 0, at(1.17));
        List<Revision> written = shard.tick(at(1.17));
        assertEquals(2, written.size());
        assertEquals(List.of(false, true), written.stream().map(Revision::isSliding).toList());
        assertEquals(List.of(START, START + HOUR - DAY), written.stream().map(Revision::start).toList());
        for (Revision each : written) {
            assertEquals(Cause.EVENT_TIME, each.cause());
            assertEquals(1, each.number());
            assertEquals(1, each.figures().deals());
        }
    }

    @Test
    void lateDealsThatComeTogetherMakeOneCorrection() {
        ShardInMemory shard = new ShardInMemory(PLAN);
        shard.add("tv", deal(0.5), 0, at(0.5));
        shard.add("tv", deal(2), 0, at(2));
        shard.tick(at(2));
        assertEquals(0, shard.add("tv", deal(0.6), 0, at(2)));
        assertEquals(0, shard.add("tv", deal(0.7), 0, at(2)));
        Revision correction = tumbling(shard.tick(at(2))).get(0);
        assertEquals(START, correction.start());
        assertEquals(Cause.LATE_DEAL, correction.cause());
        assertEquals(2, correction.number());
        assertEquals(3, correction.figures().deals());
    }

    @Test
    void aDealThatIsTooLateForItsHourStillCountsInTheDay() {
        ShardInMemory shard = new ShardInMemory(PLAN);
        shard.add("tv", deal(0.5), 0, at(0.5));
        shard.add("tv", deal(4.2), 0, at(4.2));
        shard.tick(at(4.2));
        // The clock is at 4:02: the windows that ended at 0:00 and 1:00 are final, 24 others not.
        assertEquals(2, shard.add("tv", deal(0.6), 0, at(4.2)));
        List<Revision> corrected = shard.tick(at(4.2));
        assertTrue(corrected.stream().allMatch(Revision::isSliding));
        assertTrue(corrected.stream().noneMatch(each -> each.start() == START + HOUR - DAY));
        assertEquals(2, corrected.get(0).figures().deals());
        // Days later it is too late for all of them, and leaves nothing.
        shard.add("tv", deal(100), 0, at(100));
        shard.tick(at(100));
        int before = shard.size();
        assertEquals(25, shard.add("tv", deal(0.6), 0, at(100)));
        assertEquals(before, shard.size());
    }

    @Test
    void anIdlePartitionHoldsNoWindowUp() {
        ShardInMemory shard = new ShardInMemory(PLAN);
        shard.add("tv", deal(0.5), 0, at(0.5));
        shard.add("tv", deal(3), 1, at(3) - 59_000);
        shard.add("tv", deal(0.5), 0, at(3) - 59_000);
        assertEquals(List.of(), shard.tick(at(3) - 59_000));
        shard.add("tv", deal(3.01), 1, at(3));
        assertEquals(List.of(), shard.tick(at(3)), "partition 0 may have more");
        shard.add("tv", deal(3.01), 1, at(3) + 2_000);
        List<Revision> written = tumbling(shard.tick(at(3) + 2_000));
        assertEquals(1, written.size());
        assertEquals(2, written.get(0).figures().deals());
        assertEquals(Cause.EVENT_TIME, written.get(0).cause());
    }

    @Test
    void whenAllIsIdleTheHourClosesAndTimeGoesOnAsClocksDo() {
        ShardInMemory shard = new ShardInMemory(PLAN);
        shard.add("tv", deal(0.5), 0, at(0.5));
        assertEquals(List.of(), shard.tick(at(0.5) + MINUTE - 1));
        List<Revision> written = shard.tick(at(0.5) + MINUTE);
        assertEquals(2, written.size());
        assertEquals(Cause.IDLE, written.get(0).cause());
        assertEquals(List.of(), shard.tick(at(1.9)));
        assertEquals(1, shard.tick(at(2)).size(), "the day that ends at 2:00");
        assertEquals(22, shard.tick(at(100)).size());
        // Nothing was late: a deal of the same hour is one that comes before the hour's end.
        assertEquals(0, shard.add("tv", deal(0.9), 0, at(100)));
        Revision again = tumbling(shard.tick(at(100) + MINUTE)).get(0);
        assertEquals(Cause.IDLE, again.cause());
        assertEquals(2, again.figures().deals());
        assertEquals(2, again.number());
    }

    @Test
    void aDealFromTheFutureDoesNotMakeOthersLate() {
        ShardInMemory shard = new ShardInMemory(PLAN);
        shard.add("tv", deal(0.5), 0, at(0.5));
        shard.add("tv", deal(5000), 0, at(0.5));
        shard.tick(at(0.5));
        assertEquals(0, shard.add("tv", deal(0.4), 0, at(0.5)));
        assertEquals(2, tumbling(shard.tick(at(0.6))).get(0).figures().deals());
    }

    @Test
    void theSameObservationCountsOnce() {
        ShardInMemory shard = new ShardInMemory(PLAN);
        WindowedDeal deal = deal(0.5);
        shard.add("tv", deal, 0, at(0.5));
        shard.add("tv", deal, 0, at(0.5));
        assertEquals(1, shard.tick(at(0.6)).get(0).figures().deals());
    }

    @Test
    void whatNoWindowNeedsIsForgotten() {
        ShardInMemory shard = new ShardInMemory(PLAN);
        for (double hour = 0; hour < 200; hour += 0.25) {
            shard.add("tv", deal(hour), 0, at(hour));
            shard.tick(at(hour));
            // 24 hours of the day, 3 of lateness, the hours at both ends, and the tracks.
            assertTrue(shard.size() <= 30, hour + ": " + shard.size());
        }
        shard.add("phone", deal(500), 0, at(500));
        shard.tick(at(500));
        assertEquals(2, shard.size());
    }

    @Test
    void theBestAreThoseOfTheHighestScoreThenOfTheSurestDiscountEachProductOnce() {
        ShardInMemory shard = new ShardInMemory(PLAN);
        List<Candidate> bargains =
                List.of(
                        bargain("sure", 0.9, 50, 90),
                        bargain("estimated far too high", 0.3, 10, 5000),
                        bargain("about as likely", 0.904, 50, 70),
                        bargain("sure", 0.9, 40, 80.5),
                        bargain("most likely", 0.95, 50, 60));
        bargains.forEach(each -> shard.add("tv", deal(0.5, 0.3, each), 0, at(0.5)));
        List<Candidate> best = shard.tick(at(0.6)).get(0).figures().best();
        assertEquals(
                List.of("most likely", "sure", "about as likely"),
                best.stream().map(Candidate::productKey).toList());
        assertEquals(40 * 10_000, best.get(1).priceUsd());
    }

    @Test
    void windowsThatDoNotFitEachOtherAreRefused() {
        for (long[] sizes : new long[][] {{HOUR, DAY, HOUR / 2}, {HOUR, DAY, 5 * HOUR}, {0, DAY, HOUR}}) {
            assertThrows(
                    IllegalArgumentException.class,
                    () -> new WindowPlan(sizes[0], sizes[1], sizes[2], 0, 0, 1, 1));
        }
        assertThrows(IllegalArgumentException.class, () -> new WindowPlan(1, 1, 1, -1, 0, 1, 1));
    }

    @Test
    void aLaterVersionOfTheStateIsRefused() {
        assertThrows(
                IllegalStateException.class, () -> new WindowShard(PLAN).load(new byte[] {9, 0}));
    }
}
