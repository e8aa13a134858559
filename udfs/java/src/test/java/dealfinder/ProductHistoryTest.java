package dealfinder;

import static dealfinder.Observed.DAY;
import static dealfinder.Observed.MINUTE;
import static dealfinder.Observed.START;
import static dealfinder.Observed.at;
import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNotNull;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.ArrayList;
import java.util.Collections;
import java.util.Comparator;
import java.util.HexFormat;
import java.util.List;
import java.util.Random;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;

class ProductHistoryTest {
    private static final double[] DOLLARS = {60, 58, 50, 64.99, 25, 5.5, 5, 4.9, 0.5, 0};

    /** One product through its stored bytes, as in Flink. */
    private static final class Product {
        private final ProductHistory history = new ProductHistory();
        private byte[] stored;

        /** Null for a duplicate. */
        Answer see(Observed event) {
            history.load(stored);
            Answer answer = Answer.of(history, event);
            stored = history.store();
            return answer;
        }

        Product seeAll(List<Observed> events) {
            events.forEach(this::see);
            return this;
        }
    }

    /** A product that cost 60 dollars on the first so many days. */
    private static Product usual(int days) {
        Product product = new Product();
        IntStream.range(0, days).forEach(day -> product.see(at(day, 60)));
        return product;
    }

    private static long money(double dollars) {
        return Math.round(dollars * 10_000);
    }

    /** Times from a coarse grid, few prices, deals and feeds, so that there are ties and repeats. */
    private static List<Observed> randomEvents(Random random, int count, int spanDays) {
        List<Observed> events = new ArrayList<>();
        for (int i = 0; i < count; i++) {
            int usual = random.nextInt(3) == 0 ? random.nextInt(DOLLARS.length) : random.nextInt(4);
            double day =
                    random.nextInt(spanDays)
                            + random.nextInt(4) / 8.0
                            + random.nextInt(4) * 4.0 / (24 * 60);
            Observed event = at(day, DOLLARS[usual]);
            events.add(event.from(random.nextInt(1, 4), random.nextInt(1, 3)));
        }
        return events;
    }

    private static List<Observed> inOrder(List<Observed> events) {
        List<Observed> sorted = new ArrayList<>(events);
        sorted.sort(Comparator.comparingLong(Observed::time));
        return sorted;
    }

    /** Any order in which nothing comes more than so many days late. */
    private static List<Observed> late(List<Observed> events, Random random, int days) {
        List<Observed> mixed = new ArrayList<>(events);
        long[] arrivals = mixed.stream().mapToLong(e -> e.time() + random.nextLong(days * DAY)).toArray();
        List<Integer> order = new ArrayList<>(IntStream.range(0, arrivals.length).boxed().toList());
        order.sort(Comparator.comparingLong(i -> arrivals[i]));
        return order.stream().map(mixed::get).toList();
    }

    @Test
    void inOrderEveryAnswerIsThatOfBruteForce() {
        Random random = new Random(1);
        int held = 0;
        int confirmed = 0;
        for (int round = 0; round < 200; round++) {
            int span = new int[] {5, 25, 85}[round % 3];
            List<Observed> events = inOrder(randomEvents(random, 1 + random.nextInt(60), span));
            BruteForce bruteForce = new BruteForce();
            Product product = new Product();
            for (Observed event : events) {
                Answer expected = bruteForce.observe(event);
                Answer answer = product.see(event);
                if (answer != null) {
                    assertEquals(expected, answer, () -> event + " of " + events);
                    held += answer.isHeld() ? 1 : 0;
                    confirmed += answer.isRepeated() && !answer.isHeld() ? 1 : 0;
                }
            }
        }
        assertTrue(held > 100 && confirmed > 100, held + " held, " + confirmed + " seen again");
    }

    @Test
    void overYearsTooButForWhatOlderDaysRepeat() {
        Random random = new Random(2);
        for (int round = 0; round < 10; round++) {
            List<Observed> events = inOrder(randomEvents(random, 100, 900));
            BruteForce bruteForce = new BruteForce();
            Product product = new Product();
            for (Observed event : events) {
                Answer expected = bruteForce.observe(event);
                Answer answer = product.see(event);
                if (answer != null) {
                    assertEquals(
                            withoutRepeats(expected),
                            withoutRepeats(answer),
                            () -> event + " of " + events);
                }
            }
        }
    }

