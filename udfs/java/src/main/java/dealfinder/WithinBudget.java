package dealfinder;

import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import org.apache.flink.runtime.execution.SuppressRestartsException;
import org.apache.flink.table.functions.ScalarFunction;

/**
 * SQL function that gives the reason of a dead letter back, or stops the job for good.
 *
 * <pre>
 * within_budget(reason, stage, topic, `partition`, `offset`, max_ratio, window, max_in_a_row)
 * </pre>
 *
 * <p>It stops the job when more than `max_ratio` of the newest `window` records of a partition became
 * letters of a stage, or more than `max_in_a_row` without one between that did not: what is wrong
 * then is no record, and a restart would not mend it. Flink's restarts are suppressed, the job is
 * FAILED with a message that says what to do, and goes on from its last checkpoint when started
 * again. Deals that came too late for a window count for nothing here.
 *
 * <p>A stage makes letters in more than one task (of the format, of SQL, of Python), so the windows
 * are shared within the TaskManager; a partition is read by one subtask only.
 */
public class WithinBudget extends ScalarFunction {
    private static final long serialVersionUID = 1L;
    // Such a record was fine and only came late, as after an outage or from a feed read anew.
    private static final String LATE = "window_closed";
    private static final Map<String, LetterWindow> WINDOWS = new ConcurrentHashMap<>();

    /** What the job says when it stops; the tools look for its first words. */
    public static class DeadLetterBudgetException extends RuntimeException {
        private static final long serialVersionUID = 1L;

        DeadLetterBudgetException(String message) {
            super(message);
        }
    }

    /** Called by Flink. */
    public String eval(
            String reason,
            String stage,
            String topic,
            Integer partition,
            Long offset,
            Double maxRatio,
            Integer window,
            Integer maxInARow) {
        if (LATE.equals(reason)) {
            return reason;
        }
        String place = stage + "/" + topic + "/" + partition;
        LetterWindow letters = WINDOWS.computeIfAbsent(place, key -> new LetterWindow(window));
        synchronized (letters) {
            letters.add(offset);
            int inARow = letters.runThrough(offset);
            if (inARow > maxInARow) {
                throw spent(stage, topic, partition, inARow + " records in a row", reason, offset);
            }
            if (letters.letters() > maxRatio * window) {
                String many = letters.letters() + " of " + window + " records";
                throw spent(stage, topic, partition, many, reason, offset);
            }
        }
        return reason;
    }

    private static SuppressRestartsException spent(
            String stage, String topic, int partition, String many, String reason, long offset) {
        return new SuppressRestartsException(
                new DeadLetterBudgetException(
                        String.format(
                                "Dead-letter budget spent: %s put %s of %s, partition %d, aside, the"
                                        + " last one, offset %d, for %s. The job has stopped and does"
                                        + " not restart by itself; nothing is lost, it goes on from"
                                        + " its last checkpoint. Read what is on deals.dlq, mend the"
                                        + " cause and start the job again; if all that is as it must"
                                        + " be, raise the limits of property group DeadLetters first."
                                        + " See docs/runbooks/dead-letters.md.",
                                stage, many, topic, partition, offset, reason)));
    }

    /** Not a claim about the result: it keeps the planner from leaving the call out. */
    @Override
    public boolean isDeterministic() {
        return false;
    }
}
