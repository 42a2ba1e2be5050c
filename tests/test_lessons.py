"""Lessons: what a file may say, and every step of every lesson as a learner would take it."""

import tomllib

import pytest

from demo.lessons import HERE, lessons, read, teacher
from demo.views.registry import VIEWS
from tests.pages import READY, SETTLED

GOOD = """title = "T"
minutes = 3
about = "A."
learnt = "B."

[[steps]]
text = "Look."
view = "gaussians"
state = {w = 0}
question = "What?"
choices = ["this", "that"]
right = 2
answer = "That."
act = "Turn w to 3."
check = {control = "w", is = ">=", value = 3}
then = "It turned."
"""
BROKEN = {
    "no view": ('view = "gaussians"', 'view = "moon"', "there is no view moon"),
    "no control": ("{w = 0}", "{q = 0}", "has no control q"),
    "no value": ("{w = 0}", "{w = 99}", r"w must be a number in \[-1, 10\]"),
    "off the slider": ("{w = 0}", "{w = 0.05}", "does not stop at 0.05"),
    "no choice": ("{w = 0}", '{rule = "magic"}', "guidance must be one of"),
    "no control checked": ('control = "w"', 'control = "lam"', "has no control lam"),
    "no comparison": ('">="', '"about"', "a check is one of"),
    "done already": ("{w = 0}", "{w = 5}", "holds before anything is done"),
    "too long": ('"Look."', '"' + "word " * 61 + '"', "61 words"),
    "one choice": ('["this", "that"]', '["this"]', "two to four choices"),
    "none right": ("right = 2", "right = 3", "one of which is right"),
    "nothing said": ('then = "It turned."', "", "says what happened then"),
    "no answer": ('answer = "That."', "", "'answer'"),
}


def test_a_good_file_is_read(tmp_path):
    path = tmp_path / "1_good.toml"
    path.write_text(GOOD, encoding="utf-8")
    lesson = read(path)
    assert (lesson.name, lesson.steps[0].check[0].value) == ("good", 3)


@pytest.mark.parametrize(("old", "new", "said"), BROKEN.values(), ids=BROKEN)
def test_a_fault_is_named_with_its_file_and_step(tmp_path, old, new, said):
    path = tmp_path / "1_bad.toml"
    assert GOOD.count(old) == 1
    path.write_text(GOOD.replace(old, new), encoding="utf-8")
    with pytest.raises(ValueError, match=rf"1_bad\.toml, step 1: .*{said}"):
        read(path)


def test_there_are_eight_lessons_of_five_to_eight_steps_and_each_file_is_one():
    assert len(lessons()) == 8 == len(list(HERE.glob("[0-9]*.toml")))
    assert all(5 <= len(lesson.steps) <= 8 for lesson in lessons())
    assert len({lesson.name for lesson in lessons()}) == 8


@pytest.mark.parametrize("choices", [2, 3])
def test_the_right_answers_stand_evenly_over_the_places(choices):
    places = [step.right for lesson in lessons() for step in lesson.steps if len(step.choices) == choices]
    counts = [places.count(place) for place in range(1, choices + 1)]
    assert max(counts) - min(counts) <= 1


def test_the_teachers_plans_last_as_long_as_they_say():
    assert [sum(p["minutes"] for p in plan["parts"]) for plan in teacher()["plans"]] == [15, 30, 60]
    said = tomllib.loads((HERE / "teacher.toml").read_text(encoding="utf-8"))
    assert len(said["questions"]) >= 8


SET = """([view, state]) => Object.entries(state).every(([key, value]) =>
  typeof value === "number" ? Math.abs(Number(cfg.state.here().values[key]) - value) < 1e-9
    : String(cfg.state.here().values[key]) === String(value)) && cfg.state.here().view === view"""
# what a learner's hand does with a control: sliders and boxes are typed into, buttons pressed
HAND = """([id, value]) => {
  const root = document.getElementById(id), range = root.querySelector("input[type=range]");
  if (range) {
    Object.getOwnPropertyDescriptor(HTMLInputElement.prototype, "value").set.call(range, value);
    range.dispatchEvent(new Event("input", {bubbles: true}));
    return true;
  }
  const radio = [...root.querySelectorAll("input[type=radio]")].find((one) => one.value === value);
  radio?.click();
  return Boolean(radio);
}"""


# of every panel that is seen its left edge, top, width and height
PANELS = """() => [...document.querySelectorAll(".stage-panel")].map((e) => e.getBoundingClientRect())
  .filter((at) => at.width).map(({x, y, width, height}) => [x, y, width, height])"""


def act(page, view, check) -> None:
    """Set the control by hand; a dropdown by its list."""
    elem_id = view.elem_id(next(n for n, f in view.settings.fields().items() if f.key == check.control))
    field = next(f for f in view.settings.fields().values() if f.key == check.control)
    if not page.evaluate(HAND, [elem_id, check.value]):
        page.locator(f"#{elem_id} input").click()
        page.get_by_role("option", name=field.values[check.value], exact=True).click()


