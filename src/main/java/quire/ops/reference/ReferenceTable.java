package quire.ops.reference;

import quire.ops.Table;
import quire.tensor.Tensor;

/** A placed embedding table, which is the stored one. */
record ReferenceTable(Tensor stored) implements Table {

    static ReferenceTable of(Table table) {
        if (table instanceof ReferenceTable placed) {
            return placed;
        }
        throw new IllegalArgumentException("the table was placed by another backend");
    }
}
