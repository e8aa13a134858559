package dealfinder.avroglue;

import java.io.IOException;
import java.io.Serializable;
import java.util.Optional;
import java.util.UUID;

/** What the format asks a schema registry. */
interface SchemaVersions {
    /**
     * The Avro schema of a version.
     *
     * @return empty if the registry has no usable schema of this id
     * @throws IOException the registry does not answer, which says nothing about the record
     */
    Optional<String> definition(UUID versionId) throws IOException;

    /**
     * The id under which the definition of the sink is registered.
     *
     * @throws IOException the registry does not answer, or the schema is not registered
     */
    UUID versionId(String definition) throws IOException;

    /** Travels with the job and connects where it runs. */
    interface Connector extends Serializable {
        SchemaVersions connect();
    }
}
