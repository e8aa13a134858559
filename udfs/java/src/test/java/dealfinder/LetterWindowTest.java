package dealfinder;

import static org.junit.jupiter.api.Assertions.assertEquals;

import java.util.Random;
import java.util.TreeSet;
import org.junit.jupiter.api.Test;

class LetterWindowTest {
    @Test
    void itSaysWhatASetOfOffsetsSays() {
        for (int seed = 0; seed < 300; seed++) {
            Random random = new Random(seed);
            int size = 1 + random.nextInt(20);
            LetterWindow window = new LetterWindow(size);
            TreeSet<Long> known = new TreeSet<>();
            long at = random.nextInt(40);
            long newest = -1;
            for (int i = 0; i < 200; i++) {
                at = Math.max(0, at + random.nextInt(6) - 2 + (random.nextInt(30) == 0 ? 50 : 0));
                window.add(at);
                if (at > newest - size) {
                    known.add(at);
                }
                newest = Math.max(newest, at);
                known.headSet(newest - size, true).clear();
                int run = 0;
                if (known.contains(at)) {
                    run = 1;
                    for (long on = at - 1; known.contains(on); on--) {
                        run++;
                    }
                    for (long on = at + 1; known.contains(on); on++) {
                        run++;
                    }
                }
                assertEquals(known.size(), window.letters(), "seed " + seed + ", step " + i);
                assertEquals(run, window.runThrough(at), "seed " + seed + ", step " + i);
            }
        }
    }

    @Test
    void aLetterThatComesAgainAfterARestartCountsOnce() {
        LetterWindow window = new LetterWindow(10);
        for (int round = 0; round < 3; round++) {
            window.add(4);
            window.add(5);
        }
        assertEquals(2, window.letters());
        assertEquals(2, window.runThrough(5));
    }
}
