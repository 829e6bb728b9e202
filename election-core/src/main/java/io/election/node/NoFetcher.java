package io.election.node;

import io.election.core.Effect;
import io.election.memory.MemoryRun;

final class NoFetcher implements MemoryRun.Fetcher {
    @Override
    public void fetch(Effect.FetchImage fetch) {}

    @Override
    public void stop() {}
}
