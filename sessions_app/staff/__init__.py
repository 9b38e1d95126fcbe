"""The staff site: what programme staff see of users, work and events, each read of somebody's row an event."""
