package io.election.machine;

/** Is told what changes in the store, by the thread that applies. It only notes it: whoever listens runs on another thread. */
public interface StoreChanges {

    /** Notes nothing. */
    StoreChanges NONE = new StoreChanges() {
        @Override
        public void changed(String name) {}

        @Override
        public void replaced() {}
    };

    /**
     * An entry wrote or removed a value. It is visible to readers already.
     *
     * @param name the name of the value
     */
    void changed(String name);

    /** All values were replaced, by those of an image or by none. */
    void replaced();
}
