package quire.toolcall;

/**
 * Follows a text's Markdown as far as it tells code from prose: fenced blocks and code within a
 * line (CommonMark, sections 4.5 and 6.1). A model that shows how a call is written does so there.
 */
final class CodeBlocks {

    private static final int FENCE = 3;

    /** Length of the fence that opened the block, or 0 outside of one. */
    private int fence;

    private char fenceMark;

    /** Length of the run of backticks that opened code within this line, or 0. */
    private int opened;

    /** Marks that came one after the other up to here, and whether only spaces came before. */
    private int run;

    private char runMark;
    private boolean runStartsLine;
    private boolean lineIsEmpty = true;

    void accept(char c) {
        if (c == '`' || c == '~') {
            if (run > 0 && c != runMark) {
                endRun();
            }
            if (run == 0) {
                runStartsLine = lineIsEmpty;
                runMark = c;
            }
            run++;
            lineIsEmpty = false;
            return;
        }
        endRun();
        if (c == '\n') {
            opened = 0;
            lineIsEmpty = true;
        } else if (c != ' ' && c != '\t' && c != '\r') {
            lineIsEmpty = false;
        }
    }

    /** Whether what follows is code. */
    boolean isInside() {
        return fenceAfterRun() > 0 || openedAfterRun() > 0;
    }

    /** Whether the line has only white space so far. */
    boolean atLineStart() {
        return lineIsEmpty;
    }

    private void endRun() {
        if (run > 0) {
            int nextOpened = openedAfterRun();
            int nextFence = fenceAfterRun();
            if (nextFence > 0 && fence == 0) {
                fenceMark = runMark;
            }
            opened = nextOpened;
            fence = nextFence;
            run = 0;
        }
    }

    private boolean isFence() {
        return runStartsLine && run >= FENCE;
    }

    private int fenceAfterRun() {
        if (!isFence()) {
            return fence;
        }
        if (fence == 0) {
            return run;
        }
        return runMark == fenceMark && run >= fence ? 0 : fence;
    }

    private int openedAfterRun() {
        if (run == 0 || fence > 0 || isFence() || runMark == '~') {
            return opened;
        }
        if (opened == 0) {
            return run;
        }
        return opened == run ? 0 : opened;
    }
}
