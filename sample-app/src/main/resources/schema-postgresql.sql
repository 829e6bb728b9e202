-- The number is unique only if those who write keep it so: that is what the fence is for. The id tells the order of insertion.
-- Of members that start at the same time one makes the table; PostgreSQL lets the others fail, in spite of IF NOT EXISTS.
DO '
BEGIN
    CREATE TABLE IF NOT EXISTS ledger (
        id         BIGINT GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
        number     BIGINT                   NOT NULL,
        token      BIGINT                   NOT NULL,
        member     VARCHAR(100)             NOT NULL,
        written_at TIMESTAMP WITH TIME ZONE NOT NULL,
        text       VARCHAR(200)             NOT NULL
    );
EXCEPTION
    WHEN unique_violation OR duplicate_table THEN NULL;
END
';
