package dealfinder;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.IOException;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.Map;
import java.util.stream.Stream;
import java.util.stream.StreamSupport;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** The decisions that this and its Python twin must make alike. */
class RuleMemoryTest {
    private static final Path VECTORS =
            Path.of("..", "..", "tests", "udfs", "alerting", "policy_vectors.json");

    /** State in memory, as bytes. */
    private static final class Kept implements RuleMemory.Entries {
        final Map<String, byte[]> entries = new HashMap<>();

        @Override
        public byte[] get(String key) {
            return entries.get(key);
        }

        @Override
        public void put(String key, byte[] value) {
            entries.put(key, value);
        }

        @Override
        public void remove(String key) {
            entries.remove(key);
        }
    }

    static Stream<JsonNode> histories() throws IOException {
        JsonNode file = new ObjectMapper().readTree(VECTORS.toFile());
        return StreamSupport.stream(file.spliterator(), false);
    }

    @ParameterizedTest
    @MethodSource("histories")
    void decidesAsThePythonTwin(JsonNode history) throws Exception {
        Kept kept = new Kept();
        int number = 0;
        for (JsonNode step : history.get("steps")) {
            // A new one each time: nothing but the entries may be remembered.
            RuleMemory memory = new RuleMemory(kept, history.get("memory_days").asInt());
            RuleMemory.Decision decision =
                    memory.decide(
                            step.get("product_key").asText(),
                            step.get("price").asLong(),
                            step.get("at_ms").asLong(),
                            Terms.of(step.get("terms").asText()));
            assertEquals(step.get("held").textValue(), decision.held(), "step " + number);
            assertEquals(step.get("rank").asInt(), decision.rank(), "step " + number++);
        }
    }

    @Test
    void stateOfANewerReleaseIsRefused() {
        Kept kept = new Kept();
        kept.put("ptv", new byte[] {2, 0});
        RuleMemory memory = new RuleMemory(kept, 90);
        Terms terms = Terms.of("0\t\t0\t0\t\t0\t\t\t0\t0.0");
        assertThrows(IllegalStateException.class, () -> memory.decide("tv", 1, 0, terms));
    }

    @Test
    void termsThatNobodyWroteAreRefused() {
        assertThrows(IllegalArgumentException.class, () -> Terms.of("0\t1"));
    }
}
