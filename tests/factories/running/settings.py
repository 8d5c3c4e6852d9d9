"""Settings for quick tests."""

from server.settings import Settings


def quick_settings(url: str) -> Settings:
    """Return settings for a database: cheap passwords, a quick simulator, a budget that never runs out."""
    return Settings(
        database={"url": url},
        security={
            "password_memory_kib": 32,
            "password_time_cost": 1,
            "secret_key": "a secret of these tests, and of nothing else",
        },
        operators={"simulator_step_seconds": 0.01},
        graphql={"rate_capacity": 10**9},
    )
