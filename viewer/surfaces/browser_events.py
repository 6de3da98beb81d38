"""What a browser may say: its messages, checked before matplotlib sees them."""

from __future__ import annotations

from typing import Annotated, Any, Literal

import msgspec

SMALLEST, LARGEST = (160, 120), (7680, 4320)  # pixels of a figure, width and height
RATIOS = (0.5, 4.0)  # pixels of the screen to one of the page


class Message(msgspec.Struct):
    """A message of matplotlib's page; of the fields, those that its type has."""

    type: Literal[
        "ack", "draw", "refresh", "send_image_mode", "set_device_pixel_ratio", "resize", "key_press", "key_release",
        "button_press", "button_release", "dblclick", "motion_notify", "scroll", "figure_enter", "figure_leave",
    ]  # fmt: skip
    device_pixel_ratio: float = 1.0
    width: float = 800.0
    height: float = 800.0
    x: float = 0.0
    y: float = 0.0
    step: float = 0.0
    button: Annotated[int, msgspec.Meta(ge=0, le=4)] = 0
    buttons: Annotated[int, msgspec.Meta(ge=0, le=31)] = 0
    modifiers: list[str] = []
    key: Annotated[str, msgspec.Meta(pattern=r"^([a-z]+\+)*k.", max_length=40)] = "knothing"


_DECODER = msgspec.json.Decoder(Message)


def understood(message: str | bytes, ratio: float) -> dict[str, Any] | None:
    """A message as matplotlib's canvas takes it, sizes and ratios within what a figure can have.

    Args:
        message: JSON, of anybody.
        ratio: pixels of the screen to one of the page, at the moment.

    Returns:
        The message; None for what is not understood.
    """
    try:
        found = _DECODER.decode(message)
    except (msgspec.DecodeError, UnicodeDecodeError):  # NaN and infinities are no JSON
        return None
    found.device_pixel_ratio = min(max(found.device_pixel_ratio, RATIOS[0]), RATIOS[1])
    found.width, found.height = (
        min(max(side, low), high / ratio)
        for side, low, high in zip((found.width, found.height), SMALLEST, LARGEST, strict=True)
    )
    return msgspec.to_builtins(found)
