package dealfinder;

import java.util.ArrayList;
import java.util.Collections;
import java.util.List;

/**
 * Figures of some deals of one category. They add up: those of a window are those of its panes, and
 * the order of arrival is nothing to them.
 */
final class Pane {
    private final int most;
    long deals;
    long bargains;
    long listPrices;
    long fakeListPrices;
    final Discounts discounts = new Discounts();
    private final List<Candidate> best = new ArrayList<>();

    Pane(int most) {
        this.most = most;
    }

    void clear() {
        deals = 0;
        bargains = 0;
        listPrices = 0;
        fakeListPrices = 0;
        discounts.clear();
        best.clear();
    }

    void add(WindowedDeal deal) {
        deals++;
        bargains += deal.isBargain() ? 1 : 0;
        listPrices += deal.hasListPrice() ? 1 : 0;
        fakeListPrices += deal.isListPriceFake() ? 1 : 0;
        if (!Double.isNaN(deal.discountRatio())) {
            discounts.add(deal.discountRatio());
        }
        if (deal.candidate() != null) {
            offer(deal.candidate());
        }
    }

    void addAll(Pane other) {
        deals += other.deals;
        bargains += other.bargains;
        listPrices += other.listPrices;
        fakeListPrices += other.fakeListPrices;
        discounts.addAll(other.discounts);
        other.best.forEach(this::offer);
    }

    /** The best deals, best first; of each product the best offer. */
    List<Candidate> best() {
        return best;
    }

    /** A product that is among the best of all is so in its pane, so that nothing is lost by cutting. */
    private void offer(Candidate candidate) {
        for (int i = 0; i < best.size(); i++) {
            Candidate known = best.get(i);
            if (known.productKey().equals(candidate.productKey())) {
                if (Candidate.BEST_FIRST.compare(known, candidate) <= 0) {
                    return;
                }
                best.remove(i);
                break;
            }
        }
        int at = Collections.binarySearch(best, candidate, Candidate.BEST_FIRST);
        best.add(at < 0 ? -at - 1 : at, candidate);
        if (best.size() > most) {
            best.remove(most);
        }
    }

    void load(Varints bytes) {
        clear();
        deals = bytes.read();
        bargains = bytes.read();
        listPrices = bytes.read();
        fakeListPrices = bytes.read();
        discounts.load(bytes);
        int stored = (int) bytes.read();
        for (int i = 0; i < stored; i++) {
            best.add(Candidate.load(bytes));
        }
    }

    void store(Varints bytes) {
        bytes.write(deals);
        bytes.write(bargains);
        bytes.write(listPrices);
        bytes.write(fakeListPrices);
        discounts.store(bytes);
        bytes.write(best.size());
        best.forEach(candidate -> candidate.store(bytes));
    }
}
