package dealfinder;

/**
 * What a rule's policy says of one match; udfs/alerting/policy.py writes it and says what it means.
 *
 * @param dailyCap negative: no cap
 * @param tellAt null: at once
 * @param quietHours null: none
 * @param digestId null: it is told by itself
 */
record Terms(
        int day,
        int dailyCap,
        long coolDownMs,
        int cheaperBp,
        Long tellAt,
        boolean isQuiet,
        String quietHours,
        String digestId,
        int digestSize,
        double score) {
    private static final int FIELDS = 10;

    /**
     * Reads the fields that policy.py writes, one tab between two of them.
     *
     * @throws IllegalArgumentException it did not write them
     */
    static Terms of(String text) {
        String[] fields = text.split("\t", -1);
        if (fields.length != FIELDS) {
            throw new IllegalArgumentException("not the terms of a policy: " + text);
        }
        return new Terms(
                Integer.parseInt(fields[0]),
                fields[1].isEmpty() ? -1 : Integer.parseInt(fields[1]),
                Long.parseLong(fields[2]),
                Integer.parseInt(fields[3]),
                fields[4].isEmpty() ? null : Long.valueOf(fields[4]),
                "1".equals(fields[5]),
                fields[6].isEmpty() ? null : fields[6],
                fields[7].isEmpty() ? null : fields[7],
                Integer.parseInt(fields[8]),
                Double.parseDouble(fields[9]));
    }
}
