-- One row for each resource: the highest fencing token that it has seen. Rows are never deleted.
CREATE TABLE IF NOT EXISTS election_fence (
    resource VARCHAR(255) NOT NULL PRIMARY KEY,
    token    BIGINT       NOT NULL
);
