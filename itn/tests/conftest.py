from sessions_app.tests.people import alice, bob, committed, person

__all__ = ["alice", "bob", "committed", "person"]
