"""The database: tables, migrations, and statements that the ORM can't express."""
