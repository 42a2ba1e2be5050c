"""The view "Score field": conditional, unconditional, difference and guided arrows over lam; drop a particle."""

from demo.fields import ABOUT_RULES, NUMBERS_FOLD
from demo.scene import Formula, along_lam
from demo.view import Drawing, View
from demo.views.field.compute import field_sweep, particle_sweep
from demo.views.field.scene import scene
from demo.views.field.settings import Field
from demo.views.field.toy import toy

FORMULA: Formula = {
    "lines": [
        "[guided]guided[/] = [cond]∇ log p(z|c)[/] + [turn]w[/] [diff]∇ log p(c|z)[/]",
        "at z: [guided]({base_1+w*push_1:2f}, {base_2+w*push_2:2f})[/] = [cond]({base_1:2f}, {base_2:2f})[/] + "
        "[turn]{w}[/] × [diff]({push_1:2f}, {push_2:2f})[/]",
    ],
    "draws": {
        "guided": "plane/guided score",
        "cond": "plane/conditional score",
        "diff": "plane/difference: implicit classifier",
    },
}
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
            formula=FORMULA,
            toy=toy,
        ),
    ),
    square=("",),
    lends=True,
    notes={NUMBERS_FOLD: ABOUT_RULES},
)
