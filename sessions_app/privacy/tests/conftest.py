from sessions_app.tests.people import alice, bob, committed, counting, person

__all__ = ["alice", "bob", "committed", "counting", "person"]
