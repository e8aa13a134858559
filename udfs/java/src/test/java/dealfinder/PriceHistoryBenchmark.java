package dealfinder;

import dealfinder.avroglue.Benchmark;
import java.io.IOException;
import java.util.Random;

/** The part of the benchmark that sees the state: what price_history adds to a Flink state call. */
public final class PriceHistoryBenchmark {
    private PriceHistoryBenchmark() {}

    /** Products with few observations, and one product with all of them. */
    public static void run() throws IOException {
        for (int products : new int[] {100_000, 1000, 1}) {
            byte[][] states = new byte[products][];
            ProductHistory history = new ProductHistory();
            Random random = new Random(1);
            Benchmark.measure(
                    "observe, " + products + " products",
                    i -> {
                        int product = random.nextInt(products);
                        long time = (20_000L + i % 300) * ProductHistory.DAY_MS + i;
                        history.load(states[product]);
                        history.observe(
                                random.nextLong(), 1, i % 5, 600_000 + random.nextInt(2_000) * 100, time);
                        long sum = history.low(7) + history.low(30) + history.low(90);
                        sum += history.allTimeLow() + history.allTimeLowDay();
                        sum += history.typical(7) + history.typical(30) + history.typical(90);
                        sum += history.previousPrice() + history.lastChangeDay();
                        sum += history.daysObserved() + history.high();
                        states[product] = history.store();
                        return sum;
                    });
            System.out.printf("  last state: %d bytes%n", states[0].length);
        }
    }
}
