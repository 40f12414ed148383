"""PostgreSQL while it restarts or is away: a pool that notices, and errors that are told apart."""
