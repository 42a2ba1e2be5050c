"""The view "Score field": conditional, unconditional, difference and guided arrows over lam; drop a particle."""

from demo.fields import ABOUT_RULES, NUMBERS_FOLD
from demo.scene import along_lam
from demo.view import Drawing, View
from demo.views.field.compute import field_sweep, particle_sweep
from demo.views.field.scene import scene
from demo.views.field.settings import Field
from demo.views.field.toy import toy

VIEW = View(
    name="field",
    title="Score field",
    folder="field",
    next=("What do these arrows add up to?", "truth"),
    settings=Field,
    drawings=(
        Drawing(
            field_sweep,
            scene,
            live={"w": "w", "lam": "lam"},
            detail=particle_sweep,
            moves=("z1", "z2", "at"),
            drops={"z1": "x", "z2": "y", "at": "lam"},
            play=along_lam(),
            toy=toy,
        ),
    ),
    square=("",),
    lends=True,
    notes={NUMBERS_FOLD: ABOUT_RULES},
)
