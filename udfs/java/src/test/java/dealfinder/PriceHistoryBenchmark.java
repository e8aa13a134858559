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
                        history.observe(random.nextLong(), random.nextInt(9_999_999), time);
                        int day = (int) (time / ProductHistory.DAY_MS);
                        long sum = history.low(day, 7, 1L << 40) + history.low(day, 30, 1L << 40);
                        sum += history.low(day, 90, 1L << 40) + history.allTimeLow(day, 1L << 40);
                        sum += history.typicalBefore(day) + history.daysObserved(day);
                        states[product] = history.store();
                        return sum;
                    });
            System.out.printf("  last state: %d bytes%n", states[0].length);
        }
    }
}
