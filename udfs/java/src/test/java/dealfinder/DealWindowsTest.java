package dealfinder;

import static org.junit.jupiter.api.Assertions.assertEquals;

import java.lang.reflect.Method;
import java.util.Arrays;
import java.util.List;
import org.apache.flink.table.annotation.StateHint;
import org.junit.jupiter.api.Test;

class DealWindowsTest {
    /** What a savepoint has: another name or time to live is another state. */
    @Test
    void theStateIsThatOfTheSavepoints() {
        Method eval =
                Arrays.stream(DealWindows.class.getMethods())
                        .filter(method -> method.getName().equals("eval"))
                        .findFirst()
                        .orElseThrow();
        List<String> states =
                Arrays.stream(eval.getParameters())
                        .filter(each -> each.isAnnotationPresent(StateHint.class))
                        .map(each -> {
                            StateHint hint = each.getAnnotation(StateHint.class);
                            return hint.name() + " " + each.getParameterizedType().getTypeName()
                                    + " " + hint.ttl();
                        })
                        .toList();
        String view = "org.apache.flink.table.api.dataview.MapView";
        assertEquals(
                List.of(
                        "shard dealfinder.DealWindows$Shard ",
                        "tracks " + view + "<java.lang.String, byte[]> ",
                        "panes " + view + "<java.lang.String, byte[]> ",
                        "seen " + view + "<java.lang.Long, java.lang.Boolean> 7 days"),
                states);
    }
}
