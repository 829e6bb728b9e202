package io.election.sample;

import java.util.List;
import org.springframework.web.bind.annotation.GetMapping;
import org.springframework.web.bind.annotation.RequestParam;
import org.springframework.web.bind.annotation.RestController;

/** Shows the ledger, which is the same on every member. */
@RestController
class LedgerController {

    private static final int MOST = 1_000;

    private final Ledger ledger;

    LedgerController(Ledger ledger) {
        this.ledger = ledger;
    }

    /** The last lines, the newest last: {@code /ledger?last=5}. */
    @GetMapping("/ledger")
    List<Ledger.Line> latest(@RequestParam(defaultValue = "20") int last) {
        return ledger.latest(Math.max(1, Math.min(last, MOST)));
    }
}
