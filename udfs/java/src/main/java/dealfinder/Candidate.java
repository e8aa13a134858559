package dealfinder;

import java.util.Comparator;

/**
 * A bargain that may be among the best of a window.
 *
 * <p>The order is by deal_score, which is a probability and no better than to 0.01, then by the
 * discount that is sure: down from the 10th percentile of the fair price. The largest estimated
 * discount is mostly the largest mistake of the estimate, so it ranks nothing.
 *
 * @param merchant may be null
 * @param priceUsd in 1/10000 USD, as is fairLowUsd
 */
record Candidate(
        String dealId,
        String productKey,
        String title,
        String url,
        String merchant,
        long priceUsd,
        long fairLowUsd,
        double score,
        long observedAt) {
    /** Best first; total for deals that differ in offer, price or time. */
    static final Comparator<Candidate> BEST_FIRST =
            Comparator.comparingLong(Candidate::scorePercent)
                    .thenComparingLong(Candidate::discountLowUsd)
                    .reversed()
                    .thenComparingLong(Candidate::priceUsd)
                    .thenComparingLong(Candidate::observedAt)
                    .thenComparing(Candidate::dealId)
                    .thenComparingDouble(each -> -each.score());

    private static final int MAX_TITLE = 300;

    Candidate {
        title = title.length() <= MAX_TITLE ? title : title.substring(0, MAX_TITLE);
    }

    long discountLowUsd() {
        return fairLowUsd - priceUsd;
    }

    private long scorePercent() {
        return Math.round(score * 100);
    }

    static Candidate load(Varints bytes) {
        return new Candidate(
                bytes.readText(),
                bytes.readText(),
                bytes.readText(),
                bytes.readText(),
                bytes.readByte() == 0 ? null : bytes.readText(),
                bytes.read(),
                bytes.read(),
                Double.longBitsToDouble(bytes.readFixed(Long.BYTES)),
                bytes.read());
    }

    void store(Varints bytes) {
        bytes.writeText(dealId);
        bytes.writeText(productKey);
        bytes.writeText(title);
        bytes.writeText(url);
        bytes.writeByte((byte) (merchant == null ? 0 : 1));
        if (merchant != null) {
            bytes.writeText(merchant);
        }
        bytes.write(priceUsd);
        bytes.write(fairLowUsd);
        bytes.writeFixed(Double.doubleToLongBits(score), Long.BYTES);
        bytes.write(observedAt);
    }
}
