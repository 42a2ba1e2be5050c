"""How many of Gradio's handlers run at a time: each visitor who waits for an answer has a thread of the server."""

from typing import Any

THREADS = 128
QUEUE: dict[str, Any] = {"max_size": 256, "default_concurrency_limit": 2, "api_open": False}
TRAINING = 8  # networks at once, turn by turn: see Seats


def _limit(name: str, most: int) -> dict[str, Any]:
    return {"concurrency_id": name, "concurrency_limit": most}


SWEEPS = _limit("sweeps", 48)  # they stand in the line of the crew
IMAGES = _limit("model", 48)  # they stand in the line of Together
RUNS = _limit("training", 4 * TRAINING)  # whoever finds no seat is told so at once
