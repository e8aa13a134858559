package dealfinder;

/**
 * Reads the state of the first release: daily lows of 90 days without the looks that saw them, one
 * older low, and the newest 32 observations with hashes of eight bytes.
 */
final class FirstVersion {
    private FirstVersion() {}

    /**
     * Reads what follows version and number of observations; shops were not known.
     *
     * @return the highest price that it holds
     */
    static long load(Varints bytes, Days days, OldLows old, Recent recent) {
        int oldDays = (int) bytes.read();
        long high = 0;
        if (bytes.readByte() == 1) {
            long low = bytes.read();
            old.add(low, (int) bytes.read(), false, false);
            high = low;
        }
        old.dayCount = oldDays;
        int dayCount = (int) bytes.read();
        for (int i = 0, day = 0; i < dayCount; i++) {
            day += (int) bytes.read();
            long low = bytes.read();
            days.append(day, low);
            high = Math.max(high, low);
        }
        days.closeOlder();
        int recentCount = (int) bytes.read();
        long time = 0;
        for (int i = 0; i < recentCount; i++) {
            time += bytes.read();
            long price = bytes.read();
            long deal = bytes.readFixed(Long.BYTES);
            recent.append((int) (deal ^ deal >>> 32), price, time);
            high = Math.max(high, price);
        }
        recent.trim();
        return high;
    }
}