@pytest.mark.parametrize("lesson", lessons(), ids=lambda lesson: lesson.name)
def test_every_step_can_be_taken(tab, lesson):
    page = tab(None, query=f"?lesson={lesson.name}&step=1", height=720)
    for i, step in enumerate(lesson.steps, 1):
        view = next(v for v in VIEWS if v.name == step.view)
        page.wait_for_selector(f'.lesson-bar[data-step="{i}"][data-phase="ask"]', timeout=60_000)
        page.wait_for_function(SET, arg=[step.view, dict(step.state)])
        assert f"lesson={lesson.name}&step={i}" in page.url
        page.wait_for_function(READY, arg=step.view, timeout=60_000)
        page.evaluate(SETTLED)
        panels = page.evaluate(PANELS)
        assert all(height >= 0.4 * 720 for *_, height in panels)
        column = page.locator(".lesson-bar").bounding_box()
        assert all(x + width <= column["x"] for x, _, width, _ in panels)  # the picture is beside it
        wrong = i % 2 == 0  # every other question is answered wrongly
        choice = next(k for k in range(len(step.choices)) if (k + 1 == step.right) != wrong)
        page.locator(".lesson-choices button").nth(choice).click()
        said = page.locator(".lesson-said").inner_text()
        assert ("Not quite." if wrong else "Yes.") in said
        assert step.answer in said
        if step.check:
            assert step.act in said
            assert page.locator(".lesson-next").count() == 0
            assert page.locator(".lesson-points").count() > 0  # what is to be touched
            for check in step.check:
                act(page, view, check)
            page.wait_for_selector('.lesson-bar[data-phase="done"]')
            assert step.then in page.locator(".lesson-said").inner_text()
            assert page.locator(".lesson-points").count() == 0
        page.evaluate(SETTLED)
        if "part" not in {check.control for check in step.check} and "view" not in {c.control for c in step.check}:
            assert page.evaluate(PANELS) == panels  # to the pixel, whatever was answered and done
        page.locator(".lesson-next").click()
    end = page.locator("dialog.lessons-end[open]")
    assert lesson.learnt in end.inner_text()
    right = (len(lesson.steps) + 1) // 2
    assert f"{right} of {len(lesson.steps)} questions right" in end.inner_text()
    page.get_by_role("button", name="All lessons").click()
    assert f"{right} of {len(lesson.steps)} right" in page.locator("dialog.lessons-list[open]").inner_text()
    page.get_by_role("button", name="Forget").click()
    assert "right" not in page.locator("dialog.lessons-list[open] ol").inner_text()
    assert page.evaluate("localStorage.getItem('cfg-lessons')") is None


def test_show_me_skip_back_and_close(tab):
    page = tab(None, query="?lesson=one_number", height=720)
    page.wait_for_selector('.lesson-bar[data-step="1"][data-phase="ask"]', timeout=60_000)
    page.locator(".lesson-choices button").first.click()
    page.get_by_role("button", name="Show me").click()
    page.wait_for_selector('.lesson-bar[data-phase="done"]')
    assert page.locator("#gaussians-w input[type=range]").input_value() == "3"
    page.get_by_role("button", name="Skip").click()
    page.wait_for_selector('.lesson-bar[data-step="2"][data-phase="ask"]')
    page.get_by_role("button", name="Back").click()
    page.wait_for_selector('.lesson-bar[data-step="1"][data-phase="ask"]')
    page.keyboard.press("Escape")
    assert not page.locator(".lesson-bar").is_visible()
    assert "lesson=" not in page.url
    page.get_by_role("button", name="Lessons").click()
    page.get_by_role("button", name="For teachers").click()
    assert page.locator("dialog.teacher a").count() == sum(len(lesson.steps) for lesson in lessons()) + sum(
        "lesson" in part for plan in teacher()["plans"] for part in plan["parts"]
    )
    page.locator(".teacher-steps a").nth(2).click()
    page.wait_for_selector('.lesson-bar[data-step="3"]')


def test_on_a_phone_the_lesson_is_a_sheet_that_leaves_the_picture_and_the_slider_in_sight(tab):
    page = tab(None, query="?lesson=one_number", width=390, height=844)
    page.wait_for_selector('.lesson-bar[data-phase="ask"]', timeout=60_000)
    page.wait_for_function(READY, arg="gaussians")
    page.evaluate(SETTLED)
    bar = page.locator(".lesson-bar").bounding_box()
    assert bar["height"] <= 0.3 * 844 + 1
    question, text = (page.locator(f".lesson-{part}").bounding_box() for part in ("question", "text"))
    assert question["y"] < text["y"]
    slider, picture = (page.locator(one).first.bounding_box() for one in
                       ("#gaussians-w input[type=range]", "#gaussians-stage canvas"))  # fmt: skip
    assert picture["y"] >= 0
    assert picture["y"] + picture["height"] <= slider["y"]
    assert slider["y"] + slider["height"] <= bar["y"] + 1
