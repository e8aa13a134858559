package dealfinder;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.UUID;
import org.apache.flink.runtime.execution.SuppressRestartsException;
import org.apache.flink.runtime.throwable.ThrowableClassifier;
import org.apache.flink.runtime.throwable.ThrowableType;
import org.junit.jupiter.api.Test;

class WithinBudgetTest {
    private final String topic = "t" + UUID.randomUUID();
    private final WithinBudget budget = new WithinBudget();

    private String letter(String stage, int partition, long offset) {
        return budget.eval("price_missing", stage, topic, partition, offset, 0.5, 10, 4);
    }

    @Test
    void lettersWithinTheBudgetKeepTheirReason() {
        for (long offset = 0; offset < 1000; offset += 2) {
            assertEquals("price_missing", letter("parse_deals", 0, offset));
        }
    }

    @Test
    void moreInARowThanAllowedStopTheJobForGoodAndSaysWhatToDo() {
        for (long offset = 0; offset < 4; offset++) {
            letter("parse_deals", 0, offset);
        }
        var stopped =
                assertThrows(
                        SuppressRestartsException.class, () -> letter("parse_deals", 0, 4));
        String said = stopped.getCause().getMessage();
        assertTrue(said.contains("parse_deals put 5 records in a row of " + topic), said);
        assertTrue(said.contains("DeadLetters"), said);
        assertTrue(
                ThrowableClassifier.findThrowableOfThrowableType(
                                stopped, ThrowableType.NonRecoverableError)
                        .isPresent());
    }

    @Test
    void dealsThatCameTooLateForAWindowStopNothing() {
        for (long offset = 0; offset < 100; offset++) {
            assertEquals(
                    "window_closed",
                    budget.eval(
                            "window_closed", "summarise_deals", topic, 0, offset, 0.5, 10, 4));
        }
    }

    @Test
    void aLargerShareThanAllowedStopsTheJob() {
        // Four, a gap, two, a gap: six of the first eight.
        for (long offset : new long[] {0, 1, 2, 3, 5}) {
            letter("parse_deals", 0, offset);
        }
        var stopped =
                assertThrows(
                        SuppressRestartsException.class, () -> letter("parse_deals", 0, 7));
        assertTrue(stopped.getCause().getMessage().contains("6 of 10 records"));
    }

    @Test
    void stagesAndPartitionsHaveBudgetsOfTheirOwn() {
        for (long offset = 0; offset < 4; offset++) {
            letter("parse_deals", 0, offset);
            letter("parse_deals", 1, offset);
            letter("other", 0, offset);
        }
    }

    @Test
    void theTasksOfAStageShareABudget() {
        WithinBudget otherTask = new WithinBudget();
        letter("parse_deals", 0, 0);
        otherTask.eval("empty_record", "parse_deals", topic, 0, 1L, 0.5, 10, 4);
        letter("parse_deals", 0, 2);
        otherTask.eval("empty_record", "parse_deals", topic, 0, 3L, 0.5, 10, 4);
        assertThrows(SuppressRestartsException.class, () -> letter("parse_deals", 0, 4));
    }
}