    private static Answer withoutRepeats(Answer a) {
        return new Answer(
                a.previous(), a.low7(), a.low30(), a.low90(), a.allTimeLow(), a.allTimeLowDay(),
                a.high(), a.typical7(), a.typical30(), a.typical90(), a.lastChangeDay(), a.days(),
                a.shops(), a.isHeld(), false);
    }

    @Test
    void theStateDoesNotDependOnTheOrderOfArrival() {
        Random random = new Random(3);
        for (int round = 0; round < 300; round++) {
            List<Observed> events = new ArrayList<>(randomEvents(random, 60, 14));
            // A deal of its own each: of repeats more than a day late the number is not exact.
            for (int i = 0; i < events.size(); i++) {
                events.set(i, events.get(i).from(100 + i, events.get(i).source()));
            }
            byte[] ordered = new Product().seeAll(inOrder(events)).stored;
            Collections.shuffle(events, random);
            assertArrayEquals(ordered, new Product().seeAll(events).stored);
        }
    }

    @Test
    void norDoesItWithRepeatsUpToADayLateHoweverLongTheHistory() {
        Random random = new Random(4);
        for (int round = 0; round < 200; round++) {
            List<Observed> events = inOrder(randomEvents(random, 100, 400));
            byte[] ordered = new Product().seeAll(events).stored;
            assertArrayEquals(ordered, new Product().seeAll(late(events, random, 1)).stored);
        }
    }

    @Test
    void upTo90DaysLateTheNextAnswerIsTheSame() {
        Random random = new Random(5);
        for (int round = 0; round < 200; round++) {
            // One look a day: which of several was the second is exact for 14 days only.
            List<Observed> events = new ArrayList<>();
            for (int day = 0; day < 400; day += random.nextInt(1, 9)) {
                events.add(at(day, DOLLARS[random.nextInt(DOLLARS.length)]).from(day, 1));
            }
            Observed last = at(401, 90);
            Answer ordered = new Product().seeAll(events).see(last);
            Answer mixed = new Product().seeAll(late(events, random, 90)).see(last);
            assertEquals(ordered, mixed, () -> events.toString());
        }
    }

    @Test
    void repeatsDoNotMakeTheAnswersDependOnTheOrder() {
        Random random = new Random(6);
        for (int round = 0; round < 200; round++) {
            List<Observed> events = new ArrayList<>(randomEvents(random, 60, 14));
            Observed last = at(15, 90).from(99, 1);
            Answer ordered = new Product().seeAll(inOrder(events)).see(last);
            Collections.shuffle(events, random);
            assertEquals(ordered, new Product().seeAll(events).see(last));
        }
    }

    @Test
    void moreThan90DaysLateAPriceCountsButItsDayDoesNot() {
        Product product = new Product();
        product.see(at(200, 500));
        Answer late = product.see(at(109, 100));
        assertEquals(1, late.days());
        Answer next = product.see(at(201, 500));
        assertEquals(2, next.days());
        assertEquals(money(500), next.low90());
        assertEquals(money(100), next.allTimeLow());
        assertEquals(at(109, 0).day(), next.allTimeLowDay());
    }

    @Test
    void theSamePriceOfADealWithin24HoursIsADuplicate() {
        ProductHistory history = new ProductHistory();
        assertTrue(history.observe(1, 1, 1, 100, START));
        assertFalse(history.observe(1, 1, 1, 100, START));
        assertFalse(history.observe(1, 2, 1, 100, START + DAY - 1));
        assertFalse(history.observe(1, 1, 1, 100, START - 1));
        assertTrue(history.observe(1, 1, 1, 100, START + DAY));
        assertTrue(history.observe(2, 1, 1, 100, START));
        assertTrue(history.observe(1, 1, 1, 90, START));
        // A deal at a price on a day: three days of one, and the other two.
        assertEquals(5, history.observations());
    }

    @Test
    void aPriceThatWentAndCameBackIsNoDuplicate() {
        ProductHistory history = new ProductHistory();
        assertTrue(history.observe(1, 1, 1, 100, START));
        assertTrue(history.observe(1, 1, 1, 90, START + 1));
        assertTrue(history.observe(1, 1, 1, 100, START + 2));
        // Another deal's price in between changes nothing.
        assertTrue(history.observe(2, 1, 1, 90, START + 3));
        assertFalse(history.observe(1, 1, 1, 100, START + 4));
    }

