package quire.ops.cuda.driver;

/**
 * Blocks of a launch in three dimensions, and threads of each block in one.
 *
 * @param x at least 1, as all of them
 */
public record Grid(int x, int y, int z, int threads) {

    public Grid {
        if (x < 1 || y < 1 || z < 1 || threads < 1) {
            throw new IllegalArgumentException(
                    "a grid of " + x + " x " + y + " x " + z + " blocks of " + threads);
        }
    }

    public static Grid row(int blocks, int threads) {
        return new Grid(blocks, 1, 1, threads);
    }
}
