"""ledger: the databases of facts (SQLAlchemy Core; SQLite by default, PostgreSQL where it grows)."""
