package dealfinder;

import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.DataInputStream;
import java.io.DataOutputStream;
import java.io.IOException;
import java.math.BigInteger;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;

/**
 * What a rule remembers of what it told, and what it therefore tells.
 *
 * <p>udfs/alerting/memory.py is its twin for the command line;
 * tests/udfs/alerting/policy_vectors.json holds them equal. Times are event times, so the decision
 * is the same whenever the same matches come in the same order.
 *
 * <p>State: entries of bytes under text keys, each with its version first. A product told about is
 * 18 bytes, a day with a cap 5, a digest some 30 and the product's key for each of its places.
 */
final class RuleMemory {
    static final String NOT_CHEAPER = "not_cheaper";
    static final String COOL_DOWN = "cool_down";
    static final String CAP = "cap";
    static final String NOT_BEST = "not_best";

    private static final byte VERSION = 1;
    private static final long DAY_MS = 86_400_000L;
    private static final long BASIS_POINTS = 10_000;

    /** Where the entries are: Flink's state, or a map in a test. */
    interface Entries {
        byte[] get(String key) throws Exception;

        void put(String key, byte[] value) throws Exception;

        void remove(String key) throws Exception;
    }

    /** A decision: held back for a reason, or told at a place of its digest (0: it has none). */
    record Decision(String held, int rank) {}

    private record Told(long price, long atMs) {}

    private record Place(double score, String product, Told told, Told before) {}

    private final Entries entries;
    private final long memoryMs;

    RuleMemory(Entries entries, int memoryDays) {
        this.entries = entries;
        this.memoryMs = memoryDays * DAY_MS;
    }

    /**
     * Decides on a match and remembers it.
     *
     * @param price in 1/10000 USD
     * @param atMs event time of the deal
     */
    Decision decide(String product, long price, long atMs, Terms terms) throws Exception {
        Told told = told(product);
        if (told != null) {
            long apartMs = Math.abs(atMs - told.atMs);
            if (apartMs < memoryMs && !isCheaper(price, told.price, terms.cheaperBp())) {
                return new Decision(NOT_CHEAPER, 0);
            }
            if (apartMs < terms.coolDownMs()) {
                return new Decision(COOL_DOWN, 0);
            }
        }
        if (terms.dailyCap() >= 0 && !isUnderCap(terms)) {
            return new Decision(CAP, 0);
        }
        int rank = 0;
        Told nowTold = new Told(price, atMs);
        if (terms.digestId() != null) {
            rank = place(terms, product, nowTold, told);
            if (rank == 0) {
                return new Decision(NOT_BEST, 0);
            }
        }
        remember(product, nowTold);
        return new Decision(null, rank);
    }

    private static boolean isCheaper(long price, long told, int cheaperBp) {
        // Of 10^18 ten-thousandths of a dollar, a long has no room for the product.
        return price < told
                && BigInteger.valueOf(price)
                                .multiply(BigInteger.valueOf(BASIS_POINTS))
                                .compareTo(
                                        BigInteger.valueOf(told)
                                                .multiply(
                                                        BigInteger.valueOf(
                                                                BASIS_POINTS - cheaperBp)))
                        <= 0;
    }

    private boolean isUnderCap(Terms terms) throws Exception {
        String key = "d" + terms.day();
        DataInputStream in = open(key);
        int count = in == null ? 0 : in.readInt();
        if (count >= terms.dailyCap()) {
            return false;
        }
        store(key, out -> out.writeInt(count + 1));
        return true;
    }

    /** Puts a product into its digest; 0: it is none of the best. */
    private int place(Terms terms, String product, Told nowTold, Told told) throws Exception {
        String key = "g" + terms.digestId();
        List<Place> others = places(key);
        Told before = told;
        for (int i = others.size() - 1; i >= 0; i--) {
            if (others.get(i).product.equals(product)) {
                before = others.remove(i).before;
            }
        }
        int better = 0;
        for (Place each : others) {
            better += each.score >= terms.score() ? 1 : 0;
        }
        if (better >= terms.digestSize()) {
            return 0;
        }
        others.add(better, new Place(terms.score(), product, nowTold, before));
        // What others push out is not told, as if it had not been there.
        while (others.size() > terms.digestSize()) {
            Place out = others.remove(others.size() - 1);
            if (out.told.equals(told(out.product))) {
                remember(out.product, out.before);
            }
        }
        store(
                key,
                out -> {
                    out.writeInt(others.size());
                    for (Place each : others) {
                        out.writeDouble(each.score);
                        byte[] name = each.product.getBytes(StandardCharsets.UTF_8);
                        out.writeInt(name.length);
                        out.write(name);
                        write(out, each.told);
                        write(out, each.before);
                    }
                });
        return better + 1;
    }

    private List<Place> places(String key) throws Exception {
        List<Place> places = new ArrayList<>();
        DataInputStream in = open(key);
        for (int left = in == null ? 0 : in.readInt(); left > 0; left--) {
            double score = in.readDouble();
            String product = new String(in.readNBytes(in.readInt()), StandardCharsets.UTF_8);
            places.add(new Place(score, product, read(in), read(in)));
        }
        return places;
    }

    private Told told(String product) throws Exception {
        DataInputStream in = open("p" + product);
        return in == null ? null : read(in);
    }

    private void remember(String product, Told told) throws Exception {
        if (told == null) {
            entries.remove("p" + product);
        } else {
            store("p" + product, out -> write(out, told));
        }
    }

    private static void write(DataOutputStream out, Told told) throws IOException {
        out.writeBoolean(told != null);
        if (told != null) {
            out.writeLong(told.price);
            out.writeLong(told.atMs);
        }
    }

    private static Told read(DataInputStream in) throws IOException {
        return in.readBoolean() ? new Told(in.readLong(), in.readLong()) : null;
    }

    private interface Writing {
        void to(DataOutputStream out) throws IOException;
    }

    private void store(String key, Writing writing) throws Exception {
        ByteArrayOutputStream bytes = new ByteArrayOutputStream();
        DataOutputStream out = new DataOutputStream(bytes);
        out.writeByte(VERSION);
        writing.to(out);
        entries.put(key, bytes.toByteArray());
    }

    private DataInputStream open(String key) throws Exception {
        byte[] stored = entries.get(key);
        if (stored == null) {
            return null;
        }
        DataInputStream in = new DataInputStream(new ByteArrayInputStream(stored));
        byte version = in.readByte();
        if (version != VERSION) {
            throw new IllegalStateException(
                    "alert_policy cannot read state of version " + version);
        }
        return in;
    }
}
