package dealfinder;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.SerializationFeature;
import java.util.Map;
import org.apache.flink.table.functions.ScalarFunction;

/**
 * SQL function `map_to_json(MAP&lt;STRING, STRING&gt;) -> STRING`.
 *
 * <p>The text that Python reads RawDeal.extras from: an object with its keys in order, so that the
 * same map is always the same text. NULL stays NULL.
 */
public class MapToJson extends ScalarFunction {
    private static final long serialVersionUID = 1L;
    private static final ObjectMapper JSON =
            new ObjectMapper().configure(SerializationFeature.ORDER_MAP_ENTRIES_BY_KEYS, true);

    /** Called by Flink. */
    public String eval(Map<String, String> map) throws JsonProcessingException {
        return map == null ? null : JSON.writeValueAsString(map);
    }
}
