package dealfinder.avroglue;

/**
 * The bytes at hand are no record; says nothing about the job or the registry.
 *
 * <p>Unchecked and without a stack trace: a topic full of garbage throws one of these a record.
 */
final class BadRecordException extends RuntimeException {
    private static final long serialVersionUID = 1L;

    private final Reason reason;

    BadRecordException(Reason reason, String detail) {
        super(reason.symbol() + ": " + detail, null, false, false);
        this.reason = reason;
    }

    Reason reason() {
        return reason;
    }
}
