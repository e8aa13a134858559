package dealfinder;

import java.util.HashMap;
import java.util.Map;
import org.apache.flink.metrics.Counter;
import org.apache.flink.metrics.MetricGroup;
import org.apache.flink.table.functions.FunctionContext;
import org.apache.flink.table.functions.ScalarFunction;

/**
 * SQL function `count_dead_letter(reason STRING) -> STRING`: gives the reason back and counts it.
 *
 * <p>Every dead letter of every job passes here, whoever rejected the record: the format, SQL or
 * Python. Reasons are a closed list, so the counters are few.
 */
public class CountDeadLetter extends ScalarFunction {
    private static final long serialVersionUID = 1L;

    private transient MetricGroup group;
    private transient Map<String, Counter> counters;

    @Override
    public void open(FunctionContext context) {
        group = context.getMetricGroup().addGroup("kinesisanalytics");
        counters = new HashMap<>();
    }

    /** Called by Flink. */
    public String eval(String reason) {
        counters.computeIfAbsent(String.valueOf(reason), this::counter).inc();
        return reason;
    }

    private Counter counter(String reason) {
        return group.addGroup("reason", reason).counter("dead_letters_total");
    }

    /** Not a claim about the result: it keeps the planner from counting twice or not at all. */
    @Override
    public boolean isDeterministic() {
        return false;
    }
}
