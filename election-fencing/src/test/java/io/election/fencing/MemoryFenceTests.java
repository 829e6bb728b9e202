package io.election.fencing;

import io.election.FencingToken;

class MemoryFenceTests extends FenceContract {

    private final Fence fence = new MemoryFence();

    @Override
    void guard(String resource, FencingToken token) {
        fence.guard(resource, token);
    }

    @Override
    int rounds() {
        return 200;
    }
}