    @Test
    void anOfferThatStaysIsToldAgainWithinTwoDays() {
        ProductHistory history = new ProductHistory();
        long told = START;
        for (long time = START; time < START + 10 * DAY; time += 7 * MINUTE) {
            if (history.observe(1, 1, 1, 100, time)) {
                assertTrue(time - told <= 2 * DAY);
                told = time;
            }
        }
        assertTrue(told > START + 7 * DAY);
    }

    @Test
    void aPriceUnderATenthOfTheUsualIsHeldAndIsNoLow() {
        Product product = usual(5);
        Answer glitch = product.see(at(5, 5.99));
        assertTrue(glitch.isHeld());
        assertEquals(money(60), glitch.allTimeLow());
        assertEquals(money(60), glitch.low7());
        Answer next = product.see(at(6, 61));
        assertEquals(money(60), next.allTimeLow());
        assertEquals(money(60), next.typical7());
        assertEquals(money(60), next.previous());
        assertFalse(usual(5).see(at(5, 6)).isHeld());
    }

    @Test
    void aSecondLookConfirmsSomeMinutesLaterAndIsTold() {
        Product product = usual(5);
        Observed glitch = at(5, 5);
        assertTrue(product.see(glitch).isHeld());
        assertNull(product.see(glitch), "the same look");
        assertNull(product.see(new Observed(1, 1, glitch.price(), glitch.time() + 4 * MINUTE)));
        Answer second =
                product.see(new Observed(1, 1, glitch.price(), glitch.time() + 10 * MINUTE));
        assertNotNull(second, "a duplicate that confirms is told");
        assertFalse(second.isHeld());
        assertTrue(second.isRepeated());
        assertEquals(money(5), second.allTimeLow());
        assertNull(
                product.see(new Observed(1, 1, glitch.price(), glitch.time() + 20 * MINUTE)),
                "once");
    }

    @Test
    void anotherSourceAnotherOfferOrAnotherDayConfirms() {
        Observed glitch = at(5, 5);
        for (Observed second :
                List.of(glitch.from(1, 2), glitch.from(2, 1), at(6, 5), at(40, 6.2))) {
            Product product = usual(5);
            product.see(glitch);
            Answer answer = product.see(second);
            assertNotNull(answer);
            assertFalse(answer.isHeld(), second::toString);
            assertEquals(money(5), answer.allTimeLow());
        }
        Product product = usual(5);
        product.see(glitch);
        assertTrue(product.see(at(6, 3)).isHeld(), "another price is no second look");
    }

    @Test
    void aGlitchOfOneLookStaysNoLowWhenItsDayIsLongPast() {
        Product product = usual(5);
        product.see(at(5, 5));
        // The same offer a minute later: one look, though at two prices.
        product.see(new Observed(1, 1, money(4.9), at(5, 0).time() + MINUTE));
        for (int day = 6; day < 120; day++) {
            assertEquals(money(60), product.see(at(day, 60)).allTimeLow());
        }
    }

    @Test
    void aFallThatIsGoneAtTheNextLookIsNoLow() {
        Product product = new Product();
        product.see(at(0, 60));
        assertEquals(money(20), product.see(at(0.1, 20)).allTimeLow());
        Answer next = product.see(at(0.2, 60));
        assertEquals(money(60), next.allTimeLow());
        assertEquals(money(60), next.previous());
        // Another shop's dearer offer says nothing of it.
        Product other = new Product();
        other.see(at(0, 60));
        other.see(at(0.1, 20));
        assertEquals(money(20), other.see(at(0.2, 60).from(2, 1)).allTimeLow());
    }

    @Test
    void aFirstPriceThatProvesToBeAGlitchIsALowNoMore() {
        Product product = new Product();
        assertFalse(product.see(at(0, 5)).isHeld());
        assertEquals(money(5), product.see(at(1, 60)).allTimeLow());
        assertEquals(money(60), product.see(at(2, 61)).allTimeLow());
    }

    @Test
    void giveawaysDoNotMakeAProductFreeForEver() {
        Product product = usual(5);
        assertTrue(product.see(at(5, 0)).isHeld());
        assertEquals(money(60), product.see(at(6, 60)).allTimeLow());
        Product free = new Product();
        free.see(at(0, 0));
        assertFalse(free.see(at(1, 0)).isHeld());
    }

