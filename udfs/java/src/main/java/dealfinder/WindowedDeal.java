package dealfinder;

/**
 * What a window takes of an evaluated deal.
 *
 * @param id hash of what makes it one observation: offer, price and time
 * @param time event time, epoch milliseconds
 * @param discountRatio NaN without a fair price
 * @param hasListPrice the seller names a former or list price
 * @param isListPriceFake which was never charged, or is inflated
 * @param candidate null if it is no bargain
 */
record WindowedDeal(
        long id,
        long time,
        double discountRatio,
        boolean isBargain,
        boolean hasListPrice,
        boolean isListPriceFake,
        Candidate candidate) {}
