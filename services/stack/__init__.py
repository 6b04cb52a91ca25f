"""The embedded stack: PostgreSQL, a Kafka broker and every service on one machine, without Docker.

For a demo, for development and for tests. Production brings its own database, cluster and issuer.
"""
