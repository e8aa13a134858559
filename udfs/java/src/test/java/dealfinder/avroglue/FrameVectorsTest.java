package dealfinder.avroglue;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.HexFormat;
import java.util.List;
import java.util.Random;
import java.util.Set;
import java.util.UUID;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import java.util.stream.StreamSupport;
import org.apache.avro.Schema;
import org.apache.flink.table.api.DataTypes;
import org.apache.flink.table.data.RowData;
import org.apache.flink.table.types.logical.RowType;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** The frames that the Python codec and this format must judge alike. */
class FrameVectorsTest {
    private static final Path PROJECT = Path.of("..", "..");
    private static final RowType COLUMNS =
            Format.columns(
                    "source", DataTypes.STRING(),
                    "feed_url", DataTypes.STRING(),
                    "item_id", DataTypes.STRING(),
                    "fetched_at", DataTypes.BIGINT(),
                    "published_at", DataTypes.BIGINT(),
                    "title", DataTypes.STRING(),
                    "link", DataTypes.STRING(),
                    "summary_html", DataTypes.STRING(),
                    "extras", DataTypes.MAP(DataTypes.STRING(), DataTypes.STRING()),
                    "decode_error", DataTypes.STRING(),
                    "payload", DataTypes.BYTES());
    private static final int DECODE_ERROR = 9;

    /** A row of frames.json. */
    record Vector(String name, byte[] frame, String reason) {
        @Override
        public String toString() {
            return name;
        }
    }

    private static JsonNode file() throws IOException {
        Path path = PROJECT.resolve(Path.of("tests", "schemas", "frames.json"));
        return new ObjectMapper().readTree(path.toFile());
    }

    private static String schema() throws IOException {
        return Files.readString(PROJECT.resolve(Path.of("schemas", "deals.raw.avsc")));
    }

    static List<Vector> vectors() throws IOException {
        return StreamSupport.stream(file().get("frames").spliterator(), false)
                .map(
                        row ->
                                new Vector(
                                        row.get("name").asText(),
                                        bytes(row.get("frame").textValue()),
                                        row.get("reason").textValue()))
                .toList();
    }

    private static byte[] bytes(String hexadecimal) {
        return hexadecimal == null ? null : HexFormat.of().parseHex(hexadecimal);
    }

    private static AvroGlueDeserializer source() throws IOException {
        Registry registry = new Registry();
        registry.definitions.put(
                UUID.fromString(file().get("schema_version_id").asText()), schema());
        return Format.source(registry, schema(), COLUMNS);
    }

    @ParameterizedTest
    @MethodSource("vectors")
    void aFrameIsJudgedAsInPython(Vector vector) throws IOException {
        RowData row = source().deserialize(vector.frame);
        assertEquals(
                vector.reason,
                row.isNullAt(DECODE_ERROR) ? null : row.getString(DECODE_ERROR).toString());
        assertEquals(vector.reason == null, !row.isNullAt(0));
    }

    @Test
    void theReasonsAreSymbolsOfTheDeadLetter() throws IOException {
        Path path = PROJECT.resolve(Path.of("schemas", "deals.dlq.avsc"));
        Schema letter = new Schema.Parser().parse(path.toFile());
        Set<String> symbols = Set.copyOf(letter.getField("reason").schema().getEnumSymbols());
        Set<String> own =
                Stream.of(Reason.values()).map(Reason::symbol).collect(Collectors.toSet());
        assertTrue(symbols.containsAll(own), () -> own + " in " + symbols);
    }

    @Test
    void damagedFramesAlwaysGiveARow() throws IOException {
        AvroGlueDeserializer source = source();
        List<byte[]> frames =
                vectors().stream()
                        .filter(vector -> vector.frame != null && vector.frame.length > 18)
                        .filter(vector -> vector.frame.length < 2000)
                        .map(Vector::frame)
                        .toList();
        Random random = new Random(20_251_125);
        int good = 0;
        for (int i = 0; i < 60_000; i++) {
            byte[] frame = frames.get(random.nextInt(frames.size())).clone();
            for (int hits = random.nextInt(4); hits >= 0; hits--) {
                frame[18 + random.nextInt(frame.length - 18)] = (byte) random.nextInt();
            }
            RowData row = source.deserialize(frame);
            good += row.isNullAt(DECODE_ERROR) ? 1 : 0;
        }
        assertTrue(good > 0, "a hit on a letter of a text goes unseen");
    }
}
