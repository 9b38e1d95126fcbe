"""What conversations, language models and comparisons of models may use."""

from chatmrpt.environment import Environment


def chat(env: Environment) -> dict[str, float]:
    """Limits of messages, conversations, links and questions to tables."""
    return {
        "max_message_characters": 2_000,
        "max_turns_per_conversation": 1_000,
        "max_conversations_per_session": 500,
        # What was said is kept this long, that it was said as long as the conversation; 0 keeps the words, too.
        "words_days": env.integer("CHAT_WORDS_DAYS", 365, minimum=0, maximum=36_500),
        "max_links_per_user": 50,
        # No turn by rules takes so long: one that still runs was cut off with its web process, and is ended.
        "cut_after_seconds": 300,
        # A question to a result's tables: what it may use before it is stopped.
        "query_memory_mb": 256,
        "query_seconds": 5.0,
    }


def language_budget(env: Environment) -> dict[str, int]:
    """Tokens, read and written together, in any 24 hours. An answer sets tokens aside first, so one answer at most overdraws a budget."""
    return {
        "user_tokens": env.integer("LANGUAGE_TOKENS_PER_USER", 300_000, minimum=0, maximum=10**9),
        "all_tokens": env.integer("LANGUAGE_TOKENS_FOR_ALL", 5_000_000, minimum=0, maximum=10**12),
    }


def language_limits(env: Environment) -> dict[str, int]:
    """What one turn of a language model may use, and how often it is tried."""
    return {
        # The whole answer with its tools; and how long a model may say nothing.
        "answer_seconds": env.integer("LANGUAGE_ANSWER_SECONDS", 120, minimum=5, maximum=600),
        "silence_seconds": env.integer("LANGUAGE_SILENCE_SECONDS", 30, minimum=1, maximum=300),
        "tool_seconds": 30,
        "retries": 2,
        "requests": 6,
        "tool_calls": 8,
        "turn_tokens": 60_000,
        "answer_tokens": 1_000,
        "answer_characters": 6_000,
        "turns_at_once": 2,
        "earlier_turns": 4,
        # A worker at work renews its lease every second; a turn that no worker takes is given up.
        "lease_seconds": 15,
        "patience_seconds": 120,
        "max_attempts": 3,
    }


def arena(env: Environment) -> dict[str, int]:
    """Who may compare how much, and from how many voters on there is a ranking."""
    return {
        # Comparisons of models that one user may start in any 24 hours; each asks every model that takes part.
        "battles_per_day": env.integer("ARENA_BATTLES_PER_DAY", 20, minimum=0, maximum=1_000),
        # With fewer people who voted a ranking is neither stored nor shown.
        "least_voters": env.integer("ARENA_LEAST_VOTERS", 5, minimum=3, maximum=1_000),
        "most_models": 4,
        "most_tries": 5,
    }