    @Test
    void shopsAreCountedUpTo16() {
        ProductHistory history = new ProductHistory();
        for (int i = 0; i < 40; i++) {
            history.observe(i, 1, i % 20 * 0x9e3779b97f4a7c15L, 100, START + i * DAY);
            assertEquals(Math.min(i + 1, 16), history.shopsObserved());
        }
    }

    @Test
    void whatIsStoredIsSmall() {
        ProductHistory history = new ProductHistory();
        for (int i = 0; i < 9; i++) {
            long price = 10_000 * (150 + i) - 100;
            assertTrue(history.observe(i * 0x9e3779b97f4a7c15L, 1, i % 3, price, START + i * DAY));
        }
        // Plus 28 of the row and its TTL: a product seen on nine days stays below 250 in RocksDB.
        int few = history.store().length;
        assertTrue(few <= 168, "nine observations: " + few);
        for (int i = 9; i < 100; i++) {
            long price = 10_000 * (150 + i % 17) - 100;
            history.observe(i * 0x9e3779b97f4a7c15L, 1, i % 3, price, START + i * DAY);
        }
        int daily = history.store().length;
        assertTrue(daily <= 468, "a price a day: " + daily);
        for (int i = 0; i < 9000; i++) {
            long time = START + (100 * DAY + i * DAY / 50);
            long price = 1_499_900 + i * 7919 % 900_001;
            history.observe(i * 0x9e3779b97f4a7c15L, 1, i, price, time);
        }
        int many = history.store().length;
        assertTrue(many <= 1_600, "thousands of observations: " + many);
    }

    @Test
    void stateOfALaterVersionIsRefused() {
        byte[] stored = new ProductHistory().store();
        stored[0] = 3;
        IllegalStateException e =
                assertThrows(
                        IllegalStateException.class, () -> new ProductHistory().load(stored));
        assertTrue(e.getMessage().contains("version 3"));
    }

    @Test
    void theBytesOfVersionOneAreStillRead() {
        // Of the release that wrote them: 20 on day 0, 150 on day 100, 140 on day 101, one offer.
        String golden =
                "01030101c09a0ca09c0102849d01e0c65b01c0b955038080cea6a532c09a0c00"
                        + "0000000000000180e0ef9720e0c65bffffffffffffffff85b89929c0b955ffff"
                        + "ffffffffffff";
        ProductHistory history = new ProductHistory();
        history.load(HexFormat.of().parseHex(golden));
        assertEquals(3, history.observations());
        assertFalse(history.observe(-1, 1, 1, 1_400_000, START + 101 * DAY + 6), "a duplicate");
        assertTrue(history.observe(2, 1, 1, 1_450_000, START + 102 * DAY));
        Answer answer = Answer.of(history);
        assertEquals(1_400_000, answer.previous());
        assertEquals(1_400_000, answer.low90());
        assertEquals(200_000, answer.allTimeLow());
        assertEquals(20_000, answer.allTimeLowDay());
        assertEquals(1_500_000, answer.high());
        assertEquals(1_450_000, answer.typical90());
        assertEquals(4, answer.days());
        assertEquals(2, history.store()[0]);
    }

    @Test
    void theBytesOfVersionTwoStayWhatTheyAre() {
        ProductHistory history = new ProductHistory();
        history.observe(1, 1, 1, 200_000, START);
        history.observe(-1, 1, 2, 1_500_000, START + 100 * DAY);
        history.observe(-1, 1, 2, 1_400_000, START + 101 * DAY + 5);
        history.observe(-1, 2, 3, 100_000, START + 101 * DAY + 6);
        String golden =
                "0204e0d403030000000100000002000000030101c03e80f10402859d0102a01f"
                        + "a09603b40000b0000004c0b503b000000400000001c03e8080f3df1900000000"
                        + "00a0960380b0bd1000000000009e1f95e0e5a40100000000009e96030500";
        assertEquals(golden, HexFormat.of().formatHex(history.store()));
        // What such bytes mean: read by a release that does not write them any more, too.
        history.load(HexFormat.of().parseHex(golden));
        history.observe(9, 9, 9, 1_400_000, START + 102 * DAY);
        Answer answer = Answer.of(history);
        assertEquals(5, history.observations());
        assertEquals(1_400_000, answer.low90());
        assertEquals(200_000, answer.allTimeLow());
        assertEquals(4, answer.days());
        assertEquals(4, answer.shops());
    }
}
