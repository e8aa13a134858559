package dealfinder;

/**
 * Which of the newest records of one partition became dead letters.
 *
 * <p>It counts by offsets, so records that were fine need not be seen, letters may come in any order
 * within the window, and those that come again after a restart count once.
 */
final class LetterWindow {
    private final boolean[] isLetter;
    private long newest = -1;
    private int letters;

    /** A window of so many offsets. */
    LetterWindow(int records) {
        isLetter = new boolean[records];
    }

    /** Takes a letter in; one from before the window changes nothing. */
    void add(long offset) {
        if (offset <= newest - isLetter.length) {
            return;
        }
        if (newest >= 0) {
            long from = Math.max(newest + 1, offset - isLetter.length + 1);
            for (long passed = from; passed <= offset; passed++) {
                set(passed, false);
            }
        }
        newest = Math.max(newest, offset);
        set(offset, true);
    }

    /** Letters among the newest records. */
    int letters() {
        return letters;
    }

    /** Length of the run of letters without a gap that an offset is part of. */
    int runThrough(long offset) {
        long first = offset;
        while (has(first - 1)) {
            first--;
        }
        long last = offset;
        while (has(last + 1)) {
            last++;
        }
        return has(offset) ? (int) (last - first + 1) : 0;
    }

    private boolean has(long offset) {
        return offset >= 0
                && offset <= newest
                && offset > newest - isLetter.length
                && isLetter[(int) (offset % isLetter.length)];
    }

    private void set(long offset, boolean isOne) {
        int at = (int) (offset % isLetter.length);
        if (isLetter[at] != isOne) {
            isLetter[at] = isOne;
            letters += isOne ? 1 : -1;
        }
    }
}
