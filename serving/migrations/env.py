"""Alembic's entry: run the migrations on the connection, and in the transaction, that `serving.database` passes."""

from alembic import context

from serving.records import metadata

context.configure(connection=context.config.attributes["connection"], target_metadata=metadata, render_as_batch=True)
context.run_migrations()
