"""Alembic's entry: run the migrations on the connection, and in the transaction, that `database` passes."""

from alembic import context

from icp_fit.serving.store.records import metadata

context.configure(connection=context.config.attributes["connection"], target_metadata=metadata, render_as_batch=True)
context.run_migrations()
