"""The database: tables, migrations, and statements that the ORM has no words for."""
