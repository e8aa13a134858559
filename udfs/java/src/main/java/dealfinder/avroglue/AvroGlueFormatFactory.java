package dealfinder.avroglue;

import java.util.Set;
import org.apache.avro.Schema;
import org.apache.avro.SchemaParseException;
import org.apache.flink.api.common.serialization.DeserializationSchema;
import org.apache.flink.api.common.serialization.SerializationSchema;
import org.apache.flink.configuration.ConfigOption;
import org.apache.flink.configuration.ConfigOptions;
import org.apache.flink.configuration.MemorySize;
import org.apache.flink.configuration.ReadableConfig;
import org.apache.flink.table.api.ValidationException;
import org.apache.flink.table.connector.ChangelogMode;
import org.apache.flink.table.connector.format.DecodingFormat;
import org.apache.flink.table.connector.format.EncodingFormat;
import org.apache.flink.table.connector.sink.DynamicTableSink;
import org.apache.flink.table.connector.source.DynamicTableSource;
import org.apache.flink.table.data.RowData;
import org.apache.flink.table.factories.DeserializationFormatFactory;
import org.apache.flink.table.factories.DynamicTableFactory;
import org.apache.flink.table.factories.FactoryUtil;
import org.apache.flink.table.factories.SerializationFormatFactory;
import org.apache.flink.table.types.DataType;
import org.apache.flink.table.types.logical.RowType;

/** The format `avro-glue`: Avro in the frames of AWS Glue Schema Registry. */
public final class AvroGlueFormatFactory
        implements DeserializationFormatFactory, SerializationFormatFactory {
    /** How a sink packs the body; a source reads both. */
    public enum Compression {
        NONE,
        ZLIB
    }

    static final ConfigOption<String> SCHEMA =
            ConfigOptions.key("schema")
                    .stringType()
                    .noDefaultValue()
                    .withDescription(
                            "Avro schema of this side as JSON text: what a source reads as, what "
                                    + "a sink writes. A sink needs it letter by letter as it was "
                                    + "registered.");
    static final ConfigOption<String> REGISTRY_NAME =
            ConfigOptions.key("registry.name")
                    .stringType()
                    .noDefaultValue()
                    .withDescription("Name of the Glue schema registry.");
    static final ConfigOption<String> SCHEMA_NAME =
            ConfigOptions.key("schema.name")
                    .stringType()
                    .noDefaultValue()
                    .withDescription("Name of the Glue schema: the topic.");
    static final ConfigOption<String> REGION =
            ConfigOptions.key("region")
                    .stringType()
                    .noDefaultValue()
                    .withDescription("AWS region of the registry.");
    static final ConfigOption<String> ENDPOINT =
            ConfigOptions.key("endpoint")
                    .stringType()
                    .noDefaultValue()
                    .withDescription("URL of a stand-in for AWS; unset for AWS itself.");
    static final ConfigOption<Compression> COMPRESSION =
            ConfigOptions.key("compression")
                    .enumType(Compression.class)
                    .defaultValue(Compression.NONE)
                    .withDescription("How a sink packs the body: none or zlib.");
    static final ConfigOption<MemorySize> MAX_DECOMPRESSED_BYTES =
            ConfigOptions.key("max-decompressed-bytes")
                    .memoryType()
                    .defaultValue(MemorySize.ofMebiBytes(4))
                    .withDescription("A source takes a body that inflates beyond this for a bomb.");

    @Override
    public String factoryIdentifier() {
        return "avro-glue";
    }

    @Override
    public Set<ConfigOption<?>> requiredOptions() {
        return Set.of(SCHEMA, REGISTRY_NAME, SCHEMA_NAME, REGION);
    }

    @Override
    public Set<ConfigOption<?>> optionalOptions() {
        return Set.of(ENDPOINT, COMPRESSION, MAX_DECOMPRESSED_BYTES);
    }

    @Override
    public DecodingFormat<DeserializationSchema<RowData>> createDecodingFormat(
            DynamicTableFactory.Context context, ReadableConfig options) {
        FactoryUtil.validateFactoryOptions(this, options);
        Schema schema = schema(options);
        SchemaVersions.Connector registry = registry(options);
        int maxBodyBytes = maxBodyBytes(options);
        return new DecodingFormat<>() {
            @Override
            public DeserializationSchema<RowData> createRuntimeDecoder(
                    DynamicTableSource.Context source, DataType type) {
                return new AvroGlueDeserializer(
                        schema,
                        (RowType) type.getLogicalType(),
                        source.createTypeInformation(type),
                        registry,
                        maxBodyBytes);
            }

            @Override
            public ChangelogMode getChangelogMode() {
                return ChangelogMode.insertOnly();
            }
        };
    }

    @Override
    public EncodingFormat<SerializationSchema<RowData>> createEncodingFormat(
            DynamicTableFactory.Context context, ReadableConfig options) {
        FactoryUtil.validateFactoryOptions(this, options);
        schema(options);
        String definition = options.get(SCHEMA);
        SchemaVersions.Connector registry = registry(options);
        boolean isZlib = options.get(COMPRESSION) == Compression.ZLIB;
        return new EncodingFormat<>() {
            @Override
            public SerializationSchema<RowData> createRuntimeEncoder(
                    DynamicTableSink.Context sink, DataType type) {
                return new AvroGlueSerializer(
                        definition, (RowType) type.getLogicalType(), registry, isZlib);
            }

            @Override
            public ChangelogMode getChangelogMode() {
                return ChangelogMode.insertOnly();
            }
        };
    }

    private static Schema schema(ReadableConfig options) {
        Schema schema;
        try {
            schema = new Schema.Parser().parse(options.get(SCHEMA));
        } catch (SchemaParseException e) {
            throw new ValidationException("avro-glue: option 'schema' is no Avro schema.", e);
        }
        if (schema.getType() != Schema.Type.RECORD) {
            throw new ValidationException("avro-glue: option 'schema' is no record.");
        }
        return schema;
    }

    private static SchemaVersions.Connector registry(ReadableConfig options) {
        String region = options.get(REGION);
        String endpoint = options.get(ENDPOINT);
        String registry = options.get(REGISTRY_NAME);
        String schema = options.get(SCHEMA_NAME);
        return () -> new GlueSchemaVersions(region, endpoint, registry, schema);
    }

    private static int maxBodyBytes(ReadableConfig options) {
        long bytes = options.get(MAX_DECOMPRESSED_BYTES).getBytes();
        if (bytes <= 0 || bytes > Integer.MAX_VALUE / 2) {
            throw new ValidationException(
                    "avro-glue: option 'max-decompressed-bytes' is not between 1 and 1 GiB.");
        }
        return (int) bytes;
    }
}
