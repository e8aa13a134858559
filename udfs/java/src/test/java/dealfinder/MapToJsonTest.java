package dealfinder;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNull;

import java.util.LinkedHashMap;
import java.util.Map;
import org.junit.jupiter.api.Test;

class MapToJsonTest {
    @Test
    void aMapIsAnObjectWithItsKeysInOrder() throws Exception {
        Map<String, String> map = new LinkedHashMap<>();
        map.put("price", "12,99 €");
        map.put("coupon", "\"A\\B\"\n🔥");
        map.put("none", null);
        assertEquals(
                "{\"coupon\":\"\\\"A\\\\B\\\"\\n🔥\",\"none\":null,\"price\":\"12,99 €\"}",
                new MapToJson().eval(map));
        assertEquals("{}", new MapToJson().eval(Map.of()));
        assertNull(new MapToJson().eval(null));
    }
}
