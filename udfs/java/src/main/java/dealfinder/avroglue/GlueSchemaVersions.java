package dealfinder.avroglue;

import java.io.IOException;
import java.net.URI;
import java.time.Duration;
import java.util.Optional;
import java.util.Set;
import java.util.UUID;
import software.amazon.awssdk.auth.credentials.AwsBasicCredentials;
import software.amazon.awssdk.auth.credentials.StaticCredentialsProvider;
import software.amazon.awssdk.awscore.retry.AwsRetryStrategy;
import software.amazon.awssdk.core.exception.SdkException;
import software.amazon.awssdk.http.urlconnection.UrlConnectionHttpClient;
import software.amazon.awssdk.regions.Region;
import software.amazon.awssdk.services.glue.GlueClient;
import software.amazon.awssdk.services.glue.GlueClientBuilder;
import software.amazon.awssdk.services.glue.model.DataFormat;
import software.amazon.awssdk.services.glue.model.EntityNotFoundException;
import software.amazon.awssdk.services.glue.model.GetSchemaByDefinitionResponse;
import software.amazon.awssdk.services.glue.model.GetSchemaVersionResponse;
import software.amazon.awssdk.services.glue.model.SchemaVersionStatus;

/**
 * AWS Glue Schema Registry.
 *
 * <p>The SDK retries throttled and failed calls with backoff, for 30 seconds at most; then the call
 * throws, the task fails and Flink replays from the checkpoint. The client needs no
 * closing: the JDK's HTTP client keeps neither threads nor a pool of its own.
 */
final class GlueSchemaVersions implements SchemaVersions {
    private static final int ATTEMPTS = 8;
    private static final Duration ATTEMPT_TIMEOUT = Duration.ofSeconds(5);
    private static final Duration CALL_TIMEOUT = Duration.ofSeconds(30);
    private static final Set<String> LOOPBACK = Set.of("localhost", "127.0.0.1", "[::1]", "::1");

    private final GlueClient glue;
    private final String registry;
    private final String schema;

    GlueSchemaVersions(String region, String endpoint, String registry, String schema) {
        this.registry = registry;
        this.schema = schema;
        GlueClientBuilder builder =
                GlueClient.builder()
                        .region(Region.of(region))
                        .httpClientBuilder(UrlConnectionHttpClient.builder())
                        .overrideConfiguration(
                                settings ->
                                        settings.apiCallAttemptTimeout(ATTEMPT_TIMEOUT)
                                                .apiCallTimeout(CALL_TIMEOUT)
                                                .retryStrategy(
                                                        AwsRetryStrategy.standardRetryStrategy()
                                                                .toBuilder()
                                                                .maxAttempts(ATTEMPTS)
                                                                .build()));
        if (endpoint != null) {
            URI address = URI.create(endpoint);
            builder.endpointOverride(address);
            if (LOOPBACK.contains(address.getHost())) {
                // A local stand-in: no real credentials are looked for or sent.
                builder.credentialsProvider(
                        StaticCredentialsProvider.create(
                                AwsBasicCredentials.create("local", "local")));
            }
        }
        this.glue = builder.build();
    }

    @Override
    public Optional<String> definition(UUID versionId) throws IOException {
        try {
            GetSchemaVersionResponse version =
                    glue.getSchemaVersion(call -> call.schemaVersionId(versionId.toString()));
            boolean isUsable =
                    version.dataFormat() == DataFormat.AVRO
                            && version.status() != SchemaVersionStatus.PENDING
                            && version.status() != SchemaVersionStatus.FAILURE;
            return isUsable ? Optional.of(version.schemaDefinition()) : Optional.empty();
        } catch (EntityNotFoundException e) {
            return Optional.empty();
        } catch (SdkException e) {
            throw new IOException("Glue does not tell schema version " + versionId, e);
        }
    }

    @Override
    public UUID versionId(String definition) throws IOException {
        try {
            GetSchemaByDefinitionResponse version =
                    glue.getSchemaByDefinition(
                            call ->
                                    call.schemaId(
                                                    id ->
                                                            id.registryName(registry)
                                                                    .schemaName(schema))
                                            .schemaDefinition(definition));
            if (version.status() != SchemaVersionStatus.AVAILABLE) {
                throw unregistered("is " + version.statusAsString(), null);
            }
            return UUID.fromString(version.schemaVersionId());
        } catch (EntityNotFoundException e) {
            throw unregistered("is not registered with this definition", e);
        } catch (SdkException e) {
            throw new IOException("Glue does not find schema " + schema, e);
        }
    }

    private IOException unregistered(String state, Throwable cause) {
        return new IOException(
                String.format(
                        "Schema %s in registry %s %s: run python -m scripts.bootstrap",
                        schema, registry, state),
                cause);
    }
}
