"""The development issuer: who signs in on an embedded stack, without passwords. Never for production."""
