"""Never a dead letterbox: no open case waits for somebody who is gone, and what a person leaves is handed over whole."""
