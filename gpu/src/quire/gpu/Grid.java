package quire.gpu;

/** Blocks of a launch in three dimensions, and threads of each. */
record Grid(int x, int y, int z, int threads) {
    static Grid row(int blocks, int threads) {
        return new Grid(blocks, 1, 1, threads);
    }
}
