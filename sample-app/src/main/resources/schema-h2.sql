-- The number is unique only if those who write keep it so: that is what the fence is for. The id tells the order of insertion.
CREATE TABLE IF NOT EXISTS ledger (
    id         BIGINT GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    number     BIGINT                   NOT NULL,
    token      BIGINT                   NOT NULL,
    member     VARCHAR(100)             NOT NULL,
    written_at TIMESTAMP WITH TIME ZONE NOT NULL,
    text       VARCHAR(200)             NOT NULL
);
