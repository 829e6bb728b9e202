CREATE TABLE IF NOT EXISTS election_fence (resource VARCHAR(255) PRIMARY KEY, token BIGINT NOT NULL);
CREATE TABLE IF NOT EXISTS made_by_the_applications_own_script (nothing INT);
