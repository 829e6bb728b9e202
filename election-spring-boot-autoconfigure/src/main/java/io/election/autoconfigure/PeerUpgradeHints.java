package io.election.autoconfigure;

import org.jspecify.annotations.Nullable;
import org.springframework.aot.hint.MemberCategory;
import org.springframework.aot.hint.RuntimeHints;
import org.springframework.aot.hint.RuntimeHintsRegistrar;

/** The servlet container makes what takes a member's connection over. */
final class PeerUpgradeHints implements RuntimeHintsRegistrar {

    @Override
    public void registerHints(RuntimeHints hints, @Nullable ClassLoader loader) {
        hints.reflection().registerType(PeerUpgradeHandler.class, MemberCategory.INVOKE_PUBLIC_CONSTRUCTORS);
    }
}
