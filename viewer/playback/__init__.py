"""The cursor: live, replay and film differ only in who moves it."""
