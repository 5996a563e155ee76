package quire.gpu;

import java.util.List;

/**
 * A linear layer.
 *
 * @param segments into how many pieces K may be cut
 */
record Shape(String name, int outputs, int inputs, int[] segments) {
    static final List<Shape> QWEN_7B =
            List.of(
                    new Shape("qkv 4608x3584", 4608, 3584, new int[] {4, 8}),
                    new Shape("o 3584x3584", 3584, 3584, new int[] {4, 8}),
                    new Shape("gate-up 37888x3584", 37888, 3584, new int[] {1, 4}),
                    new Shape("down 3584x18944", 3584, 18944, new int[] {4, 8}),
                    new Shape("lm head 152064x3584", 152064, 3584, new int[] {1}));

    long bytes() {
        return 2L * outputs * inputs;
    }
}
