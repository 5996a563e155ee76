package quire.model;

import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/** A weight of a model as a checkpoint holds it, and what it is for. */
sealed interface StoredWeight {

    /** What it is made of, in the order in which it is placed. */
    List<ExpectedTensor> tensors();

    /** A norm's weight. */
    record Vector(ExpectedTensor tensor) implements StoredWeight {

        @Override
        public List<ExpectedTensor> tensors() {
            return List.of(tensor);
        }
    }

    /** The embedding table {@code [vocab, hidden]}. */
    record Table(ExpectedTensor tensor) implements StoredWeight {

        @Override
        public List<ExpectedTensor> tensors() {
            return List.of(tensor);
        }
    }

    /** A linear layer of one part or several that share their input. */
    record Linear(List<Part> parts) implements StoredWeight {

        /** A matrix and what is added to its outputs. */
        record Part(ExpectedTensor weight, Optional<ExpectedTensor> bias) {}

        public Linear {
            parts = List.copyOf(parts);
        }

        @Override
        public List<ExpectedTensor> tensors() {
            List<ExpectedTensor> tensors = new ArrayList<>();
            for (Part part : parts) {
                tensors.add(part.weight);
                part.bias.ifPresent(tensors::add);
            }
            return tensors;
        }
    }
}
