-- One row for each resource: the highest fencing token that it has seen. Rows are never deleted.
-- InnoDB for its row locks; the binary collation, because resources that differ in case are two.
CREATE TABLE IF NOT EXISTS election_fence (
    resource VARCHAR(255) CHARACTER SET ascii COLLATE ascii_bin NOT NULL PRIMARY KEY,
    token    BIGINT NOT NULL
) ENGINE = InnoDB;
