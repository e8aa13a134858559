package dealfinder.avroglue;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.sun.net.httpserver.HttpExchange;
import com.sun.net.httpserver.HttpServer;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.UUID;
import org.apache.flink.configuration.Configuration;
import org.apache.flink.table.api.ValidationException;
import org.apache.flink.table.factories.DeserializationFormatFactory;
import org.apache.flink.table.factories.FactoryUtil;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** The real SDK client against a Glue of two operations on the loopback. */
class GlueSchemaVersionsTest {
    private static final UUID ID = Registry.ID;
    private static final String DEFINITION = "{\"type\": \"string\"}";

    private final List<String> calls = new ArrayList<>();
    private HttpServer server;
    private int failures;
    private int failureStatus = 503;
    private String status = "AVAILABLE";

    @BeforeEach
    void start() throws IOException {
        server = HttpServer.create(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), 0);
        server.createContext("/", this::answer);
        server.start();
    }

    @AfterEach
    void stop() {
        server.stop(0);
    }

    private GlueSchemaVersions versions() {
        String endpoint = "http://127.0.0.1:" + server.getAddress().getPort();
        return new GlueSchemaVersions("eu-central-1", endpoint, "deal-finder", "deals.raw");
    }

    private void answer(HttpExchange exchange) throws IOException {
        String operation = exchange.getRequestHeaders().getFirst("X-Amz-Target");
        JsonNode request = new ObjectMapper().readTree(exchange.getRequestBody());
        calls.add(operation);
        int code = 200;
        Map<String, String> answer;
        if (failures > 0) {
            failures--;
            code = failureStatus;
            answer = Map.of("__type", "InternalServiceException");
        } else if (!knows(request)) {
            code = 400;
            answer = Map.of("__type", "EntityNotFoundException", "Message", "not found");
        } else {
            answer =
                    Map.of(
                            "SchemaVersionId", ID.toString(),
                            "SchemaDefinition", DEFINITION,
                            "DataFormat", "AVRO",
                            "Status", status);
        }
        byte[] body = new ObjectMapper().writeValueAsBytes(answer);
        exchange.getResponseHeaders().add("Content-Type", "application/x-amz-json-1.1");
        exchange.sendResponseHeaders(code, body.length);
        exchange.getResponseBody().write(body);
        exchange.close();
    }

    private static boolean knows(JsonNode request) {
        if (request.has("SchemaVersionId")) {
            return request.get("SchemaVersionId").asText().equals(ID.toString());
        }
        JsonNode schema = request.get("SchemaId");
        return schema.get("RegistryName").asText().equals("deal-finder")
                && schema.get("SchemaName").asText().equals("deals.raw")
                && request.get("SchemaDefinition").asText().equals(DEFINITION);
    }

    @Test
    void aVersionIsFoundByIdAndByDefinition() throws IOException {
        assertEquals(Optional.of(DEFINITION), versions().definition(ID));
        assertEquals(ID, versions().versionId(DEFINITION));
        assertEquals(List.of("AWSGlue.GetSchemaVersion", "AWSGlue.GetSchemaByDefinition"), calls);
    }

    @Test
    void anUnknownVersionIsEmptyAndAskedOnce() throws IOException {
        assertEquals(Optional.empty(), versions().definition(UUID.randomUUID()));
        assertEquals(1, calls.size());
    }

    @Test
    void aVersionThatGlueRefusedIsNotUsed() throws IOException {
        status = "FAILURE";
        assertEquals(Optional.empty(), versions().definition(ID));
        IOException e = assertThrows(IOException.class, () -> versions().versionId(DEFINITION));
        assertTrue(e.getMessage().contains("is FAILURE: run python -m scripts.bootstrap"));
    }

    @Test
    void anUnregisteredSchemaSaysWhatToRun() {
        IOException e = assertThrows(IOException.class, () -> versions().versionId("{}"));
        assertTrue(e.getMessage().contains("deals.raw in registry deal-finder"), e.getMessage());
        assertTrue(e.getMessage().contains("run python -m scripts.bootstrap"), e.getMessage());
    }

    @Test
    void afterAPassingFaultTheCallSucceeds() throws IOException {
        failures = 2;
        assertEquals(Optional.of(DEFINITION), versions().definition(ID));
        assertEquals(3, calls.size());
    }

    @Test
    void anOutageThrowsAndIsNotTakenForAnUnknownVersion() {
        failures = 100;
        failureStatus = 400; // a refusal, which is not repeated: the test need not wait
        assertThrows(IOException.class, () -> versions().definition(ID));
        assertThrows(IOException.class, () -> versions().versionId(DEFINITION));
    }

    @Test
    void theFormatIsFoundByNameAndSaysWhichOptionIsMissing() {
        DeserializationFormatFactory factory =
                FactoryUtil.discoverFactory(
                        getClass().getClassLoader(),
                        DeserializationFormatFactory.class,
                        "avro-glue");
        Configuration options =
                Configuration.fromMap(
                        Map.of(
                                "schema", "{\"type\":\"record\",\"name\":\"R\",\"fields\":[]}",
                                "registry.name", "r",
                                "schema.name", "s",
                                "region", "eu-central-1",
                                "max-decompressed-bytes", "1 mb",
                                "compression", "zlib"));
        factory.createDecodingFormat(null, options);
        for (String key : Set.of("schema", "registry.name", "schema.name", "region")) {
            Configuration incomplete = new Configuration(options);
            incomplete.removeKey(key);
            ValidationException e =
                    assertThrows(
                            ValidationException.class,
                            () -> factory.createDecodingFormat(null, incomplete));
            assertTrue(e.getMessage().contains(key), e.getMessage());
        }
        for (String bad : Set.of("{", "{\"type\":\"string\"}")) {
            Configuration wrong = new Configuration(options);
            wrong.setString("schema", bad);
            ValidationException e =
                    assertThrows(
                            ValidationException.class,
                            () -> factory.createDecodingFormat(null, wrong));
            assertTrue(e.getMessage().contains("option 'schema'"), e.getMessage());
        }
    }
}
