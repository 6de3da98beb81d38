"""Names for runs that their user gave none: two words that can be read out, remembered and typed."""

from __future__ import annotations

import secrets
from pathlib import Path

from .runfile import name_in_folder

TRIES = 20  # for one that no run beside it has
_ADJECTIVES = """
amber autumn bold brave breezy bright brisk broad bronze calm candid careful cheerful civil clear clever coastal
copper cosy crisp curious daring deft dusty eager early earnest even fair fleet fluent fond frank fresh gentle
glad golden grand green hardy hazel honest humble ivory jolly keen kind late level light lively lofty loyal
lucid lunar mellow merry mild misty modest neat nimble noble northern opal open patient placid plain polite
prompt proud quick quiet rapid ready robust rosy round royal rural sandy serene sharp silver simple smooth snowy
sober solar solid southern spry stable steady still sturdy subtle sunny sure swift tidy trusty upbeat velvet
vivid warm western whole wild wise witty
"""
_NOUNS = """
acorn alder anchor apple arrow aspen badger basin beacon beaver birch bison bridge brook cedar cherry cliff
clover comet compass coral cove crane creek cricket curlew dahlia delta dolphin dune eagle elm falcon fern finch
fjord forest fox gannet garden geyser glacier grove gull harbor hawk hazelnut heath heron hill ibis island
jasmine juniper kestrel lagoon lake lantern lark laurel lemur lichen lily linnet lynx magpie maple marten meadow
mesa moose moth oak oasis orchard osprey otter owl panda pebble pelican pine plover poplar prairie puffin quail
quartz raven reef ridge river robin rowan salmon sequoia sparrow spring spruce squirrel stork summit swallow
swan thistle thrush tiger trout tulip valley walnut walrus willow wren yarrow zebra
"""


def made_up_name(root: Path) -> str:
    """Such as `brisk-otter`; not one of a run in `root`, as far as a few tries go.

    It comes from the system's randomness: the seeds that a training has set stay as they are.
    """
    adjectives, nouns = _ADJECTIVES.split(), _NOUNS.split()
    taken = {name_in_folder(run.name) for run in root.iterdir()} if root.is_dir() else set()
    for _ in range(TRIES):
        name = f"{secrets.choice(adjectives)}-{secrets.choice(nouns)}"
        if name not in taken:
            break
    return name
